"""Brings a store to the tables this version needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serving.store.tables import METADATA

if TYPE_CHECKING:
    from sqlalchemy import Engine


def migrate(engine: Engine) -> None:
    """Create what is missing; a store that is up to date is left alone."""
    METADATA.create_all(engine)
