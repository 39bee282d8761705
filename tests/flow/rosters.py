"""A roster and the deliveries that come to it, night after night."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cartable.flow import planning
from cartable.flow.planning import Planned
from cartable.model.entities import BY_NAME
from cartable.model.options import CheckOptions
from cartable.model.plans import DEFAULT_SOURCE, Change, Counts, PlanHeader, Run
from cartable.store import opening, queries
from cartable.store.vault import vault_of

Files = Mapping[str, str]


def lines(header: str, *rows: str) -> str:
    """A file's text."""
    return "\n".join((header, *rows)) + "\n"


ORGS = lines("sourcedId,name,type", "S1,North,school")
SESSIONS = lines(
    "sourcedId,title,type,schoolYear,startDate,endDate",
    "Y,Year,schoolYear,2027,2026-09-01,2027-07-03",
    "T1,Term 1,term,2027,2026-09-01,2026-12-18",
    "T2,Term 2,term,2027,2027-01-04,2027-07-03",
)


def pupils(count: int, *, email: bool = True) -> dict[str, str]:
    """A school with so many pupils."""
    numbers = range(count)
    users = (f"P{n},pupil.{n}" + (f",pupil.{n}@ecole.example" if email else "") for n in numbers)
    return {
        "orgs": ORGS,
        "users": lines("sourcedId,username" + (",email" if email else ""), *users),
        "roles": lines("userSourcedId,orgSourcedId,role", *(f"P{n},S1,student" for n in numbers)),
    }


@dataclass
class Nights:
    """A roster, and the nights on which it is synced."""

    place: Path
    database: str
    nights: int = field(default=0)

    def deliver(self, files: Files) -> Path:
        """Tonight's delivery."""
        self.nights += 1
        directory = self.place / f"night-{self.nights}"
        directory.mkdir()
        for entity, text in files.items():
            (directory / f"{entity}.csv").write_text(text, encoding="utf-8", newline="")
        return directory

    @property
    def guards(self) -> Path:
        """The roster's own file of guards, in a vault that is there."""
        vault = vault_of(self.database)
        vault.directory.mkdir(parents=True, exist_ok=True)
        return vault.directory / "guards.toml"

    @contextmanager
    def planned(self, files: Files, *accept: str, **options: Any) -> Iterator[Planned]:
        """Tonight's plan."""
        path = self.deliver(files)
        with planning.planned(path, self.database, CheckOptions(), accept=accept, **options) as (_, plan):
            yield plan

    def plan(self, files: Files, *accept: str, **options: Any) -> PlanHeader:
        """What tonight's delivery would do."""
        with self.planned(files, *accept, **options) as plan:
            return plan.header

    def changes(self, files: Files, **options: Any) -> list[Change]:
        """Each change of tonight's delivery, as people read it."""
        with planning.planned(self.deliver(files), self.database, CheckOptions(), **options) as (_, plan):
            return list(plan.changes())

    def sync(self, files: Files, *accept: str, **options: Any) -> Mapping[str, Counts]:
        """Apply tonight's delivery; what it did."""
        applied = self.run(files, *accept, **options)
        assert applied is not None, "a guard holds it"
        return applied.changes

    def run(self, files: Files, *accept: str, **options: Any) -> Run | None:
        """Tonight's run, None where it was held."""
        with self.planned(files, *accept, **options) as plan:
            return plan.sync()[1]

    def held(self, files: Files, **options: Any) -> list[tuple[str, str, int, int]]:
        """The guards that hold tonight's plan: name, entity, count, limit."""
        return [
            (hold.guard, hold.entity, hold.count, hold.limit) for hold in self.plan(files, **options).holds
        ]

    def findings(self, files: Files, **options: Any) -> list[tuple[str, str | None, int | None, Any]]:
        """What is found in tonight's delivery: code, file, line, detail."""
        with planning.planned(self.deliver(files), self.database, CheckOptions(), **options) as (check, _):
            return [(found.code, found.file, found.line, found.detail) for found in check.findings()]

    def records(self, entity: str, *names: str, source: str = DEFAULT_SOURCE) -> list[tuple[str | None, ...]]:
        """The active records of an entity by key, some of their fields."""
        with opening.opened(self.database) as roster:
            found = queries.active_records(roster, entity, source)
            return [tuple(record[n] for n in names) for record in found]

    def every_record(self, entity: str) -> list[dict[str, Any]]:
        """Each record of an entity, active or not, its fields by name besides id and active."""
        names = ("id", "active", *(field.name for field in BY_NAME[entity].fields))
        with opening.opened(self.database) as roster:
            ids = (chunk[0] for chunk in queries.digests(roster, entity, DEFAULT_SOURCE))
            batches = queries.records(roster, entity, DEFAULT_SOURCE, ids, ())
            return [dict(zip(names, row, strict=True)) for batch in batches for row in batch]

    def everything(self, entity: str) -> dict[tuple[str, ...], tuple[int, bool]]:
        """The id of each record of an entity and whether it is active, by key."""
        return {
            tuple(record[name] for name in BY_NAME[entity].key): (record["id"], bool(record["active"]))
            for record in self.every_record(entity)
        }
