"""Who may call: API keys and the scopes that they and the roles of users open."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert, select, update

from features.durations import DAY_US, MINUTE_US
from serving.errors import UnauthorizedError
from serving.store.tables import API_KEYS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy import Engine

KEY_PREFIX: Final = "oi_"
SECRET_BYTES: Final = 32
PREFIX_SHOWN: Final = 6

SCOPES: Final[dict[str, str]] = {
    "score": "send orders, outcomes and messages, and ask about addresses and routes",
    "read": "look at orders, cases, rules and models; personal data is masked",
    "review": "decide cases and unsure addresses",
    "personal": "see addresses in clear, which reviewing them needs",
    "reveal": "ask for the rest of an order's personal data, with a reason that is kept",
    "plan": "look at forecasts and at how delivery does",
    "rules": "change the rules",
    "admin": "manage keys and users and whatever else changes the service",
    "audit": "read the audit log",
}
"""What a key or a role may open."""

_REVIEWER: Final = frozenset({"read", "review", "personal"})
_LEAD: Final = _REVIEWER | {"reveal", "plan", "rules"}

ROLES: Final[dict[str, frozenset[str]]] = {
    "reviewer": _REVIEWER,
    "lead": _LEAD,
    "planner": frozenset({"read", "plan"}),
    "admin": frozenset(SCOPES),
    "auditor": frozenset({"read", "audit"}),
}
"""Role of a user to the scopes it opens."""

KEY_ROLES: Final[dict[str, frozenset[str]]] = {
    "score": frozenset({"score"}),
    "review": _REVIEWER | {"plan"},
    **ROLES,
}
"""Role of a key to the scopes it opens; a key may also be given scopes of its own."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling.

    Parameters
    ----------
    key_id
        Id of the key or of the user.
    name
        What the key was made for, or the user's name; under it reviews are decided.
    role
        Name of its rights, for people.
    expires_at
        Microseconds UTC from which the key is not valid, or None.
    scopes
        What it opens; the role's unless given.
    """

    key_id: str
    name: str
    role: str
    expires_at: int | None = None
    scopes: frozenset[str] | None = None

    def may(self, scope: str) -> bool:
        """Tell whether the caller opens a scope.

        Examples
        --------
        >>> Caller("k", "shop", "score").may("review")
        False
        >>> Caller("k", "shop", "own", scopes=frozenset({"plan"})).may("plan")
        True
        """
        return scope in (KEY_ROLES[self.role] if self.scopes is None else self.scopes)


class KeyRing:
    """The API keys of a store.

    Parameters
    ----------
    engine
        The store.
    clock
        Gives the present in microseconds UTC.
    tenant
        Stands in the keys that are made, so that they find their shop where one service has
        several; empty where there is one.

    Examples
    --------
    >>> from serving.store.engine import open_engine
    >>> from serving.store.migrate import migrate
    >>> engine = open_engine("sqlite://")
    >>> migrate(engine)
    >>> keys = KeyRing(engine, lambda: 0)
    >>> caller = keys.caller(keys.create("shop backend", "score"))
    >>> caller.name, caller.may("score"), caller.may("read")
    ('shop backend', True, False)
    """

    def __init__(self, engine: Engine, clock: Callable[[], int], tenant: str = "") -> None:
        self._engine = engine
        self._clock = clock
        self._prefix = f"{KEY_PREFIX}{tenant}." if tenant else KEY_PREFIX
        self._known: dict[str, Caller] = {}
        self._used: dict[str, int] = {}

    def create(
        self,
        name: str,
        role: str,
        *,
        days: int | None = None,
        scopes: Iterable[str] | None = None,
    ) -> str:
        """Make a key and give it, this once; only its digest is kept.

        Parameters
        ----------
        name
            What it is for.
        role
            One of ``KEY_ROLES``; any name when scopes are given.
        days
            Days for which it is valid; for ever unless given.
        scopes
            What it opens; the role's unless given.
        """
        secret = self._prefix + secrets.token_urlsafe(SECRET_BYTES)
        now = self._clock()
        opened = KEY_ROLES[role] if scopes is None else frozenset(scopes)
        with self._engine.begin() as connection:
            connection.execute(
                insert(API_KEYS).values(
                    key_id="key_" + secrets.token_hex(8),
                    prefix=KEY_PREFIX + secret.removeprefix(self._prefix)[:PREFIX_SHOWN],
                    digest=digest(secret),
                    name=name,
                    role=role,
                    created_at=now,
                    expires_at=None if days is None else now + days * DAY_US,
                    is_revoked=False,
                    scopes=" ".join(sorted(opened)),
                )
            )
        return secret

    def is_empty(self) -> bool:
        """Tell whether no key exists."""
        with self._engine.connect() as connection:
            return connection.execute(select(API_KEYS.c.key_id).limit(1)).first() is None

    def listed(self) -> list[dict[str, Any]]:
        """Give every key with all that is kept of it, oldest first."""
        query = select(API_KEYS).order_by(API_KEYS.c.created_at, API_KEYS.c.key_id)
        with self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def revoke(self, key_id: str) -> bool:
        """Take a key back; False when there is none of that id, or it was taken back before.

        Services that run hear of it within seconds.
        """
        taken = (
            update(API_KEYS)
            .where(API_KEYS.c.key_id == key_id, API_KEYS.c.is_revoked.is_(False))
            .values(is_revoked=True)
        )
        with self._engine.begin() as connection:
            changed = connection.execute(taken).rowcount
        self.forget()
        return changed == 1

    def caller(self, secret: str) -> Caller:
        """Give who holds a key.

        Raises
        ------
        UnauthorizedError
            When there is no such key, or it is revoked or expired.
        """
        wanted = digest(secret)
        caller = self._known.get(wanted)
        if caller is None:
            caller = self._read(API_KEYS.c.digest == wanted)
            if caller is None:
                raise UnauthorizedError("send `Authorization: Bearer <key>` with a valid key")
            self._known[wanted] = caller
        now = self._clock()
        self._used[caller.key_id] = now
        return self._still_valid(caller, now)

    def caller_by_id(self, key_id: str) -> Caller:
        """Give who holds the key of an id, as :meth:`caller` does."""
        caller = self._read(API_KEYS.c.key_id == key_id)
        if caller is None:
            raise UnauthorizedError("log in again: the key is no longer valid")
        return self._still_valid(caller, self._clock())

    def forget(self) -> None:
        """Read keys anew from here on, after one was revoked."""
        self._known.clear()

    def refresh(self) -> None:
        """Let go of the keys that were revoked elsewhere; meant to be called now and then."""
        if not self._known:
            return
        wanted = select(API_KEYS.c.digest).where(
            API_KEYS.c.digest.in_(list(self._known)), API_KEYS.c.is_revoked.is_(True)
        )
        with self._engine.connect() as connection:
            for gone in connection.execute(wanted).scalars():
                self._known.pop(gone, None)

    def note_use(self) -> None:
        """Write down when keys were last used, to the minute; meant to be called now and then."""
        used, self._used = self._used, {}
        if not used:
            return
        with self._engine.begin() as connection:
            for key_id, at in used.items():
                minute = at - at % MINUTE_US
                connection.execute(
                    update(API_KEYS)
                    .where(
                        API_KEYS.c.key_id == key_id,
                        API_KEYS.c.last_used_at.is_(None) | (API_KEYS.c.last_used_at < minute),
                    )
                    .values(last_used_at=minute)
                )

    def _still_valid(self, caller: Caller, now: int) -> Caller:
        if caller.expires_at is not None and caller.expires_at <= now:
            raise UnauthorizedError("the key has expired: ask for a new one")
        return caller

    def _read(self, condition: Any) -> Caller | None:
        names = ("key_id", "name", "role", "expires_at", "scopes")
        wanted = select(*(API_KEYS.c[name] for name in names)).where(
            condition, API_KEYS.c.is_revoked.is_(False)
        )
        with self._engine.connect() as connection:
            row = connection.execute(wanted).first()
        if row is None:
            return None
        key_id, name, role, expires_at, scopes = row
        return Caller(key_id, name, role, expires_at, frozenset(scopes.split()))


def digest(secret: str) -> str:
    """Give what is kept of a random secret: enough to know it again, not to make it.

    Examples
    --------
    >>> digest("a secret")[:12], len(digest("a secret"))
    ('984ca5162200', 64)
    """
    # It has 256 random bits, so one plain digest is enough: there is nothing to guess.
    return hashlib.sha256(secret.encode()).hexdigest()
