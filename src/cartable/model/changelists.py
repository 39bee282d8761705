"""A plan as a principal reads it: what happens to the people and the classes of a school."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class People:
    """What happens to the people of one kind in a school; each person counts once.

    Args:
        arrive, leave, end: get their first role, lose it, or have it closed with its session.
        move: stay, and leave a class for another one.
        join, drop: stay, and only join or only leave classes.
    """

    arrive: int = 0
    leave: int = 0
    end: int = 0
    move: int = 0
    join: int = 0
    drop: int = 0

    @property
    def total(self) -> int:
        """How many people something happens to."""
        return self.arrive + self.leave + self.end + self.move + self.join + self.drop


@dataclass(frozen=True, slots=True)
class SchoolChanges:
    """What a plan does in one school.

    Args:
        school: its sourcedId; '' for what belongs to the whole.
        name: what it is called; '' where nobody says.
        pupils, staff: its people.
        classes_new, classes_gone, classes_changed: its classes.
        data: records of people that change.
        other: other changed records.
    """

    school: str
    name: str
    pupils: People = People()
    staff: People = People()
    classes_new: int = 0
    classes_gone: int = 0
    classes_changed: int = 0
    data: int = 0
    other: int = 0
