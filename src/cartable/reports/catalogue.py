"""The rule catalogue for people, written from the rules themselves."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from cartable import words
from cartable.model.findings import Action, Severity
from cartable.reports import wording
from cartable.reports.material import Rules
from cartable.reports.pages import Page
from cartable.reports.safety import BLANK, visible_line
from cartable.rules.examples import WITHOUT_EXAMPLE, Upload, example
from cartable.rules.rule import Rule
from cartable.words import marked

_NAME = re.compile(r"\{\w+\}")
_HEADINGS = (marked("This breaks the rule:"), marked("This keeps it:"))


@dataclass(frozen=True, slots=True)
class Exhibit:
    """An upload of an example, as people are shown it.

    Args:
        files: titles, and the lines of each file.
        told: what else is to be said of it.
    """

    heading: str
    files: Sequence[tuple[str, Sequence[str]]]
    told: Sequence[str]


def write_rules(rules: Rules, on: Page) -> None:
    """The rule catalogue, a paragraph a rule."""
    for rule in rules.values():
        on.write(f"{rule.code}  {consequence(rule)}")
        on.write(general(rule.message), indent=4)


def write_rule(rule: Rule, on: Page) -> None:
    """All that the catalogue says of one rule, with the smallest uploads that break and that keep it."""
    on.write(f"{rule.code}  {consequence(rule)}")
    for message, hint, becomes in cases(rule):
        on.write()
        on.write(message)
        on.write(f"→ {hint}", indent=2, hanging=2)
        if becomes:
            on.write(becomes, indent=2)
    on.write()
    if rule.receivers:
        on.write(asked_for(rule))
    on.write(source(rule))
    for exhibit in exhibits(rule.code):
        on.write()
        on.write(exhibit.heading)
        for title, lines in exhibit.files:
            on.write(title, indent=2)
            on.verbatim(lines, indent=4)
        for told in exhibit.told:
            on.write(told, indent=2)
    if missing := without_example(rule):
        on.write()
        on.write(missing)


def general(template: str) -> str:
    """A message or hint of no finding in particular: a gap where a finding's values would stand."""
    return _NAME.sub("…", words.text(template)).replace("….", "…")


def cases(rule: Rule) -> Sequence[tuple[str, str, str]]:
    """Each message of a rule, its hint and, where that is not alike for all, what becomes of the data."""
    told = {"": (rule.message, rule.hint), **rule.cases}
    listed = (
        (general(message), general(hint), f"{_outcome(*rule.outcome(case))}." if rule.outcomes else "")
        for case, (message, hint) in told.items()
    )
    return tuple(dict.fromkeys(listed))


def asked_for(rule: Rule) -> str:
    """With which options a rule about receivers is told."""
    options = ", ".join(f"--for {name}" for name in rule.receivers)
    return words.text("Only where you ask about the receiver: {options}", options=options)


def source(rule: Rule) -> str:
    """Document and section that a rule comes from."""
    return words.text("Source: {source}", source=words.text(rule.source))


def consequence(rule: Rule) -> str:
    """The severity of a rule's findings and what becomes of the data, each that there may be."""
    if rule.explains and rule.severity:
        return words.text(
            "{severity} at least: what becomes of the rows and values concerned is said by the findings that "
            "follow from it; where none does, nothing is changed",
            severity=words.text(wording.SEVERITIES[rule.severity]),
        )
    told = [_outcome(*rule.outcome(case)) for case in ("", *rule.outcomes)]
    told += [_outcome(*outcome, option) for option, outcome in rule.by_option.items()]
    return ". ".join(dict.fromkeys(told))


def _outcome(severity: Severity | None, action: Action | None, option: str = "") -> str:
    """One severity and what becomes of the data; None as of a rule."""
    named = words.text(wording.SEVERITIES[severity] if severity else marked("Error or warning"))
    done = words.text(wording.ACTIONS[action] if action else wording.BY_REQUIREMENT)
    if option:
        return words.text("{severity} with --{option}: {action}", severity=named, option=option, action=done)
    return words.text("{severity}: {action}", severity=named, action=done)


def exhibits(code: str, quoted: Callable[[str], str] = str) -> Iterator[Exhibit]:
    """The upload that breaks a rule and the one that keeps it; one that is nothing but the base is left out.

    Args:
        quoted: how a file's name is written.
    """
    if (shown := example(code)) is None:
        return
    pair = (shown.failing, shown.passing)
    for heading, upload, other in zip(_HEADINGS, pair, reversed(pair), strict=True):
        files, told = list(_files(upload, other, quoted)), list(_circumstances(upload, other))
        if any(BLANK in line for _, lines in files for line in lines):
            told.append(words.text("{sign} is a blank that is easily overlooked", sign=BLANK))
        if files or told:
            yield Exhibit(words.text(heading), files, told)


def without_example(rule: Rule) -> str:
    """Why a rule has no example; empty where it has one."""
    return words.text(WITHOUT_EXAMPLE.get(rule.code, ""))


def _files(
    upload: Upload, other: Upload, quoted: Callable[[str], str]
) -> Iterator[tuple[str, Sequence[str]]]:
    """Titles and lines: what differs from the base, and of what is compared both sides."""
    names = dict.fromkeys(upload.shown)
    if upload.is_compared:
        names |= dict.fromkeys((*upload.compared, *(f"{entity}.csv" for entity in upload.earlier)))
        names = names or dict.fromkeys(other.shown)
    for name in names:
        if upload.files.get(name):
            yield quoted(name), _lines(upload.files[name])
    for name in names:
        if name in _changed(upload):
            title = words.text("after a delivery with this {file}", file=quoted(name))
            yield title, _lines(upload.against[name])
    for name, text in upload.elsewhere.items():
        title = words.text("while another source has delivered this {file}", file=quoted(name))
        yield title, _lines(text)


def _lines(text: str) -> Sequence[str]:
    return tuple(map(visible_line, text.splitlines()))


def _changed(upload: Upload) -> set[str]:
    """Names of the files that an earlier delivery had otherwise."""
    return {name for name, text in upload.against.items() if text != upload.files.get(name)}


def _circumstances(upload: Upload, other: Upload) -> Iterator[str]:
    """What an upload of an example is besides its files.

    Args:
        other: the one that keeps the rule, of the one that breaks it; and the other way round.
    """
    for name in sorted(other.files.keys() - upload.files.keys() - set(other.shown)):
        yield words.text("without {file}", file=name)
    for name in upload.shown:
        if not upload.files[name]:
            yield words.text("{file} is empty", file=name)
    if upload.against and not _changed(upload):
        yield words.text("after a delivery with the same files")
    for name in upload.options:
        yield words.text("with --{option}", option=name.replace("_", "-"))
    for name in upload.receivers:
        yield words.text("with --{option}", option=f"for {name}")
    for name in upload.zipped:
        yield words.text("{file} in a zip archive beside it as well", file=name)
    for name, encoding in upload.encoding.items():
        yield words.text("{file} in the encoding {encoding}", file=name, encoding=encoding)
    for entity, fields in upload.earlier.items():
        yield words.text(
            "after a delivery in which {file} had the columns {columns}",
            file=f"{entity}.csv",
            columns=", ".join(fields),
        )
    if upload.long > 1:
        yield words.text("where … stands for {number} letters", number=words.figure(upload.long))
