"""A plan as a file: a zip of its header and its tables, each with its digest in the header."""

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

from cartable.engine import streaming
from cartable.engine.workspace import Workspace
from cartable.errors import PlanUnreadable
from cartable.model.documents import plan_document, plan_from
from cartable.model.plans import PlanHeader

VERSION = 1
_HEADER = "plan.json"
_HINT = "Make the plan again with: cartable plan PATH -o FILE"


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
        document = {"version": VERSION, "plan": plan_document(header), "sha256": digests}
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
            document: dict[str, Any] = json.loads(archive.read(_HEADER))
            if document["version"] != VERSION:
                raise PlanUnreadable(
                    "{path} is a plan of version {found}; this program applies version {version}.",
                    _HINT,
                    path=path,
                    found=document["version"],
                    version=VERSION,
                )
            for table in streaming.TABLES:
                member = Path(archive.extract(f"{table}.parquet", workspace.directory))
                if _sha256(member) != document["sha256"][table]:
                    raise PlanUnreadable("{path} was changed or damaged after it was made.", _HINT, path=path)
                streaming.taken_in(workspace, table, member)
                member.unlink()
            return plan_from(document["plan"])
    except (OSError, zipfile.BadZipFile, KeyError, TypeError, ValueError) as error:
        raise PlanUnreadable("{path} is not a plan file, or is damaged.", _HINT, path=path) from error


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
