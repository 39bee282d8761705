"""Everything that is held on a person, as a page for people and as JSON for programs."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, TextIO

from cartable import words
from cartable.model.persons import HeldRecord, PersonRecord
from cartable.model.plans import Run
from cartable.reports import html, wording
from cartable.reports.evidence import Part, Section
from cartable.reports.pieces import Heading, Table
from cartable.reports.safety import shown
from cartable.reports.serializing import serialized
from cartable.words import marked

VERSION = 1
_HIDDEN = ("salt",)


def write_document(held: PersonRecord, to: TextIO) -> None:
    """Everything, as one JSON object."""
    to.write(serialized(_document(held)) + "\n")


def write_page(held: PersonRecord, to: TextIO) -> None:
    """The same for people; the JSON stands in the page too."""
    from markupsafe import Markup

    heading = words.text("What is held on {person}", person=shown(_name(held)))
    page = {
        "title": words.text("{heading} – Cartable", heading=heading),
        "heading": heading,
        "read": words.text("Put together on {moment}.", moment=wording.moment(held.exported)),
        "skip": words.text("Skip to the records"),
        "contents": words.text("On this page"),
        "verdict": words.text("In short"),
        "state": "good",
        "told": list(_summary(held)),
        "sections": list(_sections(held)),
        "private": html.private(is_masked=False),
    }
    # Nothing in a script element may look like its end, or like a comment.
    data = Markup(serialized(_document(held)).replace("<", "\\u003c"))  # noqa: S704
    styles = ("tokens.css", "report.css", "evidence.css")
    html.write_page("evidence.html.j2", styles, "", {"page": page, "data": data}, to)


def _name(held: PersonRecord) -> str:
    for record in held.records:
        if record.entity.name == "users":
            values = record.states[-1].values
            name = " ".join(filter(None, (values["givenName"], values["familyName"])))
            return f"{name} ({held.person})" if name else held.person
    return held.person


def _summary(held: PersonRecord) -> Iterator[str]:
    states = sum(len(record.states) for record in held.records)
    yield words.counted(
        "{number} record is about this person.", "{number} records are about this person.", len(held.records)
    )
    yield words.counted(
        "They have had {number} state.", "They have had {number} states, earlier ones included.", states
    )
    if held.findings:
        yield words.counted(
            "{number} finding of a check tells of this person.",
            "{number} findings of checks tell of this person.",
            len(held.findings),
        )
    if held.grades:
        yield words.counted(
            "{number} result of the gradebook is this person's.",
            "{number} results of the gradebook are this person's.",
            len(held.grades),
        )
    if held.files:
        yield words.counted(
            "{number} kept file has rows about this person.",
            "{number} kept files have rows about this person.",
            len(held.files),
        )


def _sections(held: PersonRecord) -> Iterator[Section]:
    yield Section("records", words.text("Records"), [_record(one) for one in held.records])
    if held.kept:
        yield Section("kept", words.text("Kept as they were"), [_listed(held.kept, words.text("Kept"))])
    if any(held.decisions.values()):
        names = {"keeps": words.text("Kept until a day"), "pins": words.text("Set by hand")}
        parts = [_listed(rows, names[kind]) for kind, rows in held.decisions.items() if rows]
        yield Section("decisions", words.text("What people decided"), parts)
    if held.findings:
        part = _listed(held.findings, words.text("What was found"))
        yield Section("findings", words.text("What was found"), [part])
    if held.grades:
        yield Section("grades", words.text("Results"), list(_grades(held)))
    if held.files:
        yield Section("files", words.text("Rows of kept files"), list(_files(held)))
    if held.written:
        yield Section("written", words.text("Written by hand"), list(_written(held)))


def _written(held: PersonRecord) -> Iterator[Part]:
    for one in held.written:
        heading = words.text("{file}, line {line}", file=one.file, line=words.figure(one.line))
        yield Part(heading, code="\n".join(map(shown, one.text.splitlines())))


def _record(record: HeldRecord) -> Part:
    last = record.states[-1]
    names = [field.name for field in record.entity.fields]
    names = [name for name in names if any(state.values[name] for state in record.states)]
    key = [last.values[name] or "" for name in record.entity.key]
    heading = words.text("{name}: {told}", name=record.entity.name, told=wording.record(tuple(key)))
    headings = [words.text(name) for name in (marked("Since"), marked("Until"), marked("In the roster"))]
    rows = [
        (
            _run(state.begun),
            _run(state.ended),
            words.text("yes") if state.is_active else words.text("no"),
            *(shown(state.values[name] or "") for name in names),
        )
        for state in record.states
    ]
    return Part(heading, table=Table([Heading(one) for one in (*headings, *names)], rows), label=heading)


def _run(run: Run | None) -> str:
    if run is None:
        return "–"
    return words.text("run {run}, {moment}", run=run.number, moment=wording.moment(run.finished))


def _listed(rows: Any, label: str) -> Part:
    names = [name for name in rows[0] if name not in _HIDDEN]
    table = Table(
        [Heading(name) for name in names], [[shown(_text(row[name])) for name in names] for row in rows]
    )
    return Part(label, table=table, label=label)


def _grades(held: PersonRecord) -> Iterator[Part]:
    for resource in dict.fromkeys(one["resource"] for one in held.grades):
        yield _listed([one for one in held.grades if one["resource"] == resource], str(resource))


def _files(held: PersonRecord) -> Iterator[Part]:
    for file in held.files:
        runs = ", ".join(map(str, file.runs))
        header, *rows = file.rows
        width = max(map(len, file.rows))
        padded = [[*map(shown, row), *[""] * (width - len(row))] for row in (header, *rows)]
        heading = words.text("A file of a plan that was never applied")
        if runs:
            heading = words.text("{file} of run {runs}", file=shown(file.name), runs=runs)
        table = Table([Heading(name) for name in padded[0]], padded[1:])
        yield Part(heading, table=table, label=heading)


def _document(held: PersonRecord) -> dict[str, Any]:
    return {
        "version": VERSION,
        "person": held.person,
        "exported": held.exported,
        "records": [
            {
                "entity": record.entity.name,
                "states": [
                    {
                        "from": _run_document(state.begun),
                        "until": _run_document(state.ended),
                        "active": state.is_active,
                        "reason": state.reason,
                        "line": state.line,
                        "values": dict(state.values),
                    }
                    for state in record.states
                ],
            }
            for record in held.records
        ],
        "kept": [_plain(one) for one in held.kept],
        "findings": [_plain(one) for one in held.findings],
        **{kind: [_plain(one) for one in rows] for kind, rows in held.decisions.items()},
        "grades": [_plain(one) for one in held.grades],
        "files": [
            {"runs": list(file.runs), "name": file.name, "rows": [list(row) for row in file.rows]}
            for file in held.files
        ],
        "written": [one._asdict() for one in held.written],
    }


def _run_document(run: Run | None) -> dict[str, Any] | None:
    return {"run": run.number, "finished": run.finished} if run else None


def _plain(row: Any) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, date | datetime) else value
        for name, value in row.items()
        if name not in _HIDDEN
    }


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(f"{name}: {text}" for name, text in value.items())
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
