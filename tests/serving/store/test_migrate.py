"""The store: what the steps make is what the tables say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from serving.store.engine import open_engine
from serving.store.migrate import HEAD, STEPS, migrate, version
from serving.store.tables import METADATA

if TYPE_CHECKING:
    from pathlib import Path


def test_the_steps_lead_to_the_tables(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'store.db'}")

    migrate(engine)

    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, METADATA) == []


def test_the_newest_step_is_the_head() -> None:
    assert ScriptDirectory(str(STEPS)).get_heads() == [HEAD]


def test_a_store_that_is_up_to_date_is_left_alone(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'store.db'}")
    migrate(engine)

    migrate(engine)

    with engine.connect() as connection:
        assert version(connection) == HEAD
