"""Offers categories of grades, so that a consumer's first import of a class finds some.

`categories.toml` in the vault says which; without it they are `model.categories.DEFAULTS`:

    [[category]]
    id = "homework"
    title = "Homework"
    weight = 0.3

What a client has written over or deleted stays as the client left it.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from cartable import words
from cartable.errors import UsageError
from cartable.formats.toml import read_toml
from cartable.gradebook import keeping
from cartable.gradebook.keeping import Gradebook, spelled_number
from cartable.model import limits
from cartable.model.categories import DEFAULTS, Category
from cartable.model.objects import BY_RESOURCE
from cartable.store.opening import BUSY_TIMEOUT
from cartable.store.publications import column_of
from cartable.words import marked

if TYPE_CHECKING:
    from cartable.store.rosters import Roster

FILE = "categories.toml"

_CATEGORIES = BY_RESOURCE["categories"]
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_HINT = marked(
    "Save it as UTF-8 text; write the line [[category]] before each category, and below it its id of "
    "letters, digits, dots, hyphens and underscores, its title, and its weight if it has one."
)


def offer(roster: "Roster", moment: datetime) -> None:
    """Offer the categories that the vault's file names, or the default ones.

    Those that the file names no longer go, unless a line item has them.

    Raises:
        UsageError: the file cannot be read, or says what no such file says.
        RosterBusy, DatabaseError.
    """
    path = roster.vault.directory / FILE
    is_told = path.exists()
    told = _parsed(path) if is_told else DEFAULTS
    with keeping.changing(roster, None, moment, BUSY_TIMEOUT) as gradebook:
        for one in told:
            _offer(gradebook, one, renews=is_told)
        if is_told:
            _withdraw(gradebook, told)


def _offer(gradebook: Gradebook, one: Category, *, renews: bool) -> None:
    kept = gradebook.kept(_CATEGORIES, one.sourced_id)
    # Without a file the title is in the language of whoever served first, and stays.
    if kept and (kept.client is not None or (kept.is_active and not renews)):
        return
    values: dict[str, str | None] = {column_of(name): None for name in _CATEGORIES.columns}
    values["title"] = one.title if renews else words.text(one.title)
    values["weight"] = None if one.weight is None else spelled_number(one.weight)
    gradebook.keep(_CATEGORIES, one.sourced_id, values, is_active=True, before=kept)


def _withdraw(gradebook: Gradebook, told: Sequence[Category]) -> None:
    for identifier in gradebook.offered():
        if identifier not in {one.sourced_id for one in told}:
            kept = gradebook.kept(_CATEGORIES, identifier)
            assert kept, "it was found in this transaction"
            if not gradebook.is_needed(_CATEGORIES, identifier):
                gradebook.bury(_CATEGORIES, identifier, kept)


def _parsed(path: Path) -> tuple[Category, ...]:
    tables = dict(read_toml(path, limits.CATEGORIES, _HINT))
    entries = tables.pop("category", [])
    if tables or not isinstance(entries, list):
        _refuse(path)
    found = tuple(_category(path, entry) for entry in entries)
    if len({one.id for one in found}) < len(found):
        _refuse(path)
    return found


def _category(path: Path, entry: object) -> Category:
    told = dict(entry) if isinstance(entry, dict) else {}
    name, title, weight = (told.pop(key, None) for key in ("id", "title", "weight"))
    is_weight = weight is None or (isinstance(weight, int | float) and not isinstance(weight, bool))
    if told or not (isinstance(name, str) and _ID.fullmatch(name) and isinstance(title, str) and title):
        _refuse(path)
    if not is_weight or not 0 <= (weight or 0) <= keeping.LARGEST:
        _refuse(path)
    return Category(name, title, weight)


def _refuse(path: Path) -> NoReturn:
    raise UsageError("{file} says what no list of categories says.", _HINT, file=path)
