"""Checks a delivery that was read: runs every rule, counts rows, numbers the findings."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from cartable.engine import (
    attributing,
    diagnosing,
    excusing,
    forwarding,
    judging,
    linking,
    numbering,
    restoring,
    sharing,
    shifting,
    suggesting,
)
from cartable.engine.findings import Found, add
from cartable.engine.subjects import Subject
from cartable.engine.workspace import Workspace, literal
from cartable.formats.format import Format
from cartable.formats.sds import SDS_V2_1
from cartable.model.deliveries import DeliveredFile, Delivery
from cartable.model.entities import ENTITIES, Entity
from cartable.model.findings import Severity, Summary
from cartable.model.options import CheckOptions
from cartable.model.profiles import Precedent
from cartable.model.progress import Progress, silent
from cartable.rules.catalogue import RULES


def check(
    workspace: Workspace,
    delivery: Delivery,
    options: CheckOptions,
    progress: Progress = silent,
    layout: Format = SDS_V2_1,
    precedent: Precedent | None = None,
    others: sharing.Others | None = None,
) -> tuple[Delivery, Summary]:
    """Run all rules on what `cartable.engine.reading` put into the workspace.

    Makes `excluded_<entity>`, `blanked_<entity>` and the view `canonical_<entity>` for every
    entity, and the table `report`. Single rows are judged first, all files; then what rows say of
    each other, in an order in which every required reference points to what is settled already.

    Args:
        progress: told the stage, how many files are done and how many there are.
        precedent: an earlier delivery to compare with.
        others: what other sources have in the roster, where there are any.

    Returns:
        The delivery with its row counts, and the totals.
    """
    subjects = {entity.name: _subject(workspace, delivery, options, layout, entity) for entity in ENTITIES}
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
    excusing.excuse(workspace, subjects)
    if precedent:
        shifting.note(workspace, delivery, precedent, layout)
        delivery = replace(delivery, against=precedent.compared)
    forwarding.note_receivers(workspace, subjects, options)
    if others:
        sharing.note(workspace, subjects, others, layout)
    numbering.number(workspace, delivery, layout, subjects)
    progress("links", len(judged), len(judged))
    return _counted(workspace, delivery, subjects)


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
    workspace: Workspace, delivery: Delivery, subjects: Mapping[str, Subject]
) -> tuple[Delivery, Summary]:
    """The delivery with the rows of each file counted, and the sums."""

    def counted(file: DeliveredFile) -> DeliveredFile:
        if file.entity is None or not file.readable:
            return file
        subject = subjects[file.entity]
        return file.counted(rows=file.rows, excluded=subject.pulled + subject.excluded)

    files = tuple(map(counted, delivery.files))
    severities = {
        str(severity): int(str(total))
        for severity, total in workspace.execute("select severity, count(*) from report group by severity")
    }
    summary = Summary(
        rows=sum(file.rows for file in files),
        accepted=sum(file.accepted for file in files),
        excluded=sum(file.excluded for file in files),
        blanked=sum(subject.blanked for subject in subjects.values()),
        **{severity.value: severities.get(severity, 0) for severity in Severity},
    )
    return replace(delivery, files=files), summary


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
            for file in delivery.files
            if file.entity is not None and file.readable
            for field in earlier.get(file.entity, ())
            if field not in file.columns
            and (file.entity, layout.file_of(file.entity).column_of(field).name) not in told
        ),
    )
