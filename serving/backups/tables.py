"""The store's tables as Parquet files, from and into any database the store may be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, Boolean, Float, Integer, insert, inspect, select, text
from sqlalchemy.schema import MetaData

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa
    from sqlalchemy import Column, Connection, Engine, Table

BATCH: Final = 2_000
"""Rows that are in memory at once."""
ALEMBIC: Final = "alembic_version"


def write_tables(engine: Engine, folder: Path) -> dict[str, int]:
    """Write every table as it was at one instant; gives the rows of each.

    Parameters
    ----------
    engine
        The store; its readers and writers go on meanwhile.
    folder
        Where ``<table>.parquet`` go.
    """
    folder.mkdir(parents=True)
    with _snapshot(engine) as connection:
        tables = _tables(connection)
        return {table.name: _write(connection, table, folder) for table in tables}


def read_tables(connection: Connection, folder: Path) -> None:
    """Fill the empty tables of a store with the rows of files, within a commit under way."""
    for table in _tables(connection):
        path = folder / f"{table.name}.parquet"
        if not path.exists():
            continue
        for rows in _rows(path):
            connection.execute(insert(table), rows)
        if connection.dialect.name == "postgresql":
            _go_on_counting(connection, table)


def is_empty(connection: Connection) -> bool:
    """Tell whether a store has no row in any table."""
    return not any(
        connection.execute(select(text("1")).select_from(table).limit(1)).first()
        for table in _tables(connection)
    )


def counts(connection: Connection) -> dict[str, int]:
    """Count the rows of every table."""
    from sqlalchemy import func

    return {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in _tables(connection)
    }


def _snapshot(engine: Engine) -> Connection:
    """Give a connection that sees the store as it is now, whatever is written meanwhile."""
    if engine.dialect.name == "postgresql":
        connection = engine.connect().execution_options(isolation_level="REPEATABLE READ")
        # A large table takes longer than a query of the service ever may.
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        return connection
    connection = engine.connect()
    # The driver begins by itself only before it changes rows.
    connection.exec_driver_sql("BEGIN")
    connection.exec_driver_sql("SELECT count(*) FROM sqlite_master")
    return connection


def _tables(connection: Connection) -> list[Table]:
    """Give the tables that are there, by name; another version may have others than this one."""
    found = MetaData()
    names = [name for name in inspect(connection).get_table_names() if name != ALEMBIC]
    found.reflect(connection, only=names)
    return sorted(found.tables.values(), key=lambda table: table.name)


def _write(connection: Connection, table: Table, folder: Path) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(column.name, _kind(column)) for column in table.columns])
    key = list(table.primary_key.columns)
    count = 0
    with pq.ParquetWriter(folder / f"{table.name}.parquet", schema, compression="zstd") as writer:
        options = {"yield_per": BATCH}
        wanted = select(table).order_by(*key)
        for part in connection.execution_options(**options).execute(wanted).partitions(BATCH):
            columns = zip(*part, strict=True)
            arrays = [pa.array(list(c), f.type) for c, f in zip(columns, schema, strict=True)]
            writer.write_batch(pa.record_batch(arrays, schema=schema))
            count += len(part)
    return count


def _kind(column: Column[Any]) -> pa.DataType:
    """Give the Arrow type of a column."""
    import pyarrow as pa

    kinds: tuple[tuple[Any, pa.DataType], ...] = (
        (Boolean, pa.bool_()),
        ((BigInteger, Integer), pa.int64()),
        (Float, pa.float64()),
    )
    return next((kind for known, kind in kinds if isinstance(column.type, known)), pa.string())


def _rows(path: Path) -> Iterator[list[dict[str, Any]]]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(BATCH):
            if batch.num_rows:
                yield batch.to_pylist()


def _go_on_counting(connection: Connection, table: Table) -> None:
    """Let numbers that the database gives go on behind those that were restored."""
    for column in table.primary_key.columns:
        asked = {"table": f'"{table.name}"', "column": column.name}
        owned = text("SELECT pg_get_serial_sequence(:table, :column)")
        sequence = connection.execute(owned, asked).scalar()
        if sequence is not None:
            highest = f'SELECT max("{column.name}") FROM "{table.name}"'  # noqa: S608 reflected names
            last = connection.execute(text(highest)).scalar()
            if last is not None:
                go_on = text("SELECT setval(:sequence, :last)")
                connection.execute(go_on, {"sequence": sequence, "last": last})
