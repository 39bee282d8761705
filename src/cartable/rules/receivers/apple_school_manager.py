"""What Apple School Manager takes by upload: six files about students, staff and classes."""

from cartable.model.findings import Action, Severity
from cartable.model.receivers import APPLE_SCHOOL_MANAGER
from cartable.rules.checks import Query
from cartable.rules.receivers.queries import HAS_ROLE, each, once, sound
from cartable.rules.rule import Rule

_FOR = (APPLE_SCHOOL_MANAGER.name,)
_UPLOAD = f"{APPLE_SCHOOL_MANAGER.source}: upload by SFTP"
_QUOTED = r"'\A.*[\x{2018}\x{2019}\x{201C}\x{201D}].*\z'"


def _missing(entity: str) -> Query:
    return Query(
        entity=entity,
        receivers=_FOR,
        sql=f"select cast(null as bigint) as _line where not exists (select 1 from {{accepted.{entity}}})",
    )


RULES: tuple[Rule, ...] = (
    Rule(
        code="apple-school-manager.quotes",
        severity=Severity.WARNING,
        action=Action.NONE,
        message="The value {value} has a curly quotation mark or apostrophe, which fails the upload.",
        hint="Write a straight one: ' or \".",
        source=_UPLOAD,
        checks=tuple(
            each("users", name, f"regexp_matches({name}, {_QUOTED}) and {HAS_ROLE}", _FOR)
            for name in ("username", "givenName", "familyName")
        ),
    ),
    Rule(
        code="apple-school-manager.blank",
        severity=Severity.INFO,
        action=Action.NONE,
        message="Students or staff have no value here, and the upload fails if their Apple accounts are "
        "named after it. Users: {count}.",
        hint="Fill in the column, or see that the pattern of the account names does without it.",
        source=_UPLOAD,
        details=("count",),
        checks=tuple(
            once("users", name, f"{name} is null and {sound(name)} and {HAS_ROLE}", _FOR, shows_value=False)
            for name in ("givenName", "familyName", "email")
        ),
    ),
    Rule(
        code="apple-school-manager.files",
        severity=Severity.INFO,
        action=Action.NONE,
        message="Apple School Manager takes six files every time, and there are no rows to make one of "
        "them from.",
        hint="Deliver the file. Whether the upload does with a file without rows is not documented.",
        source=_UPLOAD,
        checks=(_missing("courses"), _missing("classes"), _missing("enrollments")),
    ),
    Rule(
        code="apple-school-manager.person-id",
        severity=Severity.INFO,
        action=Action.NONE,
        message="A person_id that Apple School Manager already knows overwrites the person who has it, whom "
        "uploads alone can edit from then on. Users with a role: {count}.",
        hint="Give nobody the id of somebody else, even of one who has left.",
        source=_UPLOAD,
        details=("count",),
        checks=(once("users", "sourcedId", HAS_ROLE, _FOR, shows_value=False),),
    ),
    Rule(
        code="apple-school-manager.no-place",
        severity=Severity.INFO,
        action=Action.NONE,
        message="Apple School Manager's six files have no place for these rows. Rows: {count}.",
        hint="Nothing needs to be done: they are not handed on.",
        source=f"{_UPLOAD}: students, staff, courses, classes, rosters, locations",
        details=("count",),
        checks=tuple(
            once(entity, "", "true", _FOR, shows_value=False)
            for entity in ("relationships", "demographics", "userFlags")
        ),
    ),
)
