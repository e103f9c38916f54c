"""The session cookie of the pages: signed, for this site only, and Secure wherever it can be."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from starlette.middleware.sessions import SessionMiddleware

from serving.access.sessions import LONGEST_S

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

COOKIE: Final = "orderintel_session"
PAGES: Final = ("/console", "/docs")


class ConsoleFrame:
    """Gives the pages their session; what machines call goes by without one.

    Parameters
    ----------
    app
        The app.
    secret
        Signs the cookie.
    """

    def __init__(self, app: ASGIApp, secret: str) -> None:
        self.app = app
        plain, secure = (
            SessionMiddleware(
                app,
                secret_key=secret,
                session_cookie=COOKIE,
                max_age=LONGEST_S,
                same_site="strict",
                https_only=https_only,
            )
            for https_only in (False, True)
        )
        self._plain, self._secure = plain, secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or not scope["path"].startswith(PAGES):
            await self.app(scope, receive, send)
        elif is_loopback(scope):
            await self._plain(scope, receive, send)
        else:
            await self._secure(scope, receive, send)


def is_loopback(scope: Scope) -> bool:
    """Tell whether the browser talks to its own machine, where cookies need no TLS.

    Examples
    --------
    >>> [
    ...     is_loopback({"headers": [(b"host", host)]})
    ...     for host in (b"127.0.0.1:8000", b"localhost", b"[::1]:80", b"shop.example", b"")
    ... ]
    [True, True, True, False, False]
    """
    return _is_near(next((value for name, value in scope["headers"] if name == b"host"), b""))


@lru_cache(maxsize=256)
def _is_near(host: bytes) -> bool:
    name = host.decode("latin-1").rpartition("]")[0].lstrip("[") or host.decode("latin-1")
    name = name.partition(":")[0] if name.count(":") == 1 else name
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
