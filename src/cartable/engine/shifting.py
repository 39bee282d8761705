"""Compares a delivery with an earlier one: which schools, roles, grades and rows are missing.

What is told once is taken out of the earlier counts before the rest is judged: a school that is
gone is no fall of every grade, and a grade that is gone everywhere is no fall of every school.
"""

from collections.abc import Collection, Iterator, Mapping

from cartable.engine import profiling
from cartable.engine.findings import Found, add
from cartable.engine.grouping import Group, Groups, Sums, Which, anything, is_pupil
from cartable.engine.workspace import Workspace, literal
from cartable.formats.format import Format
from cartable.model.deliveries import Delivery
from cartable.model.entities import BY_NAME
from cartable.model.profiles import GROUPINGS, PEOPLE, SKETCH_SIZE, Precedent, Profile, shared
from cartable.rules import shifts as rules
from cartable.rules.files import MISSING, UNEXPECTED
from cartable.rules.rule import Rule
from cartable.rules.shifts import FILE, GONE, GROUP, IDS, PEOPLE_IDS, Limit

_ROLES, _ENROLLMENTS, _USERS, _GRADE = "roles", "enrollments", "users", "grade"


def _is_staff(group: Group) -> bool:
    return group.role in PEOPLE["staff"]


# The groups that each measure of a school counts, see `rules.shifts.MEASURES`.
_COUNTED: Mapping[str, tuple[str, Which]] = {
    "pupils": (_ROLES, is_pupil),
    "staff": (_ROLES, _is_staff),
    "classes": ("classes", anything),
    "enrollments": (_ENROLLMENTS, anything),
}


def _is_graded(group: Group) -> bool:
    return is_pupil(group) and bool(group.grade)


def note(workspace: Workspace, delivery: Delivery, precedent: Precedent, layout: Format) -> None:
    """Write the findings of `rules.shifts`.

    Args:
        delivery: what is in the workspace, judged.
        precedent: the earlier delivery.
        layout: the format, for the files' names.
    """
    named = _named(precedent)
    if _is_same(delivery, precedent.delivery):
        add(workspace, [Found(rules.SAME, detail=named)])
        # A school that was left as it was lacks the same again.
        if not precedent.quarantined:
            return
    profile = profiling.profile(workspace, delivery) if precedent.profile else None
    comparison = _Comparison(delivery, profile, precedent, named, layout)
    add(workspace, [*comparison.absent(_told_missing(workspace)), *comparison.found()])


def _named(precedent: Precedent) -> dict[str, str]:
    """The details that name the earlier delivery: reports say it in the reader's language."""
    compared = precedent.compared
    if compared.run:
        return {"delivery": str(compared.run), "finished": compared.finished}
    return {"delivery": compared.path}


def _is_same(delivery: Delivery, earlier: Delivery) -> bool:
    digests, before = ({file.name: file.sha256 for file in one.files} for one in (delivery, earlier))
    return digests == before and all(digests.values())


def _told_missing(workspace: Workspace) -> set[str]:
    """Names of files that were said to be missing, or to be there under another name."""
    told = workspace.execute(
        f"select file from finding where code = {literal(MISSING.code)} union "
        f"select json_extract_string(detail, '$.near') from finding where code = {literal(UNEXPECTED.code)}"
    )
    return {name for (name,) in told if name}


class _Comparison:
    """A delivery beside an earlier one.

    Args:
        delivery, profile: the delivery, and its profile where the earlier one has one too.
        precedent: the earlier one.
        named: details that name it.
        layout: the format, for the files' names.
    """

    def __init__(
        self,
        delivery: Delivery,
        profile: Profile | None,
        precedent: Precedent,
        named: Mapping[str, str],
        layout: Format,
    ) -> None:
        self.delivery = delivery
        self.precedent = precedent
        self.named = named
        self.layout = layout
        self.earlier, self.later = precedent.profile or Profile(), profile or Profile()
        self.schools = {**self.later.schools, **self.earlier.schools}
        self.groups = {
            entity: Groups(entity, before, self.later.tallies[entity])
            for entity, before in self.earlier.tallies.items()
            # Of an empty file there is one thing to say.
            if entity in self.later.tallies and self._has_schools(entity) and self._rows(entity)[1]
        }
        files = [one.file_of(_ROLES) for one in (precedent.delivery, delivery)]
        self.has_grades = _ROLES in self.groups and all(file and _GRADE in file.columns for file in files)

    def absent(self, told: Collection[str]) -> Iterator[Found]:
        """Files that had rows and are not there.

        Args:
            told: names of files of which this was said.
        """
        if self.delivery.format != self.layout.code:
            return
        for entity in BY_NAME:
            before = self.precedent.delivery.file_of(entity)
            is_told = entity in self.precedent.guarded or self.layout.file_of(entity).name in told
            if before and before.rows and not is_told and self.delivery.file_of(entity) is None:
                yield self._found(rules.ABSENT, entity, Sums(before.rows, 0, 0))

    def found(self) -> Iterator[Found]:
        """All findings about files that both have, those that explain others first."""
        renumbered = list(self._new_ids())
        yield from renumbered
        self._expect_enrollments_of_those_who_are_left()
        schools = [] if any(found.entity == "orgs" for found in renumbered) else self._schools()
        left = []
        for school in schools:
            if gone := self._gone(school):
                yield gone
            else:
                left.append(school)
        yield from self._parts(is_gone=True)
        for school in left:
            yield from self._of_school(school)
        yield from self._parts(is_gone=False)
        yield from self._of_files()

    def _has_both(self, entity: str) -> bool:
        return self.delivery.delivers(entity) and self.precedent.delivery.delivers(entity)

    def _has_schools(self, entity: str) -> bool:
        """Whether both tell the schools of the entity's rows, which another file may name."""
        via = next(grouping.via for grouping in GROUPINGS if grouping.entity == entity)
        named = BY_NAME[entity].field(via).reference if via else None
        return self._has_both(entity) and (named is None or self._has_both(named.entity))

    def _rows(self, entity: str) -> tuple[int, int]:
        before, now = (one.file_of(entity) for one in (self.precedent.delivery, self.delivery))
        assert before is not None
        assert now is not None
        return before.rows, now.rows

    def _found(self, rule: Rule, entity: str, sums: Sums, value: str | None = None, **detail: str) -> Found:
        told = {**detail, "before": str(sums.before), "now": str(sums.now), **self.named}
        return Found(rule, entity, self.layout.file_of(entity).name, value=value, detail=told)

    def _new_ids(self) -> Iterator[Found]:
        told = set()
        for entity in self.earlier.sketches:
            if entity in PEOPLE or entity not in self.later.sketches:
                continue
            before, now = self._rows(entity)
            if share := self._share(entity, before, now, IDS):
                told.add(entity)
                yield self._found(rules.IDENTIFIERS, entity, Sums(before, now, 0), **share)
        if _USERS in told or _ROLES not in self.groups:
            return
        for name in PEOPLE:
            people = self.groups[_ROLES].sums(is_pupil if name == "pupils" else _is_staff)
            if share := self._share(name, people.before, people.now, PEOPLE_IDS):
                case = "-".join(filter(None, (name, share.pop("case", ""))))
                yield self._found(rules.IDENTIFIERS, _USERS, people, case=case, **share)

    def _share(self, name: str, before: int, now: int, limit: Limit) -> dict[str, str]:
        """How many percent of the ids were there before; empty where enough were, or nobody can say."""
        sketches = [profile.sketches.get(name) for profile in (self.earlier, self.later)]
        # What only grew has new ids by right.
        if now < limit.rows or GROUP.breaks(now, before) or None in sketches:
            return {}
        share = round(100 * shared(sketches[0] or (), sketches[1] or (), before, now))
        if share >= 100 - limit.percent:
            return {}
        told = {"percent": str(share)}
        if not share:
            # A sketch of more ids than it holds knows only that there are very few.
            told["case"] = "none" if max(before, now) <= SKETCH_SIZE else "few"
        return told

    def _expect_enrollments_of_those_who_are_left(self) -> None:
        """Pupils who are gone take their enrollments with them: that is no news of its own."""
        if {_ROLES, _ENROLLMENTS} <= self.groups.keys():
            pupils = self.groups[_ROLES].parts(is_pupil, lambda group: group.school)
            shares = {school: min(1.0, sums.now / sums.before) for school, sums in pupils.items()}
            self.groups[_ENROLLMENTS].lower(is_pupil, shares)

    def _parts(self, *, is_gone: bool) -> Iterator[Found]:
        """Roles and grades of the whole delivery of which none is left, or much less."""
        for groups in self.groups.values():
            for role, sums in groups.parts(anything, lambda group: group.role).items():
                if sums.is_gone is is_gone and sums.breaks(GONE if is_gone else GROUP):
                    groups.settle(lambda group, role=role: group.role == role)  # type: ignore[misc]
                    yield self._found(rules.ROLE, groups.entity, sums, role, role=role)
        if self.has_grades:
            yield from self._grades(self.groups[_ROLES], is_gone=is_gone)

    def _grades(self, roles: Groups, *, is_gone: bool) -> Iterator[Found]:
        graded = roles.sums(_is_graded)
        if is_gone and graded.is_gone and graded.breaks(GONE):
            roles.settle(_is_graded)
            yield self._found(rules.GRADE, _ROLES, graded, case="all", grade="")
            return
        for grade, sums in roles.parts(is_pupil, lambda group: group.grade).items():
            if sums.is_gone is is_gone and sums.breaks(GONE if is_gone else GROUP):
                for group in roles.of(is_pupil):
                    if group.grade == grade:
                        roles.settle(group.__eq__, group.school)
                yield self._found(rules.GRADE, _ROLES, sums, grade, grade=grade)

    def _schools(self) -> list[str]:
        known = {group.school for groups in self.groups.values() for group in groups.before}
        return sorted(filter(None, known))

    def _gone(self, school: str) -> Found | None:
        """That nothing is left of a school; its grades and roles are no news then."""
        every = [groups.sums(anything, school) for groups in self.groups.values()]
        total = Sums(*map(sum, zip(*every, strict=True)))
        if _ROLES not in self.groups or not total.is_gone or not total.breaks(GONE):
            return None
        pupils = self.groups[_ROLES].sums(is_pupil, school)
        for groups in self.groups.values():
            groups.settle(anything, school)
        if pupils.before:
            return self._found_of(rules.SCHOOL, _ROLES, pupils, school, "gone")
        return self._found_of(rules.SCHOOL, _ROLES, total, school, "")

    def _of_school(self, school: str) -> Iterator[Found]:
        """What a school has less of, or none."""
        for measure, (entity, which) in _COUNTED.items():
            if entity in self.groups:
                yield from self._measured(self.groups[entity], which, school, measure)

    def _measured(self, groups: Groups, which: Which, school: str, measure: str) -> Iterator[Found]:
        sums = groups.sums(which, school)
        if sums.is_gone and sums.breaks(GONE):
            groups.settle(which, school)
            yield self._found_of(rules.SCHOOL, groups.entity, sums, school, measure)
            return
        if which is is_pupil and self.has_grades:
            yield from self._grades_of(groups, school)
        sums = groups.sums(which, school)
        if sums.breaks(GROUP):
            groups.settle(which, school)
            yield self._found_of(rules.ROWS, groups.entity, sums, school, measure)

    def _grades_of(self, roles: Groups, school: str) -> Iterator[Found]:
        """The grades that a school has no more."""
        for group in sorted(roles.of(is_pupil, school)):
            sums = roles.sums(group.__eq__, school)
            if group.grade and sums.is_gone and sums.breaks(GONE):
                roles.settle(group.__eq__, school)
                yield self._found_of(rules.GRADE, _ROLES, sums, school, "school", grade=group.grade)

    def _found_of(self, rule: Rule, entity: str, sums: Sums, school: str, case: str, **detail: str) -> Found:
        name = self.schools.get(school)
        detail["school"] = f"{name} ({school})" if name else school
        if case:
            detail["case"] = case
        return self._found(rule, entity, sums, school, **detail)

    def _of_files(self) -> Iterator[Found]:
        """Files that are much shorter, less what was told of their schools, roles and grades."""
        for entity in BY_NAME:
            if not self._has_both(entity):
                continue
            before, now = self._rows(entity)
            told = self.groups[entity].told if entity in self.groups else 0
            sums = Sums(before, now, before - told)
            if sums.breaks(FILE):
                yield self._found(rules.ROWS, entity, sums)
