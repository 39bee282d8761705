"""Set a field by hand, and let it stay as it was set until somebody releases it.

The change is a plan like any other; the pin is set in the transaction that applies it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from cartable.engine import setting, suggesting, workspace
from cartable.engine.setting import Judged, Record
from cartable.errors import PlanStale, UsageError
from cartable.flow import clock, locating, recalling
from cartable.flow.planning import Planned
from cartable.model.decisions import Pin
from cartable.model.deliveries import Delivery
from cartable.model.entities import BY_NAME, Entity, Field
from cartable.model.findings import Summary
from cartable.model.options import CheckOptions
from cartable.model.plans import PlanHeader, PlanKind, Run
from cartable.rules.catalogue import RULES, digest_of_rules
from cartable.store import decisions, queries
from cartable.store.vault import vault_of
from cartable.words import marked

if TYPE_CHECKING:
    from cartable.store.rosters import Roster

_CODE, _REQUIRED = "value.code", "value.required"


@contextmanager
def pinned(
    database: str,
    entity: str,
    key: str,
    field: str,
    value: str | None,
    *,
    why: str,
    actor: str,
    options: CheckOptions,
) -> Iterator[Planned]:
    """Plan to set a field of one record and to pin it.

    Args:
        entity: name of the entity.
        key: the record's key, its parts with commas between them.
        value: as a file would hold it; None pins what is there.
        why: a sentence that plans repeat.
        actor: who decides it.
        options: the organisation's own codes.

    Raises:
        UsageError: there is no such record or field, it is pinned already, or a rule refuses the value.
        DatabaseError: there is no roster.
    """
    kind = _entity(entity)
    pinnable = _field(kind, field)
    if not why.strip():
        raise UsageError("The reason is empty.", "Say why in a few words: plans repeat it.")
    started = clock.stamp()
    with recalling.opened(database) as roster, workspace.opened() as work:
        found = locating.located(roster, kind, locating.key_of(kind, key))
        state = queries.state(roster, found.source)
        in_force = decisions.in_force(roster, clock.today().isoformat())
        _see_that_it_is_free(roster, found.record, kind, field)
        record = _record(roster, kind, found.source, found.record)
        after = record[field]
        if value is not None:
            after = _judged(roster, work, kind, record, pinnable, value, options)
        counts = setting.set_field(work, kind, found.record, record, pinnable, after)
        now = tuple(record[name] or "" for name in kind.key)
        header = PlanHeader(
            found.source,
            state.revision,
            Delivery("", "", ()),
            Summary(),
            counts,
            (),
            started,
            state.roster,
            kind=PlanKind.HAND,
            actor=actor,
            rules=digest_of_rules(),
            in_force=in_force,
            pin=Pin(0, kind.name, found.record, now, field, after, why.strip(), actor, started),
        )

        def again() -> Planned:
            raise PlanStale("The roster has moved since the plan was made.", "Make the plan again.")

        yield Planned(work, roster, vault_of(database), header, (), (), started, actor, again)


def apply(plan: Planned) -> tuple[Run, Pin]:
    """Apply the plan that `pinned` made; what was applied, and the pin with its number.

    Raises:
        PlanStale: the roster, or what people decided, has moved meanwhile.
    """
    run = plan.apply(PlanKind.HAND.value)
    (pin,) = (pin for pin in decisions.pins(plan.roster) if pin.run == run.number)
    return run, pin


def pins(database: str) -> Iterator[Pin]:
    """All pins by number, released ones too.

    Raises:
        DatabaseError: there is no roster.
    """
    with recalling.opened(database) as roster:
        yield from decisions.pins(roster)


def release(database: str, number: int, actor: str) -> Pin:
    """Let deliveries change a field again, from the next plan on.

    Raises:
        UsageError: there is none of that number that is in force.
        DatabaseError: there is no roster.
    """
    with recalling.opened(database) as roster:
        return decisions.release_pin(roster, number, actor, clock.stamp())


def _entity(name: str) -> Entity:
    if name not in BY_NAME:
        _refuse_name(marked("There is no kind of record {name}."), name, BY_NAME)
    return BY_NAME[name]


def _field(entity: Entity, name: str) -> Field:
    fields = {field.name: field for field in entity.fields}
    if name not in fields:
        _refuse_name(marked("{entity} has no field {name}."), name, fields, entity=entity.name)
    if name in entity.key:
        raise UsageError(
            "{name} tells which record of {entity} it is, and cannot be pinned.",
            "These can be: {known}." if entity.values else "None of its fields can be pinned.",
            name=name,
            entity=entity.name,
            known=", ".join(field.name for field in entity.values),
        )
    return fields[name]


def _refuse_name(message: str, name: str, known: Mapping[str, object], **values: str) -> NoReturn:
    near = "".join(get_close_matches(name, known, n=1))
    raise UsageError(
        message,
        "Did you mean {near}?" if near else "These are known: {known}.",
        name=name,
        near=near,
        known=", ".join(known),
        **values,
    )


def _see_that_it_is_free(roster: "Roster", record: int, entity: Entity, field: str) -> None:
    for pin in decisions.pins(roster):
        if (pin.entity, pin.record, pin.field) == (entity.name, record, field) and not pin.released:
            raise UsageError(
                "{field} of {entity} {name} is pinned already, by {author} (pin {number}).",
                "Release that first: cartable release pin {number}",
                field=field,
                entity=entity.name,
                name=", ".join(filter(None, pin.key)),
                author=pin.author,
                number=pin.number,
            )


def _record(roster: "Roster", entity: Entity, source: str, identifier: int) -> Record:
    batches = queries.records(roster, entity.name, source, [np.array([identifier])], ())
    (row,) = (row for batch in batches for row in batch)
    return dict(zip((field.name for field in entity.fields), row[2:], strict=True))


def _judged(
    roster: "Roster",
    work: workspace.Workspace,
    entity: Entity,
    record: Record,
    field: Field,
    value: str,
    options: CheckOptions,
) -> str | None:
    """The value in the roster's spelling.

    Raises:
        UsageError: it breaks a rule, or names a record that is not there.
    """
    told = setting.judged(work, entity, record, field, value, options)
    if told.code:
        _refuse_value(field, value, told, options)
    if field.reference and told.value:
        for identifier in setting.elements(field, told.value):
            target = BY_NAME[field.reference.entity]
            found = locating.located(roster, target, (identifier,))
            kind = field.reference.kind
            if kind and _record(roster, target, found.source, found.record)["type"] != kind:
                raise UsageError(
                    "{entity} {name} is no {kind}.",
                    "Name one whose type is {kind}.",
                    entity=target.name,
                    name=identifier,
                    kind=kind,
                )
    return told.value


def _refuse_value(field: Field, value: str, told: Judged, options: CheckOptions) -> NoReturn:
    message, hint = RULES[told.code].words(told.detail)
    values: dict[str, object] = {**told.detail, "value": value, "column": field.name}
    if told.code == _REQUIRED:
        hint = "Give {column} a value."
    if told.code == _CODE and field.vocabulary:
        vocabulary = options.vocabulary(field.vocabulary)
        near = suggesting.closest_code(vocabulary, value)
        hint = "Did you mean {near}?" if near else "The codes are: {codes}."
        values |= {"near": near or "", "codes": tuple(code.value for code in vocabulary.codes)}
    raise UsageError(message, hint, **values)
