"""Every format that a delivery may have, by its code."""

from collections.abc import Mapping
from dataclasses import replace

from cartable.formats.format import Column, File, Format, Need
from cartable.formats.oneroster import MANIFEST, MANIFEST_HEADERS, ONEROSTER_1_1, ONEROSTER_1_2
from cartable.formats.sds import SDS_V2_1
from cartable.model.entities import Entity, Field
from cartable.model.types import FieldType

_NAME, _VALUE = MANIFEST_HEADERS

MANIFESTS = Entity(
    MANIFEST.removesuffix(".csv"),
    (_NAME,),
    (Field(_NAME, FieldType.STRING), Field(_VALUE, FieldType.STRING, prose=True)),
)
"""The rows of a OneRoster package's manifest, which are read like those of its other files."""

_MANIFEST_FILE = File(
    MANIFESTS.name,
    (Column(_NAME, Need.REQUIRED), Column(_VALUE, Need.OPTIONAL)),
    shape=MANIFESTS,
)


def _package(layout: Format) -> Format:
    return replace(layout, files=(_MANIFEST_FILE, *layout.files), entities=(MANIFESTS, *layout.entities))


LAYOUTS: Mapping[str, Format] = {
    layout.code: layout for layout in (SDS_V2_1, _package(ONEROSTER_1_1), _package(ONEROSTER_1_2))
}


def layout_of(code: str) -> Format:
    """The format of that code; the one that is expected where nothing is known of it."""
    return LAYOUTS.get(code, SDS_V2_1)
