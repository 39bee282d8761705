"""Keep a person, a class or a membership until a day, whatever deliveries say; and take that back."""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from cartable.errors import UsageError
from cartable.flow import clock, locating, recalling
from cartable.model.decisions import Keep
from cartable.model.entities import BY_NAME
from cartable.store import decisions, standings

if TYPE_CHECKING:
    from cartable.store.rosters import Roster

_USERS, _CLASSES, _ENROLLMENTS = (BY_NAME[name] for name in ("users", "classes", "enrollments"))


def keep(database: str, user: str, klass: str, until: date, why: str, actor: str) -> Keep:
    """Keep somebody or something until a day, inclusive; from the next plan on.

    Args:
        user, klass: sourcedIds of a person and of a class, '' for none: a person alone stays with roles,
            enrollments and details, a class alone with its enrollments, both are one membership.
        why: a sentence that plans repeat.
        actor: who decides it.

    Raises:
        UsageError: there is nothing of the kind that is active, or the day is past.
        DatabaseError: there is no roster.
    """
    if not user and not klass:
        raise UsageError(
            "Nobody is named whom to keep.", "Name a person, a class with --class, or both for a membership."
        )
    if not why.strip():
        raise UsageError("The reason is empty.", "Say why in a few words: plans repeat it.")
    today = clock.today()
    if until < today:
        raise UsageError(
            "{until} is past: today is {today}.", "Name today or a later day.", until=until, today=today
        )
    with recalling.opened(database) as roster:
        if user:
            locating.located(roster, _USERS, (user,))
        if klass:
            locating.located(roster, _CLASSES, (klass,))
        if user and klass:
            _see_that_it_is_a_membership(roster, user, klass)
        return decisions.add_keep(roster, Keep(0, user, klass, until, why.strip(), actor, clock.stamp()))


def keeps(database: str) -> Iterator[Keep]:
    """All keeps by number: those in force, those that ended and those that were released.

    Raises:
        DatabaseError: there is no roster.
    """
    with recalling.opened(database) as roster:
        yield from decisions.keeps(roster)


def release(database: str, number: int, actor: str) -> Keep:
    """Take a keep back before its day: the next plan goes by the delivery again.

    Raises:
        UsageError: there is none of that number that is in force.
        DatabaseError: there is no roster.
    """
    with recalling.opened(database) as roster:
        return decisions.release_keep(roster, number, actor, clock.stamp(), clock.today())


def _see_that_it_is_a_membership(roster: "Roster", user: str, klass: str) -> None:
    # Whatever the role: the key begins with class and person.
    joined = dict(zip(_ENROLLMENTS.key, (klass, user), strict=False))
    found = standings.standing(roster, _ENROLLMENTS, joined)
    if found is None:
        raise UsageError(
            "{user} is not enrolled in the class {klass}.",
            "A keep keeps what is there. Name the person or the class alone, or another class.",
            user=user,
            klass=klass,
        )
    locating.see_that_it_is_active(roster, _ENROLLMENTS, (klass, user), found)
