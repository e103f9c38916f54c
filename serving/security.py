"""Who may call: API keys, their roles, and the signed cookie of the console."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from sqlalchemy import insert, select

from serving.errors import ForbiddenError, UnauthorizedError
from serving.store.tables import API_KEYS

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from sqlalchemy import Engine

KEY_PREFIX: Final = "oi_"
SECRET_BYTES: Final = 32
COOKIE_SECONDS: Final = 12 * 3600
MICROSECONDS: Final = 1_000_000

SCOPES: Final[dict[str, frozenset[str]]] = {
    "score": frozenset({"score"}),
    "review": frozenset({"review"}),
    "admin": frozenset({"score", "review", "admin"}),
}
"""Role of a key to the scopes it opens."""

# A key has 256 random bits, so one plain digest is enough: there is nothing to guess.
_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="ApiKey",
    description="An API key; `orderintel serve` prints the first one when none exists.",
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling.

    Parameters
    ----------
    key_id
        The key's id.
    name
        What the key was made for; the name under which reviews are decided.
    role
        ``score``, ``review`` or ``admin``.
    expires_at
        Microseconds UTC from which the key is not valid, or None.
    """

    key_id: str
    name: str
    role: str
    expires_at: int | None = None

    def may(self, scope: str) -> bool:
        """Tell whether the caller's role opens a scope.

        Examples
        --------
        >>> Caller("k", "shop", "score").may("review")
        False
        """
        return scope in SCOPES[self.role]


class KeyRing:
    """The API keys of a store.

    Parameters
    ----------
    engine
        The store.
    clock
        Gives the present in microseconds UTC.
    """

    def __init__(self, engine: Engine, clock: Callable[[], int]) -> None:
        self._engine = engine
        self._clock = clock
        self._known: dict[str, Caller] = {}

    def create(self, name: str, role: str, *, days: int | None = None) -> str:
        """Make a key and give it, this once; only its digest is kept.

        Parameters
        ----------
        name
            What it is for.
        role
            ``score``, ``review`` or ``admin``.
        days
            Days for which it is valid; for ever unless given.
        """
        secret = KEY_PREFIX + secrets.token_urlsafe(SECRET_BYTES)
        now = self._clock()
        with self._engine.begin() as connection:
            connection.execute(
                insert(API_KEYS).values(
                    key_id="key_" + secrets.token_hex(8),
                    prefix=secret[: len(KEY_PREFIX) + 6],
                    digest=_digest(secret),
                    name=name,
                    role=role,
                    created_at=now,
                    expires_at=None if days is None else now + days * 86400 * MICROSECONDS,
                    is_revoked=False,
                )
            )
        return secret

    def is_empty(self) -> bool:
        """Tell whether no key exists."""
        with self._engine.connect() as connection:
            return connection.execute(select(API_KEYS.c.key_id).limit(1)).first() is None

    def caller(self, secret: str) -> Caller:
        """Give who holds a key.

        Raises
        ------
        UnauthorizedError
            When there is no such key, or it is revoked or expired.
        """
        digest = _digest(secret)
        caller = self._known.get(digest) or self._read(API_KEYS.c.digest == digest)
        if caller is None:
            raise UnauthorizedError("send `Authorization: Bearer <key>` with a valid key")
        self._known[digest] = caller
        return self._still_valid(caller)

    def caller_by_id(self, key_id: str) -> Caller:
        """Give who holds the key of an id, as :meth:`caller` does."""
        caller = self._read(API_KEYS.c.key_id == key_id)
        if caller is None:
            raise UnauthorizedError("log in again: the key is no longer valid")
        return self._still_valid(caller)

    def forget(self) -> None:
        """Read keys anew from here on, after one was revoked."""
        self._known.clear()

    def _still_valid(self, caller: Caller) -> Caller:
        if caller.expires_at is not None and caller.expires_at <= self._clock():
            raise UnauthorizedError("the key has expired: ask for a new one")
        return caller

    def _read(self, condition: Any) -> Caller | None:
        wanted = select(
            API_KEYS.c.key_id, API_KEYS.c.name, API_KEYS.c.role, API_KEYS.c.expires_at
        ).where(condition, API_KEYS.c.is_revoked.is_(False))
        with self._engine.connect() as connection:
            row = connection.execute(wanted).first()
        return None if row is None else Caller(*row)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def requires(scope: str) -> Callable[..., Coroutine[Any, Any, Caller]]:
    """Make the dependency of a route that needs a scope; it gives the caller.

    Parameters
    ----------
    scope
        ``score``, ``review``, ``admin``, or ``any`` for whoever holds a valid key.
    """

    async def caller(
        request: Request, _documented: Annotated[Any, Depends(_bearer)] = None
    ) -> Caller:
        kind, _, secret = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not secret.strip():
            raise UnauthorizedError("send `Authorization: Bearer <key>`")
        ring: KeyRing = request.app.state.runtime.keys
        found = ring.caller(secret.strip())
        if scope != "any" and not found.may(scope):
            raise ForbiddenError(f"a key of the role {found.role} does not open {scope}")
        return found

    return caller


class CookieSigner:
    """Signs what a browser keeps, so that nobody else can write it.

    Parameters
    ----------
    secret
        The tenant's secret.

    Examples
    --------
    >>> signer = CookieSigner(b"secret")
    >>> cookie = signer.sign("key_1", expires_at=200)
    >>> signer.read(cookie, now=100), signer.read(cookie, now=200)
    ('key_1', None)
    >>> signer.read(cookie[:-2] + "AA", now=100) is None
    True
    """

    def __init__(self, secret: bytes) -> None:
        self._key = hmac.digest(secret, b"orderintel console cookie", "sha256")

    def sign(self, value: str, *, expires_at: int) -> str:
        """Give a cookie that holds a value until an instant in microseconds UTC."""
        content = f"{expires_at}.{value}"
        return f"{_text(content.encode())}.{_text(self._mac(content))}"

    def read(self, cookie: str, *, now: int) -> str | None:
        """Give the value of a cookie, or None when it was not signed here or has expired."""
        content, _, mac = cookie.partition(".")
        try:
            plain = urlsafe_b64decode(content + "==").decode()
            given = urlsafe_b64decode(mac + "==")
        except ValueError:
            return None
        expires_at, _, value = plain.partition(".")
        if not hmac.compare_digest(given, self._mac(plain)) or int(expires_at) <= now:
            return None
        return value

    def token(self, value: str) -> str:
        """Give the form token of a log-in, which a page of another site cannot know."""
        return _text(self._mac(f"form.{value}"))

    def _mac(self, content: str) -> bytes:
        return hmac.digest(self._key, content.encode(), "sha256")


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")
