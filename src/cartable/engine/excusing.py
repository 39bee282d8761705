"""Lets classes that seem to lack people follow from what lost their enrollments.

Nobody need enrol a teacher where the enrollments were cut off, cannot be read, or name the class by an
identifier that is misspelt.
"""

from collections.abc import Mapping

from cartable.engine import linking
from cartable.engine.subjects import Subject, guarded
from cartable.engine.workspace import Workspace, literal, quoted
from cartable.model.entities import BY_NAME
from cartable.rules.catalogue import RULES

Subjects = Mapping[str, Subject]

_CLASSES, _ENROLLMENTS = BY_NAME["classes"], BY_NAME["enrollments"]
# Of enrollments, the field that names the class.
(_FIELD,) = (
    field for field in _ENROLLMENTS.references if field.reference and field.reference.entity == _CLASSES.name
)
_LACKING = ", ".join(literal(RULES[code].code) for code in ("class.owner", "class.students"))
_STOPPED = ", ".join(literal(RULES[code].code) for code in ("file.header-only", "file.cut"))

# Enrollments that lead to no class.
_ASTRAY = (
    f"finding.code = 'reference.missing' and finding.entity = {literal(_ENROLLMENTS.name)} "
    f"and finding.field = {literal(_FIELD.name)}"
)
# Those that lost their class together: a column, or a file, is wrong.
_ALIKE = ", ".join(map(literal, RULES["reference.missing"].alike))
_ASTRAY_ALIKE = (
    f"(select line from finding where {_ASTRAY} "
    f"and (damage_field = field or json_extract_string(detail, '$.case') in ({_ALIKE})))"
)
_IS_LACKING = f"finding.code in ({_LACKING}) and finding.cause_line is null and finding.damage is null"
# What a finding gets that follows from an enrollment; its line comes behind.
_LED = f"cause_entity = {literal(_ENROLLMENTS.name)}, cause_line ="


def excuse(workspace: Workspace, subjects: Subjects) -> None:
    """Give findings on classes that lack people the finding that explains it, where there is one."""
    classes, enrollments = subjects[_CLASSES.name], subjects[_ENROLLMENTS.name]
    if not workspace.execute(f"select 1 from finding where code in ({_LACKING}) limit 1"):
        return
    with guarded(classes, "class"):
        stopped = workspace.execute(
            f"select code from finding where entity = {literal(_ENROLLMENTS.name)} and code in ({_STOPPED})"
        )
        if stopped:
            workspace.execute(
                f"update finding set damage = {literal(stopped[0][0])}, "
                f"damage_entity = {literal(_ENROLLMENTS.name)} where code in ({_LACKING})"
            )
            return
        _follow_misspelt_keys(workspace)
        _follow_rows_that_mean_them(workspace, classes)
        _follow_first(workspace, _ASTRAY_ALIKE)
        if enrollments.rows or enrollments.pulled:
            _follow_first(workspace, linking.unread_rows(enrollments))


def _follow_misspelt_keys(workspace: Workspace) -> None:
    """The class itself is misspelt: all who are enrolled in it spell it otherwise."""
    misspelt = literal(RULES["key.spelling"].code)
    entity, key = literal(_CLASSES.name), literal(_CLASSES.key[0])
    workspace.execute(
        f"""update finding set damage = {misspelt}, damage_entity = {entity}, damage_field = {key},
            damage_line = finding.line
        where {_IS_LACKING} and finding.line in (
            select line from finding where code = {misspelt} and entity = {entity})"""
    )


def _follow_rows_that_mean_them(workspace: Workspace, classes: Subject) -> None:
    """A class is meant by the enrollments that spell its identifier otherwise."""
    key = quoted(_CLASSES.key[0])
    workspace.execute(
        f"""update finding set {_LED} meant.enrolled
        from (
            select class, min(enrolled) as enrolled from (
                select one._line as class, finding.line as enrolled
                from {classes.table("canonical")} as one
                join finding on one.{key} = json_extract_string(finding.detail, '$.closest')
                where {_ASTRAY}
                union all
                select one._line, damaged.line from {classes.table("canonical")} as one
                join damaged on damaged.meant = one.{key}
                where damaged.entity = {literal(_ENROLLMENTS.name)} and damaged.field = {literal(_FIELD.name)}
            ) group by class
        ) as meant
        where {_IS_LACKING} and finding.line = meant.class"""
    )


def _follow_first(workspace: Workspace, lines: str) -> None:
    """Classes that lack people, no more than so many lines of enrollments, follow from the first of these.

    Args:
        lines: SQL in brackets: a select of line, all of rows that are left out.
    """
    workspace.execute(
        f"""update finding set {_LED} lost.first
        from (select min(line) as first, count(distinct line) as rows from {lines}) as lost
        where {_IS_LACKING} and lost.rows >= (select count(distinct line) from finding where {_IS_LACKING})"""
    )
