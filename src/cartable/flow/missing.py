"""Says whether a delivery is partial: what it lacks beside the last one and would become inactive.

What ended with its session, what stays because its row was damaged, and what was only regrouped is
missing from the delivery too, and is no reason to hold it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from cartable.engine import findings
from cartable.engine.tallying import Broken, Departures, Tallies
from cartable.flow.guarding import Terms
from cartable.flow.weighing import Breach, Case
from cartable.formats.sds import SDS_V2_1
from cartable.model.deliveries import DeliveredFile, Delivery
from cartable.model.findings import Finding
from cartable.model.guards import PARTIAL, Scope
from cartable.model.profiles import GROUPINGS, PEOPLE
from cartable.rules import shifts

_LACKING = frozenset(rule.code for rule in (shifts.SCHOOL, shifts.GRADE, shifts.ROLE, shifts.ROWS))
_ENTITIES: Mapping[str, str] = {file.name: file.entity for file in SDS_V2_1.files}
# Entities whose rows are compared; several others may come from the same file.
_COMPARED = frozenset(grouping.entity for grouping in GROUPINGS)


def breaches(case: Case, terms: Terms, tallies: Tallies) -> Iterator[Breach]:
    """The schools that lack too much, or the whole where that is no matter of a few: each the worst finding.

    Args:
        case: the plan, whose delivery was compared with the last applied run.
    """
    gone: dict[str, dict[str, list[Departures]]] = {}
    worst: dict[tuple[str, str], Breach] = {}
    entities = _entities(case.delivery)
    for finding in findings.of_family(case.workspace, "shift"):
        entity = entities.get(finding.file or "", "")
        if finding.code not in _LACKING or not case.counts[entity].deactivate:
            continue
        if entity not in gone:
            gone[entity] = _by_school(tallies.departures(entity))
        for broken in _broken(finding, gone[entity], case.counts[entity].deactivate, tallies):
            limit = terms.limits[PARTIAL.name]["", Scope.SCHOOL if broken.school else Scope.WHOLE]
            place = entity, broken.school
            if limit.is_broken_by(broken.count, broken.active) and (
                place not in worst or broken.count > worst[place].broken.count
            ):
                worst[place] = Breach(PARTIAL, entity, limit, broken, finding.code)
    yield from worst.values()


def _entities(delivery: Delivery) -> Mapping[str, str]:
    """Whose rows a file holds; of several entities that come from one, what is compared by school first."""

    def rank(file: DeliveredFile) -> tuple[bool, bool]:
        return file.entity in _COMPARED, file.name == f"{file.entity}.csv"

    told = {file.name: file.entity for file in sorted(delivery.taken, key=rank) if file.entity}
    return {**_ENTITIES, **told}


def _by_school(departures: Iterable[Departures]) -> dict[str, list[Departures]]:
    grouped: dict[str, list[Departures]] = defaultdict(list)
    for one in departures:
        grouped[one.school].append(one)
    return grouped


def _broken(
    finding: Finding, gone: Mapping[str, list[Departures]], all_gone: int, tallies: Tallies
) -> Iterator[Broken]:
    """What of the missing would become inactive: in one school, in a few, or in the whole."""
    before = int(finding.detail["before"])
    if "school" in finding.detail:
        school = finding.value or ""
        yield Broken(school, _meant(finding, gone.get(school, ())), before)
        return
    numbers = {school: number for school, each in gone.items() if (number := _meant(finding, each))}
    if numbers and len(numbers) * 2 <= tallies.schools.known():
        for school, number in numbers.items():
            yield Broken(school, number, before)
    else:
        yield Broken("", sum(numbers.values()) if _is_narrow(finding) else all_gone, before)


def _meant(finding: Finding, gone: Iterable[Departures]) -> int:
    """How many records of the finding's role and grade are among those that go."""
    roles, grade = _roles(finding), _grade(finding)
    return sum(
        one.count
        for one in gone
        if (roles is None or one.role in roles) and (not grade or one.grade == grade)
    )


def _is_narrow(finding: Finding) -> bool:
    return _roles(finding) is not None or bool(_grade(finding))


def _roles(finding: Finding) -> Collection[str] | None:
    if finding.code == shifts.ROLE.code:
        return (finding.detail["role"],)
    return (
        PEOPLE["pupils"] if finding.code == shifts.GRADE.code else PEOPLE.get(finding.detail.get("case", ""))
    )


def _grade(finding: Finding) -> str:
    return finding.detail.get("grade", "")
