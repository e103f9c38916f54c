"""Log-ins of the console. The cookie holds a random value; what it stands for is kept here."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, insert, select, update

from features.durations import MINUTE_US, SECOND_US
from serving.access.limits import Buckets
from serving.errors import UnauthorizedError
from serving.security import digest
from serving.store.tables import SESSIONS

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Engine

    from serving.access.users import UserStore
    from serving.clock import Clock
    from serving.security import Caller, KeyRing

IDLE_S: Final = 30 * 60
LONGEST_S: Final = 8 * 3600
"""A log-in ends after half an hour without a request of its user's own, and after a working day:
the ranges that OWASP's Session Management Cheat Sheet gives for office work."""
SECRET_BYTES: Final = 32
TRIES_AT_ONCE: Final = 10
TRIES_A_SECOND: Final = 1 / 6
"""Ten log-ins at once from an address, then one every six seconds: enough for an office behind one
address, and too few to try a password over many names."""


class SessionStore:
    """The log-ins of a store.

    Parameters
    ----------
    engine
        The store.
    clock
        Gives the present in microseconds UTC.
    users, keys
        Who may log in; a user or key that is out is out of its sessions at the next request.
    """

    def __init__(self, engine: Engine, clock: Clock, users: UserStore, keys: KeyRing) -> None:
        self._engine = engine
        self._clock = clock
        self._users = users
        self._keys = keys
        self.tries = Buckets(TRIES_A_SECOND, TRIES_AT_ONCE)

    def begin(self, caller: Caller) -> str:
        """Log a caller in, and give what the cookie is to hold: new at each log-in."""
        secret = secrets.token_urlsafe(SECRET_BYTES)
        now = self._clock()
        row = {"digest": digest(secret), "user_id": caller.key_id, "started_at": now}
        with self._engine.begin() as connection:
            ended = SESSIONS.c.started_at <= now - LONGEST_S * SECOND_US
            connection.execute(delete(SESSIONS).where(ended))
            connection.execute(insert(SESSIONS).values(**row, seen_at=now, is_revoked=False))
        return secret

    def caller(self, secret: str, *, counts: bool = True) -> Caller | None:
        """Give who is logged in, or None.

        Parameters
        ----------
        secret
            What the cookie holds.
        counts
            Whether the request is the user's own, and not one that a page makes by itself.
        """
        wanted, now = digest(secret), self._clock()
        query = select(SESSIONS).where(
            SESSIONS.c.digest == wanted, SESSIONS.c.is_revoked.is_(False)
        )
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            return None
        is_idle = row["seen_at"] + IDLE_S * SECOND_US <= now
        if is_idle or row["started_at"] + LONGEST_S * SECOND_US <= now:
            return None
        if counts and row["seen_at"] + MINUTE_US <= now:
            seen = update(SESSIONS).where(SESSIONS.c.digest == wanted).values(seen_at=now)
            with self._engine.begin() as connection:
                connection.execute(seen)
        return self._holder(row["user_id"])

    def end(self, secret: str) -> None:
        """End one log-in."""
        self._revoke(SESSIONS.c.digest == digest(secret))

    def end_all(self, holder_id: str) -> None:
        """End every log-in of a user or key."""
        self._revoke(SESSIONS.c.user_id == holder_id)

    def _holder(self, holder_id: str) -> Caller | None:
        if holder_id.startswith("usr_"):
            return self._users.caller(holder_id)
        try:
            return self._keys.caller_by_id(holder_id)
        except UnauthorizedError:
            return None

    def _revoke(self, condition: ColumnElement[bool]) -> None:
        with self._engine.begin() as connection:
            connection.execute(update(SESSIONS).where(condition).values(is_revoked=True))
