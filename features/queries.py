"""Small questions to DuckDB."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb


def work_database() -> duckdb.DuckDBPyConnection:
    """Open an empty database in memory, whose moments are UTC.

    It prints nothing: DuckDB's own progress bar would stand among a command's results.

    Examples
    --------
    >>> with work_database() as connection:
    ...     first_row(connection, "SELECT current_setting('TimeZone')")
    ('UTC',)
    """
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    # A notebook without widgets has no bar and refuses to be told so.
    if first_row(connection, "SELECT current_setting('enable_progress_bar')") != (False,):
        connection.execute("SET enable_progress_bar = false")
    return connection


def first_row(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[Any, ...]:
    """Give the first row of a query and leave nothing of it open.

    Parameters
    ----------
    connection
        Where to ask.
    sql
        A query that gives at least one row, such as a count.

    Returns
    -------
    tuple
        The row.

    Examples
    --------
    >>> with work_database() as connection:
    ...     first_row(connection, "SELECT 1, 'a'")
    (1, 'a')
    """
    rows: list[tuple[Any, ...]] = connection.execute(sql).fetchall()
    return rows[0]
