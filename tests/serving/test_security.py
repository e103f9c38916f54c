"""Who may call what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import select, update

from serving.store.tables import API_KEYS
from tests.serving.orders import order

if TYPE_CHECKING:
    from tests.serving.conftest import Service

OPEN = {"/livez", "/readyz", "/docs", "/openapi.json", "/", "/console/static/{name}"}
OWN_DOOR = "/console"


def routes(service: Service) -> list[tuple[str, str]]:
    document = service.client.get("/openapi.json").json()
    return [(verb.upper(), path) for path, item in document["paths"].items() for verb in item]


def test_every_route_but_health_wants_a_key(service: Service) -> None:
    without = {
        path
        for verb, path in routes(service)
        if service.call(verb, path.replace("{", "").replace("}", ""), role=None).status_code != 401
    }

    assert without == {"/livez", "/readyz"}


def test_no_page_shows_anything_without_a_log_in(service: Service) -> None:
    app: Any = service.client.app
    pages = [r for r in app.routes if isinstance(r, APIRoute) and r.path.startswith(OWN_DOOR)]
    gets = [r.path for r in pages if "GET" in (r.methods or ())]
    shown = [
        path
        for path in gets
        if "static" not in path
        and "queue" in service.client.get(path, follow_redirects=False).text.lower()
    ]

    assert shown == []


@pytest.mark.parametrize(
    ("role", "verb", "path", "status"),
    [
        ("score", "POST", "/v1/orders/score", 200),
        ("review", "POST", "/v1/orders/score", 403),
        ("score", "GET", "/v1/reviews", 403),
        ("review", "GET", "/v1/reviews", 200),
        ("admin", "GET", "/v1/reviews", 200),
        ("score", "GET", "/metrics", 200),
        ("review", "POST", "/v1/outcomes", 403),
    ],
)
def test_a_role_opens_its_own_routes_only(
    service: Service, role: str, verb: str, path: str, status: int
) -> None:
    extra = {"json": order()} if verb == "POST" else {}

    assert service.call(verb, path, role=role, **extra).status_code == status


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc", "Bearer oi_wrong"])
def test_what_is_no_key_is_turned_away(service: Service, header: str) -> None:
    answer = service.call("GET", "/v1/reviews", role=None, headers={"Authorization": header})

    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_a_key_is_not_stored(service: Service) -> None:
    with service.runtime.engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(select(API_KEYS))]

    assert all(service.keys[role] not in str(rows) for role in service.keys)


def test_an_expired_key_is_turned_away(service: Service) -> None:
    secret = service.runtime.keys.create("short", "review", days=1)
    headers = {"Authorization": f"Bearer {secret}"}
    before = service.call("GET", "/v1/reviews", role=None, headers=headers)
    service.clock.advance(86_400)

    after = service.call("GET", "/v1/reviews", role=None, headers=headers)

    assert (before.status_code, after.status_code) == (200, 401)


def test_a_revoked_key_is_turned_away(service: Service) -> None:
    service.call("GET", "/v1/reviews", role="review")
    with service.runtime.engine.begin() as connection:
        connection.execute(
            update(API_KEYS).where(API_KEYS.c.name == "review").values(is_revoked=True)
        )
    service.runtime.keys.forget()

    assert service.call("GET", "/v1/reviews", role="review").status_code == 401


def test_answers_carry_security_headers_and_an_id(service: Service) -> None:
    headers = service.call("GET", "/livez").headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert len(headers["x-request-id"]) == 32


def test_a_request_id_that_could_break_a_log_is_replaced(service: Service) -> None:
    answer = service.call("GET", "/livez", headers={"X-Request-ID": 'x" onload='})

    assert len(answer.headers["x-request-id"]) == 32
