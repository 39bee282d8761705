"""One file that explains a run to whoever has to be convinced of it, without the product.

A page for people; the same as JSON stands in it for programs, with the links whose digests anybody can
compute again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, TextIO

from cartable import words
from cartable.model.audits import Action, Document, Link
from cartable.model.deliveries import DeliveredFile
from cartable.model.plans import Change, Run
from cartable.reports import chains, holds, html, masking, phrasing, sparing, wording
from cartable.reports.catalogue import general
from cartable.reports.document import change_document, run_document
from cartable.reports.material import Evidence, Rules
from cartable.reports.pieces import Heading, Table
from cartable.reports.safety import shown
from cartable.reports.serializing import serialized
from cartable.words import marked

CHANGES = 200
"""Changes of each kind in each entity that the file lists; the others are counted."""

VERSION = 1

_PROGRAM = r"""
import hashlib, json, re, sys
page = open(sys.argv[1], encoding="utf-8").read()
data = json.loads(re.search(r'<script id="evidence"[^>]*>(.*?)</script>', page, re.S)[1])
digests = {}
for link in data["links"]:
    names = ("number", "moment", "actor", "action", "document", "previous")
    text = "\x1f".join(str(link[name]) for name in names)
    digests[link["number"]] = link["digest"]
    before = digests.get(link["number"] - 1, link["previous"])
    sound = hashlib.sha256(text.encode()).hexdigest() == link["digest"] and before == link["previous"]
    print("link", link["number"], "sound" if sound else "ALTERED")
"""

_REASONS = {
    "new": marked("new in the delivery"),
    "changed": marked("other values in the delivery"),
    "absent": marked("absent from the delivery"),
    "returned": marked("in the delivery again"),
    "session-ended": marked("its session has ended"),
    "org-closed": marked("its organisation is gone"),
    "renamed": marked("another identifier"),
    "undone": marked("a run was taken back"),
    "by-hand": marked("by hand"),
}


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and what it is."""

    name: str
    text: str
    is_digest: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a section: sentences, facts, a table with its label, something to run."""

    heading: str = ""
    told: Sequence[str] = ()
    facts: Sequence[Fact] = ()
    table: Table | None = None
    label: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the page; `name` is what links to it name."""

    name: str
    heading: str
    parts: Sequence[Part]


def write(evidence: Evidence, rules: Rules, to: TextIO) -> None:
    """Write the page."""
    from markupsafe import Markup

    run = evidence.record.run
    changes = list(evidence.record.changes(CHANGES))
    heading = words.text("Run {run}: what was done, and how to check it", run=run.number)
    told = _verdict(evidence)
    page = {
        "title": words.text("{heading} – Cartable", heading=heading),
        "heading": heading,
        "read": phrasing.applied(run) + (f" {words.text(wording.MASKED)}" if evidence.is_masked else ""),
        "skip": words.text("Skip to what was done"),
        "contents": words.text("On this page"),
        "verdict": words.text("Verdict"),
        "state": "stop" if evidence.chain.breaks else "good",
        "told": told,
        "sections": _sections(evidence, rules, changes),
        "private": html.private(is_masked=evidence.is_masked),
    }
    # Nothing in a script element may look like its end, or like a comment.
    data = serialized(_data(evidence, changes)).replace("<", "\\u003c")
    values = {"page": page, "data": Markup(data)}  # noqa: S704
    html.write_page("evidence.html.j2", ("tokens.css", "report.css", "evidence.css"), "", values, to)


def masked(evidence: Evidence) -> Evidence:
    """The evidence without personal data but for the names of those who acted."""
    held = evidence.held and masking.masked_held(evidence.held)
    return replace(evidence, record=masking.masked_record(evidence.record), held=held, is_masked=True)


def _verdict(evidence: Evidence) -> list[str]:
    chain = evidence.chain
    if chain.breaks:
        return [words.text("The audit chain is broken."), *map(chains.broken, chain.breaks)]
    return [
        words.counted(
            "The {number} link of the audit chain carries this installation's seal.",
            "The {number} links of the audit chain follow each other and carry this installation's seal.",
            chain.links,
        ),
        words.text("Whether the records still are as the run left them, cartable audit verify says."),
    ]


def _told(evidence: Evidence) -> Document:
    """What the run's own link says; empty for a run of an edition that had no chain."""
    run = evidence.record.run.number
    applied = (link.told for link in evidence.links if link.action == Action.APPLY)
    return next((told for told in applied if told.get("run") == run), {})


def _sections(evidence: Evidence, rules: Rules, changes: list[Change]) -> list[Section]:
    run, told = evidence.record.run, _told(evidence)
    return [
        Section("run", words.text("What was done"), [Part(facts=list(_facts(run, told)))]),
        Section("delivery", words.text("What was delivered"), [_files(run)]),
        Section("guards", words.text("Guards and approval"), list(_approval(evidence, told))),
        Section("changes", words.text("What changed"), [_counts(run), _changes(run, changes)]),
        Section("findings", words.text("What was found"), [_findings(evidence, rules)]),
        Section(
            "links", words.text("The links of the audit chain"), [_link(link) for link in evidence.links]
        ),
        Section("check", words.text("How to check it"), list(_instructions())),
    ]


def _facts(run: Run, told: Document) -> Iterator[Fact]:
    yield Fact(words.text("Run"), str(run.number))
    yield Fact(words.text("Kind"), phrasing.run_kind(run))
    yield Fact(words.text("By"), shown(run.actor) or "–")
    yield Fact(words.text("Begun"), wording.moment(run.started))
    yield Fact(words.text("Finished"), wording.moment(run.finished))
    yield Fact(words.text("Source"), shown(run.source))
    yield Fact(words.text("From"), phrasing.origin(run))
    yield Fact(words.text("Revision before"), str(told.get("before", "–")))
    yield Fact(words.text("Revision after"), str(run.revision))
    if run.undoes is not None:
        yield Fact(words.text("Takes back run"), str(run.undoes))
    yield Fact(words.text("Rules (SHA-256)"), told.get("rules") or "–", is_digest=True)
    yield Fact(words.text("Plan (SHA-256)"), told.get("plan") or "–", is_digest=True)


def _files(run: Run) -> Part:
    if not run.input.files:
        return Part(told=[words.text("Nothing was delivered.")])
    headings = [Heading(words.text("File"))]
    headings += [
        Heading(words.text(name), "number")
        for name in (marked("Bytes"), marked("Rows"), marked("Accepted"), marked("Left out"))
    ]

    def row(file: DeliveredFile) -> tuple[str, ...]:
        numbers = (file.bytes, file.rows, file.accepted, file.excluded)
        return (shown(file.name), *map(words.figure, numbers), file.sha256)

    table = Table([*headings, Heading("SHA-256", "digest")], [row(file) for file in run.input.files])
    return Part(table=table, label=words.text("What was delivered"))


def _approval(evidence: Evidence, told: Document) -> Iterator[Part]:
    run, held = evidence.record.run, evidence.held
    sentences = [] if told.get("holds") else [words.text("No guard held the plan.")]
    if run.accepted:
        sentences.append(words.text("Accepted guards: {guards}.", guards=", ".join(map(shown, run.accepted))))
    if held:
        planned = words.text(
            "Planned by {who}, held since {moment}.",
            who=shown(held.planner),
            moment=wording.moment(held.created),
        )
        sentences += [planned, holds.state(held)]
    if held and held.why:
        sentences.append(words.text("Why: {why}", why=shown(held.why)))
    if run.raised:
        sentences.append(sparing.raised(run.raised))
    sentences += [sparing.line(*one) for one in run.quarantined.items()]
    names = (marked("Guard"), marked("Entity"), marked("Counted"), marked("Allowed"))
    headings = [Heading(words.text(name), "number" if place > 1 else "") for place, name in enumerate(names)]
    rows = [
        (hold["guard"], hold["entity"], words.figure(hold["count"]), words.figure(hold["limit"]))
        for hold in told.get("holds", ())
    ]
    yield Part(told=sentences, table=Table(headings, rows), label=words.text("Guards and approval"))


def _counts(run: Run) -> Part:
    headings = [Heading(words.text("Entity"))]
    headings += [Heading(words.text(name), "number") for name in phrasing.COUNTED.values()]
    numbers = {entity: phrasing.counts(counts).values() for entity, counts in run.changes.items()}
    rows = [(entity, *map(words.figure, counts)) for entity, counts in numbers.items() if any(counts)]
    return Part(table=Table(headings, rows), label=words.text("What changed"))


def _changes(run: Run, changes: list[Change]) -> Part:
    rest = phrasing.changing(run.changes) - len(changes)
    told = []
    if rest:
        told.append(
            words.counted(
                "{number} more change is not listed here; cartable runs show {run} --format csv has all.",
                "{number} more changes are not listed here; cartable runs show {run} --format csv has all.",
                rest,
                run=run.number,
            )
        )
    names = (marked("Entity"), marked("Record"), marked("Change"), marked("Why"), marked("Line"))
    headings = [*(Heading(words.text(name)) for name in names), Heading(words.text("Before → after"), "long")]
    rows = [
        (
            change.entity,
            wording.record(change.key),
            words.text(phrasing.KINDS[change.kind]),
            words.text(_REASONS[change.reason]),
            "–" if change.line is None else str(change.line),
            ", ".join(phrasing.differences(change)),
        )
        for change in changes
    ]
    return Part(told=told, table=Table(headings, rows), label=words.text("What changed"))


def _findings(evidence: Evidence, rules: Rules) -> Part:
    by_code = evidence.record.check.by_code
    if not by_code:
        return Part(told=[words.text("Nothing was found.")])
    headings = [Heading(words.text("Rule")), Heading(words.text("Findings"), "number")]
    headings.append(Heading(words.text("What it says"), "long"))
    rows = [
        (code, words.figure(number), general(rules[code].message)) for code, number in sorted(by_code.items())
    ]
    return Part(table=Table(headings, rows), label=words.text("What was found"))


def _link(link: Link) -> Part:
    heading = words.text("Link {number}: {told}", number=link.number, told=chains.told(link))
    facts = [
        Fact("number", str(link.number), is_digest=True),
        *(
            Fact(name, shown(getattr(link, name)), is_digest=True)
            for name in ("moment", "actor", "action", "previous", "digest", "seal")
        ),
    ]
    return Part(heading, facts=facts, code=link.document)


def _instructions() -> Iterator[Part]:
    yield Part(
        words.text("The files"),
        [words.text("Take the SHA-256 of each delivered file, and compare it with the table above.")],
        code="sha256sum *.csv",
    )
    yield Part(
        words.text("The links"),
        [
            words.text(
                "The digest of a link is the SHA-256 of its number, moment, actor, action, document and "
                "previous, in UTF-8, with the character U+001F between them. The previous of a link is the "
                "digest of the one before it; that of the first is 64 zeros. This program, given this file, "
                "computes it again:"
            )
        ],
        code=f"python3 - FILE <<'END'{_PROGRAM}END",
    )
    yield Part(
        words.text("The seals"),
        [
            words.text(
                "The seal of a link is the HMAC-SHA256 of its digest by the installation's key, which only "
                "the installation has: cartable audit verify checks it."
            )
        ],
    )
    yield Part(
        words.text("The records"),
        [
            words.text(
                "Under states the run's link tells, by entity, how many states the run made and the digest "
                "of their leaves, sorted, each on a line of its own. A leaf is the SHA-256 of the entity's "
                "name, then salt, source, record, active, reason, line, modified, digest and every field, "
                "with U+001F between them and U+001E for what is absent. The salts lie in the "
                "installation's database: cartable audit verify computes all leaves again."
            )
        ],
    )


def _data(evidence: Evidence, changes: list[Change]) -> dict[str, Any]:
    run = evidence.record.run
    held = evidence.held
    return {
        "version": VERSION,
        "masked": evidence.is_masked,
        "run": {
            **run_document(run),
            "revision": run.revision,
            "accepted": list(run.accepted),
        },
        "hold": held
        and {
            name: getattr(held, name)
            for name in ("number", "status", "planner", "created", "decider", "decided", "why")
        },
        "findings": dict(evidence.record.check.by_code),
        "records": [change_document(change) for change in changes],
        "omitted": phrasing.changing(run.changes) - len(changes),
        "links": [asdict(link) for link in evidence.links],
        "intact": not evidence.chain.breaks,
    }
