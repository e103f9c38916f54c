"""Rows imported now over rows imported before: one sorted stream of Parquet files by month."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.errors import SchemaError
from features.queries import first_row
from features.schema import ORDERS, TABLES, arrow_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import duckdb

    from features.schema import Table

ROW_GROUP: Final = 131_072
BATCH: Final = 65_536
NO_MONTH: Final = "unknown"
_SQL_TYPES: Final = {
    "string": "VARCHAR",
    "int": "BIGINT",
    "instant": "TIMESTAMPTZ",
    "date": "DATE",
}

Rows: TypeAlias = pa.Table | pa.RecordBatchReader


def stage(connection: duckdb.DuckDBPyConnection, name: str, rows: Rows) -> None:
    """Put new rows into ``new_<table>``, refusing columns that the schema does not know.

    Parameters
    ----------
    connection
        Where to make it.
    name
        The canonical table.
    rows
        Its new rows; optional columns may lack.

    Raises
    ------
    SchemaError
        When a column is neither canonical nor open, or a required one is missing.

    Examples
    --------
    >>> import duckdb
    >>> with duckdb.connect() as connection:
    ...     stage(connection, "catalog", pa.table({"sku": ["TEE"]}))
    ...     connection.sql("SELECT sku FROM new_catalog").fetchall()
    ...     stage(connection, "catalog", pa.table({"colour": ["red"]}))
    Traceback (most recent call last):
    ...
    features.errors.SchemaError: table catalog has no column 'colour'
    """
    spec = TABLES[name]
    for column in rows.schema.names:
        if not spec.accepts(column):
            raise SchemaError(f"table {name} has no column {column!r}")
    for column in spec.columns:
        if column.required and column.name not in rows.schema.names:
            raise SchemaError(f"table {name} needs column {column.name!r}")
    connection.register("incoming", rows)
    lacking = _lacking(spec, rows.schema.names)
    connection.execute(f"CREATE TABLE new_{name} AS SELECT *{lacking} FROM incoming")
    connection.unregister("incoming")


def sorting(spec: Table) -> tuple[str, ...]:
    """Give the columns that the rows of a table are sorted by within a month.

    Examples
    --------
    >>> sorting(TABLES["shipments"]), sorting(TABLES["catalog"])
    (('shipped_at', 'shipment_id'), ('sku',))
    """
    return (spec.month_of, *spec.key) if spec.month_of else spec.key


def _lacking(spec: Table, present: Sequence[str]) -> str:
    """Write the sorting columns that some rows lack as missing values."""
    return "".join(
        f', CAST(NULL AS {_SQL_TYPES[spec[name].type]}) AS "{name}"'
        for name in sorting(spec)
        if name not in present
    )


def merge(
    connection: duckdb.DuckDBPyConnection, name: str, old: Path | None, source: str | None
) -> str:
    """Write the query of a table's rows after the import.

    Parameters
    ----------
    connection
        Database with the staged tables.
    name
        Canonical table; ``new_<table>`` holds its new rows.
    old
        Folder of the table in the current generation, or None.
    source
        Name of the mapping; outcomes that it reported earlier give way to what it reports now.
        None when what it does not report again stays.

    Returns
    -------
    str
        SQL of all rows: the new ones, and the old ones they do not replace.
    """
    new = f"SELECT * FROM new_{name}"
    if old is None:
        return new
    glob = (old / "**" / "*.parquet").as_posix().replace("'", "''")
    files = f"read_parquet('{glob}', union_by_name = true, hive_partitioning = false)"
    described = connection.execute(f"DESCRIBE SELECT * FROM {files}").fetchall()
    present = [row[0] for row in described]
    lacking = _lacking(TABLES[name], present)
    gone = [_same("new_" + name, TABLES[name].key)]
    if name == "order_lines":
        gone = [
            _same(f"new_{table}", ("order_key",)) for table in _staged(connection, "orders", name)
        ]
    elif (
        name == "outcomes"
        and source is not None
        and "source" in present
        and _staged(connection, "orders")
    ):
        reported = source.replace("'", "''")
        gone.append(f"(old.source = '{reported}' AND {_same('new_orders', ('order_key',))})")
    return (
        f"{new} UNION ALL BY NAME SELECT * FROM (SELECT *{lacking} FROM {files}) AS old "
        f"WHERE NOT ({' OR '.join(f'coalesce({condition}, false)' for condition in gone)})"
    )


def _same(table: str, key: tuple[str, ...]) -> str:
    """Write the condition that an old row has its key in a table; parts of a key may be missing."""
    equal = " AND ".join(f'n."{name}" IS NOT DISTINCT FROM old."{name}"' for name in key)
    return f"EXISTS (SELECT 1 FROM {table} AS n WHERE {equal})"


def _staged(connection: duckdb.DuckDBPyConnection, *tables: str) -> list[str]:
    """Give those of some tables that have new rows."""
    rows = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
    return [table for table in tables if (f"new_{table}",) in rows]


def write(
    connection: duckdb.DuckDBPyConnection, name: str, query: str, folder: Path
) -> tuple[int, list[str]]:
    """Write a table sorted by month and key, the same rows always to the same bytes.

    Parameters
    ----------
    connection
        Database in which the query runs.
    name
        Canonical table.
    query
        SQL of its rows.
    folder
        Folder of the table in the new generation.

    Returns
    -------
    tuple
        Number of rows, and the columns that carry any value.
    """
    spec = TABLES[name]
    connection.execute(f"CREATE OR REPLACE VIEW merged AS {query}")
    columns = [row[0] for row in connection.execute("DESCRIBE merged").fetchall()]
    counts = ", ".join(f'count("{column}")' for column in columns)
    row = first_row(connection, f"SELECT count(*), {counts} FROM merged")
    total, filled = row[0], [c for c, n in zip(columns, row[1:], strict=True) if n]
    schema = _schema(connection, spec, filled)
    month = f"coalesce(strftime({spec.month_of}, '%Y-%m'), '{NO_MONTH}')" if spec.month_of else "''"
    order = ", ".join(["month", *(f'"{column}"' for column in sorting(spec))])
    picked = ", ".join(f'"{column}"' for column in schema.names)
    reader = connection.sql(
        f"SELECT {month} AS month, {picked} FROM merged ORDER BY {order}"
    ).to_arrow_reader(BATCH)
    _write_months(reader, schema, folder)
    connection.execute("DROP VIEW merged")
    return total, filled


def _schema(connection: duckdb.DuckDBPyConnection, spec: Table, filled: list[str]) -> pa.Schema:
    kinds = {"DOUBLE": "float", "BOOLEAN": "bool", "VARCHAR": "string", "BIGINT": "int"}
    types = {row[0]: row[1] for row in connection.execute("DESCRIBE merged").fetchall()}
    extra = {column: kinds[types[column]] for column in filled if column not in spec}
    whole = arrow_schema(spec, extra)
    return pa.schema([field for field in whole if field.name in filled])


def _write_months(reader: pa.RecordBatchReader, schema: pa.Schema, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    writer: pq.ParquetWriter | None = None
    current: str | None = None
    waiting: list[pa.Table] = []
    for month, part in _by_month(reader):
        if month != current:
            _close(writer, waiting)
            current, waiting = month, []
            place = folder / f"month={month}" if month else folder
            place.mkdir(exist_ok=True)
            writer = pq.ParquetWriter(place / "part-0.parquet", schema, compression="zstd")
        waiting.append(part.cast(schema))
        if writer is not None and sum(item.num_rows for item in waiting) >= ROW_GROUP:
            whole = pa.concat_tables(waiting)
            writer.write_table(whole.slice(0, ROW_GROUP), row_group_size=ROW_GROUP)
            waiting = [whole.slice(ROW_GROUP)]
    _close(writer, waiting)


def _close(writer: pq.ParquetWriter | None, waiting: list[pa.Table]) -> None:
    if writer is not None:
        if waiting:
            writer.write_table(pa.concat_tables(waiting), row_group_size=ROW_GROUP)
        writer.close()


def _by_month(reader: pa.RecordBatchReader) -> Iterator[tuple[str, pa.Table]]:
    """Cut the sorted stream where the month changes."""
    for batch in reader:
        table = pa.Table.from_batches([batch])
        months = table.column("month")
        runs = pc.run_end_encode(months.combine_chunks()) if table.num_rows else None
        if runs is None:
            continue
        chunk = runs.chunk(0) if isinstance(runs, pa.ChunkedArray) else runs
        start = 0
        for end, value in zip(chunk.run_ends.to_pylist(), chunk.values.to_pylist(), strict=True):
            yield value, table.slice(start, end - start).drop_columns(["month"])
            start = end


def digest(folder: Path) -> str:
    """Give one digest over the names and bytes of all Parquet files below a folder.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> digest(Path(tempfile.mkdtemp()))[:8]
    'e3b0c442'
    """
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*.parquet")):
        with path.open("rb") as stream:
            content = hashlib.file_digest(stream, "sha256").hexdigest()
        whole.update(f"{path.relative_to(folder).as_posix()} {content}\n".encode())
    return whole.hexdigest()


KEY_COLUMNS: Final = tuple(
    column.name
    for column in ORDERS.columns
    if column.name.endswith("_key") and column.name != "order_key"
)
"""Columns of orders that name an entity."""
