"""The engine that reaches the store. The only place that knows which database it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url

SQLITE_SETTINGS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",  # survives a killed process; a power cut may lose the last commits
    "PRAGMA busy_timeout=5000",
    "PRAGMA foreign_keys=ON",
)


def open_engine(url: str) -> Engine:
    """Open the store's engine.

    Parameters
    ----------
    url
        A SQLAlchemy address, ``sqlite:///…`` or ``postgresql+…://…``.

    Returns
    -------
    Engine
        An engine whose folder exists and whose connections are set up.

    Examples
    --------
    >>> open_engine("sqlite://").dialect.name
    'sqlite'
    """
    address = make_url(url)
    if address.get_backend_name() != "sqlite":
        return create_engine(address, pool_pre_ping=True)
    if address.database and address.database != ":memory:":
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(address, connect_args={"check_same_thread": False})
    else:
        from sqlalchemy.pool import StaticPool

        # A database in memory lives as long as its one connection.
        engine = create_engine(
            address, connect_args={"check_same_thread": False}, poolclass=StaticPool
        )

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: Any) -> None:
        for statement in SQLITE_SETTINGS:
            connection.execute(statement)

    return engine
