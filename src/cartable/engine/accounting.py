"""Counts what an export could not carry, what it withheld and what was made up, field by field."""

from collections.abc import Collection, Iterator, Mapping

from cartable.engine.translating import IS_LISTED, elements, role
from cartable.engine.workspace import Workspace, literal, quoted
from cartable.formats.mapping import INVENTIONS, LINES, REASONS
from cartable.model import spellings, synthesis
from cartable.model.exports import Difference, Fate
from cartable.model.groups import Group, group_of
from cartable.model.vocabularies import ETHNICITIES, RACES, Vocabulary

_WITHHELD = "withheld"
_NO_PLACE = "no-place"


def differences(
    workspace: Workspace, version: str | None, groups: Collection[Group]
) -> tuple[Difference, ...]:
    """What is not the same in the roster and in the export that `translating` or `exporting` made.

    Args:
        version: of OneRoster; None for SDS v2.1.
        groups: what went out though it is sensitive.
    """
    found = [*_withheld(workspace, groups)]
    if version:
        found += [*_lost(workspace, version, groups), *_made_up(workspace, version)]
    return tuple(one for one in found if one.count)


def _count(workspace: Workspace, sql: str) -> int:
    ((count,),) = workspace.execute(f"select count(*) from {sql}")
    return int(count)


def _goes(entity: str, field: str, groups: Collection[Group]) -> bool:
    group = group_of(entity, field)
    return group is None or group in groups


def _filled(entity: str, field: str) -> str:
    return f"{quoted('roster_' + entity)} where coalesce({quoted(field)}, '') <> ''"


def _withheld(workspace: Workspace, groups: Collection[Group]) -> Iterator[Difference]:
    for line in LINES:
        if not _goes(line.entity, line.field, groups):
            count = _count(workspace, _filled(line.entity, line.field))
            yield Difference(Fate.WITHHELD, _WITHHELD, f"{line.entity}.csv", line.field, count)


def _lost(workspace: Workspace, version: str, groups: Collection[Group]) -> Iterator[Difference]:
    special = _losses(version)
    for line in LINES:
        if not _goes(line.entity, line.field, groups):
            continue
        for reason in line.losses[version]:
            sql = (
                _filled(line.entity, line.field)
                if reason == _NO_PLACE
                else special[line.entity, line.field, reason]
            )
            field = "" if reason == "nobody" else line.field
            yield Difference(Fate.LOST, reason, f"{line.entity}.csv", field, _count(workspace, sql))


def _made_up(workspace: Workspace, version: str) -> Iterator[Difference]:
    counted = _inventions()
    for made in INVENTIONS:
        if version in made.versions:
            count = _count(workspace, counted[made.file, made.column, made.reason])
            yield Difference(REASONS[made.reason].fate, made.reason, f"{made.file}.csv", made.column, count)


_KNOWN = "(select sourcedId from person)"


def _losses(version: str) -> Mapping[tuple[str, str, str], str]:
    """By entity, field and reason: what is counted, a table and the condition that its rows fulfil."""
    own = spellings.ROLES.losing("role", version)
    several = (
        "(select relationshipUserSourcedId from roster_relationships "
        "group by relationshipUserSourcedId having min(relationshipRole) <> max(relationshipRole))"
    )
    both = f"userSourcedId not in {_KNOWN} or relationshipUserSourcedId not in {_KNOWN}"
    return {
        ("orgs", "type", "code"): f"roster_orgs where {spellings.ORG_TYPES.losing('type', version)}",
        (
            "academicSessions",
            "type",
            "code",
        ): f"roster_academicSessions where {spellings.SESSION_TYPES.losing('type', version)}",
        ("users", "sourcedId", "nobody"): f"roster_users where sourcedId not in {_KNOWN}",
        ("roles", "role", "code"): f"roster_roles where {own}",
        ("roles", "role", "one-role"): _other_roles(version),
        (
            "roles",
            "isPrimary",
            "not-primary",
        ): "appointment where (isPrimary = 'true') <> (in_org = 1)",
        (
            "enrollments",
            "role",
            "code",
        ): f"roster_enrollments where {spellings.ENROLLMENT_ROLES.losing('role', version)}",
        ("roles", "orgSourcedId", "comma"): _unlisted("roles", "orgSourcedId"),
        ("relationships", "userSourcedId", "comma"): _unlisted("relationships", "userSourcedId"),
        ("relationships", "relationshipUserSourcedId", "comma"): _unlisted(
            "relationships", "relationshipUserSourcedId"
        ),
        ("relationships", "userSourcedId", "nobody"): f"roster_relationships where {both}",
        (
            "relationships",
            "relationshipRole",
            "code",
        ): f"roster_relationships where {spellings.CONTACT_ROLES.losing('relationshipRole', version)}",
        ("relationships", "relationshipRole", "one-role"): _other_relationships(version),
        (
            "relationships",
            "relationshipRole",
            "one-relationship",
        ): f"roster_relationships where relationshipUserSourcedId in {several}",
        (
            "demographics",
            "userSourcedId",
            "nobody",
        ): f"roster_demographics where userSourcedId not in {_KNOWN}",
        (
            "demographics",
            "sex",
            "no-code",
        ): f"roster_demographics where {spellings.SEXES.losing('sex', version)}",
        ("demographics", "ethnicityCodes", "own-codes"): _own_codes("ethnicityCodes", ETHNICITIES),
        ("demographics", "raceCodes", "own-codes"): _own_codes("raceCodes", RACES),
        ("userFlags", "userSourcedId", "nobody"): f"roster_userFlags where userSourcedId not in {_KNOWN}",
    }


def _unlisted(entity: str, field: str) -> str:
    return f"{quoted('roster_' + entity)} where not ({IS_LISTED.format(quoted(field))})"


def _roles(version: str) -> str:
    """A query: each appointment with its role as the version spells it."""
    orgs = "roster_orgs o on o.sourcedId = a.orgSourcedId"
    return f"(select a.*, {role(version)} as told from appointment a join {orgs})"


def _other_roles(version: str) -> str:
    first = f"(select userSourcedId, told from {_roles(version)} where in_all = 1)"
    return (
        f"{_roles(version)} a join {first} f on f.userSourcedId = a.userSourcedId "
        f"where a.origin = '{synthesis.OWN_ROLE}' and a.told <> f.told"
    )


def _other_relationships(version: str) -> str:
    first = f"(select userSourcedId, origin, told from {_roles(version)} where in_all = 1)"
    told = spellings.CONTACT_ROLES.sql("r.relationshipRole", version)
    return (
        f"roster_relationships r join {first} f on f.userSourcedId = r.relationshipUserSourcedId "
        f"where f.origin <> '{synthesis.CONTACT_ROLE}' or f.told <> {told}"
    )


def _own_codes(field: str, vocabulary: Vocabulary) -> str:
    known = ", ".join(literal(code.value) for code in vocabulary.codes)
    return f"(select unnest({elements(field)}) as code from roster_demographics) where code not in ({known})"


def _inventions() -> Mapping[tuple[str, str, str], str]:
    """By file, column and reason: what is counted, a table and the condition that its rows fulfil."""
    first = "appointment where in_all = 1 and origin = '{}'".format
    each = "appointment where origin = '{}'".format
    known = f"roster_users where sourcedId in {_KNOWN} and"
    return {
        ("orgs", "identifier", "identifier"): "roster_orgs",
        ("academicSessions", "", "school-year"): "made_year",
        ("academicSessions", "parentSourcedId", "parent"): "parent",
        ("courses", "", "course"): "roster_classes where courseSourcedId is null",
        ("courses", "courseCode", "course-code"): (
            "(select code from roster_courses "
            "union all select code from roster_classes where courseSourcedId is null) where code is null"
        ),
        ("courses", "subjects", "subject"): "roster_courses where subject is not null",
        ("classes", "courseSourcedId", "course"): "roster_classes where courseSourcedId is null",
        ("classes", "classType", "class-type"): "roster_classes",
        ("classes", "termSourcedIds", "school-year"): "roster_classes where sessionSourcedIds is null",
        ("users", "enabledUser", "enabled"): "person",
        ("users", "role", "contact"): first(synthesis.CONTACT_ROLE),
        ("users", "role", "member"): first(synthesis.CLASS_ROLE),
        ("users", "givenName", "nameless"): f"{known} givenName is null",
        ("users", "familyName", "nameless"): f"{known} familyName is null",
        ("users", "identifier", "identifier"): f"{known} userNumber is null",
        ("users", "primaryOrgSourcedId", "primary-org"): "person",
        ("roles", "", "contact"): each(synthesis.CONTACT_ROLE),
        ("roles", "", "member"): each(synthesis.CLASS_ROLE),
        ("roles", "sourcedId", "digest"): "appointment",
        ("roles", "roleType", "primary-role"): "appointment where isPrimary is null",
        ("enrollments", "sourcedId", "digest"): "roster_enrollments",
        ("enrollments", "schoolSourcedId", "school"): "roster_enrollments",
        ("enrollments", "primary", "first-teacher"): '"out_enrollments" where "primary" is not null',
    }
