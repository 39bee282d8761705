"""Writes to the gradebook as OneRoster's clients ask: one object by PUT, several by POST, none by DELETE.

Whatever a client writes names only what is there, and what it may see: a class of another organisation is as
unknown to it as one that never was.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cartable.api import bodies
from cartable.api.bodies import refused
from cartable.api.completing import DERIVED, completed
from cartable.api.facts import Facts
from cartable.api.failures import ApiError, Minor
from cartable.api.operations import Method, Operation
from cartable.gradebook import keeping
from cartable.gradebook.keeping import Gradebook, Kept
from cartable.model.objects import BY_RESOURCE, Kind, Resource, Version
from cartable.store.publications import column_of


@dataclass(frozen=True)
class Written:
    """What was done.

    Args:
        status: HTTP status.
        body: JSON; '' for none.
        count: how many objects were written.
    """

    status: int
    body: str = ""
    count: int = 1


@dataclass(frozen=True)
class Writing:
    """A request that writes.

    Args:
        client: number of the client.
        identifiers: what stands in the path.
        facts: what there is that may be named.
    """

    operation: Operation
    version: Version
    client: int
    identifiers: Sequence[str]
    facts: Facts
    moment: datetime

    def write(self, body: bytes) -> Written:
        """Do what is asked, all of it or nothing.

        Raises:
            ApiError: it cannot be done.
            RosterBusy, DatabaseError.
        """
        if self.operation.method is Method.DELETE:
            with self._changing() as gradebook:
                self._delete(gradebook)
            return Written(204)
        if self.operation.method is Method.PUT:
            told = bodies.enveloped(body, self.operation.key)
            with self._changing() as gradebook:
                return Written(201 if self._put(gradebook, told) else 200)
        told = bodies.enveloped(body, self.operation.resource.name)
        if not isinstance(told, list) or len(told) > bodies.MOST:
            raise refused(f"{self.operation.resource.name} is no list of at most {bodies.MOST} objects.")
        with self._changing() as gradebook:
            pairs = self._post(gradebook, told)
        return Written(201, json.dumps({"sourcedIdPairs": pairs}, ensure_ascii=False), len(pairs))

    def _changing(self) -> Any:
        return keeping.changing(self.facts.roster, self.client, self.moment)

    @property
    def _resource(self) -> Resource:
        return self.operation.resource

    def _delete(self, gradebook: Gradebook) -> None:
        (identifier,) = self.identifiers
        kept = gradebook.kept(self._resource, identifier)
        if kept is None or not kept.is_active:
            raise ApiError(404, Minor.UNKNOWN, "There is no such object.")
        self._see_that_it_is_theirs(identifier, kept)
        self._bury(gradebook, identifier, kept)

    def _bury(self, gradebook: Gradebook, identifier: str, kept: Kept) -> None:
        if gradebook.is_needed(self._resource, identifier):
            raise ApiError(422, Minor.DELETE, "Other objects name it: they have to go first.")
        gradebook.bury(self._resource, identifier, kept)

    def _put(self, gradebook: Gradebook, told: Any) -> bool:
        """Write an object under the path's name; whether there was none."""
        identifier = bodies.identifier(self.identifiers[-1], "sourcedId")
        if isinstance(told, dict) and told.get("sourcedId", identifier) != identifier:
            raise refused("sourcedId is another one than the path's.")
        kept = gradebook.kept(self._resource, identifier)
        is_there = kept is not None and kept.is_active
        if kept and is_there:
            self._see_that_it_is_theirs(identifier, kept)
            if isinstance(told, dict) and not bodies.is_active(told):
                self._bury(gradebook, identifier, kept)
                return False
        self._keep(gradebook, identifier, told, kept)
        return not is_there

    def _post(self, gradebook: Gradebook, listed: list[Any]) -> list[dict[str, str]]:
        """Write objects under names of ours."""
        fixed = self._fixed()
        pairs = []
        for told in listed:
            if not isinstance(told, dict):
                raise refused(f"{self._resource.singular} is no object.")
            supplied = bodies.identifier(told.get("sourcedId"), "sourcedId")
            allocated = str(uuid.uuid4())
            self._keep(gradebook, allocated, self._in_place(told, fixed), None)
            pairs.append({"suppliedSourcedId": supplied, "allocatedSourcedId": allocated})
        return pairs

    def _fixed(self) -> Mapping[str, str]:
        """What the path says of each object that is posted: identifiers by property."""
        for resource, identifier in zip(self.operation.parents, self.identifiers, strict=True):
            if not self.facts.is_known(BY_RESOURCE[resource], identifier):
                raise ApiError(404, Minor.UNKNOWN, "There is no object of the path's name.")
        return dict(zip(self.operation.fixes, self.identifiers, strict=True))

    def _in_place(self, told: Mapping[str, Any], fixed: Mapping[str, str]) -> dict[str, Any]:
        """An object with what the path says of it; it may not say otherwise."""
        found = dict(told)
        for name, identifier in fixed.items():
            if name == "session":
                self._see_that_it_is_of(found, identifier)
                continue
            given = found.setdefault(name, {"sourcedId": identifier})
            if not isinstance(given, dict) or given.get("sourcedId") != identifier:
                raise refused(f"{name} is another one than the path's.")
        return found

    def _see_that_it_is_of(self, told: Mapping[str, Any], session: str) -> None:
        """Refuse a result of a line item of another session."""
        named = told.get("lineItem")
        line_item = self.facts.line_item(str(named.get("sourcedId")) if isinstance(named, dict) else "")
        if line_item is not None and session not in line_item.sessions:
            raise refused("lineItem is not of the academic session that the path names.")

    def _keep(self, gradebook: Gradebook, identifier: str, told: Any, kept: Kept | None) -> None:
        before = kept.values if kept and kept.is_active else None
        derived = DERIVED.get(self._resource.name)
        lasting = {name: value for name, value in (before or {}).items() if name != derived}
        values = bodies.values(told, self._resource, self.version, lasting)
        self._see_that_all_is_known(values)
        values = completed(self._resource, values, self.facts, self.moment)
        self._see_that_its_class_stays(gradebook, identifier, values, before)
        gradebook.keep(self._resource, identifier, values, is_active=bodies.is_active(told), before=kept)

    def _see_that_all_is_known(self, values: Mapping[str, str | None]) -> None:
        for name, one in self._resource.columns.items():
            value = values[column_of(name)]
            if one.kind is Kind.REFERENCE and value is not None:
                target = BY_RESOURCE[one.target]
                if not self.facts.is_known(target, value):
                    raise refused(f"{name} names {value[:100]}: there is no such {target.singular}.")

    def _see_that_its_class_stays(
        self,
        gradebook: Gradebook,
        identifier: str,
        values: Mapping[str, str | None],
        before: Mapping[str, str | None] | None,
    ) -> None:
        """Refuse to move a line item that has results to a class whose pupils are others."""
        if self._resource.name != "lineItems" or before is None or before["class"] == values["class"]:
            return
        if gradebook.has_active(BY_RESOURCE["results"], "lineItem", identifier):
            raise refused("The line item has results: its class cannot be another one.")

    def _see_that_it_is_theirs(self, identifier: str, kept: Kept) -> None:
        """Refuse what the client may not see, and of what is everybody's, what others wrote."""
        is_common = kept.values.get("class", None) is None and "student" not in kept.values
        if not self.facts.is_seen(self._resource, identifier) or (
            is_common and self.facts.organisations is not None and kept.client != self.client
        ):
            raise ApiError(403, Minor.FORBIDDEN, "The object is not among those that the client may write.")
