"""The rule catalogue for people, written from the rules themselves."""

import re
from collections.abc import Iterator

from cartable import words
from cartable.reports import wording
from cartable.reports.material import Rules
from cartable.reports.pages import Page
from cartable.rules.examples import Upload, example
from cartable.rules.rule import Rule

_NAME = re.compile(r"\{\w+\}")


def write_rules(rules: Rules, on: Page) -> None:
    """The rule catalogue, a paragraph a rule."""
    for rule in rules.values():
        on.write(f"{rule.code}  {consequence(rule)}")
        on.write(general(rule.message), indent=4)


def write_rule(rule: Rule, on: Page) -> None:
    """All that the catalogue says of one rule, with the smallest uploads that break and that keep it."""
    on.write(f"{rule.code}  {consequence(rule)}")
    for message, hint in ((rule.message, rule.hint), *rule.cases.values()):
        on.write()
        on.write(general(message))
        on.write(f"→ {general(hint)}", indent=2, hanging=2)
    on.write()
    if rule.receivers:
        on.write(asked_for(rule))
    on.write(words.text("Source: {source}", source=rule.source))
    if shown_by := example(rule.code):
        failing, passing = shown_by.failing, shown_by.passing
        _write_upload(words.text("This breaks the rule:"), failing, passing, on)
        _write_upload(words.text("This keeps it:"), passing, failing, on)


def general(template: str) -> str:
    """A message or hint of no finding in particular: a gap where a finding's values would stand."""
    return _NAME.sub("…", words.text(template))


def asked_for(rule: Rule) -> str:
    """With which options a rule about receivers is told."""
    options = ", ".join(f"--for {name}" for name in rule.receivers)
    return words.text("Only where you ask about the receiver: {options}", options=options)


def consequence(rule: Rule) -> str:
    """A rule's severity and what becomes of the data."""
    if rule.severity is None or rule.action is None:
        return words.text(
            "{severity}: {action}",
            severity=words.text("Error or warning"),
            action=words.text(wording.BY_REQUIREMENT),
        )
    severity, action = wording.SEVERITIES[rule.severity], wording.ACTIONS[rule.action]
    return words.text("{severity}: {action}", severity=words.text(severity), action=words.text(action))


def _write_upload(heading: str, upload: Upload, other: Upload, on: Page) -> None:
    on.write()
    on.write(heading)
    for name in upload.shown:
        on.write(name, indent=2)
        on.verbatim(upload.files[name], indent=4)
    for name in upload.compared:
        on.write(words.text("after a delivery with this {file}", file=name), indent=2)
        on.verbatim(upload.against[name], indent=4)
    for name, content in upload.elsewhere.items():
        on.write(words.text("while another source has delivered this {file}", file=name), indent=2)
        on.verbatim(content, indent=4)
    for told in circumstances(upload, other):
        on.write(told, indent=2)


def circumstances(upload: Upload, other: Upload) -> Iterator[str]:
    """What an upload of an example is besides the files that are shown.

    Args:
        other: the one that keeps the rule, of the one that breaks it; and the other way round.
    """
    for name in sorted(other.files.keys() - upload.files.keys() - set(other.shown)):
        yield words.text("without {file}", file=name)
    if upload.against and not upload.compared:
        if upload.shown:
            yield words.text("after a delivery with another {file}", file=", ".join(upload.shown))
        else:
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
