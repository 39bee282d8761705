"""Plans whose pages tests look at, each beside its own roster."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cartable import cli
from tests.flow.districts import district, people
from tests.flow.rosters import Files, Nights, lines

USERS = lines(
    "sourcedId,username,givenName,familyName",
    *("P1,zoe,Zoé,Martin", "P2,leo,Léo,Petit", "P3,ana,Ana,Roy", "T1,anne,Anne,Roux"),
)
BEFORE = {
    "orgs": lines("sourcedId,name,type", "S1,Lycée A,school", "S2,Lycée B,school"),
    "users": USERS,
    "roles": lines(
        "userSourcedId,orgSourcedId,role",
        *("P1,S1,student", "P2,S1,student", "P3,S2,student", "T1,S1,teacher"),
    ),
    "classes": lines("sourcedId,orgSourcedId,title", "K1,S1,7A", "K2,S1,7B", "K3,S2,6C"),
    "enrollments": lines(
        "classSourcedId,userSourcedId,role",
        *("K1,P1,student", "K1,P2,student", "K3,P3,student", "K1,T1,teacher", "K2,T1,teacher"),
    ),
}
# Zoé changes class, Léo leaves, Mia arrives: eight changes in one school. Ana's name changes in the other.
AFTER = {
    **BEFORE,
    "users": USERS.replace("Ana,Roy", "Anna,Roy").replace("P2,leo,Léo,Petit", "P4,mia,Mia,Blanc"),
    "roles": BEFORE["roles"].replace("P2,", "P4,"),
    "enrollments": lines(
        "classSourcedId,userSourcedId,role",
        *("K2,P1,student", "K2,P4,student", "K3,P3,student", "K1,T1,teacher", "K2,T1,teacher"),
    ),
}


@dataclass(frozen=True)
class Saved:
    """A plan that was saved."""

    place: Path

    @property
    def plan(self) -> Path:
        return self.place / "tonight.cartable"

    @property
    def database(self) -> str:
        return str(self.place / "roster.db")

    def page(self, *arguments: str, language: str = "en") -> Path:
        """The page that the command writes of it."""
        page = self.place / "plan.html"
        asked = ["plan", "show", str(self.plan), "--format", "html", "-o", str(page)]
        status = cli.main([*asked, "--database", self.database, "--lang", language, *arguments])
        assert status in (0, 3)
        return page


def saved(place: Path, before: Files, after: Files, **options: Any) -> Saved:
    """The plan of `after` against a roster of `before`."""
    made = Saved(place)
    place.mkdir(exist_ok=True)
    nights = Nights(place, made.database)
    nights.sync(before)
    with nights.planned(after, actor="marie", **options) as plan:
        plan.save(made.plan)
    return made


def ordinary(place: Path) -> Saved:
    """Two schools, nine changes, nothing holds them."""
    return saved(place, BEFORE, AFTER)


def held(place: Path) -> Saved:
    """A school is quarantined, and a guard holds the rest."""
    whole = district(4, 20)
    left = whole.leave([*people("S2", 1, 8), *people("S1", 1, 1), *people("S3", 1, 2)])
    return saved(place, whole.files(), left.files())


def quarantined(place: Path) -> Saved:
    """A school is quarantined, a pupil of another one leaves."""
    whole = district(4, 20)
    left = whole.leave([*people("S2", 1, 8), *people("S1", 1, 1)])
    return saved(place, whole.files(), left.files())


@contextmanager
def tonight() -> Iterator[None]:
    """The moment at which all tests are, for what a module's tests share."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("CARTABLE_NOW", "2026-11-24T08:00:00+00:00")
        yield
