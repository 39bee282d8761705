"""A plan as a file: a zip of its header and its tables, each with its digest in the header.

The header is sealed with the installation's key, and so is the file to its last byte: the zip's comment is
the seal of all that stands before it. A plan that was changed, or made elsewhere, is refused.
"""

import hashlib
import json
import os
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any, BinaryIO

import duckdb

from cartable.engine import describing, streaming
from cartable.engine.workspace import Workspace
from cartable.errors import PlanForeign, PlanUnreadable
from cartable.model.documents import plan_document, plan_from
from cartable.model.plans import PlanHeader
from cartable.store.vault import Seal

VERSION = 2
_HEADER = "plan.json"
_SEAL = 64  # hexadecimal digits
_PIECE = 1 << 20
_HINT = "Make the plan again with: cartable plan PATH -o FILE"
_ALTERED = "{path} was changed or damaged after it was made."

# What libraries say of a file that is no plan, or one no more: the zip, its parts, JSON, Parquet.
_DAMAGED = (
    *(OSError, EOFError, zipfile.BadZipFile, NotImplementedError, zlib.error, struct.error),
    *(AttributeError, LookupError, TypeError, ValueError, OverflowError, RuntimeError),
    duckdb.Error,
)


def save(workspace: Workspace, header: PlanHeader, path: Path, seal: Seal) -> str:
    """Write the plan in the workspace to `path`; a file that is there is replaced when all is written.

    Returns:
        SHA-256 of what is sealed, by which the audit chain knows the file.
    """
    digests: dict[str, str] = {}
    unfinished = path.with_name(path.name + ".unfinished")
    describing.create_empty(workspace)
    # Parquet is compressed already.
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_STORED) as archive:
        for table in streaming.TABLES:
            written = streaming.written(workspace, table)
            digests[table] = _sha256(written)
            archive.write(written, f"{table}.parquet")
            written.unlink()
        document = {"version": VERSION, "key": seal.name, "plan": plan_document(header), "sha256": digests}
        document["seal"] = seal.of(_sealed(document))
        archive.writestr(_HEADER, json.dumps(document, ensure_ascii=False, indent=1))
        archive.comment = bytes(_SEAL)
    with unfinished.open("r+b") as file:
        whole = seal.of(_before_the_seal(file))
        file.seek(-_SEAL, os.SEEK_END)
        file.write(whole.encode())
    unfinished.chmod(0o600)  # it names children
    unfinished.replace(path)
    return hashlib.sha256(_sealed(document)).hexdigest()


def load(workspace: Workspace, path: Path, seal: Seal) -> PlanHeader:
    """Bring the plan at `path` into the workspace.

    Raises:
        PlanUnreadable: it is no plan file, is of another version, or was changed or damaged.
        PlanForeign: another installation made it.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if any(member.compress_type != zipfile.ZIP_STORED for member in archive.infolist()):
                raise ValueError  # such as nobody knows the size of
            document: dict[str, Any] = json.loads(archive.read(_HEADER))
            if document["version"] != VERSION:
                raise PlanUnreadable(
                    "{path} is a plan of version {found}; this program applies version {version}.",
                    _HINT,
                    path=path,
                    found=document["version"],
                    version=VERSION,
                )
            if document["key"] != seal.name:
                raise PlanForeign(
                    "{path} is the plan of another installation.",
                    "Apply it there, or plan the delivery here.",
                    path=path,
                )
            with path.open("rb") as file:
                content, whole = _before_the_seal(file), file.read().decode("ascii", "replace")
            if not (seal.holds(content, whole) and seal.holds(_sealed(document), document["seal"])):
                raise PlanUnreadable(_ALTERED, _HINT, path=path)
            for table in streaming.TABLES:
                member = Path(archive.extract(f"{table}.parquet", workspace.directory))
                if _sha256(member) != document["sha256"][table]:
                    raise PlanUnreadable(_ALTERED, _HINT, path=path)
                streaming.taken_in(workspace, table, member)
                member.unlink()
            return plan_from(document["plan"])
    except duckdb.OutOfMemoryException:
        raise
    except _DAMAGED as error:
        raise PlanUnreadable("{path} is not a plan file, or is damaged.", _HINT, path=path) from error


def _before_the_seal(file: BinaryIO) -> bytes:
    """The SHA-256 of all but the seal at the end of a file, which is read up to there."""
    left, digest = file.seek(0, os.SEEK_END) - _SEAL, hashlib.sha256()
    file.seek(0)
    while left > 0 and (piece := file.read(min(left, _PIECE))):
        digest.update(piece)
        left -= len(piece)
    return digest.digest()


def _sealed(document: dict[str, Any]) -> bytes:
    """What is sealed: all but the seal."""
    content = {name: value for name, value in document.items() if name != "seal"}
    return json.dumps(content, sort_keys=True).encode()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
