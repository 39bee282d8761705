"""Small uploads on disk, read and checked as the program does it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cartable.engine import checking, diffing, findings, reading, shaping
from cartable.engine.workspace import Workspace, opened, quoted
from cartable.model.deliveries import Delivery
from cartable.model.entities import BY_NAME
from cartable.model.findings import Finding, Summary
from cartable.model.options import CheckOptions

# What nearly every upload needs: a school, a teacher and a pupil.
ORGS = "sourcedId,name,type\nS1,Lac,school\n"
USERS = "sourcedId,username\nT1,anne\nP1,leo\n"
ROLES = "userSourcedId,orgSourcedId,role\nT1,S1,teacher\nP1,S1,student\n"
SESSIONS = "sourcedId,title,type,schoolYear,startDate,endDate\n"
BASE = {"orgs.csv": ORGS, "users.csv": USERS, "roles.csv": ROLES}


@dataclass(frozen=True)
class Checked:
    """An upload after its check."""

    workspace: Workspace
    delivery: Delivery
    summary: Summary
    findings: tuple[Finding, ...]

    def places(self, code: str) -> list[tuple[str | None, int | None, str | None]]:
        """File, line and column of the findings of one code."""
        return [(f.file, f.line, f.column) for f in self.findings if f.code == code]

    def codes(self) -> list[str]:
        return [finding.code for finding in self.findings]

    def of(self, code: str) -> Finding:
        """The only finding of the code."""
        (finding,) = (finding for finding in self.findings if finding.code == code)
        return finding

    def shaped(self, entity: str) -> list[dict[str, object]]:
        """The accepted rows in the roster's shape, in the order of the file."""
        return self._rows(f"shaped_{entity}")

    def digests(self, entity: str) -> list[object]:
        """What planning compares of the accepted rows, in the order of the file."""
        names = {field.name: quoted(field.name) for field in BY_NAME[entity].fields}
        digest = diffing.digest_of(names, BY_NAME[entity])
        rows = self.workspace.execute(f"select {digest} from {quoted(f'shaped_{entity}')} order by _line")
        return [row[0] for row in rows]

    def claims(self, entity: str) -> list[dict[str, object]]:
        """What the rows that were left out claim, in the order of the file."""
        return self._rows(f"claim_{entity}")

    def _rows(self, table: str) -> list[dict[str, object]]:
        cursor = self.workspace.connection.execute(f"select * from {quoted(table)} order by _line")
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@contextmanager
def checked(
    directory: Path, files: Mapping[str, str], options: CheckOptions | None = None, *, base: bool = True
) -> Iterator[Checked]:
    """Write the files (upon the base), read, check and shape them."""
    for name, text in ({**BASE, **files} if base else files).items():
        (directory / name).write_text(text, encoding="utf-8", newline="")
    with opened() as workspace:
        delivery = reading.read(workspace, directory)
        delivery, summary = checking.check(workspace, delivery, options or CheckOptions())
        shaping.shape(workspace, delivery)
        yield Checked(workspace, delivery, summary, tuple(findings.findings(workspace)))
