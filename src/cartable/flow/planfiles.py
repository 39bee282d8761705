"""A plan as a file: a zip of its header and its tables, each with its digest in the header."""

import hashlib
import json
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import duckdb

from cartable.engine import streaming
from cartable.engine.workspace import Workspace
from cartable.errors import PlanUnreadable
from cartable.model.documents import plan_document, plan_from
from cartable.model.plans import PlanHeader

VERSION = 1
_HEADER = "plan.json"
_HINT = "Make the plan again with: cartable plan PATH -o FILE"
_ALTERED = "{path} was changed or damaged after it was made."

# What libraries say of a file that is no plan, or one no more: the zip, its parts, JSON, Parquet.
_DAMAGED = (
    *(OSError, EOFError, zipfile.BadZipFile, NotImplementedError, zlib.error, struct.error),
    *(AttributeError, LookupError, TypeError, ValueError, OverflowError, RuntimeError),
    duckdb.Error,
)


def save(workspace: Workspace, header: PlanHeader, path: Path) -> None:
    """Write the plan in the workspace to `path`; a file that is there is replaced when all is written."""
    digests: dict[str, str] = {}
    unfinished = path.with_name(path.name + ".unfinished")
    # Parquet is compressed already.
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_STORED) as archive:
        for table in streaming.TABLES:
            written = streaming.written(workspace, table)
            digests[table] = _sha256(written)
            archive.write(written, f"{table}.parquet")
            written.unlink()
        plan = plan_document(header)
        digests[_HEADER] = _digest_of(plan)
        document = {"version": VERSION, "plan": plan, "sha256": digests}
        archive.writestr(_HEADER, json.dumps(document, ensure_ascii=False, indent=1))
    unfinished.chmod(0o600)  # it names children
    unfinished.replace(path)


def load(workspace: Workspace, path: Path) -> PlanHeader:
    """Bring the plan at `path` into the workspace.

    Raises:
        PlanUnreadable: it is no plan file, is of another version, or was damaged.
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
            if _digest_of(document["plan"]) != document["sha256"][_HEADER]:
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


def _digest_of(plan: Any) -> str:
    return hashlib.sha256(json.dumps(plan, sort_keys=True).encode()).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
