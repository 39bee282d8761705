"""The audit chain as people ask about it: is it whole, what does it tell."""

from collections.abc import Iterator
from contextlib import contextmanager

from cartable.flow import recalling
from cartable.model.audits import Action, Link
from cartable.model.breaks import Verdict
from cartable.model.progress import Progress, silent
from cartable.reports.material import Evidence, RunRecord, Stays
from cartable.store import auditing, decisions, holds, queries, verifying


def verify(database: str, progress: Progress = silent) -> Verdict:
    """Compare all that the chain tells of with what is there.

    Raises:
        DatabaseError: there is no roster.
        KeyUnusable: the installation's key is missing or damaged.
    """
    with recalling.opened(database) as roster:
        return verifying.verify(roster, progress)


def links(database: str) -> Iterator[Link]:
    """All links, the latest first.

    Raises:
        DatabaseError: there is no roster.
    """
    with recalling.opened(database) as roster:
        yield from auditing.links(roster)


@contextmanager
def evidence(database: str, number: int) -> Iterator[Evidence]:
    """What explains a run to whoever has to be convinced of it; valid while it is open.

    Raises:
        UsageError: there is no run of that number.
        DatabaseError: there is no roster.
        KeyUnusable: the installation's key is missing or damaged.
    """
    with recalling.opened(database) as roster, recalling.run_check(database, number) as check:
        run = queries.run(roster, number)
        chain = list(auditing.links(roster))[::-1]
        yield Evidence(
            RunRecord(
                run,
                check,
                lambda most: queries.run_changes(roster, run, most),
                Stays(lambda: queries.kept(roster, number), lambda: decisions.pinned(roster, number)),
            ),
            holds.applied_as(roster, number),
            _links_about(chain, number),
            verifying.verify_links(roster),
        )


def _links_about(chain: list[Link], run: int) -> list[Link]:
    """The links that tell of a run's plan, each with its neighbours; of a run before the chain the first."""
    applied = (link.told for link in chain if link.action == Action.APPLY)
    plans = [told.get("plan") for told in applied if told.get("run") == run]
    about = [place for place, link in enumerate(chain) if link.told.get("plan") in plans] or [0]
    around = {near for place in about for near in (place - 1, place, place + 1)}
    return [link for place, link in enumerate(chain) if place in around]
