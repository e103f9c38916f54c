"""A prepared statement runs as SQLAlchemy would run it, and fails as SQLAlchemy does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import bindparam, event, insert, select
from sqlalchemy.exc import IntegrityError

from serving.store.engine import insert_missing, open_engine
from serving.store.prepared import Prepared
from serving.store.tables import METADATA, POLICIES
from tests.serving.store import server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

ADD = Prepared(insert(POLICIES), [column.name for column in POLICIES.columns])
ADD_MISSING = Prepared(
    lambda dialect: insert_missing(dialect, POLICIES), [column.name for column in POLICIES.columns]
)
FIND = Prepared(select(POLICIES.c.document).where(POLICIES.c.version == bindparam("version")))


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An empty store of either kind."""
    url = "sqlite://" if request.param == "sqlite" else server.shared().empty()
    opened = open_engine(url)
    METADATA.create_all(opened, tables=[POLICIES])
    yield opened
    opened.dispose()


def add_twice(engine: Engine) -> None:
    with engine.begin() as connection:
        ADD.run(connection, {"version": "1", "document": "secret words"})
        ADD.run(connection, {"version": "1", "document": "secret words"})


def test_what_was_added_is_found(engine: Engine) -> None:
    with engine.begin() as connection:
        ADD.run(connection, {"version": "1", "document": '{"a":"%s"}'})

    with engine.connect() as connection:
        assert FIND.first(connection, {"version": "1"}) == ('{"a":"%s"}',)
        assert FIND.first(connection, {"version": "2"}) is None


@pytest.mark.parametrize("versions", [["1"], ["1", "2", "3"]])
def test_of_several_rows_those_that_are_there_stay(engine: Engine, versions: list[str]) -> None:
    with engine.begin() as connection:
        ADD.run(connection, {"version": "1", "document": "first"})

    with engine.begin() as connection:
        rows = [{"version": version, "document": "second"} for version in versions]
        ADD_MISSING.run_each(connection, rows)

    with engine.connect() as connection:
        found = [FIND.first(connection, {"version": version}) for version in versions]
    assert found == [("first",), *[("second",)] * (len(versions) - 1)]


def test_a_refused_row_undoes_the_commit_it_stood_in(engine: Engine) -> None:
    told = []
    event.listen(engine, "handle_error", lambda context: told.append(context.original_exception))

    with pytest.raises(IntegrityError) as refused:
        add_twice(engine)

    assert len(told) == 1
    assert "secret words" not in str(refused.value)
    with engine.connect() as connection:
        assert FIND.first(connection, {"version": "1"}) is None
