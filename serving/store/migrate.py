"""Brings a store to the tables this version needs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import inspect, text

from serving.store.engine import hold_for_migration

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection, Engine

HEAD: Final = "0011"
"""The newest step; a test compares it with the files."""

STEPS: Final = Path(__file__).parent / "migrations"


def migrate(engine: Engine, *, to: str = HEAD) -> None:
    """Take the steps that a store lacks, all or none; one that is up to date is left alone.

    Several processes may start at once: one takes the steps, the others wait and find them taken.

    Parameters
    ----------
    engine
        The store.
    to
        The last step to take; the newest unless given.

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
        if version(connection) in {HEAD, to}:
            return
    with engine.begin() as connection:
        hold_for_migration(connection)
        if version(connection) in {HEAD, to}:
            return
        from alembic import command

        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, to)


def knows(step: str) -> bool:
    """Tell whether a step is one of this version's.

    Examples
    --------
    >>> knows(HEAD), knows("9999")
    (True, False)
    """
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    try:
        return ScriptDirectory.from_config(_config()).get_revision(step) is not None
    except CommandError:
        return False


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", STEPS.as_posix())
    return config


def version(connection: Connection) -> str | None:
    """Give the newest step a store has taken, or None when it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).first()
    return None if found is None else str(found[0])
