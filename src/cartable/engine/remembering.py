"""Finds out what records of a file of changes were before, from the packages that told of them earlier.

The roster knows an enrollment by its class, person and role, a package by an identifier of its own. What a
row was called when it last told of something else, or which record a row means that is to go and says no
more, stands in earlier packages alone.
"""

from cartable.engine import packaging, reading, spelling
from cartable.engine.rosters import Memory
from cartable.engine.subjects import Subject
from cartable.engine.workspace import Workspace, literal, opened, quoted
from cartable.formats.intakes import Intake
from cartable.formats.layouts import LAYOUTS
from cartable.model.entities import BY_NAME

_ROWS = "earlier.parquet"
# The part of a role's key that may be empty.
_SESSION = "sessionSourcedId"


def has_own_ids(intake: Intake) -> bool:
    """Whether the file's rows have identifiers that the roster does not know."""
    return not intake.whole_by and not any(taken.column == "sourcedId" for taken in intake.fields)


def recall(workspace: Workspace, memory: Memory | None, subject: Subject) -> None:
    """Make `earlier_<file>`: every earlier row in canonical spelling.

    `is_going` says of a row that it was to go, `is_latest` that none tells later of the same. Values that
    break the rules of their type are forgotten. Without a memory there are no rows.

    Args:
        subject: the file, judged.
    """
    fields = subject.entity.fields
    names = ", ".join(quoted(field.name) for field in fields)
    texts = ", ".join(f"{quoted(field.name)} varchar" for field in fields)
    workspace.execute(f"create or replace table remembered (turn int, {texts})")
    packages = memory.packages(subject.entity.name, workspace.directory) if memory else ()
    for turn, (folder, code) in enumerate(packages):
        with opened(_memory(workspace)) as work:
            reading.read(work, folder, LAYOUTS[code])
            rows = literal(str(folder / _ROWS))
            source = quoted("raw_" + subject.entity.name)
            known = {name for name, *_ in work.execute(f"describe {source}")}
            told = ", ".join(
                quoted(field.name)
                if field.name in known
                else f"cast(null as varchar) as {quoted(field.name)}"
                for field in fields
            )
            work.execute(f"copy (select {told} from {source}) to {rows} (format parquet)")
        workspace.execute(f"insert into remembered select {turn}, {names} from read_parquet({rows})")
    spelled = ", ".join(
        f"{spelling.canonical(field, subject.options, spelling.trimmed(quoted(field.name)), faulty=True)} "
        f"as {quoted(field.name)}"
        for field in fields
    )
    workspace.execute(
        f"create or replace table {quoted('earlier_' + subject.entity.name)} as "
        f"select coalesce({packaging.GOING}, false) as is_going, "
        f"turn = min(turn) over (partition by {spelling.trimmed('sourcedId')}) as is_latest, {spelled} "
        "from remembered"
    )
    workspace.execute("drop table remembered")


def keys(intake: Intake, which: str = "true") -> str:
    """SQL: the keys that earlier rows had, and the rows' identifiers as `id`.

    Args:
        which: SQL: a condition on the rows.
    """
    key, values = BY_NAME[intake.entity].key, {taken.field: taken for taken in intake.fields}
    parts = {name: f"({values[name].value})" if name in values else "null" for name in key}
    whole = [f"{part} is not null" for name, part in parts.items() if name != _SESSION]
    parts |= {name: f"coalesce({part}, '')" for name, part in parts.items() if name == _SESSION}
    listed = ", ".join(f"cast({part} as varchar) as {quoted(name)}" for name, part in parts.items())
    conditions = " and ".join(f"({one})" for one in (which, *whole, intake.condition) if one)
    return (
        f"(select sourcedId as id, {listed} from {quoted('earlier_' + intake.file)} "
        f"where not is_going and {conditions})"
    )


def note_moved(workspace: Workspace, intake: Intake) -> None:
    """Fill `moved_<entity>`: keys of which rows told that tell of another now, and no other row does."""
    now = quoted(f"accepted_{intake.file}")
    going = f"select {spelling.trimmed('sourcedId')} from {quoted('going_' + intake.file)}"
    stated = f"(select sourcedId as id from {now} union all {going})"
    key = ", ".join(map(quoted, BY_NAME[intake.entity].key))
    workspace.execute(
        f"""insert into {quoted("moved_" + intake.entity)} select now._line, old.* exclude (id)
        from {keys(intake)} as old join (select sourcedId as id, _line from {now}) as now using (id)
        anti join (
            select * from {keys(intake, "is_latest")} as latest anti join {stated} as stated using (id)
        ) as other using ({key})"""
    )


def note_parted(workspace: Workspace) -> None:
    """Fill `moved_relationships`: those of which people's rows told that nobody's tells any more."""
    now, earlier = "accepted_users", "earlier_users"
    workspace.execute(
        f"""insert into moved_relationships
        with told as (
            select sourcedId as one, unnest(agentSourcedIds) as other from {now} union all
            select sourcedId, unnest(agentSourcedIds) from {earlier} anti join {now} using (sourcedId)
            where is_latest and not is_going
        ), known as (select one, other from told union all select other, one from told),
        before as (
            select now._line, sourcedId as one, unnest({earlier}.agentSourcedIds) as other
            from {earlier} join {now} as now using (sourcedId)
        ), lost as (select * from before anti join known using (one, other))
        select _line, one, other from lost union all select _line, other, one from lost"""
    )


def grades_apart(workspace: Workspace) -> int:
    """Of how many people the grade is another one than before, and no role is told."""
    ((count,),) = workspace.execute(
        """select count(*) from accepted_users as now join earlier_users as old using (sourcedId)
        where old.is_latest and not old.is_going and now.grades[1] is distinct from old.grades[1]
            and sourcedId not in (select userSourcedId from accepted_roles)"""
    )
    return int(count)


def _memory(workspace: Workspace) -> str:
    ((limit,),) = workspace.execute("select current_setting('memory_limit')")
    return str(limit)
