"""Looking for personal data in everything that a home holds, whatever the form of its files."""

from __future__ import annotations

import gzip
import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

from features.wire import RAW

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MERCHANTS_OWN: Final = ("demo/exports", "demo/live")
"""What the merchant hands in, in clear; everything else is the product's."""
LEAST: Final = 6
"""Characters below which a value stands in other words by chance."""


def personal_values(orders: Iterator[dict[str, Any]]) -> dict[str, str]:
    """Give what is personal in orders as they were sent, to its kind; masked is nobody's."""
    found: dict[str, str] = {}
    for order in orders:
        for place, kind, _ in RAW:
            block, name = place.split(".")
            value = (order.get(block) or {}).get(name)
            if isinstance(value, str) and len(value) >= LEAST and "*" not in value:
                found[value] = kind
    return found


def texts(home: Path) -> Iterator[tuple[str, str]]:
    """Go through the files of a home: name, and everything in it that can be read as text."""
    for path in sorted(home.rglob("*")):
        name = path.relative_to(home).as_posix()
        if path.is_file() and not name.startswith(MERCHANTS_OWN):
            yield name, text_of(path)


def text_of(path: Path) -> str:
    """Read a file as text, in the way of its kind."""
    if path.suffix == ".parquet":
        return _parquet(path)
    if path.read_bytes()[:16] == b"SQLite format 3\x00":
        return _tables(path)
    if path.suffix == ".gz":
        return gzip.decompress(path.read_bytes()).decode("utf-8", "replace")
    return path.read_bytes().decode("utf-8", "replace")


def leaks(home: Path, values: dict[str, str]) -> list[tuple[str, str]]:
    """Give each place where something personal stands: name of the file, and its kind."""
    return [
        (name, kind)
        for name, text in texts(home)
        for value, kind in values.items()
        if value in text or json.dumps(value)[1:-1] in text
    ]


def _parquet(path: Path) -> str:
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    columns = [table[name] for name in table.column_names]
    told = [_unique(column) for column in columns]
    unique = {json.dumps(value, ensure_ascii=False, default=str) for each in told for value in each}
    return "\n".join([str(table.schema.metadata), *unique])


def _unique(column: Any) -> list[Any]:
    """Give the texts of a column, each once; numbers and instants are nobody's."""
    import pyarrow as pa

    if pa.types.is_nested(column.type):
        return list(column.to_pylist())
    is_text = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
    is_coded = pa.types.is_dictionary(column.type)
    return list(column.unique().to_pylist()) if is_text or is_coded else []


def _tables(path: Path) -> str:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        names = [row[0] for row in database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'")]  # fmt: skip
        rows = [str(row) for name in names for row in database.execute(f'SELECT * FROM "{name}"')]
    return "\n".join(rows)
