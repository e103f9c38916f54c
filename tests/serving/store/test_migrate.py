"""The store: what the steps make is what the tables say."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import ArgumentError

from serving.store.engine import open_engine
from serving.store.migrate import HEAD, STEPS, migrate, version
from serving.store.tables import METADATA
from tests.serving.store import server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

MIGRATE = """
import sys
from serving.store.engine import open_engine
from serving.store.migrate import migrate
engine = open_engine(sys.argv[1])
sys.stdin.readline()
migrate(engine)
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the address of a store without any table, of each kind in turn."""
    if request.param == "postgresql":
        return server.shared().empty()
    return f"sqlite:///{tmp_path / 'store.db'}"


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    """Open that store for a test."""
    opened = open_engine(url)
    yield opened
    opened.dispose()


def test_the_steps_lead_to_the_tables(engine: Engine) -> None:
    migrate(engine)

    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, METADATA) == []


def test_the_newest_step_is_the_head() -> None:
    assert ScriptDirectory(str(STEPS)).get_heads() == [HEAD]


def test_a_store_that_is_up_to_date_is_left_alone(engine: Engine) -> None:
    migrate(engine)

    migrate(engine)

    with engine.connect() as connection:
        assert version(connection) == HEAD


def test_processes_that_start_at_once_make_the_tables_once(url: str, engine: Engine) -> None:
    starting = [
        subprocess.Popen(
            [sys.executable, "-c", MIGRATE, url],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for process in starting:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()

    told = [process.communicate(timeout=300)[1] for process in starting]

    assert [process.returncode for process in starting] == [0, 0, 0, 0], told
    with engine.connect() as connection:
        assert version(connection) == HEAD


def test_another_database_is_refused_with_what_may_be_named() -> None:
    with pytest.raises(ArgumentError, match="postgresql://"):
        open_engine("mysql://shop@localhost/orders")
