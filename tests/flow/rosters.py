"""A roster and the deliveries that come to it, night after night."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cartable.flow import planning
from cartable.flow.planning import Planned
from cartable.model.options import CheckOptions
from cartable.model.plans import Counts, PlanHeader, Run
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
    def planned(self, files: Files, *accept: str, raised: Sequence[str] = ()) -> Iterator[Planned]:
        """Tonight's plan."""
        path = self.deliver(files)
        with planning.planned(path, self.database, CheckOptions(), accept=accept, raised=raised) as (_, plan):
            yield plan

    def plan(self, files: Files, *accept: str, raised: Sequence[str] = ()) -> PlanHeader:
        """What tonight's delivery would do."""
        with self.planned(files, *accept, raised=raised) as plan:
            return plan.header

    def sync(self, files: Files, *accept: str) -> Mapping[str, Counts]:
        """Apply tonight's delivery; what it did."""
        applied = self.run(files, *accept)
        assert applied is not None, "a guard holds it"
        return applied.changes

    def run(self, files: Files, *accept: str, raised: Sequence[str] = ()) -> Run | None:
        """Tonight's run, None where it was held."""
        with self.planned(files, *accept, raised=raised) as plan:
            return plan.sync()[1]

    def held(self, files: Files) -> list[tuple[str, str, int, int]]:
        """The guards that hold tonight's plan: name, entity, count, limit."""
        return [(hold.guard, hold.entity, hold.count, hold.limit) for hold in self.plan(files).holds]

    def records(self, entity: str, *names: str) -> list[tuple[str | None, ...]]:
        """The active records of an entity by key, some of their fields."""
        with opening.opened(self.database) as roster:
            return [tuple(record[n] for n in names) for record in queries.active_records(roster, entity)]
