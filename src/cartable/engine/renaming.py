"""Tells which file and which column a name stands for, where it can stand for one only."""

from collections.abc import Iterable, Mapping, Sequence

from cartable.engine.naming import alike, files_alike, folded, translated
from cartable.formats.format import File, Format


def files_meant(names: Iterable[str], layout: Format, folder: str = "") -> dict[str, str]:
    """For names of files, the name that each is to have in a repaired copy.

    That is a file of the format, where the name is the same but for capitals and for the folder it lies
    in, or where it resembles one that is not there and no other name does. Names of which several may be
    one file stay: a person must choose.

    Args:
        names: as they came.
        folder: the one folder in a zip, with its slash; empty where there is none.
    """
    known = {file.name.casefold(): file.name for file in layout.files}
    bare = {name: name.replace("\\", "/").removeprefix(folder) for name in names}
    free = set(known.values()) - set(bare.values())
    same = _claimed(
        (name, file)
        for name, stem in bare.items()
        if (file := known.get(stem.casefold())) and (file in free or file == stem)
    )
    free -= same.keys()
    taken = {name for claimed in same.values() for name in claimed}
    near = _claimed(
        (name, files[0])
        for name, stem in bare.items()
        if name not in taken and len(files := files_alike(stem, free)) == 1
    )
    meant = {claimed[0]: file for file, claimed in {**same, **near}.items() if len(claimed) == 1}
    unsure = (claimed for claimed in (*same.values(), *near.values()) if len(claimed) > 1)
    return meant | {name: name for claimed in unsure for name in claimed if not folder}


def _claimed(claims: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """The names that claim each file."""
    claimed: dict[str, list[str]] = {}
    for name, file in claims:
        claimed.setdefault(file, []).append(name)
    return claimed


def columns_meant(names: Sequence[str], file: File) -> dict[int, str]:
    """For headers that the format does not know, by place, the missing column that each must be.

    A header is a column when it is spelled alike but for capitals, accents, blanks and hyphens, or
    is its name in another language; or when it resembles that column and no other one.
    Two headers that could be one column are neither.
    """
    known = [column.name for column in file.columns]
    legacy = {name.casefold() for name in file.legacy}
    free = [name for name in known if name not in names]
    meant = {
        place: column
        for place, name in enumerate(names)
        if name not in known and name.strip().casefold() not in legacy
        if (column := _column_meant(name, free, file))
    }
    claimed = list(meant.values())
    return {place: column for place, column in meant.items() if claimed.count(column) == 1}


def _column_meant(name: str, free: Sequence[str], file: File) -> str | None:
    if (word := translated(name, file)) in free:
        return word
    same = [column for column in free if folded(column) == folded(name)]
    if len(same) == 1:
        return same[0]
    # Of two columns that differ by a number, one is not the other misspelt.
    near = [column for column in alike(name, free) if _digits(column) == _digits(name)]
    return near[0] if len(near) == 1 and not same else None


def _digits(text: str) -> str:
    return "".join(filter(str.isdecimal, text))


def spellings_alike(spellings: Mapping[str, str]) -> dict[str, str]:
    """Codes by the folded form of their spellings, of those that have letters and mean one code."""
    codes: dict[str, set[str]] = {}
    for spelling, code in spellings.items():
        codes.setdefault(folded(spelling), set()).add(code)
    return {
        form: next(iter(meant))
        for form, meant in codes.items()
        if len(meant) == 1 and any(map(str.isalpha, form))
    }


def codes_by_number(spellings: Mapping[str, str]) -> dict[str, str]:
    """Codes by the number that a spelling of theirs is, without its zeros, where it is that of one code."""
    codes: dict[str, set[str]] = {}
    for spelling, code in spellings.items():
        if spelling.isascii() and spelling.isdecimal():
            codes.setdefault(spelling.lstrip("0"), set()).add(code)
    return {number: next(iter(meant)) for number, meant in codes.items() if len(meant) == 1}
