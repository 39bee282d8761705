"""Faults of single cells: values, references and dates that cannot be."""

from collections.abc import Callable

from cartable.generating.batches import Batch, Row, is_pupil
from cartable.generating.fault import CREATE_USERS, CellFault, crowded, of_pupil, pupil
from cartable.model.findings import Severity

_WARNING = Severity.WARNING


def _after(mark: str) -> Callable[[str], str]:
    return lambda old: old + mark


def _before(mark: str) -> Callable[[str], str]:
    return lambda old: mark + old


def _filled(field: str) -> Callable[[Batch, Row], bool]:
    return lambda batch, row: bool(batch.cells(row)[field])


def _pupil_with_phone(batch: Batch, row: Row) -> bool:
    return bool(batch.cells(row)["sms"]) and is_pupil(batch, row)


def _closed(batch: Batch, row: Row) -> bool:
    return not batch.is_shared(row)


# No identifier of a district begins with X but those of rows that faults have added, which are longer.
_UNKNOWN, _AND_UNKNOWN = _before("X"), _after(",X0")

CELL_FAULTS: tuple[CellFault, ...] = (
    # A required value that is not there
    CellFault(
        name="value.required.username", code="value.required", entity="users", field="username",
        to="", who=pupil, what="A pupil without username; all that hangs on the pupil follows.",
    ),
    CellFault(
        name="value.required.user-id", code="value.required", entity="users", field="sourcedId",
        to="", who=pupil, what="A pupil without identifier; references to the pupil lead nowhere.",
    ),
    CellFault(
        name="value.required.role", code="value.required", entity="roles", field="role",
        to="", who=of_pupil, what="A role row without role.",
    ),
    CellFault(
        name="value.required.enrolled-user", code="value.required", entity="enrollments",
        field="userSourcedId", to="", who=crowded, what="An enrollment of nobody.",
    ),
    CellFault(
        name="value.required.class-title", code="value.required", entity="classes", field="title",
        to="", what="A class without title; its enrollments follow.",
    ),
    CellFault(
        name="value.required.class-id", code="value.required", entity="classes", field="sourcedId",
        to="", what="A class without identifier; its enrollments lead nowhere.",
    ),
    CellFault(
        name="value.required.course-title", code="value.required", entity="courses", field="title",
        to="", what="A course without title; its classes lose the course, and stay.",
    ),
    CellFault(
        name="value.required.org-name", code="value.required", entity="orgs", field="name",
        to="", who=_closed, mixed=False,
        what="A school without name; its courses, classes, roles and enrollments follow.",
    ),
    CellFault(
        name="value.required.flag", code="value.required", entity="userFlags", field="flag",
        to="", what="A flag row without flag.",
    ),
    # Types
    CellFault(
        name="value.email.no-at", code="value.email", entity="users", field="email",
        to=lambda old: old.replace("@", "."), who=pupil, what="An e-mail address without @.",
    ),
    CellFault(
        name="value.email.accent", code="value.email", entity="users", field="email",
        to=_before("é"), who=pupil, what="An e-mail address with an accent.",
    ),
    CellFault(
        name="value.email.blank", code="value.email", entity="users", field="email",
        to=lambda old: old.replace(".", " ", 1), who=pupil, what="An e-mail address with a blank.",
    ),
    CellFault(
        name="value.phone.national", code="value.phone", entity="users", field="sms",
        to="06 39 98 12 34", who=_pupil_with_phone, what="A phone number as one dials it at home.",
    ),
    CellFault(
        name="value.phone.zeros", code="value.phone", entity="users", field="phone",
        to="0033639981234", who=pupil, what="A phone number that begins with 00 instead of +.",
    ),
    CellFault(
        name="value.phone.long", code="value.phone", entity="users", field="phone",
        to="+1234567890123456", who=pupil, what="A phone number of 16 digits.",
    ),
    CellFault(
        name="value.date.unreal", code="value.date", entity="demographics", field="birthDate",
        to="2015-02-30", what="A day that does not exist.",
    ),
    CellFault(
        name="value.date.time", code="value.date", entity="roles", field="roleEndDate",
        to=_after("T00:00:00Z"), who=of_pupil, what="A date with a time.",
    ),
    CellFault(
        name="value.boolean.one", code="value.boolean", entity="roles", field="isPrimary",
        to="1", who=of_pupil, what="1 instead of true.",
    ),
    CellFault(
        name="value.boolean.oui", code="value.boolean", entity="roles", field="isPrimary",
        to="oui", who=of_pupil, what="oui instead of true.",
    ),
    # Codes
    CellFault(
        name="value.code.role", code="value.code", entity="roles", field="role",
        to="Lehrer", who=of_pupil, what="A role that the list does not have.",
    ),
    CellFault(
        name="value.code.grade", code="value.code", entity="roles", field="grade",
        to="6e", who=of_pupil, what="A grade as the school calls it.",
    ),
    CellFault(
        name="value.code.enrollment-role", code="value.code", entity="enrollments", field="role",
        to="nurse", who=crowded, what="A role that people have in schools, never in classes.",
    ),
    CellFault(
        name="value.code.sex", code="value.code", entity="demographics", field="sex",
        to="M", what="A sex as one letter.",
    ),
    CellFault(
        name="value.code.state", code="value.code", entity="demographics", field="birthState",
        to="Ontario", what="A state of birth outside the list.",
    ),
    CellFault(
        name="value.code.race-element", code="value.code", entity="demographics", field="raceCodes",
        to=_after(",martian"), who=_filled("raceCodes"), what="A list of codes of which one is unknown.",
    ),
    CellFault(
        name="value.code.flag", code="value.code", entity="userFlags", field="flag",
        to="vegetarian", what="A flag that the list does not have.",
    ),
    CellFault(
        name="value.code.relationship", code="value.code", entity="relationships",
        field="relationshipRole", to="child", what="A relationship of older lists.",
    ),
    CellFault(
        name="value.code.subject", code="value.code", entity="courses", field="subject",
        to="06", what="A subject code that was never given out.",
    ),
    CellFault(
        name="value.code.course-grade", code="value.code", entity="courses", field="grade",
        to="Terminale", what="A grade of a course in words.",
    ),
    # Blanks
    CellFault(
        name="value.whitespace.name", code="value.whitespace", entity="users", field="givenName",
        to=_after(" "), who=pupil, severity=_WARNING, what="A blank behind a given name.",
    ),
    CellFault(
        name="value.whitespace.identifier", code="value.whitespace", entity="enrollments",
        field="userSourcedId", to=_after("\t"), who=crowded, severity=_WARNING,
        what="A tab behind an identifier, which still finds its row.",
    ),
    CellFault(
        name="value.whitespace.code", code="value.whitespace", entity="userFlags", field="flag",
        to=_after(" "), severity=_WARNING, what="A blank behind a code, which is still in the list.",
    ),
    # References
    CellFault(
        name="reference.missing.enrolled-user", code="reference.missing", entity="enrollments",
        field="userSourcedId", to=_UNKNOWN, who=crowded, what="An enrollment of an unknown user.",
    ),
    CellFault(
        name="reference.missing.case", code="reference.missing", entity="enrollments",
        field="userSourcedId", to=str.lower, who=crowded,
        what="An identifier in small letters, which is another identifier.",
    ),
    CellFault(
        name="reference.missing.class", code="reference.missing", entity="enrollments",
        field="classSourcedId", to=_UNKNOWN, who=crowded, what="An enrollment in an unknown class.",
    ),
    CellFault(
        name="reference.missing.role-org", code="reference.missing", entity="roles",
        field="orgSourcedId", to=_UNKNOWN, who=of_pupil, what="A role in an unknown organisation.",
    ),
    CellFault(
        name="reference.missing.role-session", code="reference.missing", entity="roles",
        field="sessionSourcedId", to=_UNKNOWN, who=of_pupil, what="A role in an unknown session.",
    ),
    CellFault(
        name="reference.missing.class-org", code="reference.missing", entity="classes",
        field="orgSourcedId", to=_UNKNOWN,
        what="A class of an unknown organisation; its enrollments follow.",
    ),
    CellFault(
        name="reference.missing.class-course", code="reference.missing", entity="classes",
        field="courseSourcedId", to=_UNKNOWN, what="A class of an unknown course.",
    ),
    CellFault(
        name="reference.missing.class-session", code="reference.missing", entity="classes",
        field="sessionSourcedIds", to=_AND_UNKNOWN, what="A class one of whose sessions is unknown.",
    ),
    CellFault(
        name="reference.missing.course-org", code="reference.missing", entity="courses",
        field="orgSourcedId", to=_UNKNOWN,
        what="A course of an unknown organisation; its classes lose the course.",
    ),
    CellFault(
        name="reference.missing.course-year", code="reference.missing", entity="courses",
        field="schoolYearSourcedId", to=_UNKNOWN, what="A course of an unknown school year.",
    ),
    CellFault(
        name="reference.missing.parent", code="reference.missing", entity="orgs",
        field="parentSourcedId", to=_UNKNOWN, who=_closed, what="A school under an unknown organisation.",
    ),
    CellFault(
        name="reference.missing.contact", code="reference.missing", entity="relationships",
        field="relationshipUserSourcedId", to=_UNKNOWN, what="A contact who is unknown.",
    ),
    CellFault(
        name="reference.missing.demographics", code="reference.missing", entity="demographics",
        field="userSourcedId", to=_UNKNOWN, what="Demographics of an unknown user.",
    ),
    CellFault(
        name="reference.missing.flag", code="reference.missing", entity="userFlags",
        field="userSourcedId", to=_UNKNOWN, what="A flag of an unknown user.",
    ),
    CellFault(
        name="reference.wrong-kind", code="reference.wrong-kind", entity="courses",
        field="schoolYearSourcedId", to=_after("T1"),
        what="A course whose school year is a term.",
    ),
    # Dates that do not fit each other, and what an option asks for
    CellFault(
        name="role.dates", code="role.dates", entity="roles", field="roleEndDate",
        to="1999-07-03", who=of_pupil, severity=_WARNING, what="A role that ends before it starts.",
    ),
    CellFault(
        name="user.names.given", code="user.names", entity="users", field="givenName",
        to="", who=pupil, severity=Severity.ERROR, needs=CREATE_USERS, mixed=False,
        what="A pupil without given name; all that hangs on the pupil follows.",
    ),
    CellFault(
        name="user.names.family", code="user.names", entity="users", field="familyName",
        to="", who=pupil, severity=Severity.ERROR, needs=CREATE_USERS, mixed=False,
        what="A pupil without family name; all that hangs on the pupil follows.",
    ),
)  # fmt: skip
