"""The leaf of a state: all that the audit chain knows of one record between two runs.

A leaf is the SHA-256 of a text: the entity's name and every part below, then every field of the
record as canonical text. Control characters cannot stand in an accepted value, so they separate and
mark absence. The digest of several states is the SHA-256 of their leaves, hexadecimal, sorted, each
followed by a line feed. The salt makes that neither tells anything of a value.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from cartable.model.entities import Entity

SEPARATOR = "\x1f"
ABSENT = "\x1e"
INSTANT = "%Y-%m-%d %H:%M:%S.%f"

SALT, SOURCE, RECORD, ACTIVE = "salt", "source", "record", "active"
REASON, LINE, MODIFIED, DIGEST = "reason", "line", "modified", "digest"

PARTS = (SALT, SOURCE, RECORD, ACTIVE, REASON, LINE, MODIFIED, DIGEST)
"""What a leaf is made of besides the fields.

`record` is the current row's id, absent in the first state of a record, which has none when its leaf
is made. `active` is true or false, `modified` the UTC instant as 2026-11-24 08:00:00.000000.
"""


def sql(entity: Entity, expressions: Mapping[str, str]) -> str:
    """SQL of the text of a leaf, which every database understands.

    Args:
        expressions: SQL of each of `PARTS` and of each field's canonical text.
    """
    names = (*PARTS, *(field.name for field in entity.fields))
    parts = (f"coalesce(cast({expressions[name]} as text), '{ABSENT}')" for name in names)
    return f" || '{SEPARATOR}' || ".join((f"'{entity.name}'", *parts))


def leaf(parts: Iterable[str | None]) -> str:
    """The leaf of what is no state but a row of a ledger: a digest of its columns in their order."""
    text = SEPARATOR.join(ABSENT if part is None else part for part in parts)
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def record_digest(values: Iterable[str | None]) -> int:
    """What `engine.diffing.digest_of` computes of all fields: the digest by which planning compares."""
    text = SEPARATOR.join(ABSENT if value is None else value for value in values)
    # DuckDB's md5_number counts from the least significant byte.
    return int.from_bytes(hashlib.md5(text.encode()).digest(), "little") & (2**63 - 1)  # noqa: S324


class Tally:
    """The digest of several leaves, which come in their order: sorted, where they are states'."""

    def __init__(self) -> None:
        self.count = 0
        self._hash = hashlib.sha256()

    def add(self, leaves: Iterable[str]) -> None:
        """Take the next leaves."""
        lines = [f"{leaf}\n" for leaf in leaves]
        self.count += len(lines)
        self._hash.update("".join(lines).encode())

    @property
    def told(self) -> dict[str, Any]:
        """Count and digest, as a link tells them."""
        return {"count": self.count, "digest": self._hash.hexdigest()}


def tallied(batches: Iterable[Iterable[str]]) -> Tally:
    """The digest of leaves that come in batches, in their order."""
    tally = Tally()
    for batch in batches:
        tally.add(batch)
    return tally
