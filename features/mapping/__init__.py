"""Mapping documents: a merchant's files → canonical tables. Knows no merchant by name."""

from features.mapping.document import read_mapping, read_mapping_text
from features.mapping.parts import Mapping
from features.mapping.report import Cause, ImportReport
from features.mapping.run import Imported, run_mapping

__all__ = [
    "Cause",
    "ImportReport",
    "Imported",
    "Mapping",
    "read_mapping",
    "read_mapping_text",
    "run_mapping",
]
