"""Personal data over the API and the pages: masked, shown for a reason, found by its hash."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from serving.access.limits import Buckets
from serving.security import KEY_ROLES
from serving.store.tables import API_KEYS
from tests.serving.conftest import Service, blank_store, service
from tests.serving.orders import locked, order

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["blank_store", "service"]

KEY = "demo/shopify/eu/1"
PHONE = "13800000000"
REASON = {"reason": "call about the address"}


@pytest.fixture
def desk(service: Service) -> Service:
    """Give a service with a key for each role, and one order that waits for review."""
    service.keys |= {role: service.runtime.keys.create(role, role) for role in KEY_ROLES}
    service.score(locked())
    return service


def log_in(desk: Service, fields: Mapping[str, str], **headers: str) -> Any:
    return desk.client.post(
        "/console/login", data=dict(fields), headers=headers, follow_redirects=False
    )


def acts(desk: Service) -> list[str]:
    return [line.act for line in desk.runtime.audit.page(None, 50)]


def test_an_order_shows_its_personal_fields_masked(desk: Service) -> None:
    shown = desk.call("GET", f"/v1/orders/{KEY}", role="lead").json()

    assert {"field": "buyer.phone", "kind": "phone", "value": "138****00"} in shown["personal"]
    assert PHONE not in str(shown)


def test_who_asks_with_a_reason_sees_them_and_is_noted(desk: Service) -> None:
    answer = desk.call("POST", f"/v1/orders/{KEY}/reveal", role="lead", json=REASON)

    line = desk.runtime.audit.page(None, 1)[0]
    assert {"field": "buyer.phone", "kind": "phone", "value": PHONE} in answer.json()["fields"]
    assert (line.actor, line.act, line.subject) == ("lead", "personal.reveal", KEY)
    assert line.note["reason"] == REASON["reason"]
    assert PHONE not in str(line)


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "    "}, {"reason": "x" * 501}])
def test_without_a_reason_nothing_is_shown(desk: Service, body: dict[str, str]) -> None:
    answer = desk.call("POST", f"/v1/orders/{KEY}/reveal", role="lead", json=body)

    assert answer.status_code == 422
    assert "personal.reveal" not in acts(desk)


def test_an_order_that_is_not_there_is_not_noted(desk: Service) -> None:
    answer = desk.call("POST", "/v1/orders/demo/shopify/eu/9/reveal", role="lead", json=REASON)

    assert answer.status_code == 404
    assert "personal.reveal" not in acts(desk)


@pytest.mark.parametrize(("role", "is_clear"), [("reviewer", True), ("auditor", False)])
def test_an_address_is_coarse_for_who_does_not_review_it(
    desk: Service, role: str, is_clear: bool
) -> None:
    found = desk.call("GET", f"/v1/orders/{KEY}", role=role).json()
    case = desk.call("GET", "/v1/reviews", role=role).json()["items"][0]

    assert ("文三路" in str(found), "文三路" in case["address"]) == (is_clear, is_clear)
    assert found["address"]["city"] == "杭州市"
    assert "杭州市" in case["address"]


@pytest.mark.parametrize("written", ["138 0000 0000", "+86 13800000000", "138-0000-0000"])
def test_orders_are_found_by_a_phone_number_however_written(desk: Service, written: str) -> None:
    found = desk.call("POST", "/v1/orders/search", role="reviewer", json={"phone": written})

    assert found.json() == {"order_keys": [KEY]}


def test_orders_are_found_by_an_e_mail_address(desk: Service) -> None:
    buyer = order()["buyer"] | {"email": "Li.Na@gmail.com"}
    desk.score(order("2", buyer=buyer))

    found = desk.call("POST", "/v1/orders/search", json={"email": "lina@gmail.com"})

    assert found.json()["order_keys"] == ["demo/shopify/eu/2"]


@pytest.mark.parametrize(
    "body", [{}, {"phone": "x" * 6}, {"phone": PHONE, "email": "a@b.c"}, {"name": "li"}]
)
def test_a_search_for_nothing_is_refused(desk: Service, body: dict[str, str]) -> None:
    assert desk.call("POST", "/v1/orders/search", json=body).status_code == 422


def test_the_audit_log_is_listed_in_pages_and_by_act(desk: Service) -> None:
    for _ in range(3):
        desk.call("POST", f"/v1/orders/{KEY}/reveal", role="lead", json=REASON)

    first = desk.call("GET", "/v1/audit?limit=2", role="auditor").json()
    rest = desk.call("GET", f"/v1/audit?before={first['next_before']}", role="auditor").json()
    none = desk.call("GET", "/v1/audit?act=rules.save", role="auditor").json()

    assert ([each["number"] for each in first["items"]], first["broken_at"]) == ([3, 2], None)
    assert ([each["number"] for each in rest["items"]], rest["next_before"]) == ([1], None)
    assert none["items"] == []


def test_what_matters_is_noted(desk: Service) -> None:
    desk.runtime.users.create("li", "lead", "a long password")
    log_in(desk, {"name": "li", "password": "wrong"})
    log_in(desk, {"name": "li", "password": "a long password"})
    review = desk.call("GET", "/v1/reviews").json()["items"][0]["review_id"]
    verdict = {"verdict": "release", "cause": "legit"}
    desk.call("POST", f"/v1/reviews/{review}/decide", role="reviewer", json=verdict)
    desk.call("POST", f"/v1/reviews/{review}/undo", role="reviewer")
    rules = {"text": "rules: []\n", "note": "none yet"}
    assert desk.call("PUT", "/v1/rules", role="lead", json=rules).status_code == 200

    expected = ["rules.save", "review.undo", "review.decide", "login", "login.refuse"]
    assert acts(desk) == expected


def test_a_user_logs_in_by_name_and_password(desk: Service) -> None:
    password = desk.runtime.users.create("li", "lead")

    wrong = log_in(desk, {"name": "li", "password": "wrong"})
    right = log_in(desk, {"name": "li", "password": password})

    assert "name or the password is wrong" in wrong.text
    assert (right.status_code, right.headers["location"]) == (303, "/console")


def test_the_cookie_is_kept_from_scripts_and_other_sites(desk: Service) -> None:
    cookie = log_in(desk, {"key": desk.keys["lead"]}).headers["set-cookie"].lower()

    assert all(word in cookie for word in ("httponly", "samesite=strict", "path=/"))
    assert "secure" not in cookie


def test_away_from_this_machine_cookie_and_answers_ask_for_tls(desk: Service) -> None:
    answer = log_in(desk, {"key": desk.keys["lead"]}, Host="shop.example")

    assert "; secure" in answer.headers["set-cookie"]
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert "strict-transport-security" not in desk.client.get("/livez").headers


def test_each_log_in_gives_another_cookie(desk: Service) -> None:
    cookies = {log_in(desk, {"key": desk.keys["lead"]}).headers["set-cookie"] for _ in range(2)}

    assert len(cookies) == 2


def test_after_a_log_out_the_old_cookie_opens_nothing(desk: Service) -> None:
    log_in(desk, {"key": desk.keys["lead"]})
    token = re.findall(r'name="token" value="([^"]+)"', desk.client.get("/console").text)[0]
    kept = dict(desk.client.cookies)
    desk.client.post("/console/logout", data={"token": token})

    desk.client.cookies.clear()
    for name, value in kept.items():
        desk.client.cookies.set(name, value)

    assert desk.client.get("/console").url.path == "/console/login"
    assert acts(desk)[0] == "logout"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.example"},
    ],
)
def test_another_site_logs_nobody_in(desk: Service, headers: dict[str, str]) -> None:
    assert log_in(desk, {"key": desk.keys["lead"]}, **headers).status_code == 403


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://127.0.0.1"}]
)
def test_the_page_itself_logs_in(desk: Service, headers: dict[str, str]) -> None:
    assert log_in(desk, {"key": desk.keys["lead"]}, **headers).status_code == 303


def test_log_ins_from_one_address_are_slowed_down(desk: Service) -> None:
    desk.runtime.sessions.tries = Buckets(1 / 6, 10, lambda: 0.0)

    answers = [log_in(desk, {"name": f"user {n}", "password": "x"}) for n in range(11)]

    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert int(answers[-1].headers["retry-after"]) in range(1, 7)
    assert "Wait a little" in answers[-1].text


@pytest.mark.parametrize(("lang", "word"), [("zh", "审计日志"), ("en", "Audit log")])
def test_an_auditor_sees_the_log_as_a_page(desk: Service, lang: str, word: str) -> None:
    desk.call("POST", f"/v1/orders/{KEY}/reveal", role="lead", json=REASON)
    log_in(desk, {"key": desk.keys["auditor"]})

    text = desk.client.get(f"/console/audit?lang={lang}").text

    assert word in text
    assert REASON["reason"] in text
    assert KEY in text


def test_a_lead_sees_personal_data_on_a_page_after_giving_a_reason(desk: Service) -> None:
    log_in(desk, {"key": desk.keys["lead"]})
    page = desk.client.get(f"/console/orders/{KEY}").text
    token = re.findall(r'name="token" value="([^"]+)"', page)[0]

    shown = desk.client.post(
        "/console/reveal", data={"token": token, "order_key": KEY, **REASON}
    ).text

    assert ("138****00" in page, PHONE in page, PHONE in shown) == (True, False, True)


def test_a_key_that_asks_too_often_is_told_to_wait(desk: Service) -> None:
    desk.runtime.limiter = Buckets(1, 2, lambda: 0.0)

    answers = [desk.call("GET", "/v1/models") for _ in range(3)]

    problem = answers[2].json()
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert (answers[2].headers["retry-after"], problem["code"]) == ("1", "too_many_requests")
    assert desk.call("GET", "/v1/models", role="lead").status_code == 200
    assert desk.client.get("/livez").status_code == 200


def test_a_body_that_is_too_large_is_refused_declared_or_not(desk: Service) -> None:
    content = b"x" * (8 * 1024 * 1024 + 1)
    headers = {"Content-Type": "application/json"}

    declared = desk.call("POST", "/v1/orders/score", content=content, headers=headers)
    streamed = desk.call("POST", "/v1/orders/score", content=iter([content]), headers=headers)

    assert (declared.status_code, streamed.status_code) == (413, 413)


def test_when_a_key_was_last_used_is_kept_to_the_minute(desk: Service) -> None:
    used = select(API_KEYS.c.last_used_at).where(API_KEYS.c.name == "planner")
    desk.clock.advance(119)
    desk.call("GET", "/v1/models", role="planner")
    with desk.runtime.engine.connect() as connection:
        before = connection.execute(used).scalar()
        desk.runtime.keys.note_use()
        after = connection.execute(used).scalar_one()

    assert before is None
    assert after == desk.clock.at - desk.clock.at % 60_000_000


def test_a_key_revoked_elsewhere_is_out_after_the_next_look(desk: Service) -> None:
    from serving.security import KeyRing

    desk.call("GET", "/v1/models", role="planner")
    key_id = next(r["key_id"] for r in desk.runtime.keys.listed() if r["name"] == "planner")
    KeyRing(desk.runtime.engine, desk.clock).revoke(key_id)

    desk.runtime.keys.refresh()

    assert desk.call("GET", "/v1/models", role="planner").status_code == 401


def test_a_key_with_scopes_of_its_own_opens_these_only(desk: Service) -> None:
    desk.keys["own"] = desk.runtime.keys.create("own", "own", scopes=["plan", "audit"])

    statuses = [
        desk.call("GET", path, role="own").status_code
        for path in ("/v1/audit", "/v1/reviews", "/v1/webhooks")
    ]

    assert statuses == [200, 403, 403]
