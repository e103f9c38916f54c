"""People who log in at the console: their roles, and passwords of which only a digest is kept."""

from __future__ import annotations

import secrets
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from features.durations import SECOND_US
from serving.errors import ConflictError, NotFoundError, TooManyError
from serving.security import ROLES, Caller
from serving.store.tables import USERS

if TYPE_CHECKING:
    from sqlalchemy import Engine, RowMapping

    from serving.clock import Clock

PASSWORD_BYTES: Final = 15
"""120 random bits, twenty characters."""
FREE_TRIES: Final = 5
LONGEST_WAIT_S: Final = 900
"""After five wrong passwords each further one doubles the wait, up to a quarter of an hour."""

# The library's own settings are those of RFC 9106 for little memory (its second choice).
_HASHER: Final = PasswordHasher()


class UserStore:
    """The users of a store.

    Parameters
    ----------
    engine
        The store.
    clock
        Gives the present in microseconds UTC.

    Examples
    --------
    >>> from serving.store.engine import open_engine
    >>> from serving.store.migrate import migrate
    >>> engine = open_engine("sqlite://")
    >>> migrate(engine)
    >>> users = UserStore(engine, lambda: 0)
    >>> password = users.create("li", "reviewer")
    >>> users.check("li", password).role, users.check("li", "a guess") is None
    ('reviewer', True)
    """

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def create(self, name: str, role: str, password: str | None = None) -> str:
        """Make a user and give the password, this once.

        Parameters
        ----------
        name
            Under which the user logs in and reviews are decided.
        role
            One of ``ROLES``.
        password
            A random one unless given.

        Raises
        ------
        ConflictError
            When there is a user of that name.
        """
        chosen = password or secrets.token_urlsafe(PASSWORD_BYTES)
        try:
            with self._engine.begin() as connection:
                connection.execute(
                    insert(USERS).values(
                        user_id="usr_" + secrets.token_hex(8),
                        name=name,
                        role=role,
                        digest=_HASHER.hash(chosen),
                        created_at=self._clock(),
                        is_active=True,
                        failures=0,
                        wait_until=0,
                    )
                )
        except IntegrityError:
            raise ConflictError(f"there is a user {name!r} already") from None
        return chosen

    def is_empty(self) -> bool:
        """Tell whether nobody can log in by a name."""
        with self._engine.connect() as connection:
            return connection.execute(select(USERS.c.user_id).limit(1)).first() is None

    def users(self) -> list[dict[str, Any]]:
        """Give every user without the digest of the password, by name."""
        shown = [column for column in USERS.c if column.name != "digest"]
        with self._engine.connect() as connection:
            rows = connection.execute(select(*shown).order_by(USERS.c.name)).mappings()
            return [dict(row) for row in rows]

    def change(
        self,
        name: str,
        *,
        role: str | None = None,
        is_active: bool | None = None,
        password: str | None = None,
    ) -> str:
        """Change what is given, and give the user's id.

        Raises
        ------
        NotFoundError
            When there is no such user.
        """
        changes: dict[str, Any] = {"failures": 0, "wait_until": 0}
        changes |= {} if role is None else {"role": role}
        changes |= {} if is_active is None else {"is_active": is_active}
        changes |= {} if password is None else {"digest": _HASHER.hash(password)}
        with self._engine.begin() as connection:
            connection.execute(update(USERS).where(USERS.c.name == name).values(**changes))
            found = connection.execute(select(USERS.c.user_id).where(USERS.c.name == name)).scalar()
        if found is None:
            raise NotFoundError(f"there is no user {name!r}")
        return str(found)

    def check(self, name: str, password: str) -> Caller | None:
        """Give who logs in, or None when name or password is wrong; takes as long either way.

        Raises
        ------
        TooManyError
            When the password of this name was wrong too often just now.
        """
        with self._engine.connect() as connection:
            row = connection.execute(select(USERS).where(USERS.c.name == name)).mappings().first()
        now = self._clock()
        if row is not None and row["wait_until"] > now:
            wait_s = (row["wait_until"] - now) / SECOND_US
            raise TooManyError("wrong passwords came too often: wait before the next", wait_s)
        is_right = _fits(_stand_in() if row is None else row["digest"], password)
        if row is None or not row["is_active"]:
            return None
        failures = 0 if is_right else row["failures"] + 1
        if failures != row["failures"]:
            waits_s = 0 if failures < FREE_TRIES else min(2**failures, LONGEST_WAIT_S)
            self._count(row["user_id"], failures, now + waits_s * SECOND_US)
        return _caller(row) if is_right else None

    def caller(self, user_id: str) -> Caller | None:
        """Give a user who may still log in, or None."""
        wanted = select(USERS).where(USERS.c.user_id == user_id, USERS.c.is_active.is_(True))
        with self._engine.connect() as connection:
            row = connection.execute(wanted).mappings().first()
        return None if row is None else _caller(row)

    def _count(self, user_id: str, failures: int, wait_until: int) -> None:
        changed = update(USERS).where(USERS.c.user_id == user_id)
        with self._engine.begin() as connection:
            connection.execute(changed.values(failures=failures, wait_until=wait_until))


def _caller(row: RowMapping) -> Caller:
    return Caller(row["user_id"], row["name"], row["role"], scopes=ROLES[row["role"]])


def _fits(digest: str, password: str) -> bool:
    try:
        return _HASHER.verify(digest, password)
    except VerificationError:
        return False


@cache
def _stand_in() -> str:
    """Give a digest to compare with where there is no user, so that answers take as long."""
    return _HASHER.hash(secrets.token_urlsafe(PASSWORD_BYTES))
