"""What people decide in the tests, and what a plan says of it."""

from datetime import date

from cartable.flow import keeping, pinning, planning
from cartable.model.options import CheckOptions
from cartable.model.plans import Run
from tests.flow.rosters import SESSIONS, Files, Nights, lines

WHY = "waits for the transfer"

# Two schools; P0 is in 7A of the north with a course and two terms, P1 in 7B of the south.
SCHOOLS: dict[str, str] = {
    "orgs": lines("sourcedId,name,type", "S1,North,school", "S2,South,school"),
    "academicSessions": SESSIONS + "Z,Next year,schoolYear,2028,2027-09-01,2028-07-03\n",
    "users": lines(
        "sourcedId,username,email", *(f"P{n},pupil.{n},pupil.{n}@ecole.example" for n in range(2))
    ),
    "courses": lines("sourcedId,orgSourcedId,title,schoolYearSourcedId", "M1,S1,Maths,Y", "M2,S2,Music,"),
    "classes": lines(
        "sourcedId,orgSourcedId,title,sessionSourcedIds,courseSourcedId",
        'K1,S1,7A,"T1,T2",M1',
        "K2,S2,7B,,",
    ),
    "roles": lines("userSourcedId,orgSourcedId,role", "P0,S1,student", "P1,S2,student"),
    "enrollments": lines("classSourcedId,userSourcedId,role", "K1,P0,student", "K2,P1,student"),
}


def without(files: Files, *texts: str) -> dict[str, str]:
    """The delivery less every row that begins with one of the texts."""
    return {
        entity: "".join(row for row in text.splitlines(keepends=True) if not row.startswith(texts))
        for entity, text in files.items()
    }


# The north, its sessions and P0 are gone without a trace.
SOUTH = without(SCHOOLS, "S1,", "Y,", "T1,", "T2,", "P0,", "M1,", "K1,")


def keep(nights: Nights, user: str = "", klass: str = "", until: str = "2026-12-18") -> int:
    """Keep somebody; the keep's number."""
    return keeping.keep(nights.database, user, klass, date.fromisoformat(until), WHY, "anne").number


def pin(nights: Nights, entity: str, key: str, field: str, value: str | None = None) -> Run:
    """Set a field by hand; the run that did it."""
    options = CheckOptions()
    with pinning.pinned(
        nights.database, entity, key, field, value, why=WHY, actor="anne", options=options
    ) as plan:
        return pinning.apply(plan)[0]


def stays(nights: Nights, files: Files) -> list[tuple[str, str, str]]:
    """What tonight's plan keeps by a decision: entity, key, reason."""
    with planning.planned(nights.deliver(files), nights.database, CheckOptions()) as (_, plan):
        kept = (one for one in plan.kept() if one.reason.is_decided)
        return [(one.entity, ",".join(filter(None, one.key)), one.reason.value) for one in kept]


def left(nights: Nights, files: Files) -> list[tuple[str, str, str | None, str | None]]:
    """What tonight's plan leaves as it is pinned: key, field, what the delivery says, what stays."""
    with planning.planned(nights.deliver(files), nights.database, CheckOptions()) as (_, plan):
        return [(",".join(one.key), one.field, one.delivered, one.stays) for one in plan.pinned()]
