"""Users and log-ins: passwords, waits, ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from serving.access.sessions import SessionStore
from serving.access.users import LONGEST_WAIT_S, UserStore
from serving.errors import ConflictError, NotFoundError, TooManyError
from serving.security import KeyRing
from serving.store.engine import open_engine
from serving.store.migrate import migrate
from serving.store.tables import SESSIONS, USERS

if TYPE_CHECKING:
    from sqlalchemy import Engine

SECOND = 1_000_000
MINUTE = 60 * SECOND


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.at = 1_772_354_105_000_000

    def __call__(self) -> int:
        return self.at


class Door:
    """A store with one user, who is a lead."""

    def __init__(self, engine: Engine) -> None:
        migrate(engine)
        self.engine, self.clock = engine, Clock()
        self.users = UserStore(engine, self.clock)
        self.keys = KeyRing(engine, self.clock)
        self.sessions = SessionStore(engine, self.clock, self.users, self.keys)
        self.password = self.users.create("li", "lead")

    def log_in(self) -> str:
        caller = self.users.check("li", self.password)
        assert caller is not None
        return self.sessions.begin(caller)


@pytest.fixture
def door() -> Door:
    """Give a store with one user."""
    return Door(open_engine("sqlite://"))


def test_the_right_password_gives_the_role_and_its_rights(door: Door) -> None:
    caller = door.users.check("li", door.password)

    assert caller is not None
    assert (caller.name, caller.role) == ("li", "lead")
    assert (caller.may("reveal"), caller.may("admin")) == (True, False)


@pytest.mark.parametrize(("name", "password"), [("li", "wrong"), ("wu", "wrong"), ("", "")])
def test_a_wrong_name_or_password_gives_nobody(door: Door, name: str, password: str) -> None:
    assert door.users.check(name, password) is None


def test_a_password_is_not_stored(door: Door) -> None:
    with door.engine.connect() as connection:
        digest = connection.execute(select(USERS.c.digest)).scalar_one()

    assert digest.startswith("$argon2id$")
    assert door.password not in digest
    assert "digest" not in door.users.users()[0]


def test_wrong_passwords_double_the_wait_even_for_the_right_one(door: Door) -> None:
    for _ in range(5):
        door.users.check("li", "wrong")

    with pytest.raises(TooManyError) as refused:
        door.users.check("li", door.password)
    door.clock.at += 32 * SECOND

    assert refused.value.wait_s == 32
    assert door.users.check("li", door.password) is not None
    assert door.users.check("li", "wrong") is None
    assert door.users.check("li", door.password) is not None


def test_the_wait_has_an_end(door: Door) -> None:
    for _ in range(20):
        door.users.check("li", "wrong")
        door.clock.at += LONGEST_WAIT_S * SECOND

    assert door.users.check("li", door.password) is not None


def test_a_name_is_taken_once(door: Door) -> None:
    with pytest.raises(ConflictError, match="'li'"):
        door.users.create("li", "admin")


def test_who_is_not_there_cannot_be_changed(door: Door) -> None:
    with pytest.raises(NotFoundError, match="'wu'"):
        door.users.change("wu", role="admin")


@pytest.mark.parametrize(
    ("minutes", "is_in"), [(29, True), (30, False), (8 * 60, False)], ids=["29", "30", "480"]
)
def test_an_idle_log_in_ends(door: Door, minutes: int, is_in: bool) -> None:
    session = door.log_in()

    door.clock.at += minutes * MINUTE

    assert (door.sessions.caller(session) is not None) is is_in


def test_a_busy_log_in_ends_after_a_working_day(door: Door) -> None:
    session, seen = door.log_in(), []
    for _ in range(24):
        door.clock.at += 20 * MINUTE
        seen.append(door.sessions.caller(session) is not None)

    assert seen == [True] * 23 + [False]


def test_what_a_page_asks_by_itself_keeps_nobody_in(door: Door) -> None:
    session = door.log_in()

    door.clock.at += 20 * MINUTE
    door.sessions.caller(session, counts=False)
    door.clock.at += 20 * MINUTE

    assert door.sessions.caller(session) is None


def test_each_log_in_has_a_session_of_its_own_and_ends_alone(door: Door) -> None:
    first, second = door.log_in(), door.log_in()

    door.sessions.end(first)

    assert first != second
    assert door.sessions.caller(first) is None
    assert door.sessions.caller(second) is not None


def test_all_log_ins_of_a_user_end_together(door: Door) -> None:
    sessions = [door.log_in(), door.log_in()]

    door.sessions.end_all(door.users.change("li", password="another password"))

    assert [door.sessions.caller(each) for each in sessions] == [None, None]


def test_a_user_who_is_locked_out_is_out_at_once(door: Door) -> None:
    session = door.log_in()

    door.users.change("li", is_active=False)

    assert door.sessions.caller(session) is None
    assert door.users.check("li", door.password) is None


def test_a_role_that_changes_counts_at_once(door: Door) -> None:
    session = door.log_in()

    door.users.change("li", role="auditor")
    caller = door.sessions.caller(session)

    assert caller is not None
    assert (caller.may("audit"), caller.may("review")) == (True, False)


def test_a_log_in_by_a_revoked_key_ends_with_it(door: Door) -> None:
    caller = door.keys.caller(door.keys.create("desk", "reviewer"))
    session = door.sessions.begin(caller)

    door.keys.revoke(caller.key_id)

    assert door.sessions.caller(session) is None


def test_what_the_cookie_holds_is_not_stored(door: Door) -> None:
    session = door.log_in()

    with door.engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(select(SESSIONS))]

    assert session not in str(rows)
