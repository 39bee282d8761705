"""Tells which format a delivery has, so that another one is one clear finding and no wall of errors."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from cartable.engine.findings import Found
from cartable.engine.heading import LONGEST_HEADER, Head, cells_of, head_of
from cartable.formats import strangers
from cartable.formats.format import Format
from cartable.formats.sds import SDS_V2_1
from cartable.rules import packages

# Files that are read beyond those of the format, to recognise another one.
WANTED: tuple[str, ...] = (strangers.ONEROSTER_MANIFEST,)

UNKNOWN = "unknown"

# What separates columns in exports that do not use commas.
_SEPARATORS = re.compile("[;\t]")

# The file of SDS v2 that carries roles.
_USERS = "users"


def peek(path: Path) -> Head:
    """The head of a file; OSError where it cannot be read."""
    with path.open("rb") as stream:
        size = path.stat().st_size
        return head_of(stream.read(LONGEST_HEADER), size)


def recognise(heads: Mapping[str, Head], names: frozenset[str], manifest: Path | None, layout: Format) -> str:
    """The code of the delivery's format, or `UNKNOWN`.

    Args:
        heads: heads of the files that the expected format has, by name.
        names: names of all files.
        manifest: OneRoster's list of files, where there is one.
        layout: the format that is expected.
    """
    if version := _oneroster(heads, names, manifest):
        return version
    expected = {file.name for file in layout.files}
    if not expected & names:
        return "sds-v1" if names & set(strangers.SDS_V1_FILES) else UNKNOWN
    if layout is not SDS_V2_1:
        return layout.code
    users, roles = layout.file_of(_USERS).name, layout.file_of("roles").name
    if roles not in names and users in heads and set(strangers.SDS_V2_HEADERS) <= set(heads[users].names):
        return "sds-v2"
    return layout.code


def _oneroster(heads: Mapping[str, Head], names: frozenset[str], manifest: Path | None) -> str | None:
    """OneRoster, and which version of it."""
    mark = strangers.ONEROSTER_HEADERS
    version = _manifest_version(manifest) if manifest else None
    ours = [_columns(head.names) for name, head in heads.items() if head.names and name not in WANTED]
    # A manifest alone says nothing beside files that are none of OneRoster's.
    if not any(header[: len(mark)] == mark for header in ours) and (version is None or ours):
        return None
    later = bool(names & set(strangers.ONEROSTER_1_2_FILES)) or any(
        header in columns for columns in ours for header in strangers.ONEROSTER_1_2_HEADERS
    )
    return "oneroster-1.2" if version == "1.2" or (version != "1.1" and later) else "oneroster-1.1"


def _columns(names: tuple[str, ...]) -> tuple[str, ...]:
    """The columns of a header, where they are separated by something else than commas too."""
    return tuple(_SEPARATORS.split(names[0])) if len(names) == 1 else names


def doubts(
    code: str, heads: Mapping[str, Head], names: frozenset[str], manifest: Path | None
) -> Iterator[Found]:
    """What speaks against a package being of the version that it was taken for, or OneRoster at all.

    Args:
        code: which OneRoster it was taken for.
        heads: heads of its files, by name.
        names: names of all files.
    """
    mark = strangers.ONEROSTER_HEADERS
    known = {name: _columns(head.names) for name, head in heads.items() if head.names and name not in WANTED}
    other = [name for name, header in known.items() if not {*mark[1:]} & {*header}]
    packaged = [name for name in known if name not in other]
    if other and packaged:
        detail = {"packaged": ", ".join(packaged), "other": ", ".join(other)}
        yield Found(packages.MIXED, detail=detail)
    version = _manifest_version(manifest) if manifest else None
    for stated, files, columns in _ONLY_IN:
        if version and version != stated and f"oneroster-{version}" == code:
            found = [name for name in files if name in names]
            found += [name for name in columns if any(name in header for header in known.values())]
            if found:
                detail = {"case": "version", "version": version, "found": ", ".join(found)}
                yield Found(packages.MIXED, detail=detail)


# What one version alone has: files and columns.
_ONLY_IN: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("1.1", (), strangers.ONEROSTER_1_1_HEADERS),
    ("1.2", strangers.ONEROSTER_1_2_FILES, strangers.ONEROSTER_1_2_HEADERS),
)


def _manifest_version(manifest: Path) -> str | None:
    """The version that the manifest states, "" where it states none; None where it is no manifest."""
    try:
        with manifest.open("rb") as stream:
            lines = stream.read(LONGEST_HEADER).decode("utf-8-sig", errors="replace").splitlines()
    except OSError:
        return None
    rows = [_columns(tuple(cells_of(line) or ())) for line in lines]
    if not rows or rows[0] != strangers.ONEROSTER_MANIFEST_HEADERS:
        return None
    stated = (row[1] for row in rows if len(row) == 2 and row[0] == strangers.ONEROSTER_VERSION)
    return next(stated, "").strip()[:3]
