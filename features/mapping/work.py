"""An import under way: what each of its steps works on and tells of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from features.mapping.report import ImportReport, Places

if TYPE_CHECKING:
    import duckdb

    from features.mapping.parts import Mapping


@dataclass(frozen=True, slots=True)
class Work:
    """An import under way.

    Parameters
    ----------
    connection
        The work database.
    mapping
        The document.
    secret
        The tenant's secret, for keyed hashes.
    report
        Where rows left out and values unknown are counted.
    places
        Where row numbers are traced to files.
    """

    connection: duckdb.DuckDBPyConnection
    mapping: Mapping
    secret: bytes
    report: ImportReport = field(default_factory=ImportReport)
    places: Places = field(default_factory=Places)
