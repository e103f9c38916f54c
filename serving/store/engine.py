"""The engine that reaches the store. The only place that knows which database it is."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import URL, Connection, Engine, Table

SQLITE_SETTINGS: Final = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",  # survives a killed process; a power cut may lose the last commits
    "PRAGMA busy_timeout=5000",
    "PRAGMA foreign_keys=ON",
)

POSTGRESQL_DRIVER: Final = "postgresql+psycopg"
POSTGRESQL_SETTINGS: Final = {
    "application_name": "orderintel",
    "connect_timeout": 2,
    # A frozen query must not hold a worker for ever; planning anew for a few rows costs more.
    "options": "-c statement_timeout=15000 -c lock_timeout=10000 -c jit=off",
}
SCHEMA: Final = "schema"
"""Word of an address that names the schema of a shop in a PostgreSQL that several share."""
FULLY: Final = " -c synchronous_commit=on"
"""What makes a commit wait for the server's disk, also where the server is told not to."""
DISCREET: Final = {"hide_parameters": True}
"""An error names its statement, and never what stood in it, which may be personal."""
POOL: Final = {"pool_size": 5, "max_overflow": 10, "pool_timeout": 5, "pool_pre_ping": True}

IS_AWAY: Final = "orderintel_is_away"
"""Option of an engine: a function that tells whether its server is known to be away."""

_MIGRATING: Final = 7_301_846_225
"""Number of the lock that processes take in PostgreSQL while they look at its tables."""


def open_engine(url: str, *, is_full: bool = False) -> Engine:
    """Open the store's engine.

    Parameters
    ----------
    url
        A SQLAlchemy address, ``sqlite:///…`` or ``postgresql://…``.
    is_full
        Whether a commit must survive a power cut; see `serving.store.durability`.

    Returns
    -------
    Engine
        An engine whose folder exists and whose connections are set up.

    Raises
    ------
    sqlalchemy.exc.ArgumentError
        When the address is of another database, or none.

    Examples
    --------
    >>> open_engine("sqlite://").dialect.name
    'sqlite'
    """
    address = make_url(url)
    if address.get_backend_name() == "postgresql":
        return _open_postgresql(address.set(drivername=POSTGRESQL_DRIVER), is_full=is_full)
    if address.get_backend_name() != "sqlite":
        raise ArgumentError(
            f"ORDERINTEL_DATABASE_URL names {address.get_backend_name()}: "
            "the store is sqlite:///FILE or postgresql://USER@HOST/NAME"
        )
    return _open_sqlite(address)


def _open_postgresql(address: URL, *, is_full: bool) -> Engine:
    """Open a database, or the schema of it that the address names, which is made if need be."""
    schema = address.query.get(SCHEMA)
    options = f"{POSTGRESQL_SETTINGS['options']}{FULLY if is_full else ''}"
    if schema is None:
        return _impatient(
            create_engine(
                address, connect_args=POSTGRESQL_SETTINGS | {"options": options}, **POOL, **DISCREET
            )
        )
    address = address.difference_update_query([SCHEMA])
    own = f'"{schema}"'  # a name of letters, digits and dashes, as settings check it
    settings = POSTGRESQL_SETTINGS | {"options": f"{options} -c search_path={own}"}
    engine = _impatient(create_engine(address, connect_args=settings, **POOL, **DISCREET))
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {own}"))
    return engine


def _impatient(engine: Engine) -> Engine:
    """Let no connection of an engine hold up the event loop for long."""
    from psycopg import OperationalError

    from serving.store.patience import ImpatientConnection, is_on_loop

    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: Any, _record: Any, given: Any, named: dict[str, Any]) -> Any:
        is_away = engine.get_execution_options().get(IS_AWAY)
        if is_away is not None and is_away() and is_on_loop():
            raise OperationalError("the database is away")
        return ImpatientConnection.connect(*given, **named)

    return engine


def _open_sqlite(address: URL) -> Engine:
    if address.database and address.database != ":memory:":
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(address, connect_args={"check_same_thread": False}, **DISCREET)
    else:
        from sqlalchemy.pool import StaticPool

        # A database in memory lives as long as its one connection.
        engine = create_engine(
            address, connect_args={"check_same_thread": False}, poolclass=StaticPool, **DISCREET
        )

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: Any) -> None:
        for statement in SQLITE_SETTINGS:
            connection.execute(statement)

    return engine


def hold_for_migration(connection: Connection) -> None:
    """Let one process at a time look at the tables and change them, until its commit.

    Examples
    --------
    >>> with open_engine("sqlite://").begin() as connection:
    ...     hold_for_migration(connection)
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATING})
    elif connection.dialect.name == "sqlite":
        # The driver begins by itself only before it changes rows, not before it changes tables.
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def add_missing(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert the rows whose key is not there yet, also when another process inserts the same.

    Parameters
    ----------
    connection
        Where a commit is under way.
    table
        The table.
    rows
        All with the same columns.

    Examples
    --------
    >>> from sqlalchemy import func, select
    >>> from serving.store.tables import METADATA, POLICIES
    >>> with open_engine("sqlite://").begin() as connection:
    ...     METADATA.create_all(connection)
    ...     for _ in range(2):
    ...         add_missing(connection, POLICIES, [{"version": "1", "document": "{}"}])
    ...     connection.execute(select(func.count()).select_from(POLICIES)).scalar_one()
    1
    """
    if not rows:
        return
    # Sorted by key, so that two processes with the same rows wait for each other in one direction.
    keys = [column.name for column in table.primary_key]
    rows = sorted(rows, key=lambda row: tuple(row[key] for key in keys if key in row))
    connection.execute(insert_missing(connection.dialect.name, table), rows)


@cache
def insert_missing(dialect: str, table: Table) -> Any:
    """Give the statement that inserts a row whose key is not there yet.

    Examples
    --------
    >>> from serving.store.tables import POLICIES
    >>> str(insert_missing("sqlite", POLICIES)).rpartition(") ")[2]
    'ON CONFLICT DO NOTHING'
    """
    # Built once a table: that costs more than running it.
    # Only what the store speaks is loaded; the other database's words take a start time.
    words: Any = import_module(f"sqlalchemy.dialects.{dialect}")
    return words.insert(table).on_conflict_do_nothing()
