"""Reference tables as plain values, which every start of a service reads.

An import leaves them beside its Parquet files, so that a service that only decides loads neither
Arrow nor a query engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from features.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from features.history import History
    from features.order import Row

REFERENCE: Final = ("warehouses", "outlets", "catalog", "stock", "alerts")
"""Tables that are read whole at a start."""

_COUNTED: Final = "stock"
"""The one of them that grows; only the newest count of each warehouse and SKU matters."""

_BATCH: Final = 1_000
"""Rows that are plain values at a time."""


def reference_rows(history: History, table: str) -> list[Row]:
    """Read a reference table: instants as microseconds, None where missing.

    Parameters
    ----------
    history
        Any history; what it lacks has no rows.
    table
        One of `REFERENCE`; of stock the newest count of each warehouse and SKU is given.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import pyarrow as pa
    >>> from features.history import History, HistoryProfile
    >>> from features.history_writing import write_history
    >>> rows = pa.table({"warehouse": ["JX"], "cutoff_min": [720]})
    >>> with TemporaryDirectory() as home:
    ...     _ = write_history(Path(home) / "history", {"warehouses": rows}, HistoryProfile())
    ...     history = History(Path(home) / "history")
    ...     (one,), none = reference_rows(history, "warehouses"), reference_rows(history, "stock")
    >>> one["warehouse"], one["cutoff_min"], one["lat"], none
    ('JX', 720, None, [])
    """
    try:
        found: list[Row] = msgspec.msgpack.decode(_copy(history, table).read_bytes())
    except (OSError, msgspec.DecodeError):  # none was left, or it is damaged
        return _rows(history, table)
    return found


def leave_copies(history: History) -> None:
    """Write the reference tables of a history that is being built beside its files."""
    for table in REFERENCE:
        _copy(history, table).write_bytes(msgspec.msgpack.encode(_rows(history, table)))


def _copy(history: History, table: str) -> Path:
    return history.folder / f"{table}.msgpack"


def _rows(history: History, table: str) -> list[Row]:
    """Read a reference table from its Parquet files."""
    if table != _COUNTED:
        return list(_plain(history, table))
    newest: dict[tuple[str, str], Row] = {}
    for row in _plain(history, table):
        place = row["warehouse"], row["sku"]
        if place not in newest or newest[place]["at"] <= row["at"]:
            newest[place] = row
    return list(newest.values())


def _plain(history: History, table: str) -> Iterator[Row]:
    import pyarrow as pa

    found = history.rows(table, [column.name for column in TABLES[table].columns])
    for place, each in enumerate(found.schema):
        if pa.types.is_timestamp(each.type):
            found = found.set_column(place, each.name, found[place].cast(pa.int64()))
    for batch in found.to_batches(max_chunksize=_BATCH):
        for row in batch.to_pylist():
            yield {name: None if value != value else value for name, value in row.items()}
