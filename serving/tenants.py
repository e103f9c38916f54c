"""Several shops in one service: each has an app of its own, and a request reaches one of them.

Nothing is filtered by shop anywhere. Home, store, window state, secret, models and keys of a shop
are its own from the start, so that a query that forgot a condition still finds one shop's rows.
"""

from __future__ import annotations

import re
from contextlib import AsyncExitStack
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any, Final

import structlog
from starlette.responses import JSONResponse, RedirectResponse

from serving.console.frame import is_loopback
from serving.errors import ProblemAnswer
from serving.secret import tenant_secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from serving.settings import Settings

COOKIE: Final = "orderintel_tenant"
FIRST_USER: Final = "admin"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_KEY: Final = re.compile(rb"(?i:bearer)\s+oi_([a-z0-9][a-z0-9-]{0,31})\.")
_DOOR: Final = re.compile(r"/t/([a-z0-9][a-z0-9-]{0,31})(?:/console)?/?")
COMMON: Final = ("/openapi.json", "/livez")
"""What is the same for every shop, and needs no key."""


def is_name(text: str) -> bool:
    """Tell whether a text can name a shop.

    Examples
    --------
    >>> is_name("acme-eu"), is_name("../acme"), is_name("")
    (True, False, False)
    """
    return _NAME.fullmatch(text) is not None


def tenant_names(settings: Settings) -> list[str]:
    """List the shops of a home, by name; none where the home is one shop's own.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from serving.settings import Settings
    >>> with TemporaryDirectory() as home:
    ...     (Path(home) / "tenants" / "acme").mkdir(parents=True)
    ...     tenant_names(Settings(home=Path(home)))
    ['acme']
    """
    folder = settings.tenants_folder
    if settings.tenant is not None or not folder.is_dir():
        return []
    return sorted(each.name for each in folder.iterdir() if each.is_dir() and is_name(each.name))


def add_tenant(settings: Settings, name: str) -> dict[str, str]:
    """Make a shop, and give its first key and its first user's password, this once.

    Parameters
    ----------
    settings
        Settings of the home of all shops.
    name
        Name of the shop; see :func:`is_name`.
    """
    from serving.access.audit import AuditLog
    from serving.access.users import UserStore
    from serving.clock import now
    from serving.opening import open_store
    from serving.security import KeyRing

    own = settings.of_tenant(name)
    engine = open_store(own, now)
    try:
        key = KeyRing(engine, now, name).create("first key", "admin")
        password = UserStore(engine, now).create(FIRST_USER, "admin")
        audit = AuditLog(engine, tenant_secret(own), now)
        audit.add("command line", "key.create", "first key", role="admin")
        audit.add("command line", "user.create", FIRST_USER, role="admin")
    finally:
        engine.dispose()
    return {"home": str(own.home), "key": key, "user": FIRST_USER, "password": password}


class Dispatcher:
    """One app for several shops.

    Parameters
    ----------
    apps
        Name of a shop to its app.

    Notes
    -----
    The shop is named by the key (``oi_<shop>.…``), or else by a cookie, which ``/t/<shop>/console``
    sets. Neither is trusted: a key is looked up in the named shop's own store, and a session cookie
    is signed with the named shop's own secret.
    """

    def __init__(self, apps: Mapping[str, FastAPI]) -> None:
        self._apps = dict(apps)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request to its shop."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        door = _DOOR.fullmatch(scope["path"])
        if door is not None and door[1] in self._apps:
            answer: ASGIApp = _entry(door[1], is_secure=not is_loopback(scope))
            await answer(scope, receive, send)
            return
        name = _asked(scope)
        if name in self._apps:
            with structlog.contextvars.bound_contextvars(tenant=name):
                await self._apps[name](scope, receive, send)
        else:
            await (await self._answer_all(scope, receive))(scope, receive, send)

    async def _answer_all(self, scope: Scope, receive: Receive) -> ASGIApp:
        """Give the answer to a request that names no shop."""
        path = scope["path"]
        if path in COMMON:
            return next(iter(self._apps.values()))
        if path == "/readyz":
            statuses = [await _status(app, scope, receive) for app in self._apps.values()]
            is_ready = max(statuses) == 200
            return JSONResponse({"status": "ok"}) if is_ready else _problem("unavailable")
        is_page = path == "/" or path.startswith(("/console", "/docs", "/t/"))
        return _problem("not_found" if is_page else "unauthorized")

    async def _live(self, receive: Receive, send: Send) -> None:
        """Start every shop, and stop them all."""
        await receive()
        async with AsyncExitStack() as stack:
            for app in self._apps.values():
                await stack.enter_async_context(app.router.lifespan_context(app))
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})


def _asked(scope: Scope) -> str | None:
    """Give the shop that a request names; a key goes before the cookie."""
    headers = dict(scope["headers"])
    authorization = headers.get(b"authorization")
    if authorization is not None:
        key = _KEY.match(authorization)
        return None if key is None else key[1].decode()
    try:
        cookies = SimpleCookie(headers.get(b"cookie", b"").decode("latin-1"))
    except CookieError:
        return None
    return cookies[COOKIE].value if COOKIE in cookies else None


def _entry(name: str, *, is_secure: bool) -> RedirectResponse:
    """Lead to the console of a shop, and remember which."""
    answer = RedirectResponse("/console", status_code=303)
    answer.set_cookie(COOKIE, name, httponly=True, samesite="lax", secure=is_secure, path="/")
    return answer


def _problem(code: str) -> ASGIApp:
    details = {
        "not_found": "open /t/NAME/console with the name of your shop",
        "unauthorized": "send `Authorization: Bearer oi_NAME.…` with a key of your shop",
        "unavailable": "a shop of this service is not ready",
    }
    headers = {"WWW-Authenticate": "Bearer"} if code == "unauthorized" else None
    return ProblemAnswer(code, details[code], "-").response(headers)


async def _status(app: FastAPI, scope: Scope, receive: Receive) -> int:
    """Ask one shop and give the status alone."""
    found = 500

    async def note(message: Message) -> None:
        nonlocal found
        if message["type"] == "http.response.start":
            found = message["status"]

    own: dict[str, Any] = {**scope, "headers": [], "state": {}}
    await app(own, receive, note)
    return found
