"""Reports as SARIF 2.1.0, which code hosts and editors show beside the files that were checked.

Sections are those of the OASIS standard "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".
Results are written one by one; of those before, only the places are held, which followers refer to.
"""

import hashlib
import json
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import TextIO
from urllib.parse import quote

from cartable import __version__, words
from cartable.errors import CartableError
from cartable.model.deliveries import DeliveredFile, Delivery
from cartable.model.findings import Finding, Severity
from cartable.reports import wording
from cartable.reports.catalogue import cases, consequence, source
from cartable.reports.material import Check, Rules
from cartable.reports.safety import shown
from cartable.reports.serializing import Document, compared, serialized, write_list
from cartable.rules.rule import Rule

VERSION = "2.1.0"
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT = "cartable/v1"
"""What makes a finding the same one in the next delivery; a new number where that is told otherwise."""

_BASE = "DELIVERY"
_FAILED = "check.failed"

_LEVELS: Mapping[Severity | None, str] = {
    Severity.FATAL: "error",
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.INFO: "note",
    None: "warning",  # by requirement: each result tells its own
}


class _Places:
    """Where findings are, by their numbers, in twelve bytes each."""

    def __init__(self, findings: int) -> None:
        self._lines = array("q", bytes(8 * (findings + 1)))
        self._files = array("i", bytes(4 * (findings + 1)))
        self._names = [""]
        self._known: dict[str, int] = {}

    def note(self, finding: Finding) -> None:
        """Remember where it is."""
        if finding.file is not None and finding.number < len(self._lines):
            self._lines[finding.number] = finding.line or 0
            self._files[finding.number] = self._known.setdefault(finding.file, len(self._names))
            if len(self._known) == len(self._names):
                self._names.append(finding.file)

    def of(self, number: int) -> tuple[str, int | None] | None:
        """File and line; None for a finding that was not noted or is of no file."""
        if number >= len(self._lines) or not self._files[number]:
            return None
        return self._names[self._files[number]], self._lines[number] or None


def write_check(check: Check, rules: Rules, limit: int | None, to: TextIO) -> None:
    """Write the report of a check.

    Args:
        limit: findings of each code, the others are counted; None is all.
    """
    met = [rules[code] for code in check.by_code]
    head = serialized(_head(met, check.delivery))
    to.write(f'{{"version": "{VERSION}", "$schema": "{SCHEMA}", "runs": [{head[:-1]}, "results": ')
    listed: Counter[str] = Counter()
    write_list(_results(check, met, limit, listed), to)
    omitted = {code: left for code, total in check.by_code.items() if (left := total - listed[code]) > 0}
    tail = {
        "invocations": [_invocation(check, omitted)],
        "properties": {
            "format": check.delivery.format,
            "summary": asdict(check.summary),
            "omitted": omitted,
            "masked": check.is_masked,
            **({"against": compared(against)} if (against := check.delivery.against) else {}),
        },
    }
    to.write(f", {serialized(tail)[1:]}]}}\n")


def write_failure(error: CartableError, path: str, to: TextIO) -> None:
    """Write why a check could not be made.

    Args:
        path: where the delivery was looked for.
    """
    told = " ".join(filter(None, wording.failure(error)))
    invocation = {"executionSuccessful": False, "toolExecutionNotifications": [_note("error", told)]}
    run = {**_head((), Delivery(path, "unknown", ())), "results": [], "invocations": [invocation]}
    to.write(serialized({"version": VERSION, "$schema": SCHEMA, "runs": [run]}) + "\n")


def _head(met: Iterable[Rule], delivery: Delivery) -> Document:
    return {
        "tool": {"driver": _driver(met)},
        "language": words.language(),
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_BASE: {"description": _message(shown(delivery.path))}},
        "artifacts": [_artifact(file) for file in delivery.files],
    }


def _driver(met: Iterable[Rule]) -> Document:
    return {
        "name": "Cartable",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(rule) for rule in met],
    }


def _rule(rule: Rule) -> Document:
    (message, hint, becomes), *others = cases(rule)
    listed = "".join(f"\n- {' '.join(filter(None, case))}" for case in others)
    advice = " ".join(filter(None, (hint, becomes)))
    return {
        "id": rule.code,
        "shortDescription": _message(message),
        "fullDescription": _message(f"{message} {consequence(rule)}."),
        "help": {
            **_message(f"{advice} {source(rule)}"),
            "markdown": f"**{message}** {advice}\n{listed}\n\n{source(rule)}",
        },
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _artifact(file: DeliveredFile) -> Document:
    return {
        "location": _file(file.name),
        "length": file.bytes,
        "roles": ["analysisTarget"],
        **({"hashes": {"sha-256": file.sha256}} if file.sha256 else {}),
        "properties": {"rows": file.rows, "accepted": file.accepted, "excluded": file.excluded},
    }


def _results(
    check: Check, met: Iterable[Rule], limit: int | None, listed: Counter[str]
) -> Iterator[Document]:
    """The findings as results, counted by code in `listed`."""
    places = _Places(sum(check.by_code.values()))
    known = {rule.code: (index, rule) for index, rule in enumerate(met)}
    for finding in check.findings(limit):
        listed[finding.code] += 1
        places.note(finding)
        yield _result(finding, *known[finding.code], places)


def _result(finding: Finding, index: int, rule: Rule, places: _Places) -> Document:
    told: Document = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": _message(f"{wording.message(rule, finding)} {wording.hint(rule, finding)}"),
        "locations": [] if finding.file is None else [_location(finding.file, finding.line)],
        "partialFingerprints": {FINGERPRINT: _fingerprint(finding)},
        "properties": {
            name: content for name, content in _properties(finding).items() if content is not None
        },
    }
    if finding.cause is not None and (place := places.of(finding.cause)):
        followed = _message(words.text("The finding that this one follows from."))
        told["relatedLocations"] = [{"id": 0, **_location(*place), "message": followed}]
    return told


def _properties(finding: Finding) -> Document:
    return {
        "number": finding.number,
        "severity": finding.severity,
        "action": finding.action,
        "column": finding.column,
        "record": None if finding.record is None else list(finding.record),
        "value": finding.value,
        "cause": finding.cause,
        "group": finding.group,
    }


def _location(file: str, line: int | None) -> Document:
    region = {"region": {"startLine": line}} if line else {}
    return {"physicalLocation": {"artifactLocation": _file(file), **region}}


def _file(name: str) -> Document:
    """Where a file is, below the delivery; its name is no address, whatever characters it has."""
    return {"uri": quote(name, safe="", errors="surrogatepass"), "uriBaseId": _BASE}


def _fingerprint(finding: Finding) -> str:
    """Tells a fault from the others of its kind by what it is about, wherever in the file that stands."""
    about = list(finding.record) if finding.record else finding.line
    identity = [finding.code, finding.file, finding.column, about]
    return hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:32]


def _invocation(check: Check, omitted: Mapping[str, int]) -> Document:
    told = [words.text(wording.MASKED)] if check.is_masked else []
    told += [wording.compared(check.delivery.against)] if check.delivery.against else []
    told += [
        words.counted(
            "{number} more finding of {code} is not shown.",
            "{number} more findings of {code} are not shown.",
            left,
            code=code,
        )
        for code, left in omitted.items()
    ]
    return {
        "executionSuccessful": _FAILED not in check.by_code,
        "toolExecutionNotifications": [_note("note", one) for one in told],
    }


def _note(level: str, told: str) -> Document:
    return {"level": level, "message": _message(told)}


def _message(told: str) -> Document:
    """A message's text, in which braces name arguments (3.11.5) and a bracket may begin a link (3.11.6)."""
    return {"text": told.replace("{", "{{").replace("}", "}}").replace("](", "] (")}
