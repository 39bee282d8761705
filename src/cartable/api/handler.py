"""The one handler: whatever the operation, its request becomes a reading and the reading an answer."""

import hashlib
import json
import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

from cartable.api import addressing, discovering, paging
from cartable.api.asking import Asked, asked
from cartable.api.facts import Facts
from cartable.api.failures import ApiError, Minor, document
from cartable.api.operations import BY_SHAPE, SCOPES, Method, Operation, Service
from cartable.api.paging import Key, Remembered
from cartable.api.reading import Reading, descendants, is_known
from cartable.api.selecting import View
from cartable.api.writing import Writing
from cartable.errors import RosterBusy
from cartable.flow import clock
from cartable.gradebook import keeping
from cartable.model.groups import Group
from cartable.model.objects import Version
from cartable.store import publications
from cartable.store.rosters import Roster

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

BROKEN = ApiError(500, Minor.INTERNAL, "The request could not be answered.")


class Client(Protocol):
    """Who asks, see `cartable.access`."""

    @property
    def id(self) -> int:
        """The client's number."""
        ...

    @property
    def token(self) -> str:
        """Tells its token from all others."""
        ...

    @property
    def scopes(self) -> Collection[str]:
        """Addresses of scopes that its token has."""
        ...

    @property
    def organisations(self) -> Collection[str]:
        """Identifiers of organisations whose objects it may see, with those below them; none means all."""
        ...

    @property
    def fields(self) -> Collection[str]:
        """Groups of properties that it was given."""
        ...


@dataclass(frozen=True)
class Api:
    """OneRoster over one roster.

    Args:
        client_of: the client whose token the header Authorization has.
        note: told of each collection that was read: client, operation, revision, objects.
        fault: called where an exception of ours or of a library ends a request.
    """

    roster: Roster
    client_of: Callable[[str], Client]
    note: Callable[[Client, Operation, int, int], None]
    remembered: Remembered
    fault: Callable[[], None]

    def answer(
        self, request: "HttpRequest", version: Version, service: Service | None, base: str, path: str
    ) -> "HttpResponse":
        """Answer a request.

        Args:
            service: the part of the address; None in 1.1, which has none.
            base: the address of the version and the service, absolute.
            path: behind it, with its first slash.
        """
        from django.core.exceptions import SuspiciousOperation

        try:
            if path.startswith(discovering.BELOW):
                return discovering.answer(request, version, service, base, path)
            return self._answered(request, version, service, base, path)
        except ApiError as error:
            return failed(error, version)
        except SuspiciousOperation:
            return failed(addressing.UNREADABLE, version)
        except Exception:
            self.fault()
            return failed(BROKEN, version)

    def _answered(
        self, request: "HttpRequest", version: Version, service: Service | None, base: str, path: str
    ) -> "HttpResponse":
        from django.http import HttpResponse

        addressing.see_that_it_can_be_read(request, path)
        operation, identifiers = _operation(path, version, service, request.method or "")
        client = self.client_of(request.headers.get("Authorization", ""))
        granted = _granted(client, operation, version)
        if operation.method is not Method.GET:
            return self._written(request, operation, version, client, identifiers)
        told = asked(dict(request.GET.lists()), is_one=operation.is_one)
        pull = json.dumps([client.token, version, path, told.others])
        revision, after = self._place(told, pull)
        # What clients write has no revisions: pages go on after the last one's place.
        change = keeping.number(self.roster) if operation.resource.is_written else 0
        etag = _etag((revision, change), request.get_full_path(), base, version, granted, client)
        if etag in request.headers.get("If-None-Match", ""):
            return HttpResponse(status=304, headers={"ETag": etag})
        view = View(self.roster, operation.resource, version, granted)
        seen = descendants(self.roster, client.organisations, revision)
        reading = Reading(self.roster, operation, view, told, identifiers, revision, seen)
        if operation.is_one:
            body, headers = self._one(reading), {"X-Total-Count": "1"}
        else:
            objects, last, total = self._page(reading, after, (client.id, granted, seen, change))
            self._see_that_it_was_whole(revision)
            if not total and version is Version.V1P2:
                _see_that_parents_are_known(reading)
            body = f'{{"{operation.key}":[{",".join(objects)}]}}'
            headers = {
                "X-Total-Count": str(total),
                "Link": paging.links(f"{base}{quote(path)}", told, revision, total, last),
            }
            self.note(client, operation, revision, len(objects))
        roster = base.removesuffix(f"/{operation.service}/{version}") + f"/{Service.ROSTERING}/{version}"
        content = body.encode().replace(b'"href":"~~', f'"href":"{roster if service else base}'.encode())
        content = content.replace(b'"href":"~', f'"href":"{base}'.encode())
        return HttpResponse(content, content_type="application/json", headers={**headers, "ETag": etag})

    def _written(
        self,
        request: "HttpRequest",
        operation: Operation,
        version: Version,
        client: Client,
        identifiers: list[str],
    ) -> "HttpResponse":
        from django.core.exceptions import RequestDataTooBig
        from django.http import HttpResponse

        try:
            body = request.body
        except RequestDataTooBig:
            raise ApiError(413, Minor.DATA, "The body is too long.") from None
        revision = self._published().revision
        seen = descendants(self.roster, client.organisations, revision)
        facts = Facts(self.roster, revision, seen)
        writing = Writing(operation, version, client.id, identifiers, facts, clock.now())
        try:
            done = writing.write(body)
        except RosterBusy:
            raise ApiError(503, Minor.BUSY, "The roster is being written.", {"Retry-After": "5"}) from None
        self.note(client, operation, revision, done.count)
        return HttpResponse(done.body, content_type="application/json", status=done.status)

    def _place(self, told: Asked, pull: str) -> tuple[int, Key | None]:
        """At which revision to read, and after which object."""
        cursor = paging.read(told.cursor) if told.cursor else None
        if cursor:
            return cursor.revision, cursor.after
        begun = self.remembered.begun(pull) if told.offset else None
        if begun is not None:
            return begun, None
        revision = self._published().revision
        if not told.offset:
            self.remembered.begin(pull, revision)
        return revision, None

    def _published(self) -> publications.Publication:
        published = publications.served(self.roster)
        if published is None:
            raise ApiError(503, Minor.BUSY, "The roster is being published.", {"Retry-After": "5"})
        return published

    def _see_that_it_was_whole(self, revision: int) -> None:
        """Refuse what was read at a revision of which not everything is kept any more."""
        if revision < self._published().since:
            raise ApiError(400, Minor.DATA, "The pull began too long ago; begin it anew.")

    def _one(self, reading: Reading) -> str:
        is_there, found = reading.one()
        if not is_there:
            raise ApiError(404, Minor.UNKNOWN, "There is no such object.")
        if found is None:
            raise ApiError(403, Minor.FORBIDDEN, "The object is not among those that the client may see.")
        return f'{{"{reading.operation.key}":{found}}}'

    def _page(self, reading: Reading, after: Key | None, who: object) -> tuple[list[str], Key | None, int]:
        """The objects of a page, the last one's place, and how many there are on all pages."""
        told = reading.asked
        asked_for = (reading.operation.path, *reading.identifiers)
        order = (told.sort, told.is_descending)
        query = (reading.revision, reading.view.version, asked_for, told.filter, order, who)
        total = self.remembered.total(query, reading.count)
        if told.offset >= total:
            return [], None, total
        skip = told.offset
        if after is not None:
            skip = 0
        else:
            passed, after = self.remembered.mark(query, told.offset, reading.marks)
            skip -= passed
        objects, last = reading.page(skip, after)
        return objects, last, total


def _operation(
    path: str, version: Version, service: Service | None, method: str
) -> tuple[Operation, list[str]]:
    """The operation that a path and a method mean, and the identifiers in the path.

    Raises:
        ApiError: they mean none.
    """
    parts = addressing.parts_of(path)
    allowed: set[str] = set()
    for shape in _shapes(len(parts)):
        if all(not known or known == part for known, part in zip(shape, parts, strict=True)):
            for operation in BY_SHAPE[shape].values():
                if version in operation.versions and service in (None, operation.service):
                    methods = ("GET", "HEAD") if operation.method is Method.GET else (operation.method,)
                    if method in methods:
                        return operation, [
                            part for known, part in zip(shape, parts, strict=True) if not known
                        ]
                    allowed.update(methods)
    if allowed:
        raise ApiError(
            405, Minor.DATA, f"{method} is nothing to do there.", {"Allow": ", ".join(sorted(allowed))}
        )
    raise ApiError(404, Minor.UNKNOWN, "There is no such operation.")


@cache
def _shapes(length: int) -> list[tuple[str, ...]]:
    """The shapes of paths of so many parts; those with fewer parameters first."""
    return sorted((shape for shape in BY_SHAPE if len(shape) == length), key=lambda shape: shape.count(""))


def _granted(client: Client, operation: Operation, version: Version) -> tuple[Group, ...]:
    """The groups of properties that the client was given.

    Raises:
        ApiError: it may not call the operation.
    """
    if not any(SCOPES.format(version=version, scope=scope) in client.scopes for scope in operation.scopes):
        raise ApiError(403, Minor.FORBIDDEN, "The token has no scope for this operation.")
    granted = tuple(group for group in Group if group.value in client.fields)
    if operation.resource.groups and not set(operation.resource.groups) & set(granted):
        raise ApiError(403, Minor.FORBIDDEN, "The client was not given these objects.")
    return granted


def _see_that_parents_are_known(reading: Reading) -> None:
    """Raise ApiError where the path names something that is not there; 1.1 answers with nothing then."""
    for resource, identifier in zip(reading.operation.parents, reading.identifiers, strict=True):
        if not is_known(reading.roster, resource, identifier, reading.revision):
            raise ApiError(404, Minor.UNKNOWN, "There is no object of the path's name.")


def _etag(
    state: tuple[int, int],
    address: str,
    base: str,
    version: Version,
    granted: tuple[Group, ...],
    client: Client,
) -> str:
    told = json.dumps([state, address, base, version, granted, sorted(client.organisations)])
    return f'W/"{hashlib.sha256(told.encode()).hexdigest()[:32]}"'


def failed(error: ApiError, version: Version) -> "HttpResponse":
    """The answer that an edition has for a failure."""
    from django.http import HttpResponse

    headers = dict(error.headers)
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    content = json.dumps(document(error, version, uuid.uuid4().hex), ensure_ascii=False)
    return HttpResponse(content, content_type="application/json", status=error.status, headers=headers)
