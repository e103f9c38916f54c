"""Brings a store to the tables this version needs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import inspect, text

from serving.store.engine import hold_for_migration

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

HEAD: Final = "0012"
"""The newest step; a test compares it with the files."""

STEPS: Final = Path(__file__).parent / "migrations"


def migrate(engine: Engine) -> None:
    """Take the steps that a store lacks, all or none; one that is up to date is left alone.

    Several processes may start at once: one takes the steps, the others wait and find them taken.

    Parameters
    ----------
    engine
        The store.

    Examples
    --------
    >>> from serving.store.engine import open_engine
    >>> engine = open_engine("sqlite://")
    >>> migrate(engine)
    >>> with engine.connect() as connection:
    ...     version(connection) == HEAD
    True
    """
    with engine.connect() as connection:
        if version(connection) == HEAD:
            return
    with engine.begin() as connection:
        hold_for_migration(connection)
        if version(connection) == HEAD:
            return
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", STEPS.as_posix())
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def version(connection: Connection) -> str | None:
    """Give the newest step a store has taken, or None when it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).first()
    return None if found is None else str(found[0])
