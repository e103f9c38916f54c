"""Small questions to DuckDB."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb


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
    >>> import duckdb
    >>> with duckdb.connect() as connection:
    ...     first_row(connection, "SELECT 1, 'a'")
    (1, 'a')
    """
    rows: list[tuple[Any, ...]] = connection.execute(sql).fetchall()
    return rows[0]
