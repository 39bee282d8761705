"""Every rule's SQL is DuckDB's and can be said in Spark's dialect with the functions both share."""

from collections.abc import Iterator

import pytest
import sqlglot
from sqlglot import exp

from cartable.engine import spelling
from cartable.formats.layouts import LAYOUTS
from cartable.model.entities import ENTITIES
from cartable.model.options import CheckOptions
from cartable.rules.catalogue import RULES
from cartable.rules.checks import Cell, Damage, Query, Row

# What both engines have, and mean alike for what the rules do with it.
SHARED: dict[type[exp.Expression], str] = {
    exp.RegexpLike: "RE2 and Java agree on ASCII expressions without lookaround and back-references",
    exp.TryCast: "NULL where a text is no such value; the expression before it settled the form",
    exp.Cast: "to text, to NULL of a type, and of whole numbers and ISO 8601 dates",
    exp.Lower: "ASCII codes and identifiers alone are lowered",
    exp.Left: "counts characters in both",
    exp.Right: "counts characters in both",
    exp.RegexpReplace: "all matches, with a plain text; the expressions as in RegexpLike",
    exp.Translate: "character by character in both; what has no counterpart is dropped",
    exp.Case: "standard SQL",
    exp.If: "a branch of CASE",
    exp.Coalesce: "standard SQL",
    exp.Count: "standard SQL",
    exp.Sum: "standard SQL, of integers",
    exp.Min: "standard SQL",
    exp.Max: "standard SQL",
    exp.ArgMax: "max_by in Spark",
    exp.ConcatWs: "skips NULLs in both",
    exp.ArrayContains: "array_contains in Spark; NULL for a NULL array in both",
    exp.Explode: "unnest of an array in the SELECT list; explode in Spark",
    exp.Unnest: "the same",
    exp.Exists: "standard SQL",
    exp.And: "standard SQL",
    exp.Or: "standard SQL",
    exp.Map: "map_from_arrays in Spark",
    exp.Array: "the two arrays of a map",
}

# The roster's entities and the rows of the files of every format.
EVERYTHING = [entity for layout in LAYOUTS.values() for entity in layout.entities]


def statements() -> Iterator[tuple[str, str]]:
    """(code, a whole statement) for each check of each rule."""
    for rule in RULES.values():
        for n, check in enumerate(rule.checks):
            label = f"{rule.code}-{n}"
            if isinstance(check, Query):
                names = {entity.name: f"seen_{entity.name}" for entity in ENTITIES}
                names |= {f"pulled.{entity.name}": f"pulled_{entity.name}" for entity in ENTITIES}
                names |= {f"accepted.{entity.name}": f"accepted_{entity.name}" for entity in ENTITIES}
                names |= {"repeated": "repeated", "receiver": "'one receiver'"}
                yield label, spelling.filled(check.sql, names)
                yield from ((label, f"select {value} from repeated") for value in check.repeated)
            elif isinstance(check, Row):
                texts = ", ".join([check.condition, *check.details.values()])
                names = {field.name: field.name for entity in EVERYTHING for field in entity.fields}
                yield label, f"select {spelling.filled(texts, names)} from one"
            elif isinstance(check, Damage):
                for sql in (check.condition, *check.restores):
                    yield label, f"select {spelling.filled(sql, {'value': 'value'})} from one"
            else:
                yield from ((label, f"select 1 from one where {sql}") for sql in _cells(check))


def _cells(check: Cell) -> Iterator[str]:
    for entity in EVERYTHING:
        for field in entity.fields:
            if not check.types or field.type in check.types:
                yield spelling.cell_condition(check, field, CheckOptions(), "value")


STATEMENTS = sorted(set(statements()))


def test_every_kind_of_check_is_among_them() -> None:
    assert len({label for label, _ in STATEMENTS}) >= 20


@pytest.mark.parametrize(("label", "sql"), STATEMENTS, ids=[f"{n}-{s[0]}" for n, s in enumerate(STATEMENTS)])
def test_rule_uses_only_functions_that_both_engines_share(label: str, sql: str) -> None:
    tree = sqlglot.parse_one(sql, read="duckdb")
    used = {type(node) for node in tree.find_all(exp.Func)}
    assert used <= set(SHARED), {kind.__name__ for kind in used - set(SHARED)}


@pytest.mark.parametrize(("label", "sql"), STATEMENTS, ids=[f"{n}-{s[0]}" for n, s in enumerate(STATEMENTS)])
def test_rule_can_be_said_in_spark(label: str, sql: str) -> None:
    spark = sqlglot.transpile(sql, read="duckdb", write="spark", unsupported_level=sqlglot.ErrorLevel.RAISE)
    assert len(spark) == 1
    assert sqlglot.parse_one(spark[0], read="spark") is not None


@pytest.mark.parametrize(("label", "sql"), STATEMENTS, ids=[f"{n}-{s[0]}" for n, s in enumerate(STATEMENTS)])
def test_regular_expressions_are_those_that_both_engines_read_alike(label: str, sql: str) -> None:
    for node in sqlglot.parse_one(sql, read="duckdb").find_all(exp.RegexpLike):
        pattern = node.expression.name
        assert pattern.isascii()
        assert pattern.startswith(r"\A")
        assert pattern.endswith(r"\z")
        assert "(?=" not in pattern
        assert "(?!" not in pattern
        assert "(?<" not in pattern
        assert "(?i" not in pattern
        assert not any(rf"\{digit}" in pattern for digit in range(1, 10))
