"""The audit log: only added to, and broken by whoever changes it all the same."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from serving.access.audit import AuditLog
from serving.store.engine import open_engine
from serving.store.migrate import migrate
from tests.serving.store import server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

SECRET = b"a secret of the shop"
LIFT = {
    "sqlite": ("DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete"),
    "postgresql": ("DROP TRIGGER audit_append_only ON audit",),
}
"""What only the owner of a database can do: lift its refusal."""


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Open an empty store of each kind."""
    is_server = request.param == "postgresql"
    url = server.shared().empty() if is_server else f"sqlite:///{tmp_path / 'store.db'}"
    opened = open_engine(url)
    migrate(opened)
    yield opened
    opened.dispose()


def log_of(engine: Engine, *lines: str) -> AuditLog:
    log = AuditLog(engine, SECRET, lambda: 1_000_000)
    for subject in lines:
        log.add("li", "review.decide", subject, verdict="hold")
    return log


def change(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement))


def test_lines_are_numbered_without_gaps_and_listed_newest_first(engine: Engine) -> None:
    log = log_of(engine, "a", "b", "c")

    lines = log.page(None, 2)

    assert [(line.number, line.subject) for line in lines] == [(3, "c"), (2, "b")]
    assert [line.subject for line in log.page(2, 10)] == ["a"]
    assert (lines[0].actor, lines[0].note) == ("li", {"verdict": "hold"})
    assert log.broken_at() is None


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit SET actor = 'wu'", "DELETE FROM audit", "DELETE FROM audit WHERE number = 3"],
)
def test_the_store_refuses_to_change_the_log(engine: Engine, statement: str) -> None:
    log = log_of(engine, "a", "b", "c")

    with pytest.raises(DBAPIError, match="only added to"):
        change(engine, statement)

    assert len(log.page(None, 10)) == 3


@pytest.mark.parametrize(
    ("statement", "broken_at"),
    [
        ("UPDATE audit SET actor = 'wu' WHERE number = 2", 2),
        ("UPDATE audit SET at = at + 1 WHERE number = 3", 3),
        ("UPDATE audit SET note = '{}' WHERE number = 1", 1),
        ("DELETE FROM audit WHERE number = 1", 1),
        ("DELETE FROM audit WHERE number = 2", 2),
    ],
)
def test_a_line_that_was_changed_by_force_is_named(
    engine: Engine, statement: str, broken_at: int
) -> None:
    log = log_of(engine, "a", "b", "c")
    for lifting in LIFT[engine.dialect.name]:
        change(engine, lifting)

    change(engine, statement)

    assert log.broken_at() == broken_at


def test_a_line_written_with_another_secret_does_not_fit(engine: Engine) -> None:
    log = log_of(engine, "a")

    AuditLog(engine, b"the secret of a forger", lambda: 1).add("wu", "login", "usr_0")

    assert log.broken_at() == 2


def test_writers_at_once_lose_no_line(engine: Engine) -> None:
    log = log_of(engine)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: log.add("li", "review.decide", str(n)), range(24)))

    assert sorted(int(line.subject) for line in log.page(None, 50)) == list(range(24))
    assert log.broken_at() is None


def test_an_act_without_words_is_refused(engine: Engine) -> None:
    with pytest.raises(KeyError):
        log_of(engine).add("li", "review.decided", "a")
