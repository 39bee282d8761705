"""Faults that show only when several rows are seen together."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from cartable.formats.format import Need
from cartable.generating.batches import Batch, Row, is_contact, is_pupil, is_staff, need_of
from cartable.generating.fault import CONTACTS, CREATE_USERS, NO_CONTACTS, RowFault, anyone, victim
from cartable.generating.planning import Session, Year
from cartable.model.findings import Severity

_ERROR, _WARNING, _INFO = Severity.ERROR, Severity.WARNING, Severity.INFO


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene(RowFault):
    """A fault made of several rows, by a function of its own."""

    act: Callable[[Batch, "Scene"], bool]

    def plant(self, batch: Batch) -> bool:
        """See RowFault."""
        return self.act(batch, self)


@dataclass(frozen=True, slots=True, kw_only=True)
class OddSession(RowFault):
    """A new session, on which nothing depends, with something wrong.

    Args:
        session: what the session is, from the sessions of the year.
        severity: of the finding.
        field: the field that it is about.
        instead: what stands in that field instead.
    """

    session: Callable[[Year], Session]
    severity: Severity
    field: str
    instead: str | None = None

    def plant(self, batch: Batch) -> bool:
        """See RowFault."""
        values = session_cells(batch, self.session(batch.year))
        if self.instead is not None:
            values[self.field] = self.instead
        row = batch.add("academicSessions", values)
        batch.expect(self.name, self.code, self.severity, row, self.field)
        return True


def session_cells(batch: Batch, session: Session) -> dict[str, str]:
    """The row of a session; one that has no identifier gets a new one."""
    return {
        "sourcedId": session.id or f"X{batch.serial():05d}",
        "title": session.title,
        "type": session.type,
        "schoolYear": str(session.school_year),
        "startDate": str(session.start),
        "endDate": str(session.end),
    }


def _autumn(kind: str, school_year: int, start: int) -> Session:
    """A short session in the autumn of the year `start`."""
    return Session("", "Session de trop", kind, school_year, date(start, 10, 5), date(start, 10, 16))


def _within_term(year: Year) -> Session:
    start = year.terms[0].start + timedelta(days=14)
    return Session("", "Trimestre bis", "term", year.whole.school_year, start, start + timedelta(days=20))


def _backwards(year: Year) -> Session:
    whole = year.whole
    return Session("", "À rebours", "gradingPeriod", whole.school_year, whole.end, whole.start)


def _past_year(year: Year) -> Session:
    end = year.whole.school_year - 4
    return Session("", "Année passée", "schoolYear", end + 1, date(end - 1, 9, 1), date(end, 7, 1))


def _shared(field: str, spelled: Callable[[str], str]) -> Callable[[Batch, Scene], bool]:
    """A pupil takes another's username or e-mail; the later of the two is told."""

    def act(batch: Batch, fault: Scene) -> bool:
        first = batch.pick("users", is_pupil)
        second = batch.pick("users", is_pupil)
        if first is None or second is None or first == second:
            return False
        first, second = min(first, second), max(first, second)
        batch.change(second, **{field: spelled(batch.cells(first)[field])})
        batch.expect(fault.name, fault.code, _WARNING, second, field)
        batch.lock(first, second)
        return True

    return act


def _primaries(first: str, second: str) -> Callable[[Batch, Scene], bool]:
    """A member of staff gets a second role, with these values of isPrimary."""

    def act(batch: Batch, fault: Scene) -> bool:
        user = batch.pick("users", is_staff)
        if user is None:
            return False
        (role,) = batch.having("roles", "userSourcedId", batch.cells(user)["sourcedId"])
        batch.change(role, isPrimary=first)
        batch.add("roles", {"role": "affiliate", "isPrimary": second}, after=role)
        batch.expect(fault.name, fault.code, _WARNING, role, "isPrimary")
        batch.lock(role, user)
        return True

    return act


def _lost_parent(batch: Batch, fault: Scene) -> bool:
    """A new organisation that lacks its type, and one below it that loses its parent."""
    above = _org(batch, "", "")
    below = _org(batch, "department", batch.cells(above)["sourcedId"])
    batch.expect(fault.name, "value.required", _ERROR, above, "type")
    batch.expect(fault.name, fault.code, _WARNING, below, "parentSourcedId")
    return True


def _org(batch: Batch, kind: str, parent: str) -> Row:
    org = f"X{batch.serial():05d}"
    return batch.add(
        "orgs", {"sourcedId": org, "name": f"Annexe {org}", "type": kind, "parentSourcedId": parent}
    )


def _unknown_type(batch: Batch, fault: Scene) -> bool:
    batch.expect(fault.name, fault.code, _ERROR, _org(batch, "écolé", ""), "type")
    return True


def _circle(length: int) -> Callable[[Batch, Scene], bool]:
    """New organisations, each above the next, and the last above the first."""

    def act(batch: Batch, fault: Scene) -> bool:
        rows = [_org(batch, "department", "") for _ in range(length)]
        ids = [batch.cells(row)["sourcedId"] for row in rows]
        for at, row in enumerate(rows):
            batch.change(row, parentSourcedId=ids[at - 1])
            batch.expect(fault.name, fault.code, _WARNING, row, "parentSourcedId")
        return True

    return act


def _also_in(batch: Batch, session: Session) -> tuple[Row, Row] | None:
    """A new session, and a class that runs in it beside its own ones."""
    row = batch.pick("classes", anyone)
    if row is None:
        return None
    added = batch.add("academicSessions", session_cells(batch, session))
    own = batch.cells(row)["sessionSourcedIds"]
    batch.change(row, sessionSourcedIds=f"{own},{batch.cells(added)['sourcedId']}")
    batch.lock(row)
    return added, row


def _two_years(batch: Batch, fault: Scene) -> bool:
    whole = batch.year.whole
    rows = _also_in(batch, _autumn("quarter", whole.school_year - 1, whole.start.year - 1))
    if rows is None:
        return False
    batch.expect(fault.name, fault.code, _WARNING, rows[1], "sessionSourcedIds")
    return True


def _lost_session(batch: Batch, fault: Scene) -> bool:
    whole = batch.year.whole
    rows = _also_in(batch, _autumn("quarter", whole.school_year, whole.start.year))
    if rows is None:
        return False
    batch.change(rows[0], title="")
    batch.expect(fault.name, "value.required", _ERROR, rows[0], "title")
    batch.expect(fault.name, fault.code, _WARNING, rows[1], "sessionSourcedIds")
    return True


def _incomplete(field: str) -> Callable[[Batch, Scene], bool]:
    """A contact lacks what receivers need: told, or left out with --contacts."""

    def act(batch: Batch, fault: Scene) -> bool:
        row = victim(batch, fault, is_contact, falls=False, code="")
        fallen = batch.followers(row) if row else None
        if row is None or fallen is None:
            return False
        batch.change(row, **{field: ""})
        batch.expect(fault.name, fault.code, _INFO, row, field, NO_CONTACTS)
        batch.expect(fault.name, fault.code, _ERROR, row, field, CONTACTS)
        batch.fell(fault.name, fallen, CONTACTS)
        if need_of("users", field) is Need.CONDITIONAL:
            batch.expect(fault.name, "user.names", _ERROR, row, field, CREATE_USERS)
            batch.fell(fault.name, fallen, CREATE_USERS)
        return True

    return act


def _staff_contact(email: bool) -> Callable[[Batch, Scene], bool]:
    """A member of staff is a pupil's contact in the same record, with or without an e-mail address."""

    def act(batch: Batch, fault: Scene) -> bool:
        child = batch.pick("users", is_pupil)
        staff = batch.pick("users", is_staff)
        if child is None or staff is None:
            return False
        if not email:
            batch.change(staff, email="")
        link = batch.add(
            "relationships",
            {
                "userSourcedId": batch.cells(child)["sourcedId"],
                "relationshipUserSourcedId": batch.cells(staff)["sourcedId"],
                "relationshipRole": "parent",
            },
        )
        batch.expect(fault.name, "user.staff-contact", _INFO, staff)
        if not email:
            batch.expect(fault.name, fault.code, _INFO, staff, "email", NO_CONTACTS)
            batch.expect(fault.name, fault.code, _ERROR, link, "relationshipUserSourcedId", CONTACTS)
        return True

    return act


LINK_FAULTS: tuple[RowFault, ...] = (
    Scene(
        name="key.shared.username", code="key.shared", entity="users",
        act=_shared("username", str), what="Two pupils with one username.",
    ),
    Scene(
        name="key.shared.email", code="key.shared", entity="users",
        act=_shared("email", str.upper), what="Two pupils with one e-mail address, once in capitals.",
    ),
    Scene(
        name="reference.excluded.parent", code="reference.excluded", entity="orgs",
        act=_lost_parent, what="An organisation whose parent is left out, since it has no type.",
    ),
    Scene(
        name="reference.excluded.session", code="reference.excluded", entity="classes", once=True,
        act=_lost_session, what="A class one of whose sessions is left out, since it has no title.",
    ),
    Scene(
        name="role.primary.two", code="role.primary", entity="roles",
        act=_primaries("true", "true"), what="Two primary roles of one user in one organisation.",
    ),
    Scene(
        name="role.primary.none", code="role.primary", entity="roles",
        act=_primaries("false", ""), what="Two roles of one user in one organisation, neither primary.",
    ),
    Scene(
        name="value.code.org-type", code="value.code", entity="orgs",
        act=_unknown_type, what="An organisation of a type that the list does not have.",
    ),
    Scene(
        name="org.self", code="org.self", entity="orgs",
        act=_circle(1), what="An organisation that is its own parent.",
    ),
    Scene(
        name="org.cycle.two", code="org.cycle", entity="orgs",
        act=_circle(2), what="Two organisations, each the other's parent.",
    ),
    Scene(
        name="org.cycle.three", code="org.cycle", entity="orgs",
        act=_circle(3), what="Three organisations in a circle.",
    ),
    Scene(
        name="class.years", code="class.years", entity="classes", once=True,
        act=_two_years, what="A class with sessions of two school years.",
    ),
    Scene(
        name="user.contact.email", code="user.contact", entity="users",
        act=_incomplete("email"), what="A contact without e-mail address.",
    ),
    Scene(
        name="user.contact.name", code="user.contact", entity="users",
        act=_incomplete("familyName"), what="A contact without family name.",
    ),
    Scene(
        name="user.contact.staff", code="user.contact", entity="users",
        act=_staff_contact(email=False), what="A teacher who is a contact, without e-mail address.",
    ),
    Scene(
        name="user.staff-contact", code="user.staff-contact", entity="users",
        act=_staff_contact(email=True), what="A teacher who is a contact in the same record.",
    ),
    OddSession(
        name="value.date.session", code="value.date", entity="academicSessions", once=True,
        session=lambda year: _autumn("gradingPeriod", year.whole.school_year, year.whole.start.year),
        severity=_ERROR, field="startDate", instead="2026-13-01",
        what="A session that starts in a month that does not exist.",
    ),
    OddSession(
        name="value.code.session-type", code="value.code", entity="academicSessions", once=True,
        session=lambda year: _autumn("gradingPeriod", year.whole.school_year, year.whole.start.year),
        severity=_ERROR, field="type", instead="Quadrimestre",
        what="A session of a type that the list does not have.",
    ),
    OddSession(
        name="value.code.school-year", code="value.code", entity="academicSessions", once=True,
        session=lambda year: _autumn("gradingPeriod", year.whole.school_year, year.whole.start.year),
        severity=_ERROR, field="schoolYear", instead="26-27", what="A school year that is no year.",
    ),
    OddSession(
        name="value.school-year", code="value.school-year", entity="academicSessions", once=True,
        session=lambda _year: _autumn("gradingPeriod", 2033, 2032), severity=_INFO, field="schoolYear",
        what="A school year beyond those that receivers know.",
    ),
    OddSession(
        name="session.dates", code="session.dates", entity="academicSessions", once=True,
        session=_backwards, severity=_ERROR, field="endDate", what="A session that ends before it starts.",
    ),
    OddSession(
        name="session.school-year.year", code="session.school-year", entity="academicSessions", once=True,
        session=_past_year, severity=_WARNING, field="schoolYear",
        what="A school year that is not the year of its end.",
    ),
    OddSession(
        name="session.school-year.term", code="session.school-year", entity="academicSessions", once=True,
        session=lambda year: _autumn("semester", year.whole.school_year - 1, year.whole.start.year - 3),
        severity=_WARNING, field="schoolYear", what="A semester years away from its school year.",
    ),
    OddSession(
        name="session.overlap", code="session.overlap", entity="academicSessions", once=True,
        session=_within_term, severity=_INFO, field="", what="A term within another term.",
    ),
    OddSession(
        name="key.duplicate.session", code="key.duplicate", entity="academicSessions", once=True,
        session=lambda year: year.terms[0], severity=_ERROR, field="", what="The same session twice.",
    ),
)  # fmt: skip
