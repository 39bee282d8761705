"""Rules on keys, references, organisations and sessions: what rows say of each other."""

from cartable.model.findings import Action, Severity
from cartable.rules.checks import Query, Row
from cartable.rules.rule import Rule

_FORMAT = "Microsoft, School Data Sync, SDS v2.1 CSV file format"
_RULES = "Microsoft, School Data Sync, Validation rules and descriptions"
_YEAR = "Microsoft, School Data Sync, Academic year handling"
_OWN = "Cartable: not in the standard, breaks what is built upon it"

_SHARED = """
select _line, cast(earlier as varchar) as earlier
from (select _line, min(_line) over (partition by {same}) as earlier from {repeated}) as shared
where _line > earlier
"""

# Of two sessions the one that starts later is told, so that every session that shares days with
# one before it is told once, and never as many pairs as there are.
_OVERLAP = """
select _line, other
from (
    select _line, startDate,
        max(endDate) over (
            partition by type, schoolYear order by startDate, _line
            rows between unbounded preceding and 1 preceding
        ) as reach,
        arg_max(sourcedId, endDate) over (
            partition by type, schoolYear order by startDate, _line
            rows between unbounded preceding and 1 preceding
        ) as other
    from {academicSessions}
    where type is not null and schoolYear is not null and startDate <= endDate and sourcedId is not null
) as late
where startDate <= reach
"""


def _shared(column: str, same: str) -> Query:
    return Query(
        entity="users",
        field=column,
        reads={"users": (column,)},
        repeated=(same,),
        sql=_SHARED.replace("{same}", same),
        shows_value=True,
    )


RULES: tuple[Rule, ...] = (
    Rule(
        code="key.duplicate",
        severity=Severity.ERROR,
        action=Action.EXCLUDE,
        message="An earlier row, in line {first}, has the same key.",
        hint="The earlier row stays and this one is left out. Keep one row of each key.",
        source=f"{_RULES}: duplicate keys",
        details=("first",),
        cases={
            "blanked": (
                "The row in line {first} has the same key as what is left of this row's.",
                "Correct the value of the key that was left out; until then this row is left out too.",
            ),
        },
    ),
    Rule(
        code="key.damaged",
        severity=None,
        action=None,
        message="The identifier {value} has been destroyed: nobody can tell from it which record is meant.",
        hint="Put it right in the source; until then the roster keeps what it has.",
        source=f"{_RULES}: keys identify a record; what damages them: see the rules on spreadsheets",
        details=("other",),
        cases={
            "restored": (
                "The identifier {value} is damaged: rows that refer to it have {other}.",
                "Export it as {other}; until then the roster keeps what it has.",
            ),
        },
    ),
    Rule(
        code="key.spelling",
        is_by_value=True,
        severity=Severity.WARNING,
        action=Action.NONE,
        message="Nothing refers to {value}, but {count} rows refer to {other}, which is in no row.",
        hint="Correct the identifier to {other}, or those rows if they are wrong: "
        "{other} is meant in {count} rows.",
        source="Cartable: an identifier is misspelt where all others spell it otherwise",
        details=("other", "count", "character"),
        cases={
            "alike": (
                "Nothing refers to {value}, but {count} rows refer to {other}, which looks the same and is "
                "written with other characters ({character}).",
                "Type the identifier anew, as it is in those {count} rows; copying it would copy the fault.",
            ),
        },
    ),
    Rule(
        code="key.shared",
        severity=Severity.WARNING,
        action=Action.NONE,
        message="The value {value} is that of another user too, in line {earlier}.",
        hint="Give each user a name or address of their own, or accounts will be mixed up.",
        source="Microsoft, School Data Sync, Identity matching",
        details=("earlier",),
        checks=(_shared("username", "lower(username)"), _shared("email", "email")),
    ),
    Rule(
        code="key.other-source",
        severity=Severity.ERROR,
        action=Action.EXCLUDE,
        message="The source {source} has a record of this key in the roster, with other values ({fields}).",
        hint=(
            "It stays as {source} delivers it, and what refers to it means that one. If both are the same, "
            "correct the values in one of the two exports; if not, give one of them another identifier."
        ),
        source="Cartable: a record has one owner",
        details=("source", "fields"),
        cases={
            "same": (
                "The source {source} has the same record in the roster.",
                "Nothing needs to be done: what refers to it means that one.",
            ),
        },
    ),
    Rule(
        code="reference.missing",
        is_by_value=True,
        severity=None,
        action=None,
        message="The value {value} is the identifier of no row in {target}.",
        hint="Correct the identifier, or add the row that it names to {target}.",
        source=f"{_FORMAT}: references",
        details=("target", "held", "count"),
        alike={
            "elsewhere": ("file", "column", "held"),
            "many": ("target",),
            "many-unread": ("target",),
        },
        cases={
            "unread": (
                "The value {value} is the identifier of no row in {target} that could be read.",
                "Correct the rows of {target} whose identifier could not be read: this may be one of them.",
            ),
            "target": (
                "The value {value} is the identifier of no row in {target}, where it is written otherwise.",
                "Correct the identifier in {target}; this value then finds its row.",
            ),
            "elsewhere": (
                "This column holds identifiers of {held}, not of {target}: {value}. Were columns exchanged?",
                "Export the file again, with each value under the header of its column.",
            ),
            "many": (
                "{count} identifiers are in no row of {target}, {value} among them. Is the file complete?",
                "Export all files again, whole and at the same time; else correct the identifiers.",
            ),
            "many-unread": (
                "{count} identifiers are in no row of {target} that could be read, {value} among them.",
                "Correct the rows of {target} whose identifier could not be read, or export all files again.",
            ),
            "cut": (
                "The value {value} is the identifier of no row in {target}, whose end is missing.",
                "Export {target} again: the rows behind the place where it was cut off are missing.",
            ),
            "outside": (
                "The value {value} is the identifier of no row in {target}, nor of a record of the roster.",
                "Correct the identifier, or deliver the row that it names too.",
            ),
            "going": (
                "The value {value} is the identifier of a row in {target} that is to be deleted.",
                "Delete this row as well, or keep the one that it names.",
            ),
            "empty": (
                "The value {value} is the identifier of no row in {target}, which has none.",
                "Export {target} again, with its rows.",
            ),
            "list": (
                "The value {value} is the identifier of no row in {target}: it is several in one.",
                "Put commas between the identifiers, and the whole cell in quotation marks.",
            ),
        },
    ),
    Rule(
        code="reference.excluded",
        severity=None,
        action=None,
        message="The row {value} in {target}, which this one needs, was left out.",
        hint="Correct that row in {target}; this one then comes back by itself.",
        source=f"{_RULES}: dependants of an excluded record",
        details=("target",),
        cases={
            "value": (
                "The row {value} in {target}, which this value names, was left out.",
                "Correct that row in {target}; this value then comes back by itself.",
            ),
        },
    ),
    Rule(
        code="reference.wrong-kind",
        is_by_value=True,
        severity=None,
        action=None,
        message="The value {value} names a row in {target} that is not of type {kind}.",
        hint="Refer to a row of type {kind}.",
        source=f"{_FORMAT}: courses, schoolYearSourcedId",
        details=("target", "kind"),
    ),
    Rule(
        code="org.self",
        severity=Severity.WARNING,
        action=Action.BLANK,
        message="The organisation {value} names itself as its parent.",
        hint="Name the organisation above it, or leave the cell empty.",
        source=_OWN,
        checks=(Row(entity="orgs", field="parentSourcedId", condition="{parentSourcedId} = {sourcedId}"),),
    ),
    Rule(
        code="org.cycle",
        severity=Severity.WARNING,
        action=Action.BLANK,
        message="The organisation is, through its parent {value}, above itself.",
        hint="Correct one of the parents that form the circle.",
        source=_OWN,
    ),
    Rule(
        code="session.dates",
        severity=Severity.ERROR,
        action=Action.EXCLUDE,
        message="The session ends on {value}, before it starts on {start}.",
        hint="Correct startDate or endDate; until then the row is left out.",
        source=_OWN,
        details=("start",),
        checks=(
            Row(
                entity="academicSessions",
                field="endDate",
                condition="{endDate} < {startDate}",
                details={"start": "{startDate}"},
            ),
        ),
    ),
    Rule(
        code="session.school-year",
        severity=Severity.WARNING,
        action=Action.NONE,
        message="The school year {value} does not fit the end of the session, {end}.",
        hint="A school year is named by the year in which it ends; a shorter session has that year too.",
        source=f"{_YEAR}: the year is the one in which it ends",
        details=("end",),
        checks=(
            Row(
                entity="academicSessions",
                field="schoolYear",
                condition="({type} = 'schoolYear' and {schoolYear} <> left({endDate}, 4))"
                " or ({type} <> 'schoolYear' and try_cast({schoolYear} as integer)"
                " - try_cast(left({endDate}, 4) as integer) not in (0, 1))",
                details={"end": "{endDate}"},
            ),
        ),
    ),
    Rule(
        code="session.overlap",
        severity=Severity.INFO,
        action=Action.NONE,
        message="The session shares days with session {other}, of the same type and school year.",
        hint="Check the dates, unless both sessions are meant to run side by side.",
        source=_OWN,
        details=("other",),
        checks=(
            Query(
                entity="academicSessions",
                sql=_OVERLAP,
                reads={"academicSessions": ("type", "schoolYear", "startDate", "endDate")},
            ),
        ),
    ),
    Rule(
        code="check.failed",
        severity=Severity.FATAL,
        action=Action.STOP,
        message="The rule {rule} could not be run: {reason}.",
        hint="Nothing is applied. Give more memory (--memory) if it ran short; else report this fault.",
        source="Cartable: nothing unchecked is ever applied",
        details=("rule", "reason"),
    ),
)
