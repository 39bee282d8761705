"""The records of a file that says what the roster holds are not read, and what decides that is right."""

from django.db import connections

from cartable.flow import retention, undoing
from cartable.store import opening
from tests.checksums import counted, remembered
from tests.flow.rosters import Nights
from tests.flow.schools import DEPARTURES, SCHOOL, renamed, without
from tests.flow.test_sources import SOUTH


def turned(text: str) -> str:
    """A file with its rows in another order."""
    header, *rows = text.splitlines(keepends=True)
    return "".join((header, *reversed(rows)))


def spoil_digests(nights: Nights, table: str) -> None:
    """Make each record look changed to whoever compares it."""
    with opening.opened(nights.database) as roster, connections[roster.alias].cursor() as cursor:
        cursor.execute(f"update {table} set digest = digest + 1")


def test_what_is_delivered_in_another_order_is_not_compared_record_by_record(nights: Nights) -> None:
    nights.sync(SCHOOL)
    spoil_digests(nights, "roster_classes")
    again = {entity: turned(text) for entity, text in SCHOOL.items()}
    assert nights.plan(again).counts["classes"].unchanged == 2
    # One that has changed is found all the same.
    more = {**again, "classes": again["classes"].replace("7A Music", "7A Choir")}
    assert [change.key for change in nights.changes(more) if change.entity == "classes"] == [("K2",)]


def test_the_checksums_of_an_earlier_edition_are_made_by_the_next_change(nights: Nights) -> None:
    nights.sync(SCHOOL)
    with opening.opened(nights.database) as roster, connections[roster.alias].cursor() as cursor:
        cursor.execute("update roster_run set checksums = null")
    assert remembered(nights.database, "main") == {}
    assert not any(counts.changing for counts in nights.sync(SCHOOL).values())
    nights.sync(without(SCHOOL, "iep"), *DEPARTURES)
    nights.sync({**SCHOOL, "classes": SCHOOL["classes"].replace("7A Music", "7A Choir")})
    assert remembered(nights.database, "main") == {
        one: checksum
        for one, checksum in counted(nights.database, "main").items()
        if one[1] in ("classes", "userFlags")
    }


def test_whatever_changes_records_moves_their_checksums(nights: Nights) -> None:
    sources = ("main", "south")

    def agree() -> bool:
        there = counted(nights.database, *sources)
        return bool(there) and remembered(nights.database, *sources) == there

    nights.sync(SCHOOL)
    assert agree()
    nights.sync(SOUTH, source="south")
    assert agree()
    nights.sync(renamed(without(SCHOOL, "P2"), P1="Q1"), *DEPARTURES, "rekeys")
    assert agree()
    with undoing.undone(nights.database, 3, actor="ann") as undo:
        undo.apply()
    assert agree()
    with retention.forgotten(nights.database, "P2", actor="ann") as erasure:
        erasure.apply()
    assert agree()
    nights.sync(without(SCHOOL, "P2"), *DEPARTURES)
    assert agree()
