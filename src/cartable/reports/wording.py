"""The sentences of findings, holds, changes and errors, in the language being spoken."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime

from cartable import words
from cartable.errors import CartableError
from cartable.formats.oneroster_lists import LISTS
from cartable.model.causes import Cause
from cartable.model.deliveries import Compared
from cartable.model.findings import Action, Finding, Severity
from cartable.model.vocabularies import VOCABULARIES, Vocabulary
from cartable.reports.safety import shown
from cartable.rules.rule import Rule
from cartable.words import marked

SEVERITIES: Mapping[Severity, str] = {
    Severity.FATAL: marked("Fatal"),
    Severity.ERROR: marked("Error"),
    Severity.WARNING: marked("Warning"),
    Severity.INFO: marked("Information"),
}

# What becomes of the data, as a clause behind the number of findings.
ACTIONS: Mapping[Action, str] = {
    Action.STOP: marked("the delivery is refused"),
    Action.EXCLUDE: marked("the row is left out"),
    Action.BLANK: marked("the value is left out"),
    Action.TRIM: marked("the blanks around the value are removed"),
    Action.NONE: marked("nothing is changed"),
}

# Where the rows that an excluding finding is about are left out for another one.
_ELSEWHERE = marked("the rows are counted with another cause")

# Why the operating system refuses, in its own English words. Source: POSIX, errno.h; glibc's texts.
REASONS = frozenset(
    (
        marked("No such file or directory"),
        marked("Permission denied"),
        marked("Operation not permitted"),
        marked("Is a directory"),
        marked("Not a directory"),
        marked("File exists"),
        marked("No space left on device"),
        marked("Disk quota exceeded"),
        marked("Read-only file system"),
        marked("File name too long"),
        marked("Too many open files"),
        marked("Too many levels of symbolic links"),
        marked("Input/output error"),
        marked("File too large"),
        marked("Broken pipe"),
        marked("Cannot allocate memory"),
        marked("Device or resource busy"),
        marked("Directory not empty"),
    )
)

BY_REQUIREMENT = marked("in a required column the row is left out, in another the value")


MASKED = marked("Personal data is masked: letters read x, digits 9.")
"""What a report says of itself that `cartable.reports.masking` made fit to be passed on."""

# Details that are counts; those that may be a text as well are counts where they are a number.
_COUNTS = frozenset(
    (
        *("before", "count", "expected", "found", "limit", "megabytes", "more", "now", "primaries"),
        *("references", "roles", "times"),
    )
)


_ENDS = (".", "?", "!", "…")

# Details that hold a value as received, beside those that are names and numbers.
_RECEIVED = frozenset({"title", "start", "end", "other", "near"})


def message(rule: Rule, finding: Finding) -> str:
    """What is wrong, in one sentence."""
    return words.text(rule.words(finding.detail)[0], **_named(finding))


def differ(rule: Rule, one: Finding, other: Finding) -> bool:
    """Whether the messages of two findings differ by more than the value that was received."""
    return message(rule, one) != message(rule, replace(other, value=one.value))


def hint(rule: Rule, finding: Finding) -> str:
    """What to do about it, and which value was probably meant, where one is close."""
    return " ".join(filter(None, (advice(rule, finding), suggestion(finding))))


def advice(rule: Rule, finding: Finding) -> str:
    """What to do about it: often the same for all findings of a rule."""
    return words.text(rule.words(finding.detail)[1], **_named(finding))


def suggestion(finding: Finding) -> str:
    """Which existing value was probably meant, and what that is; empty where none is close."""
    closest = finding.detail.get("closest")
    if not closest:
        return ""
    # A code has a label in each language, a record what the delivery calls it.
    label = finding.detail.get(f"closest_{words.language()}") or finding.detail.get("closest_label")
    told = (
        words.text("Did you mean {near} ({label})?", near=quoted(closest), label=shown(label))
        if label
        else words.text("Did you mean {near}?", near=quoted(closest))
    )
    if characters := finding.detail.get("closest_characters"):
        looks = words.text(
            "It looks the same, but is written with other characters ({characters}).",
            characters=shown(characters),
        )
        return f"{told} {looks}"
    return told


def place(finding: Finding) -> str:
    """Where: file, line, key and column, as far as the finding has them; empty for a whole delivery."""
    parts = [shown(finding.file)] if finding.file is not None else []
    if finding.line is not None:
        parts.append(row(finding))
    if finding.column:
        parts.append(words.text("column {column}", column=shown(finding.column)))
    return ", ".join(parts)


def row(finding: Finding) -> str:
    """The line of a finding, with the key of its row where that can be read."""
    line = words.text("line {line}", line=finding.line)
    key = record(finding.record or ())
    return f"{line} ({key})" if key else line


def placed(finding: Finding, sentence: str) -> str:
    """The sentence with its place before it."""
    where = place(finding)
    return words.text("{place}: {sentence}", place=where, sentence=sentence) if where else sentence


def by_file(rows: Mapping[str, int]) -> str:
    """Numbers of rows by file, as a list."""
    return ", ".join(f"{shown(file)} {words.figure(number)}" for file, number in rows.items())


def harm(cause: Cause) -> str:
    """What a cause costs: rows left out, those that depend on them, values left empty; empty for nothing."""
    told = []
    if number := sum(cause.rows.values()):
        text = words.counted("{number} row is left out", "{number} rows are left out", number)
        told.append(text if len(cause.rows) == 1 else f"{text} ({by_file(cause.rows)})")
    if number := sum(cause.dependents.values()):
        text = words.counted(
            "{number} row that depends on it is left out too",
            "{number} rows that depend on it are left out too",
            number,
        )
        told.append(f"{text} ({by_file(cause.dependents)})")
    if cause.blanked:
        told.append(
            words.counted("{number} value is left empty", "{number} values are left empty", cause.blanked)
        )
    return joined(told)


def cost(cause: Cause) -> str:
    """What a cause costs; where that is nothing, how often it was found and what becomes of the data."""
    if told := harm(cause):
        return told
    action = outcome(cause)
    # A column that a program has damaged is one finding.
    if cause.code.startswith("spreadsheet.") and (values := cause.roots[0].finding.detail.get("count")):
        number = int(values)
        return words.counted("{number} value, {action}", "{number} values, {action}", number, action=action)
    return words.counted(
        "{number} finding, {action}", "{number} findings, {action}", cause.findings, action=action
    )


def outcome(cause: Cause) -> str:
    """What becomes of the data of a cause that costs nothing by itself."""
    return words.text(_ELSEWHERE if cause.action is Action.EXCLUDE else ACTIONS[cause.action])


def untold(rest: Mapping[str, int], left_out: int | None) -> str:
    """How many causes a report does not show, of which codes, and what they cost.

    Args:
        rest: how many they are, by code.
        left_out: rows that are left out for them; None where none of the delivery goes on.
    """
    number = sum(rest.values())
    causes = words.counted(
        "{number} more cause is not shown ({codes})",
        "{number} more causes are not shown ({codes})",
        number,
        codes=by_file(rest),
    )
    if left_out is None:
        return f"{causes}."
    if number == 1:
        rows = words.counted("{number} row is left out for it", "{number} rows are left out for it", left_out)
    else:
        rows = words.counted(
            "{number} row is left out for them", "{number} rows are left out for them", left_out
        )
    return f"{joined((causes, rows))}."


def remaining(by_code: Mapping[str, int], told: Mapping[str, int]) -> dict[str, int]:
    """How many causes of each code a report does not show.

    Args:
        by_code: how many there are.
        told: how many of them are shown.
    """
    return {code: left for code, number in by_code.items() if (left := number - told.get(code, 0))}


def joined(clauses: Iterable[str]) -> str:
    """Clauses behind each other, as the language being spoken separates them."""
    return words.text("; ").join(clauses)


def lines(numbers: Iterable[int]) -> str:
    """Line numbers as a list; three or more that follow each other as one stretch."""
    stretches: list[list[int]] = []
    for number in numbers:
        if stretches and number == stretches[-1][-1] + 1:
            stretches[-1].append(number)
        else:
            stretches.append([number])
    return ", ".join(f"{one[0]}–{one[-1]}" if len(one) > 2 else ", ".join(map(str, one)) for one in stretches)


def quoted(value: str) -> str:
    """A value in the quotation marks of the language being spoken."""
    return words.text('"{text}"', text=shown(value))


def record(key: tuple[str, ...]) -> str:
    """A record's key values; a part that is absent, such as a role's session, is not shown."""
    return ", ".join(shown(part) for part in key if part)


def value(content: str | None) -> str:
    """A value before or after a change; a dash where there is none."""
    return "–" if content is None or content == "" else quoted(content)


def failure(error: CartableError) -> tuple[str, str]:
    """An error's sentence and its hint."""
    values = {name: _named_in(content) for name, content in error.values.items()}
    sentence = words.text(error.message, **values)
    # A template may end with what somebody else's program said, which has a full stop or has not.
    stop = "" if sentence.endswith(_ENDS) else "."
    return f"{sentence}{stop}", words.text(error.hint, **values)


def _named_in(content: object) -> str:
    """What a name in an error's template stands for; of a list each part is shown whole."""
    if isinstance(content, tuple):
        return ", ".join(shown(str(part)) for part in content)
    if isinstance(content, datetime):
        return moment(content.isoformat())
    if isinstance(content, date):
        return dated(content)
    return reason(shown(str(content)))


def reason(told: str) -> str:
    """What the operating system says, in the reader's language where it is one of the usual reasons."""
    return words.text(told) if told in REASONS else told


def _named(finding: Finding) -> dict[str, object]:
    """What the names in a rule's templates stand for. What was received is quoted."""
    return {
        "file": shown(finding.file or ""),
        "line": finding.line if finding.line is not None else "",
        "column": shown(finding.column or ""),
        "value": quoted(finding.value or ""),
        "record": record(finding.record or ()),
        **{name: _detail(name, text) for name, text in finding.detail.items()},
        **_earlier(finding),
    }


def _detail(name: str, text: str | None) -> str:
    if name == "list" and text and (listed := VOCABULARIES.get(text) or LISTS.get(text)):
        return _codes(listed)
    if name in _COUNTS and text and text.isascii() and text.isdecimal():
        return words.figure(int(text))
    # A detail may be empty, such as the title of a class that has none; earlier runs kept it as null.
    return value(text) if name in _RECEIVED else reason(shown(text or "–"))


def _codes(listed: Vocabulary) -> str:
    """What a list is of, with the name by which files of codes and the specification know it."""
    label = listed.fr if words.language() == "fr" else listed.en
    return label if label == listed.name else f"{label} ({listed.name})"


def compared(against: Compared) -> str:
    """Which delivery another one was compared with."""
    if against.run:
        return words.text("Compared with run {run} of {day}.", run=against.run, day=day(against.finished))
    return words.text("Compared with {path}.", path=shown(against.path))


def _earlier(finding: Finding) -> dict[str, str]:
    """An earlier delivery that the finding names: a run's by its day, another one by its path."""
    if (named := finding.detail.get("delivery")) is None:
        return {}
    if (finished := finding.detail.get("finished")) is None:
        return {"delivery": words.text("the delivery {path}", path=shown(named))}
    told = words.text("the delivery of {day} (run {run})", day=day(finished), run=shown(named))
    return {"delivery": told}


def moment(instant: str) -> str:
    """An ISO 8601 instant as the reader's clock shows it."""
    from babel.dates import format_datetime

    return format_datetime(datetime.fromisoformat(instant).astimezone(), "medium", locale=words.language())


def day(instant: str) -> str:
    """The day of an ISO 8601 instant by the reader's clock, or of an ISO 8601 day."""
    moment = datetime.fromisoformat(instant)
    return dated(moment.astimezone() if moment.tzinfo else moment)


def dated(local: date) -> str:
    """A day as the language being spoken writes it."""
    from babel.dates import format_date

    # The first of a month is an ordinal in French.
    pattern = _FIRST.get(words.language(), "long") if local.day == 1 else "long"
    return format_date(local, pattern, locale=words.language())


_FIRST: Mapping[str, str] = {"fr": "d'er' MMMM y"}


def called(identifier: str, name: str | None) -> str:
    """What a record is called, with its identifier."""
    return f"{shown(name)} ({shown(identifier)})" if name else shown(identifier)


def label(vocabulary: Vocabulary, value: str) -> str:
    """What a code means; an unknown one as it is."""
    code = next((code for code in vocabulary.codes if code.value == value), None)
    if code is None:
        return shown(value)
    return code.fr if words.language() == "fr" else code.en
