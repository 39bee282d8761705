"""The file of protected people and classes in the vault, and whom it means.

    [[protected]]
    role = "principal"
    why = "Principals stay until the district says otherwise"

Each entry has `why` and one of: `user` or `class`, a sourcedId; `role`, one at an organisation;
`users-like` or `classes-like`, a pattern over the identifier, username and e-mail, or title and code.
"""

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from cartable.engine.overlaying import Decision
from cartable.engine.suggesting import closest_code
from cartable.errors import UsageError
from cartable.formats.toml import read_toml
from cartable.model import limits
from cartable.model.entities import BY_NAME
from cartable.model.plans import KeptReason
from cartable.model.protections import PATTERNED, Protection, Protects
from cartable.model.vocabularies import ORG_ROLES
from cartable.store import standings
from cartable.store.vault import Vault
from cartable.words import marked

if TYPE_CHECKING:
    from cartable.store.rosters import Roster

FILE = "protected.toml"

_TABLE, _WHY = "protected", "why"
_TOML_HINT = marked(
    "Save it as UTF-8 text; write the line [[protected]] before each entry, and below it whom it "
    "protects and why."
)
_ROLES, _USERS = BY_NAME["roles"], BY_NAME["users"]


def protections(vault: Vault) -> tuple[Protection, ...]:
    """What the vault's file says; nothing where there is none.

    Raises:
        UsageError: the file cannot be read, or says what no such file says.
    """
    path = vault.directory / FILE
    if not path.exists():
        return ()
    tables = dict(read_toml(path, limits.PROTECTED, _TOML_HINT))
    entries = tables.pop(_TABLE, [])
    for name in tables:
        _refuse_name(path, name, (_TABLE,))
    return parsed(path, entries)


def parsed(path: Path, entries: object) -> tuple[Protection, ...]:
    """The protections that the entries of a file are.

    Args:
        entries: what stands under `[[protected]]`.

    Raises:
        UsageError: they are no such entries.
    """
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise UsageError("In {file}, protected is no list of entries.", _TOML_HINT, file=path)
    return tuple(_protection(path, number, entry) for number, entry in enumerate(entries, start=1))


def decision(roster: "Roster", protection: Protection) -> Decision:
    """Whom the protection means in the roster as it is."""
    return Decision(KeptReason.PROTECTED, _scope(roster, protection), protection.why)


def _scope(roster: "Roster", protection: Protection) -> Iterator[tuple[str, str]]:
    if protection.by in PATTERNED:
        name, fields = PATTERNED[protection.by]
        entity = BY_NAME[name]
        found = standings.matching(roster, entity, protection.value, fields, entity.key[0])
    elif protection.by is Protects.ROLE:
        entity = _USERS
        found = standings.named(roster, _ROLES, {"role": protection.value}, _ROLES.key[0])
    else:
        entity = _USERS if protection.by is Protects.USER else BY_NAME["classes"]
        found = standings.called(roster, entity, protection.value)
    for identifier in found:
        yield (identifier, "") if entity is _USERS else ("", identifier)


def _protection(path: Path, number: int, entry: dict[str, object]) -> Protection:
    known = (*Protects, _WHY)
    for name, value in entry.items():
        if name not in known:
            _refuse_name(path, name, known)
        if not isinstance(value, str) or not value.strip():
            raise UsageError(
                "In {file}, {name} of entry {number} is no text, or an empty one.",
                "Write a text in quotation marks.",
                file=path,
                name=name,
                number=number,
            )
    named = [by for by in Protects if by in entry]
    if len(named) != 1 or _WHY not in entry:
        raise UsageError(
            "In {file}, entry {number} does not say whom it protects, or why.",
            "Give it why and one of: {known}.",
            file=path,
            number=number,
            known=", ".join(Protects),
        )
    value = str(entry[named[0]]).strip()
    if named[0] is Protects.ROLE:
        _see_that_it_is_a_role(path, value)
    return Protection(named[0], value, str(entry[_WHY]).strip())


def _see_that_it_is_a_role(path: Path, role: str) -> None:
    codes = [code.value for code in ORG_ROLES.codes]
    if role in codes:
        return
    near = closest_code(ORG_ROLES, role)
    raise UsageError(
        "In {file}, {role} is no role at an organisation.",
        "Did you mean {near}?" if near else "The codes are: {codes}.",
        file=path,
        role=role,
        near=near or "",
        codes=tuple(codes),
    )


def _refuse_name(path: Path, name: str, known: tuple[str, ...]) -> NoReturn:
    near = "".join(get_close_matches(name, known, n=1))
    raise UsageError(
        "In {file}, {name} means nothing.",
        "Did you mean {near}?" if near else "These are known: {known}.",
        file=path,
        name=name,
        near=near,
        known=", ".join(known),
    )
