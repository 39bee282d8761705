"""A saved plan as a document to be read; it is verified, and nothing is applied."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from cartable.engine import listing, narrowing, streaming, summarising, workspace
from cartable.errors import UsageError
from cartable.flow import planfiles
from cartable.model.changelists import SchoolChanges
from cartable.model.entities import BY_NAME, ENTITIES
from cartable.model.plans import Change, Counts, Kept, PlanHeader
from cartable.store import opening
from cartable.store.vault import vault_of

_ALIKE = 0.6


@dataclass(frozen=True)
class Shown:
    """A plan, or the part of it that was asked for; valid while its workspace is open.

    Args:
        counts: of that part, by entity name.
        schools: what it does in each school.
        labels: what records are called, by entity and id.
        is_part: whether only a part was asked for.
    """

    workspace: workspace.Workspace
    header: PlanHeader
    counts: Mapping[str, Counts]
    schools: list[SchoolChanges]
    labels: Mapping[tuple[str, str], str]
    is_part: bool

    def changes(self, limit_per_kind: int | None = None) -> Iterator[Change]:
        """The changes by entity, kind and key; at most so many of each kind in each entity."""
        for entity in ENTITIES:
            if self.counts[entity.name].changing:
                yield from listing.changes(self.workspace, entity, limit_per_kind)

    def kept(self) -> Iterator[Kept]:
        """What the whole plan leaves as it is."""
        return streaming.PlanRows(self.workspace).kept()


@contextmanager
def shown(
    path: Path, database: str, *, school: str = "", entity: str = "", user: str = ""
) -> Iterator[Shown]:
    """The plan that was saved to `path`.

    Args:
        database: of the installation that made it.
        school: sourcedId or name of a school; '' for all.
        entity: name of an entity; '' for all.
        user: sourcedId of a person; '' for all.

    Raises:
        PlanUnreadable, PlanForeign: it was changed, or made elsewhere.
        UsageError: the plan changes nothing of that name.
    """
    if entity and entity not in BY_NAME:
        raise _unknown("There is no entity {name}.", entity, list(BY_NAME))
    vault = vault_of(database)
    with workspace.opened() as work:
        if opening.exists(database):
            with opening.opened(database) as roster:
                seal = vault.seal(roster)
        else:
            seal = vault.seal()
        header = planfiles.load(work, path, seal)
        labels = {(of, one): label for of, one, label in summarising.labels(work)}
        counts = dict(header.counts)
        if school or entity or user:
            if school:
                school = _school(work, school, labels)
            counts = narrowing.narrow(work, school, entity, user)
            if user and not any(count.changing for count in counts.values()):
                people = [one for of, one in labels if of == "users"]
                raise _unknown("The plan changes nothing about a person {name}.", user, people)
        yield Shown(
            work,
            header,
            counts,
            [one for one in summarising.summarise(work) if not school or one.school == school],
            labels,
            bool(school or entity or user),
        )


def _school(work: workspace.Workspace, named: str, labels: Mapping[tuple[str, str], str]) -> str:
    """The school that an operator names by its id or its name."""
    placed = {str(one) for (one,) in work.execute("select distinct school from placed")}
    names = {labels.get(("orgs", one), one): one for one in sorted(placed)}
    if named in placed:
        return named
    for name, one in names.items():
        if name.casefold() == named.casefold():
            return one
    raise _unknown("The plan changes nothing in a school {name}.", named, [*placed, *names])


def _unknown(message: str, name: str, known: list[str]) -> UsageError:
    near = get_close_matches(name, known, n=1, cutoff=_ALIKE)
    hint = "Did you mean {near}?" if near else "cartable plan show FILE lists what it changes."
    return UsageError(message, hint, name=name, near="".join(near))
