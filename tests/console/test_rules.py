"""The pages of the rules: list, editor, check, trial and versions, in both languages."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.console.test_pages import browser, page
from tests.serving.conftest import Service, blank_store, service
from tests.serving.orders import order

__all__ = ["blank_store", "browser", "service"]

RULES = """rules:
  - id: shopify-orders
    name: {zh: 来自 Shopify 的订单, en: orders from Shopify}
    mode: shadow
    when: {field: order__note, op: contains any of, value: [没发货]}
    then: {action: hold, tag: seen}
"""
BROKEN = RULES.replace("order__note", "order__nota")


@pytest.fixture
def admin(service: Service) -> Service:
    """Give a service into which an admin has logged in."""
    service.client.post(
        "/console/login",
        content=f"key={service.keys['admin']}",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    return service


def ask(service: Service, path: str, **fields: str) -> Any:
    text = page(service, "/console/rules/edit")
    found = re.search(r'name="form-token" content="([^"]+)"', text)
    assert found is not None
    body = {"token": found.group(1), "text": RULES, **fields}
    return service.client.post(f"/console/rules/{path}", json=body)


def save(service: Service, text: str = RULES) -> Any:
    return service.call("PUT", "/v1/rules", json={"text": text, "note": "first"})


def test_without_a_log_in_the_pages_lead_to_it(service: Service) -> None:
    for path in ("/console/rules", "/console/rules/edit"):
        assert service.client.get(path).url.path == "/console/login"


@pytest.mark.parametrize(
    ("lang", "parts"),
    [
        ("zh", ("来自 Shopify 的订单", "试运行", "拦截 · 标签 seen", "买家留言或工单文字 包含")),
        ("en", ("orders from Shopify", "on trial", "hold · tag seen", "contains any of")),
    ],
)
def test_the_list_says_each_rule_in_the_readers_words(
    browser: Service, lang: str, parts: tuple[str, ...]
) -> None:
    save(browser)

    text = page(browser, f"/console/rules?lang={lang}")

    for part in parts:
        assert part in text


def test_the_list_counts_what_a_rule_did(browser: Service) -> None:
    save(browser)
    browser.score(order("77", notes={"buyer": "还没发货，没发货！"}))

    text = page(browser, "/console/rules?lang=en")

    assert "<span>1</span>" in text
    assert "/console/orders/demo/shopify/eu/77" in text


def test_the_editor_lists_every_field_with_its_meaning(browser: Service) -> None:
    text = page(browser, "/console/rules/edit?lang=zh")

    assert "货到付款" in text
    assert "同一设备近 10 分钟的订单数" in text


def test_a_fault_is_shown_at_its_line_while_typing(browser: Service) -> None:
    answer = ask(browser, "check", text=BROKEN)

    assert 'class="error" data-line="5"' in answer.text
    assert "order__note" in answer.text


def test_an_admin_saves_and_the_rules_are_in_force(admin: Service) -> None:
    etag = admin.call("GET", "/v1/rules").headers["ETag"]

    answer = ask(admin, "save", etag=etag, note="from the page")

    assert answer.json()["number"] == 1
    assert admin.runtime.scorer.judge.rules.document.rules[0].id == "shopify-orders"


def test_broken_rules_are_not_saved(admin: Service) -> None:
    answer = ask(admin, "save", text=BROKEN, etag="*")

    assert answer.status_code == 422
    assert admin.call("GET", "/v1/rules").json()["number"] == 0


def test_a_version_that_somebody_else_replaced_is_not_overwritten(admin: Service) -> None:
    etag = admin.call("GET", "/v1/rules").headers["ETag"]
    save(admin)

    assert ask(admin, "save", etag=etag).status_code == 412


def test_a_reviewer_may_look_and_not_save(browser: Service) -> None:
    text = page(browser, "/console/rules/edit?lang=en")

    assert "role admin may save" in text
    assert ask(browser, "save", etag="*").status_code == 403


def test_another_sites_request_is_refused(admin: Service) -> None:
    body = {"token": "guessed", "text": RULES, "etag": "*"}

    assert admin.client.post("/console/rules/save", json=body).status_code == 403


def test_a_saved_version_is_compared_with_the_text_under_edit(admin: Service) -> None:
    save(admin)

    answer = ask(admin, "compare", number="1", text=RULES.replace("hold", "review"))

    assert '<span class="cut">-    then: {action: hold, tag: seen}</span>' in answer.text
    assert '<span class="add">+    then: {action: review, tag: seen}</span>' in answer.text


def test_a_trial_without_a_history_says_why_in_its_place(browser: Service) -> None:
    answer = ask(browser, "backtest", days="14")

    assert answer.status_code == 200
    assert "there is no history" in answer.text


def test_what_a_rule_says_is_never_markup(browser: Service) -> None:
    save(browser, RULES.replace("orders from Shopify", "<script>alert(1)</script>"))

    assert "<script>alert" not in page(browser, "/console/rules?lang=en")
