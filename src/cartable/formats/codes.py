"""An organisation's own codes: the TOML file behind `--codes`.

    [grades]
    "6e" = { en = "Year 7", fr = "Sixième" }

Each table is one of the extensible code lists, each entry a code with its two labels; `sort`
(a number) and `aliases` (other spellings) may follow.
"""

from pathlib import Path

from cartable.errors import UsageError
from cartable.formats.toml import read_toml
from cartable.model import limits
from cartable.model.vocabularies import VOCABULARIES, Code, Vocabulary
from cartable.words import marked

_LABELS = ("en", "fr")
_TOML_HINT = marked(
    "Save it as UTF-8 text; put each list's name in square brackets, and below it one code a line."
)
_ENTRY_HINT = 'Write it as "code" = {{ en = "English label", fr = "French label" }}.'


def read_codes(path: Path) -> dict[str, Vocabulary]:
    """The code lists that the file extends, each with the organisation's codes after its own.

    Args:
        path: a TOML file.

    Raises:
        UsageError: the file cannot be read, is no TOML, names a list that does not exist or may
            not be extended, or has an entry that is no code.
    """
    extended = {}
    for name, entries in read_toml(path, limits.CODES, _TOML_HINT).items():
        vocabulary = _extensible(path, name)
        if not isinstance(entries, dict):
            raise UsageError(
                "In the code file {file}, {list} is not a table of codes.",
                "Write the line [{list}], and below it one code a line.",
                file=path,
                list=name,
            )
        codes: list[Code] = []
        known = dict(vocabulary.spellings)
        for value, entry in entries.items():
            code = _code(path, name, value, entry)
            _take(path, name, known, code)
            codes.append(code)
        extended[name] = vocabulary.extended(codes)
    return extended


def _extensible(path: Path, name: str) -> Vocabulary:
    vocabulary = VOCABULARIES.get(name)
    if vocabulary and vocabulary.extensible:
        return vocabulary
    message = (
        "The list {list} in the code file {file} is fixed; it takes no codes of your own."
        if vocabulary
        else "The code file {file} names the list {list}, which does not exist."
    )
    raise UsageError(
        message,
        "Lists that you may extend: {lists}.",
        file=path,
        list=name,
        lists=", ".join(known.name for known in VOCABULARIES.values() if known.extensible),
    )


def _code(path: Path, name: str, value: str, entry: object) -> Code:
    problem = _problem(value, entry)
    if problem:
        raise UsageError(
            problem,
            _ENTRY_HINT,
            file=path,
            list=name,
            code=value or '""',
            unknown=", ".join(_unknown(entry)),
        )
    assert isinstance(entry, dict)
    return Code(
        value, entry["en"], entry["fr"], sort=entry.get("sort"), aliases=tuple(entry.get("aliases", ()))
    )


def _problem(value: str, entry: object) -> str:
    """What is wrong with one entry, a template; nothing where it is a code."""
    if not isinstance(entry, dict) or not all(_is_text(entry.get(label)) for label in _LABELS):
        return marked("In the code file {file}, list {list}, the code {code} lacks a label, en or fr.")
    if _unknown(entry):
        return marked(
            "In the code file {file}, list {list}, the code {code} has what no code has: {unknown}."
        )
    if not isinstance(entry.get("sort", 0), int) or isinstance(entry.get("sort"), bool):
        return marked("In the code file {file}, list {list}, sort of the code {code} is no whole number.")
    aliases = entry.get("aliases", [])
    if not isinstance(aliases, list):
        return marked("In the code file {file}, list {list}, aliases of the code {code} is no list of texts.")
    if not all(_is_text(spelling) for spelling in (value, *aliases)):
        return marked(
            "In the code file {file}, list {list}, the code {code} or an alias is empty "
            "or has blanks at its ends."
        )
    # A comma would split the code where a cell holds a list of codes.
    if any("," in spelling or not spelling.isprintable() for spelling in (value, *aliases)):
        return marked(
            "In the code file {file}, list {list}, the code {code} or an alias holds a comma "
            "or a character that cannot be printed."
        )
    return ""


def _unknown(entry: object) -> list[str]:
    return sorted(set(entry) - {*_LABELS, "sort", "aliases"}) if isinstance(entry, dict) else []


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != "" and value == value.strip()


def _take(path: Path, name: str, spellings: dict[str, str], code: Code) -> None:
    """Add the spellings of one code to those that are taken."""
    for spelling in (code.value, *code.aliases):
        known = spellings.get(spelling.lower())
        if known is not None:
            raise UsageError(
                "The code {code} in the code file {file} is already in the list {list}, as {known}.",
                "Leave it out of your file, or choose another code.",
                file=path,
                list=name,
                code=spelling,
                known=known,
            )
    spellings |= dict.fromkeys((spelling.lower() for spelling in (code.value, *code.aliases)), code.value)
