"""Faults that only a receiver minds: the format allows what they make."""

from collections.abc import Callable
from datetime import date

from cartable.generating.batches import Batch, Row, is_staff
from cartable.generating.class_faults import untouched_class
from cartable.generating.fault import CellFault, RowFault, crowded, of_pupil, pupil
from cartable.generating.link_faults import Scene, session_cells
from cartable.generating.planning import Session, Year
from cartable.model.findings import Severity
from cartable.model.receivers import (
    APPLE_SCHOOL_MANAGER,
    GOOGLE_CLASSROOM,
    MICROSOFT_365,
    ONEROSTER_1_2,
    Receiver,
)
from cartable.model.vocabularies import OWNER_ROLES

_WARNING, _INFO = Severity.WARNING, Severity.INFO


def asked(receiver: Receiver) -> str:
    """What the findings of a receiver's faults need."""
    return f"--for {receiver.name}"


_MICROSOFT, _GOOGLE = asked(MICROSOFT_365), asked(GOOGLE_CLASSROOM)
_ONEROSTER, _APPLE = asked(ONEROSTER_1_2), asked(APPLE_SCHOOL_MANAGER)


def _of_staff(batch: Batch, row: Row) -> bool:
    """A role row of somebody who has no other role."""
    held = batch.having("roles", "userSourcedId", batch.cells(row)["userSourcedId"])
    return batch.cells(row)["role"] != "student" and len(held) == 1


def _quarter(year: Year) -> Session:
    start = year.whole.start
    return Session("", "Quart d’année", "quarter", year.whole.school_year, start, date(start.year, 10, 30))


def _another_staff(values: Callable[[str], dict[str, str]], *, role: bool) -> Callable[[Batch, Scene], bool]:
    """A new user beside a member of staff, with another name to sign in by, with that one's role or none."""

    def act(batch: Batch, fault: Scene) -> bool:
        staff = batch.pick("users", is_staff)
        if staff is None:
            return False
        cells = batch.cells(staff)
        serial = batch.serial()
        names = {"username": f"x.{serial}", "email": "", "activeDirectoryMatchId": "", "userNumber": ""}
        user = batch.add("users", names | values(cells["sourcedId"]), after=staff)
        if role:
            (held,) = batch.having("roles", "userSourcedId", cells["sourcedId"])
            batch.add("roles", {"userSourcedId": batch.cells(user)["sourcedId"]}, after=held)
            batch.lock(held)
        batch.expect(
            fault.name,
            fault.code,
            _WARNING if role else _INFO,
            user,
            "sourcedId" if role else "",
            fault.needs,
        )
        batch.lock(staff)
        return True

    return act


def _bad_class_id(batch: Batch, fault: Scene) -> bool:
    """A new class with blanks in its identifier, with the teacher and the pupils of another."""
    found = untouched_class(batch)
    if found is None:
        return False
    row, enrolled = found
    number = f"X {batch.serial():05d} (bis)"
    added = batch.add("classes", {"sourcedId": number}, after=row)
    for enrollment in enrolled:
        batch.add("enrollments", {"classSourcedId": number}, after=enrollment)
    batch.expect(fault.name, fault.code, _WARNING, added, "sourcedId", fault.needs)
    batch.lock(row, *enrolled)
    return True


def _lecturers(batch: Batch, fault: Scene) -> bool:
    """The teachers of a class become lecturers, who own nothing unless Microsoft is told so."""
    found = untouched_class(batch)
    if found is None:
        return False
    row, enrolled = found
    for enrollment in enrolled:
        if batch.cells(enrollment)["role"] in OWNER_ROLES:
            batch.change(enrollment, role="lecturer")
    batch.expect(fault.name, fault.code, _INFO, row, "", fault.needs)
    batch.lock(row, *enrolled)
    return True


def _two_teachers(batch: Batch, fault: Scene) -> bool:
    """Somebody else of the staff teaches a class as well."""
    found, second = untouched_class(batch), batch.pick("users", is_staff)
    if found is None or second is None:
        return False
    row, enrolled = found
    user = batch.cells(second)["sourcedId"]
    teacher = next(at for at in enrolled if batch.cells(at)["role"] in OWNER_ROLES)
    if batch.cells(teacher)["userSourcedId"] == user:
        return False
    batch.add("enrollments", {"userSourcedId": user}, after=teacher)
    batch.expect(fault.name, fault.code, _INFO, row, "", fault.needs)
    batch.lock(row, *enrolled)
    return True


def _no_school(batch: Batch, fault: Scene) -> bool:
    """A class of a new organisation that is no school."""
    row = batch.pick("classes", lambda batch, row: not batch.is_shared(row))
    if row is None:
        return False
    number = f"X{batch.serial():05d}"
    batch.add("orgs", {"sourcedId": number, "name": f"Annexe {number}", "type": "department"})
    batch.change(row, orgSourcedId=number)
    batch.expect(fault.name, fault.code, _INFO, row, "orgSourcedId", fault.needs)
    batch.lock(row)
    return True


def _sessions(*sessions: Callable[[Year], Session], told: int, field: str) -> Callable[[Batch, Scene], bool]:
    """New sessions; the finding is about one of these, or (where `told` is -1) about the first of all."""

    def act(batch: Batch, fault: Scene) -> bool:
        first = ("academicSessions", 0)
        if told < 0 and not batch.texts["academicSessions"]:
            return False
        rows = [
            batch.add("academicSessions", session_cells(batch, session(batch.year))) for session in sessions
        ]
        batch.expect(fault.name, fault.code, _INFO, rows[told] if told >= 0 else first, field, fault.needs)
        return True

    return act


def _period(month: int) -> Callable[[Year], Session]:
    def period(year: Year) -> Session:
        end = year.whole.end.year
        return Session(
            "", "Période", "gradingPeriod", year.whole.school_year, date(end, month, 1), date(end, month, 19)
        )

    return period


def _next_year(year: Year) -> Session:
    start = year.whole.end.year
    return Session(
        "", "Rentrée", "gradingPeriod", year.whole.school_year + 1, date(start, 9, 7), date(start, 10, 2)
    )


RECEIVER_FAULTS: tuple[RowFault, ...] = (
    CellFault(
        name="microsoft365.username.accent", code="microsoft365.username", entity="users", field="username",
        to=lambda old: f"é{old}", who=pupil, severity=_WARNING, needs=_MICROSOFT,
        what="A username with an accent.",
    ),
    CellFault(
        name="microsoft365.username.dot", code="microsoft365.username", entity="users", field="username",
        to=lambda old: old.replace("@", ".@"), who=pupil, severity=_WARNING, needs=_MICROSOFT,
        what="A username with a full stop before the @.",
    ),
    CellFault(
        name="microsoft365.username.long", code="microsoft365.username", entity="users", field="username",
        to=lambda old: "x" * 60 + old, who=pupil, severity=_WARNING, needs=_MICROSOFT,
        what="A username of more characters than an account's name can have.",
    ),
    CellFault(
        name="microsoft365.name-length", code="microsoft365.name-length", entity="users", field="givenName",
        to=lambda old: f"{old} " + "Marie " * 10 + "Marguerite", who=pupil, severity=_WARNING,
        needs=_MICROSOFT, what="A given name of more than 64 characters.",
    ),
    Scene(
        name="microsoft365.class-id", code="microsoft365.class-id", entity="classes", needs=_MICROSOFT,
        act=_bad_class_id, what="A class identifier with blanks and brackets.",
    ),
    Scene(
        name="microsoft365.same-id", code="microsoft365.same-id", entity="users", needs=_MICROSOFT,
        act=_another_staff(lambda own: {"sourcedId": own.lower()}, role=True),
        what="Two users whose identifiers differ in capitals alone.",
    ),
    Scene(
        name="microsoft365.role", code="microsoft365.role", entity="users", needs=_MICROSOFT,
        act=_another_staff(lambda own: {"sourcedId": f"X{own}"}, role=False),
        what="A user who has no role and is nobody's contact.",
    ),
    CellFault(
        name="microsoft365.alumni", code="microsoft365.alumni", entity="roles", field="role", to="alumni",
        who=_of_staff, severity=_WARNING, falls=False, needs=_MICROSOFT, what="A former pupil's role.",
    ),
    Scene(
        name="microsoft365.owner", code="microsoft365.owner", entity="classes", needs=_MICROSOFT,
        act=_lecturers, what="A class that lecturers alone teach.",
    ),
    Scene(
        name="microsoft365.school-years", code="microsoft365.school-years", entity="academicSessions",
        once=True, needs=_MICROSOFT, act=_sessions(_next_year, told=-1, field="schoolYear"),
        what="A session of the next school year.",
    ),
    CellFault(
        name="google-classroom.email", code="google-classroom.email", entity="users", field="email", to="",
        who=pupil, severity=_WARNING, needs=_GOOGLE, what="A pupil without e-mail address.",
    ),
    CellFault(
        name="google-classroom.term", code="google-classroom.term", entity="classes",
        field="sessionSourcedIds", to="", severity=_WARNING, needs=_GOOGLE, what="A class without session.",
    ),
    CellFault(
        name="google-classroom.title", code="google-classroom.title", entity="classes", field="title",
        to=lambda old: f"{old} https://ecole.example/", severity=_WARNING, falls=False, needs=_GOOGLE,
        what="A class title with a web address.",
    ),
    Scene(
        name="google-classroom.primary-teacher", code="google-classroom.primary-teacher", entity="classes",
        needs=_GOOGLE, act=_two_teachers, what="A class with two teachers.",
    ),
    CellFault(
        name="google-classroom.role", code="google-classroom.role", entity="enrollments", field="role",
        to="aide", who=crowded, severity=_INFO, falls=False, needs=_GOOGLE, what="An aide in a class.",
    ),
    Scene(
        name="google-classroom.period-title", code="google-classroom.period-title", once=True,
        entity="academicSessions", needs=_GOOGLE,
        act=_sessions(_period(2), _period(3), told=1, field="title"),
        what="Two grading periods of one title.",
    ),
    Scene(
        name="oneroster.code", code="oneroster.code", entity="academicSessions", once=True,
        needs=_ONEROSTER, act=_sessions(_quarter, told=0, field="type"), what="A session that is a quarter.",
    ),
    CellFault(
        name="oneroster.grade", code="oneroster.grade", entity="roles", field="grade", to="ps1",
        who=of_pupil, severity=_INFO, needs=_ONEROSTER, what="A grade that only SDS has.",
    ),
    CellFault(
        name="oneroster.country", code="oneroster.country", entity="demographics", field="birthCountry",
        to="Suisse", severity=_INFO, needs=_ONEROSTER, what="A country's name instead of its code.",
    ),
    CellFault(
        name="oneroster.required", code="oneroster.required", entity="classes", field="courseSourcedId",
        to="", severity=_WARNING, needs=_ONEROSTER, what="A class without course.",
    ),
    Scene(
        name="oneroster.school", code="oneroster.school", entity="classes", needs=_ONEROSTER,
        act=_no_school, what="A class of an organisation that is no school.",
    ),
    CellFault(
        name="apple-school-manager.quotes", code="apple-school-manager.quotes", entity="users",
        field="familyName", to=lambda old: f"D’{old}", who=pupil, severity=_WARNING, needs=_APPLE,
        what="A family name with a curly apostrophe.",
    ),
    CellFault(
        name="apple-school-manager.blank", code="apple-school-manager.blank", entity="users", field="email",
        to="", who=pupil, severity=_INFO, needs=_APPLE, what="A pupil without e-mail address.",
    ),
)  # fmt: skip
