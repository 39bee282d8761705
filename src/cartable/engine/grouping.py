"""The rows of one entity by school, role and grade in two deliveries: what is less, what was told of it."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from cartable.model.profiles import PEOPLE, Tally
from cartable.rules.shifts import Limit


class Group(NamedTuple):
    """Whose rows are counted together, see `cartable.model.profiles.Tally`."""

    school: str
    role: str
    grade: str


Which = Callable[[Group], bool]


def anything(_group: Group) -> bool:
    """Every group."""
    return True


def is_pupil(group: Group) -> bool:
    """A group of pupils."""
    return group.role in PEOPLE["pupils"]


class Sums(NamedTuple):
    """Rows before, rows now, and those of before whose absence is still to be told."""

    before: int
    now: int
    expected: float

    @property
    def is_gone(self) -> bool:
        """Whether there are none now."""
        return not self.now

    def breaks(self, limit: Limit) -> bool:
        """Whether so many are missing that it is to be told."""
        return limit.breaks(self.expected, self.now)


class Groups:
    """The groups of one entity's rows, in both deliveries.

    Attributes:
        before, now: rows by group.
        expected: the rows of before whose absence is still to be told.
    """

    def __init__(self, entity: str, before: Iterable[Tally], now: Iterable[Tally]) -> None:
        self.entity = entity
        self.before = _counted(before)
        self.now = _counted(now)
        self.expected: dict[Group, float] = {
            group: self.before[group] for group in {**self.before, **self.now}
        }
        self._by_school: dict[str, list[Group]] = defaultdict(list)
        for group in self.expected:
            self._by_school[group.school].append(group)

    @property
    def told(self) -> float:
        """How many of the rows that are missing were told."""
        return sum(self.before.values()) - sum(self.expected.values())

    def of(self, which: Which, school: str | None = None) -> list[Group]:
        """Some of the groups, of one school or of all."""
        among = self.expected if school is None else self._by_school.get(school, ())
        return [group for group in among if which(group)]

    def sums(self, which: Which, school: str | None = None) -> Sums:
        """The rows of some groups."""
        return self._summed(self.of(which, school))

    def parts(self, which: Which, part: Callable[[Group], str]) -> dict[str, Sums]:
        """The rows of some groups by a part of theirs, as far as there were any before."""
        groups: dict[str, list[Group]] = defaultdict(list)
        for group in self.of(which):
            groups[part(group)].append(group)
        sums = {name: self._summed(groups[name]) for name in sorted(filter(None, groups))}
        return {name: one for name, one in sums.items() if one.before}

    def settle(self, which: Which, school: str | None = None) -> None:
        """What these groups lack was told."""
        for group in self.of(which, school):
            self.expected[group] = self.now[group]

    def lower(self, which: Which, shares: Mapping[str, float]) -> None:
        """Expect only a share of what there was, by school."""
        for group in self.of(which):
            self.expected[group] *= shares.get(group.school, 1.0)

    def _summed(self, groups: list[Group]) -> Sums:
        # A large district asks for the sums of a handful of groups forty thousand times.
        before, now, expected = 0, 0, 0.0
        for group in groups:
            before += self.before.get(group, 0)
            now += self.now.get(group, 0)
            expected += self.expected[group]
        return Sums(before, now, expected)


def _counted(tallies: Iterable[Tally]) -> Counter[Group]:
    return Counter({Group(tally.school, tally.role, tally.grade): tally.rows for tally in tallies})
