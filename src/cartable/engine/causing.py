"""Groups findings by cause: what to correct, and all rows that come back when it is corrected.

Works on the table `report` alone, so that the findings that a run kept are grouped as they were.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from typing import Any

from cartable.engine.findings import AT_ONCE, finding_of, listed
from cartable.engine.workspace import Workspace, literal, quoted
from cartable.formats.format import Format
from cartable.model.causes import Cause, Root
from cartable.model.entities import ENTITIES
from cartable.model.findings import Action, Severity
from cartable.rules.catalogue import RULES

# Findings that follow from an excluded row are `led`; those that a finding of another kind explains
# (a column that a spreadsheet damaged) only belong to it, and the row's error is its own. `shared` is the
# value that is one fault wherever it stands, `alike` what findings of any value have in common.
_TOLD = """
create or replace temp table told as
select one.number, one.code, one.action, one.file, one.line, one."column", one.cause,
    case {alike} end as alike,
    case when alike is null and one.code in ({by_value}) then one.value end as shared,
    json_extract_string(one.detail, '$.target') as target,
    coalesce(json_extract_string(one.detail, '$.case') in ('unread', 'many-unread'), false) as unread,
    coalesce(up.action = 'exclude', false) as led, up.file as up_file, up.line as up_line
from report as one left join report as up on up.number = one.cause
"""

# The finding that an excluded row is left out for.
_OWNER = """
create or replace temp table owner as
select file, line, first.number as number, first.led as led from (
    select told.file, told.line, min({{
        'led': led, 'place': case when led then coalesce(place, -1) end, 'number': number
    }}) as first
    from told left join {places} using (file, "column")
    where action = 'exclude' group by told.file, told.line
)
"""

_SETTLED = """
create or replace table settled as
select owner.file, owner.line, coalesce(told.cause, told.number) as root, false as led
from owner join told using (number) where not owner.led
"""

_PENDING = """
create or replace temp table pending as
select owner.file, owner.line, told.up_file, told.up_line
from owner join told using (number) where owner.led
"""

# The excluded rows whose reference leads to a row that is settled.
_REACHED = "pending join settled on settled.file = pending.up_file and settled.line = pending.up_line"

# Findings that follow from none, by what they have in common; `head` is the first of each cause.
_KIN = """
create or replace table kin as
with one as (
    select number, code, file, line, shared, unread,
        coalesce(alike, case when shared is null or target is null then [file, "column"] else [target] end)
            as place
    from told where cause is null
)
select one.* exclude (place), alike.head
from one join (select code, shared, place, min(number) as head from one group by all) as alike
on alike.code = one.code and alike.place is not distinct from one.place
    and alike.shared is not distinct from one.shared
"""

_GROUPED = """
create or replace table grouped as
select rooted.number, kin.head
from (
    select number, coalesce(cause, number) as root from told where not told.led
    union all
    select told.number, settled.root
    from told join settled on settled.file = told.up_file and settled.line = told.up_line where told.led
) as rooted join kin on kin.number = rooted.root
"""

# Values that are left empty, each counted with the first finding that says so; a file that is not
# there is one finding for all values that refer to it.
_EMPTIED = """
create or replace temp table emptied as
select head, sum(rows) as blanked from (
    select min({'number': number, 'head': head}).head as head,
        coalesce(max(try_cast(json_extract_string(detail, '$.references') as bigint)), 1) as rows
    from grouped join report using (number) where action = 'blank'
    group by entity, file, line, "column", hash(value)
) group by head
"""

# In the order in which to correct: what stops the delivery; what concerns a whole file; what leaves
# rows out, most of them for one correction first; what leaves values empty. A reference to a row that
# is perhaps one of those that could not be read comes behind these: nobody can correct the reference.
_CAUSE = """
create or replace table cause as
with own as (
    select head, any_value(code) as code, any_value(shared) as shared,
        count(*) as findings, count(distinct (kin.file, kin.line)) as places,
        bool_and(unread) as unread, bool_or(code in ({whole})) as whole,
        case when any_value(shared) is null then places else 1 end as corrections
    from kin group by head
), gone as (
    select head, count(*) as harm from settled join kin on kin.number = settled.root group by head
), worst as (
    select head, min(list_position([{severities}], severity)) as severity,
        min(list_position([{actions}], action)) as action
    from grouped join report using (number) group by head
), joined as (
    select own.*, coalesce(gone.harm, 0) as harm, coalesce(emptied.blanked, 0) as blanked,
        worst.severity, worst.action
    from own join worst using (head) left join gone using (head) left join emptied using (head)
)
select row_number() over (order by joined.severity > 1, not whole, harm = 0, unread and harm > 0,
        harm / corrections desc, harm desc, blanked = 0, unread,
        blanked / corrections desc, blanked desc, joined.severity, findings desc, head) as number,
    head, code, joined.severity, joined.action, joined.shared as value, findings, places, blanked
from joined
"""

_CODES = "select code, count(*) from cause group by code order by min(number)"

# The causes that are asked for: the first of each code, and of these the first.
_CHOSEN = """
where cause.number in (
    select number from cause
    qualify row_number() over (partition by code order by number) <= {each}
    order by number limit {limit}
)
"""

# The excluded rows that go back to each finding.
_TRAINS = "(select root, file, led, count(*) as rows from settled group by all)"

_HEADS = f"""
select cause.number, cause.code, cause.severity, cause.action, one.file, one."column", cause.value,
    cause.findings, cause.places, train.own, train.led, cause.blanked
from cause join report as one on one.number = cause.head
left join (
    select head, list({{{{'file': file, 'rows': rows}}}}) filter (not led) as own,
        list({{{{'file': file, 'rows': rows}}}}) filter (led) as led
    from (
        select head, train.file, led, sum(rows) as rows from {_TRAINS} as train
        join kin on kin.number = train.root group by all
    ) group by head
) as train using (head) {{most}} order by cause.number
"""

# The numbers of the findings are chosen first, so that nothing wide is sorted.
_FOUND = f"""
with chosen as (
    select cause.number as cause, kin.number, coalesce(led.total, 0) as total
    from cause join kin using (head)
    left join (
        select root, sum(rows) as total from {_TRAINS} as train where led group by root
    ) as led on led.root = kin.number {{most}}
    qualify row_number() over (partition by cause.number order by total desc, kin.number) <= {{roots}}
)
select chosen.cause, train.dependents, {listed("one")}
from chosen join report as one using (number)
left join (
    select root, list({{{{'file': file, 'rows': rows}}}}) as dependents
    from {_TRAINS} as train where led group by root
) as train on train.root = chosen.number
order by chosen.cause, chosen.total desc, chosen.number
"""

# What findings may have in common that is none of their details.
_COLUMNS = ("file", "column")

_TEMPORARY = ("told", "owner", "pending", "emptied")


def group(workspace: Workspace, layout: Format) -> dict[str, int]:
    """Make of `report` the table `cause` and return how many each code has, in their order.

    Beside it: `kin` (the findings that follow from none), `grouped` (each finding and the first one
    of its cause) and `settled` (each excluded row and the finding that it goes back to).
    """
    by_value = _listed(rule.code for rule in RULES.values() if rule.is_by_value)
    workspace.execute(_TOLD.format(by_value=by_value, alike=_alike()))
    workspace.execute(_OWNER.format(places=_places(layout)))
    workspace.execute(_SETTLED)
    workspace.execute(_PENDING)
    # References between entities form no circle, so there are fewer rounds than entities.
    for _ in ENTITIES:
        if workspace.execute("select count(*) from pending") == [(0,)]:
            break
        workspace.execute(
            "create or replace temp table reached as "
            f"select pending.file, pending.line, settled.root from {_REACHED}"
        )
        workspace.execute("insert into settled select file, line, root, true from reached")
        workspace.execute(
            "delete from pending using reached "
            "where reached.file = pending.file and reached.line = pending.line"
        )
    workspace.execute(_KIN)
    workspace.execute(_GROUPED)
    workspace.execute(_EMPTIED)
    whole = _listed(rule.code for rule in RULES.values() if rule.is_whole_file)
    workspace.execute(_CAUSE.format(whole=whole, severities=_listed(Severity), actions=_listed(Action)))
    for table in _TEMPORARY:
        workspace.execute(f"drop table {table}")
    return dict(workspace.execute(_CODES))


def causes(
    workspace: Workspace, layout: Format, limit: int | None, roots: int, each: int | None = None
) -> Iterator[Cause]:
    """The causes in their order, streamed.

    Args:
        limit: at most so many; None for all.
        roots: of each at most so many findings.
        each: of each code at most so many, so that the many do not hide the others; None for all.
    """
    order = [file.name for file in layout.files]
    most = _chosen(limit, each)
    found = _rows(workspace, _FOUND.format(most=most, roots=int(roots)))
    by_cause = groupby(found, key=itemgetter(0))
    following = next(by_cause, None)
    for number, code, severity, action, file, column, value, findings, places, own, led, blanked in _rows(
        workspace, _HEADS.format(most=most)
    ):
        shown: tuple[Root, ...] = ()
        if following and following[0] == number:
            shown = tuple(
                Root(replace(finding_of(*columns), group=number), _by_file(train, order))
                for _, train, *columns in following[1]
            )
            following = next(by_cause, None)
        yield Cause(
            number,
            code,
            list(Severity)[severity - 1],
            list(Action)[action - 1],
            file,
            column,
            value,
            findings,
            places,
            _by_file(own, order),
            _by_file(led, order),
            blanked,
            shown,
        )


def _chosen(limit: int | None, each: int | None) -> str:
    """SQL: the condition on `cause`, none where all are asked for."""
    if each is not None:
        return _CHOSEN.format(each=int(each), limit="all" if limit is None else int(limit))
    return "" if limit is None else f"where cause.number <= {int(limit)}"


def _rows(workspace: Workspace, sql: str) -> Iterator[tuple[Any, ...]]:
    for batch in workspace.stream(sql, size=AT_ONCE):
        yield from batch


def _by_file(train: list[dict[str, Any]] | None, order: list[str]) -> dict[str, int]:
    """Rows by file, in the format's order."""
    counted = {one["file"]: int(one["rows"]) for one in train or ()}
    return {file: counted[file] for file in order if file in counted}


def _places(layout: Format) -> str:
    """SQL: where the columns of each file stand."""
    places = (
        f"({literal(file.name)}, {literal(column.name)}, {place})"
        for file in layout.files
        for place, column in enumerate(file.columns)
    )
    return f'(values {", ".join(places)}) as places (file, "column", place)'


def _alike() -> str:
    """SQL: when findings of any value are one fault, and what they have in common then."""
    # Of what is wrong with whole files one correction mends all: a setting of the export.
    cases = ["when one.code like 'file.%' then [one.detail]"]
    for rule in RULES.values():
        for case, names in rule.alike.items():
            parts = (
                f"one.{quoted(name)}" if name in _COLUMNS else f"json_extract_string(one.detail, '$.{name}')"
                for name in names
            )
            cases.append(
                f"when one.code = {literal(rule.code)} "
                f"and json_extract_string(one.detail, '$.case') = {literal(case)} then [{', '.join(parts)}]"
            )
    return " ".join(cases)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(literal, names))
