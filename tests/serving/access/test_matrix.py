"""Every route × every role × every state of a key or log-in × the other shop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serving.console.frame import COOKIE
from serving.security import KEY_ROLES
from serving.tenants import COOKIE as TENANT
from tests.serving.access.matrix import ANY, CALLS, OPEN, PAGES, routes
from tests.serving.access.shops import LOGGED_IN, STALE, Browser, Shops, two_shops

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.embedded

CLOSED_CALLS = sorted(route for route, scope in CALLS.items() if scope != OPEN)
CLOSED_PAGES = sorted(route for route, scope in PAGES.items() if scope != OPEN)
FORMS = [route for route in CLOSED_PAGES if route.startswith("POST")]
LOG_IN = "/console/login"


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shops]:
    """Give one service with two shops to all cells."""
    with two_shops(tmp_path_factory.mktemp("shops")) as opened:
        yield opened


def opens(role: str, scope: str) -> bool:
    return scope == ANY or scope in KEY_ROLES[role]


def test_every_route_of_the_app_has_a_line_in_the_table() -> None:
    assert routes() == CALLS.keys() | PAGES.keys()


def test_the_description_knows_no_route_beyond_the_table(shops: Shops) -> None:
    document = shops.client.get("/openapi.json").json()

    described = {
        f"{verb.upper()} {path}" for path, item in document["paths"].items() for verb in item
    }

    assert described == CALLS.keys()


@pytest.mark.parametrize("role", sorted(KEY_ROLES))
@pytest.mark.parametrize("route", CLOSED_CALLS)
def test_a_key_opens_what_its_role_opens(shops: Shops, route: str, role: str) -> None:
    status = shops.call(route, shops.keys["acme"][role]).status_code

    assert status != 401
    assert status != 500
    assert (status != 403) is opens(role, CALLS[route])


@pytest.mark.parametrize("state", ["none", *STALE])
@pytest.mark.parametrize("route", CLOSED_CALLS)
def test_without_a_valid_key_nothing_opens(shops: Shops, route: str, state: str) -> None:
    answer = shops.call(route, shops.keys["acme"].get(state))

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")


@pytest.mark.parametrize("route", CLOSED_CALLS)
def test_a_key_of_another_shop_is_none_here(shops: Shops, route: str) -> None:
    secret = shops.keys["zeta"]["admin"].removeprefix("oi_zeta.")

    assert shops.call(route, f"oi_acme.{secret}").status_code == 401


@pytest.mark.parametrize("route", [route for route in CLOSED_CALLS if route.startswith("GET")])
def test_another_shop_sees_nothing_of_this_one(shops: Shops, route: str) -> None:
    answer = shops.call(route, shops.keys["zeta"]["admin"])

    assert answer.status_code != 403
    assert not shows_acme(shops, answer.text)


@pytest.mark.parametrize("route", [route for route in CLOSED_CALLS if "{review_id}" in route])
def test_another_shop_changes_nothing_of_this_one(shops: Shops, route: str) -> None:
    method, path = shops.address(route)
    headers = {"Authorization": f"Bearer {shops.keys['zeta']['admin']}"}
    bodies = {"decide": {"verdict": "release", "cause": "legit"}, "snooze": {"minutes": 60},
              "note": {"text": "x"}}  # fmt: skip
    body = bodies.get(path.rpartition("/")[2], {})

    assert shops.client.request(method, path, json=body, headers=headers).status_code == 404


def test_the_seeded_order_is_seen_by_its_own_shop(shops: Shops) -> None:
    own = shops.keys["acme"]["admin"]
    wanted = ("GET /v1/orders/{order_key}", "GET /v1/reviews")

    assert [shows_acme(shops, shops.call(route, own).text) for route in wanted] == [True, True]


@pytest.mark.parametrize("role", LOGGED_IN)
@pytest.mark.parametrize("route", CLOSED_PAGES)
def test_a_page_opens_to_the_roles_it_is_for(shops: Shops, route: str, role: str) -> None:
    browser = shops.browsers["acme"][role]
    if route == "POST /console/logout":
        browser = fresh(shops, role)

    answer = shops.open(route, browser, token=browser.token)

    assert answer.status_code not in {401, 500}
    assert (answer.status_code != 403) is opens(role, PAGES[route])
    is_log_out = route == "POST /console/logout"
    assert (answer.headers.get("location") == LOG_IN) is is_log_out


@pytest.mark.parametrize("state", ["none", *STALE, "other shop"])
@pytest.mark.parametrize("route", CLOSED_PAGES)
def test_without_a_log_in_no_page_opens(shops: Shops, route: str, state: str) -> None:
    browser = stranger(shops) if state == "other shop" else shops.browsers["acme"].get(state)

    answer = shops.open(route, browser, token=browser.token if browser else "")

    assert answer.status_code in {303, 403}
    assert answer.status_code == 403 or answer.headers["location"] == LOG_IN
    assert not shows_acme(shops, answer.text)


@pytest.mark.parametrize("token", ["", "guessed", "20991231235959##" + "0" * 40])
@pytest.mark.parametrize("route", FORMS)
def test_a_form_without_its_token_is_refused(shops: Shops, route: str, token: str) -> None:
    answer = shops.open(route, shops.browsers["acme"]["admin"], token=token)

    assert answer.status_code == 403


def test_a_role_that_looks_at_nothing_cannot_log_in(shops: Shops) -> None:
    shops.client.cookies.clear()
    shops.client.cookies.set(TENANT, "acme")

    answer = shops.client.post(LOG_IN, data={"key": shops.keys["acme"]["score"]})

    assert "may not review" in answer.text


def shows_acme(shops: Shops, text: str) -> bool:
    """Tell whether an answer holds anything of the first shop's order."""
    own = ("only-acme", shops.places["review_id"])
    asked = shops.places["order_key"]
    return any(word in text.replace(asked, "").replace(f"no order '{asked}'", "") for word in own)


def fresh(shops: Shops, role: str) -> Browser:
    """Log a role in once more, for what ends the log-in."""
    from tests.serving.access.shops import _log_in

    return _log_in(shops.client, "acme", shops.keys["acme"][role])


def stranger(shops: Shops) -> Browser:
    """Give the other shop's administrator, who says to be of this shop."""
    other = shops.browsers["zeta"]["admin"]
    return Browser(other.cookies.replace(f"{TENANT}=zeta", f"{TENANT}=acme"), other.token)


def test_the_stranger_is_who_the_other_shop_knows(shops: Shops) -> None:
    other = shops.browsers["zeta"]["admin"]

    assert COOKIE in other.cookies
    assert shops.open("GET /console", other).status_code == 200
