"""Checks a delivery that was read: runs every rule, counts rows, numbers the findings."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from cartable.engine import (
    attributing,
    converting,
    diagnosing,
    excusing,
    forwarding,
    judging,
    linking,
    numbering,
    packaging,
    restoring,
    sharing,
    shifting,
    suggesting,
)
from cartable.engine.findings import Found, add
from cartable.engine.rosters import Memory, RosterReader
from cartable.engine.subjects import Subject
from cartable.engine.workspace import Workspace, literal, quoted
from cartable.formats.format import Format
from cartable.formats.layouts import layout_of
from cartable.formats.sds import SDS_V2_1
from cartable.model.deliveries import DeliveredFile, Delivery, Mode
from cartable.model.entities import BY_NAME, ENTITIES, Entity
from cartable.model.findings import Severity, Summary
from cartable.model.options import CheckOptions
from cartable.model.profiles import Precedent
from cartable.model.progress import Progress, silent
from cartable.rules.catalogue import RULES

# What may not lie within itself: organisations. People name each other, and the sessions of a OneRoster
# package have parents that nobody asks for.
_NESTED = "orgs"


def check(
    workspace: Workspace,
    delivery: Delivery,
    options: CheckOptions,
    progress: Progress = silent,
    layout: Format | None = None,
    precedent: Precedent | None = None,
    others: sharing.Others | None = None,
    roster: RosterReader | None = None,
    earlier: Mapping[str, tuple[str, ...]] | None = None,
    memory: Memory | None = None,
) -> tuple[Delivery, Summary]:
    """Run all rules on what `cartable.engine.reading` put into the workspace.

    Makes `excluded_<entity>`, `blanked_<entity>` and the view `canonical_<entity>` for every
    entity, and the table `report`. Single rows are judged first, all files; then what rows say of
    each other, in an order in which every required reference points to what is settled already.
    The files of a OneRoster package are judged so as they are, and then what the roster takes of them.

    Args:
        progress: told the stage, how many files are done and how many there are.
        layout: the delivery's format, where it is not the one of its code.
        precedent: an earlier delivery to compare with.
        others: what other sources have in the roster, where there are any.
        roster: what files that hold changes alone may refer to; None where nobody knows.
        earlier: fields that earlier deliveries had, by entity name; one that is gone is a finding.
        memory: what earlier packages said, for those that hold changes; None where nobody knows.

    Returns:
        The delivery with its row counts, and the totals.
    """
    layout = layout or layout_of(delivery.format)
    if any(file.shape for file in layout.files):
        package = packaging.opened(workspace, delivery, layout, roster)
        judged = _judged(workspace, package.delivery, options, package.layout, progress, package.mode, roster)
        numbering.note_records(workspace, judged)
        if _is_refused(workspace):
            numbering.number(workspace, package.delivery, layout, judged)
            return _counted(workspace, package.delivery, judged)
        parcel = converting.convert(workspace, package, judged, memory)
        subjects = _taken(workspace, parcel, options, progress, roster)
        delivery = parcel.delivery
        entities = parcel.layout
        note_dropped_columns(workspace, delivery, earlier or {}, entities)
    else:
        note_dropped_columns(workspace, delivery, earlier or {}, layout)
        subjects = judged = _judged(workspace, delivery, options, layout, progress)
        entities = layout
    excusing.excuse(workspace, subjects)
    if precedent and delivery.is_whole and precedent.delivery.is_whole:
        shifting.note(workspace, delivery, precedent, entities)
        delivery = replace(delivery, against=precedent.compared)
    forwarding.note_receivers(workspace, subjects, options)
    if others:
        sharing.note(workspace, subjects, others, entities)
    numbering.number(workspace, delivery, layout, subjects)
    done = sum(subject.file is not None for subject in judged.values())
    progress("links", done, done)
    return _counted(workspace, delivery, judged, subjects)


def _is_refused(workspace: Workspace) -> bool:
    return bool(
        workspace.execute(f"select 1 from finding where severity = {literal(Severity.FATAL)} limit 1")
    )


def _judged(
    workspace: Workspace,
    delivery: Delivery,
    options: CheckOptions,
    layout: Format,
    progress: Progress,
    mode: Callable[[str], Mode] = lambda _: Mode.WHOLE,
    roster: RosterReader | None = None,
) -> dict[str, Subject]:
    """Judge every file of a format, its rows and what they say of each other.

    Args:
        mode: what a file says of records that it does not show.
    """
    subjects = {
        entity.name: _subject(workspace, delivery, options, layout, entity) for entity in layout.entities
    }
    for name, subject in subjects.items():
        subject.is_open = mode(name) is not Mode.WHOLE
        subject.outside = roster if name in BY_NAME else None
    for name, lines in workspace.execute("select entity, count(distinct line) from pulled group by entity"):
        subjects[name].pulled = lines
    for name, code in workspace.execute("select entity, code from trace"):
        subjects[name].traces.add(code)
    judged = [subject for subject in subjects.values() if subject.file is not None]
    for done, subject in enumerate(judged):
        progress("values", done, len(judged))
        judging.scan(subject)
        if not _key_may_be_blanked(subject):
            linking.note_duplicates(subject)
    missing = _link_all(workspace, subjects, delivery, progress)
    _note_missing_files(workspace, layout, missing)
    _lead_cut_rows(workspace)
    diagnosing.tell(workspace, subjects)
    suggesting.suggest(workspace, subjects)
    attributing.attribute(workspace, subjects)
    return subjects


def _taken(
    workspace: Workspace,
    parcel: converting.Parcel,
    options: CheckOptions,
    progress: Progress,
    roster: RosterReader | None,
) -> dict[str, Subject]:
    """Judge what the roster takes of a package: what its own entities ask for beyond the format's rules."""
    delivery, layout = parcel.delivery, parcel.layout
    subjects = {entity.name: _subject(workspace, delivery, options, layout, entity) for entity in ENTITIES}
    for name, lines in workspace.execute("select entity, count(distinct line) from pulled group by entity"):
        subjects[name].pulled = lines
    judged = [subject for subject in subjects.values() if subject.file is not None]
    for name, subject in subjects.items():
        subject.is_open, subject.outside = name in parcel.open, roster
        subject.blank(f"select _line, field, cast(null as varchar) from {quoted(f'lost_{name}_value')}")
    for subject in judged:
        judging.scan(subject)
        if not _key_may_be_blanked(subject):
            linking.note_duplicates(subject)
    _linked(judged, subjects, delivery, progress)
    return subjects


def _subject(
    workspace: Workspace, delivery: Delivery, options: CheckOptions, layout: Format, entity: Entity
) -> Subject:
    file = delivery.file_of(entity.name) if delivery.delivers(entity.name) else None
    return Subject(workspace, entity, layout.file_of(entity.name), file, options)


def _key_may_be_blanked(subject: Subject) -> bool:
    """Whether the key has a part that a missing reference blanks, so that keys are known only later."""
    references = {field.name for field in subject.entity.references}
    return any(name in references and not subject.is_required(name) for name in subject.entity.key)


def _link_all(
    workspace: Workspace, subjects: Mapping[str, Subject], delivery: Delivery, progress: Progress
) -> dict[str, int]:
    """Judge what rows say of each other, and look for what programs did to their values.

    References may show that an identifier is damaged; then all is judged again without its row, which
    happens seldom enough.

    Returns:
        How many references there are to each file that was not delivered.
    """
    judged = [subject for subject in subjects.values() if subject.file is not None]
    standings = [subject.standing for subject in judged]
    (told,) = workspace.execute("select coalesce(max(rowid), -1) from finding")
    missing = _linked(judged, subjects, delivery, progress)
    diagnosing.look(workspace, subjects)
    if restoring.note_broken_keys(workspace, subjects):
        workspace.execute(f"delete from finding where rowid > {told[0]}")
        for subject, standing in zip(judged, standings, strict=True):
            subject.return_to(standing)
            linking.leave_out_broken_keys(subject)
        missing = _linked(judged, subjects, delivery, silent)
        diagnosing.look(workspace, subjects)
    return missing


def _linked(
    judged: Collection[Subject], subjects: Mapping[str, Subject], delivery: Delivery, progress: Progress
) -> dict[str, int]:
    """The same, once."""
    missing: dict[str, int] = {}
    for subject in subjects.values():
        if subject.is_open and subject.file is None:
            linking.settle(subject)
    for done, subject in enumerate(judged):
        progress("links", done, len(judged))
        _link(subject, subjects, delivery, missing)
    return missing


def _link(
    subject: Subject, subjects: Mapping[str, Subject], delivery: Delivery, missing: dict[str, int]
) -> None:
    """Judge one entity's keys, references and queries; what it refers to is settled."""
    linking.note_conditional_columns(subject, subjects)
    inward, outward = {}, {}
    for field in subject.entity.references:
        assert field.reference is not None
        target = subjects[field.reference.entity]
        if target is subject:
            inward[field] = subject
        elif target.is_open:
            outward[field] = target
        elif _may_be_absent(target) and delivery.file_of(target.entity.name) is None:
            count = linking.blank_absent_target(subject, field)
            missing[target.entity.name] = missing.get(target.entity.name, 0) + count
        else:
            outward[field] = target
    linking.note_references(subject, outward)
    if _key_may_be_blanked(subject):
        linking.note_duplicates(subject)
    linking.settle(subject)
    for field in inward:
        linking.note_references(subject, {field: subject})
        if subject.entity.name == _NESTED:
            linking.note_cycles(subject, field)
    excluded = subject.excluded
    linking.note_queries(subject, subjects)
    if subject.excluded > excluded:
        linking.settle(subject)


def _may_be_absent(target: Subject) -> bool:
    """Whether the format lets a delivery do without the file; that a needed one is missing was said."""
    return not target.layout.required and not target.layout.pair


def _note_missing_files(workspace: Workspace, layout: Format, missing: Mapping[str, int]) -> None:
    """One finding for each file that was not delivered but is referred to."""
    add(
        workspace,
        [
            Found(
                RULES["file.missing"],
                name,
                layout.file_of(name).name,
                detail={"case": "referred", "references": str(count)},
            )
            for name, count in missing.items()
            if count
        ],
    )


def _lead_cut_rows(workspace: Workspace) -> None:
    """Let what is wrong with a row in which its file stops follow from that."""
    cut = literal(RULES["file.cut"].code)
    workspace.execute(
        f"""update finding set damage = {cut}, damage_entity = cut.entity
        from (select entity, line from finding where code = {cut}) as cut
        where finding.entity = cut.entity and finding.line = cut.line and finding.action = 'exclude'
            and starts_with(finding.code, 'row.')"""
    )


def _counted(
    workspace: Workspace,
    delivery: Delivery,
    subjects: Mapping[str, Subject],
    taken: Mapping[str, Subject] | None = None,
) -> tuple[Delivery, Summary]:
    """The delivery with the rows of each file counted, and the sums.

    Args:
        subjects: the files as they were judged.
        taken: what the roster takes of them, where that was judged by itself.
    """
    later = {} if taken is subjects or taken is None else taken

    def counted(file: DeliveredFile) -> DeliveredFile:
        if file.entity is None or not file.readable:
            return file
        subject = subjects[file.entity]
        excluded = subject.pulled + subject.excluded + _left_later(file, delivery, later)
        return file.counted(rows=file.rows, excluded=excluded)

    files = tuple(map(counted, delivery.files))
    severities = {
        str(severity): int(str(total))
        for severity, total in workspace.execute("select severity, count(*) from report group by severity")
    }
    summary = Summary(
        rows=sum(file.rows for file in files),
        accepted=sum(file.accepted for file in files),
        excluded=sum(file.excluded for file in files),
        blanked=sum(subject.blanked for subject in subjects.values())
        + sum(
            subject.blanked - subject.count(f"{quoted(f'lost_{name}_value')}")
            for name, subject in later.items()
        ),
        **{severity.value: severities.get(severity, 0) for severity in Severity},
    )
    return replace(delivery, files=files), summary


def _left_later(file: DeliveredFile, delivery: Delivery, taken: Mapping[str, Subject]) -> int:
    """How many rows of a file are left out for what they say of one of the roster's entities alone."""
    tables = [
        taken[one.entity].table("excluded") for one in delivery.taken if one.entity and one.name == file.name
    ]
    lines = " union ".join(f"select _line from {table}" for table in tables if taken)
    if not lines:
        return 0
    subject = next(iter(taken.values()))
    return subject.count(f"({lines}) as one")


def note_dropped_columns(
    workspace: Workspace,
    delivery: Delivery,
    earlier: Mapping[str, tuple[str, ...]],
    layout: Format = SDS_V2_1,
) -> None:
    """Write a finding for every column that an earlier delivery had and this one has not.

    One that is there under another name was told so.

    Args:
        earlier: fields that earlier deliveries had, by entity name.
    """
    told = workspace.execute(
        f"select entity, json_extract_string(detail, '$.near') from finding "
        f"where code = {literal(RULES['header.unknown'].code)}"
    )
    add(
        workspace,
        (
            Found(
                RULES["header.dropped"],
                file.entity,
                file.name,
                1,
                layout.file_of(file.entity).column_of(field).name,
                field,
            )
            for file in delivery.carriers
            if file.entity is not None and file.readable and file.mode is not Mode.NOTHING
            for field in earlier.get(file.entity, ())
            if field not in file.columns
            and (file.entity, layout.file_of(file.entity).column_of(field).name) not in told
        ),
    )
