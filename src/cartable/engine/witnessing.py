"""Brings in what else is known of records whose identity is in question.

Of users the day of birth, which stands in `demographics`; of classes their members, in `enrollments`.
Only of those that are asked about: two passes over the delivery, and what the roster has of them.
"""

from itertools import chain

from cartable.engine.rosters import RosterReader
from cartable.engine.workspace import Workspace, quoted
from cartable.model.entities import BY_NAME

_BIRTHS, _MEMBERS = BY_NAME["demographics"], BY_NAME["enrollments"]


def note_births(workspace: Workspace, roster: RosterReader, before: str, after: str) -> None:
    """Make `birth_before` and `birth_after` (person, born) of users.

    Args:
        before: a SELECT of the `sourcedId` of users of the roster.
        after: one of users of the delivery.
    """
    workspace.execute("create or replace table birth_before (person varchar, born varchar)")
    place = [field.name for field in _BIRTHS.fields].index("birthDate") + 2
    batches = roster.records(_BIRTHS.name, keys=workspace.stream(before))
    rows = ((record[2], record[place]) for record in chain.from_iterable(batches) if record[place])
    workspace.insert("birth_before", {"person": "varchar", "born": "varchar"}, rows)
    workspace.execute(
        "create or replace table birth_after as select userSourcedId as person, birthDate as born "
        f"from {quoted('shaped_' + _BIRTHS.name)} as one "
        f"semi join ({after}) as asked on asked.sourcedId = one.userSourcedId where birthDate is not null"
    )


def note_members(workspace: Workspace, roster: RosterReader, before: str, after: str) -> None:
    """Make `member_before` (class, member, active) and `member_after` (class, member).

    Members of before read through the new keys of users. A row that was left out shows a member too.

    Args:
        before: a SELECT of the `sourcedId` of classes of the roster.
        after: one of classes of the delivery.
    """
    workspace.execute("create or replace table member (class varchar, member varchar, active boolean)")
    batches = roster.records(_MEMBERS.name, named={"classSourcedId": workspace.stream(before)})
    rows = ((record[2], record[3], bool(record[1])) for record in chain.from_iterable(batches))
    workspace.insert("member", {"class": "varchar", "member": "varchar", "active": "boolean"}, rows)
    workspace.execute(
        "create or replace table member_before as "
        "select class, coalesce(new, member) as member, bool_or(active) as active from member "
        "left join (select old, new from rekeyed where entity = 'users') on old = member group by all"
    )
    workspace.execute("drop table member")
    shown = " union ".join(
        f"select classSourcedId as class, userSourcedId as member from {quoted(kind + _MEMBERS.name)} as one "
        f"semi join ({after}) as asked on asked.sourcedId = one.classSourcedId "
        "where userSourcedId is not null"
        for kind in ("shaped_", "claim_")
    )
    workspace.execute(f"create or replace table member_after as {shown}")
