"""What there is that an object of the gradebook may name, as one client sees it; each asked for once."""

from dataclasses import dataclass, field
from functools import cached_property

from cartable.api.reading import held_at, holds, seen_by
from cartable.gradebook.keeping import rows
from cartable.model.objects import BY_RESOURCE, Resource
from cartable.store.publications import ACTIVE, SOURCED_ID, table_of
from cartable.store.rosters import Roster

_CLASSES, _LINE_ITEMS = BY_RESOURCE["classes"], BY_RESOURCE["lineItems"]


@dataclass(frozen=True, slots=True)
class Class:
    """A class: its school, its course and its sessions, in their order."""

    school: str
    course: str
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LineItem:
    """A line item: its class, and the sessions that it names."""

    of: str
    sessions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Session:
    """A session; its end is the first day that no longer counts."""

    id: str
    type: str
    start: str
    end: str
    parent: str | None


@dataclass(frozen=True)
class Facts:
    """Answers about one revision of the roster, and the gradebook as it is.

    Args:
        organisations: JSON list of those whose objects the client may see; None for all.
    """

    roster: Roster
    revision: int
    organisations: str | None
    _known: dict[tuple[str, ...], bool] = field(default_factory=dict)
    _classes: dict[str, Class | None] = field(default_factory=dict)
    _line_items: dict[str, LineItem | None] = field(default_factory=dict)

    def is_known(self, resource: Resource, identifier: str) -> bool:
        """Whether there is an active object of that name that the client may see."""
        key = (resource.name, identifier)
        if key not in self._known:
            self._known[key] = self._is(resource, identifier, with_gone=False)
        return self._known[key]

    def is_seen(self, resource: Resource, identifier: str) -> bool:
        """Whether the client may see an object that there is, or was."""
        return self._is(resource, identifier, with_gone=True)

    def _is(self, resource: Resource, identifier: str, *, with_gone: bool) -> bool:
        found = held_at(resource, self.revision)
        found.add(f"o.{SOURCED_ID} = %s", [identifier])
        if not with_gone:
            found.add(f"o.{ACTIVE}")
        seen = seen_by(self.roster, resource, self.organisations, self.revision)
        if seen.sql:
            found.add(seen.sql, seen.parameters)
        sql = f"select 1 from {table_of(resource)} o where {found.sql}"
        return bool(rows(self.roster, sql, found.parameters))

    def klass(self, identifier: str) -> Class | None:
        """An active class that the client may see."""
        if identifier not in self._classes:
            self._classes[identifier] = self._class(identifier)
        return self._classes[identifier]

    def _class(self, identifier: str) -> Class | None:
        if not self.is_known(_CLASSES, identifier):
            return None
        held = holds("k", self.revision)
        ((state, school, course),) = rows(
            self.roster,
            f"select k.id, k.school, k.course from published_classes k where k.sourced_id = %s and {held}",
            [identifier],
        )
        terms = rows(
            self.roster,
            "select target from published_classes_links where state = %s and name = 'terms'",
            [state],
        )
        return Class(school, course, tuple(term for (term,) in terms))

    def line_item(self, identifier: str) -> LineItem | None:
        """An active line item that the client may see."""
        if identifier not in self._line_items:
            self._line_items[identifier] = self._line_item(identifier)
        return self._line_items[identifier]

    def _line_item(self, identifier: str) -> LineItem | None:
        if not self.is_known(_LINE_ITEMS, identifier):
            return None
        ((of, *sessions),) = rows(
            self.roster,
            "select class, grading_period, academic_session from gradebook_line_items where sourced_id = %s",
            [identifier],
        )
        return LineItem(of, tuple(filter(None, sessions)))

    def is_student(self, klass: str, person: str) -> bool:
        """Whether a person is in a class as a student."""
        key = ("student", klass, person)
        if key not in self._known:
            self._known[key] = bool(
                rows(
                    self.roster,
                    'select 1 from published_enrollments e where e.class = %s and e."user" = %s '
                    f"and e.role = 'student' and e.active and {holds('e', self.revision)}",
                    [klass, person],
                )
            )
        return self._known[key]

    @cached_property
    def sessions(self) -> dict[str, Session]:
        """The active sessions, by identifier, the earliest first."""
        found = rows(
            self.roster,
            "select s.sourced_id, s.type, s.start_date, s.end_date, s.parent "
            f"from published_academic_sessions s where s.active and {holds('s', self.revision)} "
            "order by s.start_date, s.sourced_id",
        )
        return {row[0]: Session(*row) for row in found}

    @cached_property
    def default_category(self) -> str | None:
        """The category that a line item without one gets: the first of the installation's."""
        found = rows(
            self.roster,
            "select sourced_id from gradebook_categories where client is null and active order by id limit 1",
        )
        return str(found[0][0]) if found else None
