"""The sentences of plans, holds and runs, in the language being spoken."""

from collections.abc import Mapping
from datetime import date

from cartable import words
from cartable.model.plans import Change, ChangeKind, Counts, Hold, Kept, KeptReason, Run, Trait
from cartable.reports import wording
from cartable.reports.safety import shown
from cartable.words import marked

KINDS: Mapping[ChangeKind, str] = {
    ChangeKind.ADD: marked("added"),
    ChangeKind.UPDATE: marked("changed"),
    ChangeKind.DEACTIVATE: marked("becomes inactive"),
    ChangeKind.REACTIVATE: marked("becomes active again"),
    ChangeKind.CLOSE: marked("is closed: its session has ended"),
    ChangeKind.REKEY: marked("gets another identifier"),
}

# By what a record with a new identifier is known.
TRAITS: Mapping[Trait, str] = {
    Trait.USERNAME: marked("same username"),
    Trait.EMAIL: marked("same e-mail"),
    Trait.USER_NUMBER: marked("same user number"),
    Trait.NAME_AND_BIRTH: marked("same name and birth date"),
    Trait.NAME_AND_TYPE: marked("same name and type"),
    Trait.TITLE_AND_DATES: marked("same title and dates"),
    Trait.TITLE_AND_CODE: marked("same title and code"),
    Trait.TITLE_AND_MEMBERS: marked("same title and members"),
}

# Headings of the numbers in `Counts`, by the number's name.
COUNTED: Mapping[str, str] = {
    "add": marked("Added"),
    "update": marked("Changed"),
    "deactivate": marked("Inactive"),
    "reactivate": marked("Active again"),
    "close": marked("Closed"),
    "rekey": marked("New id"),
    "keep": marked("Kept"),
    "unchanged": marked("Unchanged"),
}

RARE = frozenset({"close", "rekey"})
"""Of these, the ones that most runs have none of."""

# Values of holds that are counts, and those that are days.
_NUMBERS = frozenset({"active", "schools", "classes"})
_DAYS = frozenset({"first", "last"})

# What made a run. `sync` and `apply` are commands.
_RUN_KINDS: Mapping[str, str] = {
    "sync": marked("sync"),
    "apply": marked("apply"),
    "approve": marked("approval"),
    "undo": marked("undo"),
    "hand": marked("by hand"),
    "purge": marked("purge"),
    "forget": marked("erasure"),
}

_KEPT: Mapping[KeptReason, str] = {
    KeptReason.EXCLUDED: marked("its row was left out"),
    KeptReason.QUARANTINED: marked("its school was left at its last good state"),
    KeptReason.CALENDAR: marked("the calendar takes nothing but additions"),
    KeptReason.UNTIL: marked("somebody has asked to keep it until a day"),
    KeptReason.PROTECTED: marked("it is protected"),
}


def held(hold: Hold, *, is_under_school: bool = False) -> str:
    """What a guard has seen, and where.

    Args:
        is_under_school: whether the school stands above it and need not be named.
    """
    values = {name: _held_value(name, text) for name, text in hold.values.items()}
    numbers = {"count": words.figure(hold.count), "limit": words.figure(hold.limit)}
    bound = words.text("{percent} %", percent=values["percent"]) if "percent" in values else numbers["limit"]
    told = words.text(hold.message, entity=hold.entity, bound=bound, **{**numbers, **values})
    if hold.klass:
        more = int(hold.values["classes"]) - 1
        told = words.text("class {class}: {sentence}", **{"class": values["class"], "sentence": told})
        if more:
            told = (
                f"{told} {words.counted('So in {number} more class.', 'So in {number} more classes.', more)}"
            )
    if "schools" in values:
        return words.text(
            "In {schools} schools, most of all in {school}: {sentence}",
            schools=values["schools"],
            school=values["school"],
            sentence=told,
        )
    if hold.school and not is_under_school:
        return words.text("{place}: {sentence}", place=values["school"], sentence=told)
    return told


def _held_value(name: str, text: str) -> str:
    if name in _NUMBERS:
        return words.figure(int(text))
    if name == "percent":
        return words.share(float(text))
    return wording.dated(date.fromisoformat(text)) if name in _DAYS else shown(text)


def changed(change: Change) -> str:
    """One record's change: which record, where, what happens and why, each field before → after."""
    where = [f"{change.entity} {wording.record(change.key)}"]
    if change.line is not None:
        where.append(words.text("line {line}", line=change.line))
    what = [words.text(KINDS[change.kind])]
    if change.traits:
        known_by = ", ".join(words.text(TRAITS[trait]) for trait in change.traits)
        what = [words.text("{what} ({why})", what=what[0], why=known_by)]
    if change.kind in (ChangeKind.UPDATE, ChangeKind.REACTIVATE, ChangeKind.REKEY):
        what += differences(change)
    return words.text("{place}: {sentence}", place=", ".join(where), sentence=", ".join(what))


def differences(change: Change) -> list[str]:
    """Each field that differs, before → after."""
    return [
        f"{field} {before} → {after}"
        for field in {**change.before, **change.after}
        if (before := wording.value(change.before.get(field)))
        != (after := wording.value(change.after.get(field)))
    ]


def changing(numbers: Mapping[str, Counts]) -> int:
    """How many records change in all."""
    return sum(count.changing for count in numbers.values())


def applied(run: Run) -> str:
    """That a run was applied, and how many records it changed."""
    return applied_as(run.number, changing(run.changes))


def applied_as(run: int, number: int) -> str:
    """That a run of that number was applied, and that so many records changed."""
    if not number:
        return words.text("Run {run} was applied: nothing changed.", run=run)
    return words.counted(
        "Run {run} was applied: {number} record changed.",
        "Run {run} was applied: {number} records changed.",
        number,
        run=run,
    )


def waits(hold: int) -> str:
    """That a held plan waits, and what can be done about it."""
    return words.text(
        "It waits as hold {number}. To look: cartable holds show {number}; to apply it: "
        "cartable approve {number}; to drop it: cartable discard {number} --why TEXT",
        number=hold,
    )


def counts(numbers: Counts) -> dict[str, int]:
    """The numbers of one entity by their names, in the order of `COUNTED`."""
    return {name: getattr(numbers, name) for name in COUNTED}


def run_kind(run: Run) -> str:
    """What made a run: a sync, a saved plan, an undo."""
    return words.text(_RUN_KINDS.get(run.kind, run.kind))


def origin(run: Run) -> str:
    """What a run applied: the path of its delivery, or which run it took back; else what made it."""
    if run.undoes is not None:
        return words.text("undo of run {run}", run=run.undoes)
    return shown(run.input.path) or run_kind(run)


def kept(one: Kept) -> str:
    """Why a record was left at its last good state."""
    if one.reason is KeptReason.UNTIL and one.until:
        told = "it is kept until {day}, by keep {number} ({why})"
        return words.text(told, day=wording.day(one.until), number=one.keep, why=shown(one.why))
    if one.reason is KeptReason.PROTECTED and one.why:
        return words.text("it is protected ({why})", why=shown(one.why))
    if one.reason is not KeptReason.EXCLUDED:
        return words.text(_KEPT[one.reason])
    line = words.text("line {line}", line=one.line) if one.line is not None else ""
    row = ", ".join(filter(None, (shown(one.file), line)))
    if one.code:
        return words.text("its row ({row}) was left out, rule {code}", row=row, code=one.code)
    return words.text("its row ({row}) was left out", row=row) if row else words.text(_KEPT[one.reason])
