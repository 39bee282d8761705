"""Every kind of fault by its name."""

from collections.abc import Mapping
from types import MappingProxyType

from cartable.generating.cell_faults import CELL_FAULTS
from cartable.generating.class_faults import CLASS_FAULTS
from cartable.generating.fault import Fault
from cartable.generating.file_faults import COLUMN_FAULTS, FILE_FAULTS
from cartable.generating.link_faults import LINK_FAULTS
from cartable.generating.receiver_faults import RECEIVER_FAULTS
from cartable.generating.row_faults import ROW_FAULTS
from cartable.generating.sheet_faults import SHEET_FAULTS

KINDS: Mapping[str, Fault] = MappingProxyType(
    {
        fault.name: fault
        for faults in (
            FILE_FAULTS,
            COLUMN_FAULTS,
            ROW_FAULTS,
            CELL_FAULTS,
            SHEET_FAULTS,
            LINK_FAULTS,
            CLASS_FAULTS,
            RECEIVER_FAULTS,
        )
        for fault in faults
    }
)
