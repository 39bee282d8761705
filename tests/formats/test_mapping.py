"""The mapping between the roster, SDS and OneRoster has a line for everything, and names what there is."""

from pathlib import Path

import pytest

from cartable.formats.mapping import FLAGS_COLUMN, INVENTIONS, LINES, REASONS, written
from cartable.formats.oneroster import BY_VERSION
from cartable.formats.sds import SDS_V2_1
from cartable.model.entities import ENTITIES
from cartable.model.exports import Fate
from cartable.model.spellings import VERSIONS

PAGE = Path(__file__).parents[2] / "docs" / "mapping.md"
FIELDS = [(entity.name, field.name) for entity in ENTITIES for field in entity.fields]


def test_every_field_of_every_entity_has_one_line() -> None:
    assert [(line.entity, line.field) for line in LINES] == FIELDS


def test_the_page_of_docs_names_every_field_of_every_entity() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    for entity, field in FIELDS:
        assert sum(line.startswith(f"| `{entity}.{field}` |") for line in lines) == 1, (entity, field)


def test_columns_of_sds_are_those_of_the_format() -> None:
    for line in LINES:
        names = [column.name for column in SDS_V2_1.file_of(line.entity).columns]
        assert line.sds in names, (line.entity, line.field)


@pytest.mark.parametrize("version", VERSIONS)
def test_columns_of_oneroster_are_those_of_the_format(version: str) -> None:
    for file, columns in written(version).items():
        assert set(columns) - {FLAGS_COLUMN} <= set(BY_VERSION[version].file_of(file).headers), file


@pytest.mark.parametrize("version", VERSIONS)
def test_every_field_has_a_place_or_is_said_to_have_none(version: str) -> None:
    for line in LINES:
        assert (version in line.places) != ("no-place" in line.losses[version]), (line.entity, line.field)


def test_every_reason_is_used_for_what_it_says() -> None:
    lost = {reason for line in LINES for reasons in line.losses.values() for reason in reasons}
    made = {made.reason for made in INVENTIONS}
    assert {REASONS[reason].fate for reason in lost} == {Fate.LOST}
    assert {REASONS[reason].fate for reason in made} == {Fate.MADE_UP}
    assert lost | made | {"withheld"} == set(REASONS)
