"""Plans, deliveries and counts as JSON values and back; `dataclasses.asdict` is the way out."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from datetime import date
from typing import Any

from cartable.model.decisions import InForce, Pin
from cartable.model.deliveries import Compared, DeliveredFile, Delivery, Mode
from cartable.model.findings import Summary
from cartable.model.guards import Period, PeriodKind
from cartable.model.plans import Counts, Hold, PlanHeader, PlanKind, Quarantine
from cartable.model.profiles import Profile, Tally

Document = dict[str, Any]


def delivery_from(document: Mapping[str, Any]) -> Delivery:
    """The delivery that `asdict` wrote."""
    against = document.get("against")  # earlier editions compared with nothing
    return Delivery(
        document["path"],
        document["format"],
        tuple(map(_file_from, document["files"])),
        Compared(**against) if against else None,
        tuple(map(_file_from, document.get("taken", ()))),  # they took every file as it was
    )


def _file_from(document: Mapping[str, Any]) -> DeliveredFile:
    told = {**document, "columns": tuple(document["columns"]), "mode": Mode(document.get("mode", Mode.WHOLE))}
    return DeliveredFile(**told)


def profile_document(profile: Profile) -> Document:
    """A profile as a JSON value: each tally a list, for a large district has many."""
    return {
        "schools": dict(profile.schools),
        "tallies": {
            entity: [[tally.school, tally.role, tally.grade, tally.rows] for tally in tallies]
            for entity, tallies in profile.tallies.items()
        },
        "sketches": {entity: list(sketch) for entity, sketch in profile.sketches.items()},
    }


def profile_from(document: Mapping[str, Any]) -> Profile:
    """The profile that `profile_document` wrote."""
    tallies = {entity: tuple(Tally(*row) for row in rows) for entity, rows in document["tallies"].items()}
    sketches = {entity: tuple(digests) for entity, digests in document["sketches"].items()}
    return Profile(document["schools"], tallies, sketches)


def counts_from(document: Mapping[str, Mapping[str, int]]) -> dict[str, Counts]:
    """Counts by entity name."""
    return {entity: Counts(**counts) for entity, counts in document.items()}


def plan_document(header: PlanHeader) -> Document:
    """A plan's header as a JSON value."""
    profile = header.profile and profile_document(header.profile)
    period = header.period and {
        **asdict(header.period),
        "first": header.period.first.isoformat(),
        "last": header.period.last.isoformat(),
    }
    return {**asdict(replace(header, profile=None, period=None)), "profile": profile, "period": period}


def plan_from(document: Mapping[str, Any]) -> PlanHeader:
    """The header that `plan_document` wrote; KeyError or TypeError where something is missing."""
    return PlanHeader(
        source=document["source"],
        revision=document["revision"],
        delivery=delivery_from(document["delivery"]),
        summary=Summary(**document["summary"]),
        counts=counts_from(document["counts"]),
        holds=_holds_from(document["holds"]),
        created=document["created"],
        roster=document["roster"],
        profile=profile_from(document["profile"]) if document.get("profile") else None,
        kind=PlanKind(document["kind"]),
        actor=document["actor"],
        rules=document["rules"],
        undoes=document["undoes"],
        quarantined=quarantined_from(document["quarantined"]),
        raised=tuple(document["raised"]),
        period=_period_from(document["period"]) if document["period"] else None,
        postponed=document["postponed"],
        accepted=tuple(document["accepted"]),
        in_force=_in_force_from(document["in_force"]) if document["in_force"] else None,
        pin=_pin_from(document["pin"]) if document["pin"] else None,
    )


def _in_force_from(document: Mapping[str, Any]) -> InForce:
    return InForce(document["day"], tuple(document["keeps"]), tuple(document["pins"]))


def _pin_from(document: Mapping[str, Any]) -> Pin:
    return Pin(**{**document, "key": tuple(document["key"])})


def quarantined_from(document: Mapping[str, Any]) -> dict[str, Quarantine]:
    """The schools that are left as they were."""
    return {
        school: Quarantine(one["name"], _holds_from(one["holds"]), one["held_back"])
        for school, one in document.items()
    }


def _period_from(document: Mapping[str, Any]) -> Period:
    first, last = (date.fromisoformat(document[name]) for name in ("first", "last"))
    return Period(PeriodKind(document["kind"]), first, last, document["why"])


def _holds_from(document: Iterable[Mapping[str, Any]]) -> tuple[Hold, ...]:
    return tuple(Hold(**hold) for hold in document)
