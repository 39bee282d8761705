"""Small deliveries as bytes, and what reading says of them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cartable.engine import reading, workspace
from cartable.engine.workspace import Workspace, quoted
from cartable.model.deliveries import DeliveredFile, Delivery

ORGS = b"sourcedId,name,type\nS1,Lac,school\n"
USERS = b"sourcedId,username\nU1,anne\n"
ROLES = b"userSourcedId,orgSourcedId,role\nU1,S1,teacher\n"
NEEDED: Mapping[str, bytes] = {"orgs.csv": ORGS, "users.csv": USERS, "roles.csv": ROLES}


@dataclass(frozen=True)
class Reading:
    """What came of reading one delivery."""

    workspace: Workspace
    delivery: Delivery

    def file(self, entity: str = "users") -> DeliveredFile:
        """The delivered file of an entity."""
        found = self.delivery.file_of(entity)
        assert found is not None
        return found

    def raw(self, *fields: str, entity: str = "users") -> list[tuple[Any, ...]]:
        """Lines and some fields of the rows that were loaded."""
        columns = ", ".join(quoted(field) for field in ("_line", *fields))
        return self.workspace.execute(f"select {columns} from {quoted('raw_' + entity)} order by _line")

    def findings(self, *names: str) -> list[tuple[Any, ...]]:
        """Columns of all findings, by file, line and code."""
        columns = ", ".join(quoted(name) for name in names or ("code", "file", "line"))
        return self.workspace.execute(f"select {columns} from finding order by file, line, code, value")

    def pulled(self) -> list[tuple[Any, ...]]:
        """Lines and keys of the rows that were pulled."""
        return self.workspace.execute("select line, key from pulled order by entity, line")


@contextmanager
def read(path: Path, block: int = reading.BLOCK) -> Iterator[Reading]:
    """Read the delivery at a path."""
    with workspace.opened("500MB") as work:
        yield Reading(work, reading.read(work, path, block=block))


@contextmanager
def reading_of(path: Path, files: Mapping[str, bytes], block: int = reading.BLOCK) -> Iterator[Reading]:
    """Read a folder with the needed files and these."""
    for name, content in {**NEEDED, **files}.items():
        (path / name).write_bytes(content)
    with read(path, block) as result:
        yield result


@contextmanager
def users_of(path: Path, content: bytes, block: int = reading.BLOCK) -> Iterator[Reading]:
    """Read a delivery with these users."""
    with reading_of(path, {"users.csv": content}, block) as result:
        yield result
