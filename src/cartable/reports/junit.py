"""Reports as JUnit's XML, which every server of continuous integration shows as tests.

A test suite is a file of the delivery, a test case a rule that the file was checked for. It fails where a
finding leaves out a row or refuses the delivery; what else was found stands in the output of a test that
passes. The elements and attributes are those of junit-10.xsd of Jenkins' xUnit plugin. Nothing in it
depends on the clock: the same delivery gives the same bytes.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TextIO
from xml.sax.saxutils import escape, quoteattr

from cartable import words
from cartable.errors import CartableError
from cartable.formats.layouts import layout_of
from cartable.model.causes import Cause
from cartable.model.deliveries import DeliveredFile, Delivery
from cartable.model.findings import Finding, Severity
from cartable.reports import wording
from cartable.reports.material import Check, Rules
from cartable.reports.safety import visible
from cartable.rules.checks import Cell, Query, Row
from cartable.rules.rule import Rule

WHOLE = "delivery"
"""The suite of what is about no file."""

# What is no character of XML 1.0, section 2.2.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_FAILING = (Severity.FATAL, Severity.ERROR)


@dataclass
class _Case:
    """What a rule found in a file.

    Args:
        found: how many findings of each severity.
        by_cause: whether the causes are told, of which one begins in this file; else the findings.
        told: the first of them.
        more: how many others there are.
    """

    found: Counter[Severity] = field(default_factory=Counter)
    by_cause: bool = False
    told: list[str] = field(default_factory=list)
    more: int = 0

    @property
    def is_failure(self) -> bool:
        return any(self.found[severity] for severity in _FAILING)

    def tell(self, text: str, limit: int) -> None:
        """Add what is told, while there are fewer than `limit`."""
        if len(self.told) < limit:
            self.told.append(text)
        else:
            self.more += 1


_Suites = dict[str, dict[str, _Case]]


def write_check(check: Check, rules: Rules, limit: int, to: TextIO) -> None:
    """Write the report of a check.

    Args:
        limit: causes of each rule in each file that are told, or findings where those are elsewhere.
    """
    suites = _suites(check, rules, limit)
    cases = [case for suite in suites.values() for case in suite.values()]
    failed = sum(case.is_failure for case in cases)
    to.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    to.write(f'<testsuites name="Cartable" tests="{len(cases)}" failures="{failed}" errors="0" time="0">\n')
    files = {file.name: file for file in check.delivery.files}
    for name, suite in suites.items():
        _write_suite(name, suite, _properties(check, files.get(name)), to)
    to.write("</testsuites>\n")


def write_failure(error: CartableError, path: str, to: TextIO) -> None:
    """Write why a check could not be made: a test that neither passed nor failed.

    Args:
        path: where the delivery was looked for.
    """
    message, hint = wording.failure(error)
    totals = 'tests="1" failures="0" errors="1"'
    to.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    to.write(f'<testsuites name="Cartable" {totals} time="0">\n')
    to.write(f'<testsuite name="{WHOLE}" {totals} skipped="0" time="0">\n')
    to.write(f'<properties><property name="path" value={_quoted(visible(path))}/></properties>\n')
    to.write(f'<testcase classname="{_group(WHOLE)}" name={_quoted(error.code)} time="0">\n')
    to.write(f"<error type={_quoted(error.code)} message={_quoted(message)}>{escape(_legal(hint))}</error>\n")
    to.write("</testcase>\n</testsuite>\n</testsuites>\n")


def _suites(check: Check, rules: Rules, limit: int) -> _Suites:
    """The cases by file and rule, files in the delivery's order and rules in the catalogue's."""
    # Where a rule could not be run, none is told to have passed.
    sure = () if "check.failed" in check.by_code else tuple(rules.values())
    suites: _Suites = {
        file.name: {rule.code: _Case() for rule in sure if _is_certain(rule, file, check.delivery)}
        for file in check.delivery.files
    }

    def case(file: str | None, code: str) -> _Case:
        return suites.setdefault(WHOLE if file is None else file, {}).setdefault(code, _Case())

    for cause in check.causes():
        one = case(cause.file, cause.code)
        one.by_cause = True
        one.tell(_cause(cause, rules[cause.code]), limit)
    for finding in check.findings():
        one = case(finding.file, finding.code)
        one.found[finding.severity] += 1
        if not one.by_cause:
            one.tell(_line(finding, rules[finding.code]), limit)
    order = {code: place for place, code in enumerate(rules)}
    return {
        file: dict(sorted(suite.items(), key=lambda one: order[one[0]])) for file, suite in suites.items()
    }


def _is_certain(rule: Rule, file: DeliveredFile, delivery: Delivery) -> bool:
    """Whether it is certain that the file was checked for this rule, so that finding nothing is a pass."""
    if file.entity is None or not file.readable:
        return False
    family, records = rule.code.partition(".")[0], layout_of(delivery.format).file_of(file.entity).records
    if not rule.checks:
        if family == "reference":
            return any(one.name in file.columns for one in records.references)
        return family in ("row", "key") or (family in ("file", "header") and rule.severity is Severity.FATAL)
    fields = [one for one in records.fields if one.name in file.columns]
    for check in rule.checks:
        match check:
            case Cell():
                if not check.types or any(one.type in check.types for one in fields):
                    return True
            case Row():
                if check.entity == file.entity and not check.option and check.field in file.columns:
                    return True
            case Query():
                if check.entity == file.entity and not _is_asked_for(check) and _has(delivery, check.reads):
                    return True
    return False


def _is_asked_for(query: Query) -> bool:
    return bool(query.option or query.receivers)


def _has(delivery: Delivery, reads: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether the delivery has all that a query reads."""
    files = {entity: delivery.file_of(entity) for entity in reads}
    return all(
        (file := files[entity]) is not None and file.readable and set(columns) <= set(file.columns)
        for entity, columns in reads.items()
    )


def _cause(cause: Cause, rule: Rule) -> str:
    first = cause.roots[0].finding
    where = wording.placed(first, wording.message(rule, first))
    told = words.counted("{number} finding", "{number} findings", cause.findings)
    costs = wording.joined(filter(None, (told, wording.harm(cause))))
    return f"{where} [{costs}]\n  → {wording.hint(rule, first)}"


def _line(finding: Finding, rule: Rule) -> str:
    return f"{wording.placed(finding, wording.message(rule, finding))}\n  → {wording.hint(rule, finding)}"


def _properties(check: Check, file: DeliveredFile | None) -> Iterator[tuple[str, str]]:
    if file is not None:
        yield "sha256", file.sha256
        yield "rows", str(file.rows)
        yield "accepted", str(file.accepted)
        yield "excluded", str(file.excluded)
    if check.is_masked:
        yield "masked", "true"
    if check.delivery.against:
        yield "against", wording.compared(check.delivery.against)


def _write_suite(
    name: str, suite: Mapping[str, _Case], properties: Iterator[tuple[str, str]], to: TextIO
) -> None:
    failed = sum(case.is_failure for case in suite.values())
    to.write(f'<testsuite name={_quoted(visible(name))} tests="{len(suite)}" failures="{failed}" errors="0"')
    to.write(' skipped="0" time="0">\n')
    listed = [f"<property name={_quoted(key)} value={_quoted(value)}/>" for key, value in properties]
    if listed:
        to.write(f"<properties>{''.join(listed)}</properties>\n")
    for code, case in suite.items():
        _write_case(name, code, case, to)
    to.write("</testsuite>\n")


def _write_case(file: str, code: str, case: _Case, to: TextIO) -> None:
    to.write(f'<testcase classname={_quoted(_group(file))} name={_quoted(code)} time="0"')
    if not case.found:
        to.write("/>\n")
        return
    rest = [words.counted("and {number} more", "and {number} more", case.more)] if case.more else []
    told = escape(_legal("\n".join((*case.told, *rest))))
    if case.is_failure:
        number = sum(case.found.values())
        message = _quoted(words.counted("{number} finding", "{number} findings", number))
        to.write(f">\n<failure type={_quoted(code)} message={message}>{told}</failure>\n</testcase>\n")
    else:
        to.write(f">\n<system-out>{told}</system-out>\n</testcase>\n")


def _group(file: str) -> str:
    # Servers split the name of a class at its dots, as Java does: a package, and the class in it.
    return f"cartable.{visible(file).removesuffix('.csv').replace('.', '_')}"


def _quoted(text: str) -> str:
    return quoteattr(_legal(text))


def _legal(text: str) -> str:
    """The text without what XML 1.0 cannot hold; what was received is made visible before, see `wording`."""
    return _ILLEGAL.sub("\ufffd", text)
