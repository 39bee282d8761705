"""Plans, deliveries and counts as JSON values and back; `dataclasses.asdict` is the way out."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from cartable.model.deliveries import DeliveredFile, Delivery
from cartable.model.findings import Summary
from cartable.model.plans import Counts, Hold, PlanHeader

Document = dict[str, Any]


def delivery_from(document: Mapping[str, Any]) -> Delivery:
    """The delivery that `asdict` wrote."""
    files = (DeliveredFile(**{**file, "columns": tuple(file["columns"])}) for file in document["files"])
    return Delivery(document["path"], document["format"], tuple(files))


def counts_from(document: Mapping[str, Mapping[str, int]]) -> dict[str, Counts]:
    """Counts by entity name."""
    return {entity: Counts(**counts) for entity, counts in document.items()}


def plan_document(header: PlanHeader) -> Document:
    """A plan's header as a JSON value."""
    return asdict(header)


def plan_from(document: Mapping[str, Any]) -> PlanHeader:
    """The header that `plan_document` wrote; KeyError or TypeError where something is missing."""
    return PlanHeader(
        source=document["source"],
        revision=document["revision"],
        delivery=delivery_from(document["delivery"]),
        summary=Summary(**document["summary"]),
        counts=counts_from(document["counts"]),
        holds=tuple(Hold(**hold) for hold in document["holds"]),
        created=document["created"],
        roster=document["roster"],
    )
