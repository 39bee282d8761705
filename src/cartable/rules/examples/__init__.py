"""The smallest uploads that break and that keep each rule: tests run them, the catalogue shows them.

One TOML file a code, `<code>.toml`, laid upon the shared `base.toml`, or the one of `base`:

    [fail]                                  [pass] likewise, where nothing is expected
    expect = [["users.csv", 3, "email"]]    file, line and column of each finding, less what it has not
    base = "oneroster"                      another base: `oneroster.toml`
    options = { contacts = true }           options of the check
    receivers = ["microsoft365"]            receivers that the check is asked about
    without = ["roles.csv"]                 files of the base to leave out
    encoding = { "users.csv" = "cp1252" }   where it is not UTF-8
    zipped = ["users.csv"]                  files to put into a zip beside the others as well
    earlier = { users = ["email"] }         columns that an earlier delivery had
    long = 17_000_000                       letters that each `…` stands for
    [fail.against]                          the files of an earlier delivery to compare with, whole
    [fail.elsewhere]                        the files that another source has delivered before, whole
    [fail.files]                            the files, whole
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from cartable.words import marked

# Codes that no upload can show, or none that can be read, and why.
WITHOUT_EXAMPLE: Mapping[str, str] = {
    "check.failed": marked(
        "There is no example: it is not the delivery that is at fault, but the check that came to no end."
    ),
    "microsoft365.size": marked("There is no example: it would take more than 50,000 users."),
}

_GAP = "…"


@dataclass(frozen=True, slots=True)
class Upload:
    """One upload.

    Args:
        files: text by name, as people read it.
        shown: names of the files in which it differs from the base.
        expect: file, line and column of the findings of the code, None where it has none.
        options: options of the check that are on.
        receivers: names of the receivers that it is asked about.
        encoding: encodings by file name, where not UTF-8.
        zipped: names of the files that lie in a zip as well.
        earlier: fields of an earlier delivery by entity name.
        long: letters that each `…` in the files stands for; 1 leaves it alone.
        against: text by name of an earlier delivery to compare with, laid upon the base; none where empty.
        compared: names of the files in which that differs from the base.
        elsewhere: text by name of what another source has delivered before.
    """

    files: Mapping[str, str]
    shown: tuple[str, ...]
    expect: tuple[tuple[str | None, int | None, str | None], ...] = ()
    options: tuple[str, ...] = ()
    receivers: tuple[str, ...] = ()
    encoding: Mapping[str, str] = field(default_factory=dict)
    zipped: tuple[str, ...] = ()
    earlier: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    long: int = 1
    against: Mapping[str, str] = field(default_factory=dict)
    compared: tuple[str, ...] = ()
    elsewhere: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_compared(self) -> bool:
        """Whether an earlier delivery is part of it."""
        return bool(self.against or self.earlier)

    def content(self, name: str) -> bytes:
        """The bytes of a file."""
        text = self.files[name] if self.long == 1 else self.files[name].replace(_GAP, "a" * self.long)
        return text.encode(self.encoding.get(name, "utf-8"))


@dataclass(frozen=True, slots=True)
class Example:
    """The smallest upload that breaks a rule, and the smallest that keeps it."""

    code: str
    failing: Upload
    passing: Upload


def example(code: str) -> Example | None:
    """The example of a rule's code; None where there can be none.

    Raises:
        FileNotFoundError: the rule has no example yet.
    """
    if code in WITHOUT_EXAMPLE:
        return None
    document = _document(code)
    return Example(code, _upload(document["fail"]), _upload(document["pass"]))


@cache
def _document(name: str) -> dict[str, Any]:
    return tomllib.loads((resources.files(__name__) / f"{name}.toml").read_text(encoding="utf-8"))


def _upload(table: dict[str, Any]) -> Upload:
    own: dict[str, str] = table["files"]
    without = table.get("without", ())
    base = _document(table.get("base", "base"))["files"]
    base = {name: text for name, text in base.items() if name not in without}
    return Upload(
        files={**base, **own},
        shown=tuple(own),
        expect=tuple(_place(*place) for place in table.get("expect", ())),
        options=tuple(name for name, is_on in table.get("options", {}).items() if is_on),
        receivers=tuple(table.get("receivers", ())),
        encoding=table.get("encoding", {}),
        zipped=tuple(table.get("zipped", ())),
        earlier={entity: tuple(fields) for entity, fields in table.get("earlier", {}).items()},
        long=table.get("long", 1),
        against={**base, **table["against"]} if "against" in table else {},
        compared=tuple(table.get("against", ())),
        elsewhere=table.get("elsewhere", {}),
    )


def _place(
    file: str | None = None, line: int | None = None, column: str | None = None
) -> tuple[str | None, int | None, str | None]:
    return file, line, column
