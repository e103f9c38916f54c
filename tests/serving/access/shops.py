"""Two shops in one service, with keys and log-ins of every role, live, ended and taken back."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from fastapi.testclient import TestClient
from sqlalchemy import update

from serving.access.limits import Buckets
from serving.app import create_app
from serving.clock import now
from serving.console.frame import COOKIE
from serving.runtime import open_runtime
from serving.security import KEY_ROLES, digest
from serving.settings import Settings
from serving.store.tables import API_KEYS, SESSIONS
from serving.tenants import COOKIE as TENANT
from serving.tenants import Dispatcher, add_tenant
from tests.serving.orders import locked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from serving.runtime import Runtime

SHOPS: Final = ("acme", "zeta")
LOGGED_IN: Final = tuple(role for role, scopes in KEY_ROLES.items() if "read" in scopes)
STALE: Final = ("expired", "revoked")


@dataclass
class Browser:
    """A log-in: what its cookies say, and the token of its forms."""

    cookies: str
    token: str


@dataclass
class Shops:
    """The service, and what lets callers in to each shop."""

    client: TestClient
    runtimes: dict[str, Runtime]
    keys: dict[str, dict[str, str]] = field(default_factory=dict)
    browsers: dict[str, dict[str, Browser]] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)

    def call(self, route: str, key: str | None) -> Any:
        """Call a route with a key, an empty body, and the ids of the first shop's own things."""
        method, path = self.address(route)
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        return self.client.request(method, path, headers=headers, **body_of(method))

    def open(self, route: str, browser: Browser | None, *, token: str | None = None) -> Any:
        """Open a page, or send a page's form with a token."""
        method, path = self.address(route)
        cookies = f"{TENANT}=acme" if browser is None else browser.cookies
        headers = {"Cookie": cookies, "Accept-Language": "en"}
        extra: dict[str, Any] = {}
        if method == "POST":
            told = {"token": token or ""}
            is_json = "/rules/" in path
            kind = "application/json" if is_json else "application/x-www-form-urlencoded"
            headers["Content-Type"] = kind
            extra["content"] = json.dumps(told) if is_json else f"token={token or ''}"
        self.client.cookies.clear()
        return self.client.request(method, path, headers=headers, follow_redirects=False, **extra)

    def address(self, route: str) -> tuple[str, str]:
        """Give method and path of a route, with the ids of the first shop's own things."""
        method, _, path = route.partition(" ")
        return method, re.sub(r"\{(\w+)\}", lambda found: self.places[found[1]], path)


def body_of(method: str) -> dict[str, Any]:
    """Give an empty body where there is to be one."""
    return {"json": {}} if method in {"POST", "PUT", "PATCH"} else {}


@contextmanager
def two_shops(home: Path) -> Iterator[Shops]:
    """Open the service; its first shop holds an order that waits for review."""
    settings = Settings(home=home, log_level="ERROR", rate_limit=0)
    first = {name: add_tenant(settings, name)["key"] for name in SHOPS}
    runtimes = {name: open_runtime(settings.of_tenant(name)) for name in SHOPS}
    apps = {
        name: create_app(runtime.settings, runtime=runtime, has_jobs=False)
        for name, runtime in runtimes.items()
    }
    with TestClient(Dispatcher(apps), base_url="http://127.0.0.1") as client:
        shops = Shops(client, runtimes)
        for name, runtime in runtimes.items():
            runtime.sessions.tries = Buckets(1e9, 1e9)
            shops.keys[name] = _keys(runtime)
            shops.browsers[name] = _browsers(shops, name)
        shops.places = _seed(shops, first["acme"])
        yield shops


def _keys(runtime: Runtime) -> dict[str, str]:
    keys = {role: runtime.keys.create(role, role) for role in KEY_ROLES}
    keys |= {state: runtime.keys.create(state, "admin", days=1) for state in STALE}
    with runtime.engine.begin() as connection:
        ended = update(API_KEYS).where(API_KEYS.c.name == "expired").values(expires_at=now() - 1)
        connection.execute(ended)
    taken = next(row["key_id"] for row in runtime.keys.listed() if row["name"] == "revoked")
    runtime.keys.revoke(taken)
    return keys


def _browsers(shops: Shops, name: str) -> dict[str, Browser]:
    keys = shops.keys[name]
    found = {role: _log_in(shops.client, name, keys[role]) for role in LOGGED_IN}
    runtime = shops.runtimes[name]
    ends: dict[str, dict[str, int | bool]] = {
        "expired": {"seen_at": 0}, "revoked": {"is_revoked": True},
    }  # fmt: skip
    for state, change in ends.items():
        caller = runtime.keys.caller(keys["admin"])
        found[state] = _log_in(shops.client, name, keys["admin"])
        with runtime.engine.begin() as connection:
            newest = digest(_newest(found[state]))
            connection.execute(update(SESSIONS).where(SESSIONS.c.digest == newest).values(**change))
        assert caller.role == "admin"
    return found


def _newest(browser: Browser) -> str:
    """Read what the session of a browser is known by out of its cookie."""
    from base64 import b64decode

    content = browser.cookies.partition(f"{COOKIE}=")[2].partition(".")[0].strip('"')
    known: str = json.loads(b64decode(content))["id"]
    return known


def _log_in(client: TestClient, shop: str, key: str) -> Browser:
    client.cookies.clear()
    client.get(f"/t/{shop}/console", follow_redirects=False)
    answer = client.post("/console/login", data={"key": key}, follow_redirects=False)
    assert answer.headers["location"] == "/console", answer.text
    page = client.get("/docs").text
    found = re.search(r'name="token" value="([^"]+)"', page)
    assert found is not None
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    client.cookies.clear()
    return Browser(cookies, found[1])


def _seed(shops: Shops, key: str) -> dict[str, str]:
    """Leave an order with its review in the first shop, and give the ids of what is there."""
    headers = {"Authorization": f"Bearer {key}"}
    scored = shops.client.post("/v1/orders/score", json=locked("only-acme"), headers=headers)
    assert scored.status_code == 200, scored.text
    cases = shops.client.get("/v1/reviews", headers=headers).json()["items"]
    return {
        "order_key": scored.json()["order_key"],
        "review_id": cases[0]["review_id"],
        "case_id": "adr_" + "0" * 32,
        "endpoint_id": "whe_" + "0" * 32,
        "act": "no-such-act",
        "number": "1",
        "period": "2026-03-02",
        "name": "style.css",
    }
