"""The guards: what holds a plan until a person has looked."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from cartable.errors import UsageError
from cartable.model.deliveries import Delivery
from cartable.model.plans import Counts, Hold, RosterState

# At most this share of an entity's active records may become inactive in one run...
DEACTIVATION_PERCENT = 10
# ...but fewer than this many never hold: a class of three that loses one is no accident.
DEACTIVATION_MINIMUM = 5

# What each guard says, by its name; `--accept` takes the name.
GUARDS: Mapping[str, str] = {
    "file.missing": (
        "{file} is missing, though the last run had it: its active records ({count}) would become inactive."
    ),
    "header.dropped": "{file} no longer has what the last run had: {columns}.",
    "file.header-only": "{file} has only its header: its active records ({count}) would become inactive.",
    "deactivations": (
        "{count} of the {active} active records of {file} would become inactive; "
        "more than {percent} % needs a person's word."
    ),
    "identity.reused": (
        "Identifiers of {file} now seem to name another person or class than before ({count}): {examples}."
    ),
}


def holds(delivery: Delivery, counts: Mapping[str, Counts], state: RosterState) -> tuple[Hold, ...]:
    """Every guard that holds the plan.

    Args:
        delivery: what was delivered.
        counts: what the plan would do, by entity name.
        state: the roster that it was computed against.
    """
    return (
        *_missing_files(delivery, state),
        *_dropped_columns(delivery, state),
        *_emptied_files(delivery, state),
        *_deactivations(counts, state),
    )


def reuses(reused: Iterable[tuple[str, int, str]]) -> tuple[Hold, ...]:
    """A hold for each entity of which identifiers were given to others.

    Args:
        reused: name of the entity, how many, and some of them.
    """
    return tuple(
        _hold("identity.reused", entity, count, 0, examples=examples) for entity, count, examples in reused
    )


def unaccepted(held: tuple[Hold, ...], accepted: Collection[str]) -> tuple[Hold, ...]:
    """The holds that the operator did not accept."""
    return tuple(hold for hold in held if hold.guard not in accepted)


def check_names(accepted: Collection[str]) -> None:
    """Refuse to accept what is no guard.

    Raises:
        UsageError: an accepted name is no guard's.
    """
    for name in accepted:
        if name not in GUARDS:
            raise UsageError(
                "There is no guard named {name}.",
                "The guards are: {guards}.",
                name=name,
                guards=", ".join(GUARDS),
            )


def _hold(guard: str, entity: str, count: int, limit: int, **values: str) -> Hold:
    return Hold(guard, GUARDS[guard], entity, count, limit, {"file": f"{entity}.csv", **values})


def _missing_files(delivery: Delivery, state: RosterState) -> Iterator[Hold]:
    for entity in state.baseline:
        if delivery.file_of(entity) is None:
            yield _hold("file.missing", entity, state.active.get(entity, 0), 0)


def _dropped_columns(delivery: Delivery, state: RosterState) -> Iterator[Hold]:
    for entity, columns in state.baseline.items():
        file = delivery.file_of(entity)
        dropped = [column for column in columns if file and column not in file.columns]
        if dropped:
            yield _hold("header.dropped", entity, len(dropped), 0, columns=", ".join(dropped))


def _emptied_files(delivery: Delivery, state: RosterState) -> Iterator[Hold]:
    for file in delivery.files:
        active = state.active.get(file.entity or "", 0)
        # Into a roster that holds none of its records an empty file can do no harm.
        if file.entity and file.readable and not file.rows and active:
            yield _hold("file.header-only", file.entity, active, 0)


def _deactivations(counts: Mapping[str, Counts], state: RosterState) -> Iterator[Hold]:
    for entity, count in counts.items():
        active = state.active.get(entity, 0)
        limit = active * DEACTIVATION_PERCENT // 100
        if count.deactivate > limit and count.deactivate >= DEACTIVATION_MINIMUM:
            yield _hold(
                "deactivations",
                entity,
                count.deactivate,
                max(limit, DEACTIVATION_MINIMUM - 1),
                active=str(active),
                percent=str(DEACTIVATION_PERCENT),
            )
