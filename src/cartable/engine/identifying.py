"""Finds records that were given another identifier: one is gone, one is new, and both are the same.

They are the same by traits that last. A trait counts where exactly one record that is gone and exactly
one that is new have it; of pairs that nothing contradicts, only those count of which neither record
is in another pair: where there are two possibilities nothing is guessed. All of it is joins by equality
between what is gone and what is new, so that it stays linear.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from cartable.engine import reusing, witnessing
from cartable.engine.reusing import folded
from cartable.engine.rosters import RosterReader
from cartable.engine.workspace import REKEYED, Workspace, literal
from cartable.model.entities import Entity
from cartable.model.plans import Trait


@dataclass(frozen=True, slots=True)
class _Likeness:
    """How records of an entity are known to be the same.

    Args:
        traits: SQL over one record, which says nothing where it is NULL.
        contradiction: SQL over `gone` and `new`: that they cannot be the same all the same.
    """

    traits: Mapping[Trait, str]
    contradiction: str = "false"


def _together(*parts: str) -> str:
    """SQL: one text of several, NULL where one of them is."""
    return " || chr(31) || ".join(parts)


def _absent_or_not(*parts: str) -> str:
    """SQL: one text of several, any of which may be absent."""
    return _together(*(f"coalesce({part}, chr(30))" for part in parts))


def _differ(*names: str) -> str:
    """SQL: that one of the values is known of both, and is another."""
    return " or ".join(f"{folded('gone.' + name)} <> {folded('new.' + name)}" for name in names)


_USERS, _CLASSES = "users", "classes"

# Families share addresses, and schools count from one: what is shared proves nothing where the name is
# another and so is the username, e-mail or number; but people marry, and keep given name and birth date.
_ACCOUNT = ("username", "email", "userNumber")
_DIFFERING = " + ".join(f"coalesce(cast({_differ(name)} as integer), 0)" for name in _ACCOUNT)
_IS_MARRIED = f"coalesce(gone.born = new.born and not ({_differ('givenName')}), false)"
_IS_OTHER = (
    f"coalesce({_differ('givenName', 'familyName')}, false) and {_DIFFERING} > 0 and not {_IS_MARRIED}"
)
# Of people without names most must agree; that a number does is not enough.
_HAS_NO_NAME = f"coalesce({_differ('givenName')}, {_differ('familyName')}) is null"
_AGREEING = " + ".join(f"coalesce(cast(not ({_differ(name)}) as integer), 0)" for name in _ACCOUNT[:2])

_LIKENESSES: Mapping[str, _Likeness] = {
    "orgs": _Likeness(
        {Trait.NAME_AND_TYPE: _together(folded("name"), "type")},
        # Another organisation above it, if the one of before is still there.
        "gone.parentSourcedId <> new.parentSourcedId "
        "and gone.parentSourcedId in (select sourcedId from shaped_orgs)",
    ),
    "academicSessions": _Likeness(
        {Trait.TITLE_AND_DATES: _together(folded("title"), "type", "schoolYear", "startDate", "endDate")}
    ),
    _USERS: _Likeness(
        {
            Trait.USERNAME: folded("username"),
            Trait.EMAIL: "email",
            Trait.USER_NUMBER: "userNumber",
            Trait.NAME_AND_BIRTH: _together(folded("givenName"), folded("familyName"), "born"),
        },
        f"coalesce(gone.born <> new.born, false) or {_IS_OTHER} "
        f"or {_HAS_NO_NAME} and {_DIFFERING} > {_AGREEING}",
    ),
    "courses": _Likeness(
        {
            Trait.TITLE_AND_CODE: _together(
                folded("title"),
                _absent_or_not("code", "orgSourcedId", "schoolYearSourcedId", "subject", "grade"),
            )
        }
    ),
}

# What other entities are asked, to know an entity's records.
_WITNESSES = {_USERS: witnessing.note_births, _CLASSES: witnessing.note_members}

_SCRATCH = (
    *("gone_one", "new_one", "doubted", "gone_term", "new_term"),
    *("birth_before", "birth_after", "member_before", "member_after"),
)


def start(workspace: Workspace) -> None:
    """Forget what an earlier plan of the same delivery found."""
    workspace.execute(REKEYED)
    workspace.execute(reusing.REUSED)


def identify(
    workspace: Workspace, entity: Entity, delivered: Collection[str], roster: RosterReader, *, rekeys: bool
) -> bool:
    """Add an entity's records with a new key to `rekeyed`, and reused identifiers to `reused`.

    Reads `shown`, `known`, `unseen` and `claimed` of `cartable.engine.diffing`.

    Args:
        delivered: the fields that the file has.
        rekeys: whether to look for new keys at all.

    Returns:
        Whether there are records with a new key.
    """
    if entity.name not in (*_LIKENESSES, _CLASSES):
        return False
    asks = rekeys and _set_apart(workspace)
    if asks and entity.name == _CLASSES:
        asks = _set_likely_apart(workspace, delivered)
    witness = _WITNESSES.get(entity.name)
    doubts = witness is not None and reusing.doubt(workspace, entity, delivered) > 0
    if witness and (asks or doubts):
        before, after = (
            " union ".join(
                f"select sourcedId from {table}"
                for table, is_asked in ((side, asks), ("doubted", doubts))
                if is_asked
            )
            for side in ("gone_one", "new_one")
        )
        witness(workspace, roster, before, after)
    if doubts:
        reusing.judge(workspace, entity)
    found = asks and _pair(workspace, entity)
    for table in _SCRATCH:
        workspace.execute(f"drop table if exists {table}")
    return found


def _set_apart(workspace: Workspace) -> bool:
    """Make `gone_one` and `new_one`, what may be the same; whether there is something in both."""
    if not workspace.execute("select 1 from unseen limit 1"):
        return False
    for table, rows in (
        ("gone_one", "unseen anti join claimed using (id)"),
        ("new_one", "shown anti join known using (sourcedId)"),
    ):
        workspace.execute(f"create or replace table {table} as select * from {rows}")
    return _has_both(workspace)


def _has_both(workspace: Workspace) -> bool:
    counts = "select (select count(*) from gone_one), (select count(*) from new_one)"
    return all(workspace.execute(counts)[0])


def _set_likely_apart(workspace: Workspace, delivered: Collection[str]) -> bool:
    """Leave classes in `gone_one` and `new_one` that agree in all but their members, which cost more.

    Of one session the classes of another are no continuation, whatever they are called: a year's classes
    are not those of the year before. `gone_term` and `new_term` have a row for each class and session.
    """
    listed = "coalesce(from_json(sessionSourcedIds, '[\"varchar\"]'), [''])"
    session = f"unnest({listed})" if "sessionSourcedIds" in delivered else "''"
    for side in ("gone", "new"):
        workspace.execute(
            f"create or replace table {side}_term as select sourcedId, {folded('title')} as title, "
            f"orgSourcedId as org, courseSourcedId as course, {session} as session from {side}_one"
        )
    for side, other in (("gone", "new"), ("new", "gone")):
        likely = f"select sourcedId from {side}_term semi join {other}_term using (title, org, session)"
        workspace.execute(f"delete from {side}_one where sourcedId not in ({likely})")
    return _has_both(workspace)


# Most of either's members are the other's too.
_ALIKE_CLASSES = f"""
select one.old, one.new, {literal(Trait.TITLE_AND_MEMBERS)} as trait, 0 as place
from (
    select gone.sourcedId as old, new.sourcedId as new, count(distinct gone.member) as members
    from (select * from gone_term join member_before on class = sourcedId where active) as gone
    join (select * from new_term join member_after on class = sourcedId) as new
        using (title, org, session, member)
    where coalesce(gone.course = new.course, true)
    group by all
) as one
join (select class, count(*) as members from member_before where active group by class) as was
    on was.class = one.old
join (select class, count(*) as members from member_after group by class) as now on now.class = one.new
where 2 * one.members > greatest(was.members, now.members)
"""


def _alike(likeness: _Likeness) -> str:
    """SQL: old, new, trait and its place of records that share a trait with one other record alone."""
    return " union all ".join(
        f"select gone.sourcedId as old, new.sourcedId as new, {literal(trait)} as trait, {place} as place "
        f"from {_sole('gone_one', value)} as gone join {_sole('new_one', value)} as new using (value)"
        for place, (trait, value) in enumerate(likeness.traits.items())
    )


def _sole(table: str, value: str) -> str:
    return (
        f"(select any_value(sourcedId) as sourcedId, {value} as value from {table} "
        "where value is not null group by value having count(*) = 1)"
    )


def _pair(workspace: Workspace, entity: Entity) -> bool:
    """Add to `rekeyed` the pairs of `gone_one` and `new_one` that are the same without a doubt."""
    alike, contradiction = _ALIKE_CLASSES, "false"
    if likeness := _LIKENESSES.get(entity.name):
        alike, contradiction = _alike(likeness), likeness.contradiction
    if entity.name == _USERS:
        for side, births in (("gone_one", "birth_before"), ("new_one", "birth_after")):
            workspace.execute(f"alter table {side} add column born varchar")
            workspace.execute(f"update {side} set born = b.born from {births} as b where person = sourcedId")
    ((pairs,),) = workspace.execute(
        f"""insert into rekeyed
        select {literal(entity.name)}, old, new, traits
        from (
            select old, new, list(trait order by place) as traits,
                count(*) over (partition by old) as olds, count(*) over (partition by new) as news
            from ({alike}) as one
            join gone_one as gone on gone.sourcedId = old join new_one as new on new.sourcedId = one.new
            where not coalesce({contradiction}, false)
            group by old, one.new
        ) as pairs
        where olds = 1 and news = 1"""
    )
    return bool(pairs)
