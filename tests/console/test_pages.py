"""The pages: log-in, queue, order, in both languages and without anything from elsewhere."""

from __future__ import annotations

import re
from string import Formatter
from typing import TYPE_CHECKING, Any

import pytest

from features import line
from features.catalogue import declare
from serving.console.frame import COOKIE
from serving.console.pages import FOLDER
from serving.console.router import ADDRESS_FIELDS, ROUTE_FIELDS
from serving.console.words import WORDS
from tests.parity.shop import disorderly_shop, write_shop
from tests.serving.conftest import Service, blank_store, service
from tests.serving.orders import locked, order

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["blank_store", "service"]


@pytest.fixture
def browser(service: Service) -> Service:
    """Give a service into which the client has logged in."""
    answer = service.client.post(
        "/console/login",
        content=f"key={service.keys['review']}",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert answer.url.path == "/console"
    return service


def page(browser: Service, path: str, **extra: Any) -> str:
    answer = browser.client.get(path, **extra)
    assert answer.status_code == 200
    text: str = answer.text
    return text


def form(browser: Service, path: str, fields: Mapping[str, str]) -> Any:
    content = "&".join(f"{name}={value}" for name, value in fields.items())
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return browser.client.post(path, content=content, headers=headers)


def token(browser: Service) -> str:
    found = re.search(r'name="form-token" content="([^"]+)"', page(browser, "/console"))
    assert found is not None
    return found.group(1)


def test_without_a_log_in_every_page_leads_to_it(service: Service) -> None:
    pages = ("/", "/console", "/console/queue", "/console/catalogue", "/console/orders/a/b/c/d")
    for path in pages:
        assert service.client.get(path).url.path == "/console/login"


def test_a_key_that_may_not_review_does_not_get_in(service: Service) -> None:
    answer = form(service, "/console/login", {"key": service.keys["score"]})

    assert "may not review" in answer.text


def test_the_queue_shows_band_reasons_amount_and_address(browser: Service) -> None:
    browser.score(locked())

    text = page(browser, "/console")

    for part in ("high", "hold", "¥239.00", "shopify", "浙江省杭州市"):
        assert part in text


@pytest.mark.parametrize(
    ("query", "accepted", "word"),
    [("", "zh-CN,zh;q=0.9", "审核队列"), ("", "en-GB", "Review queue"), ("?lang=zh", "en", "审核")],
)
def test_pages_speak_the_readers_language(
    browser: Service, query: str, accepted: str, word: str
) -> None:
    assert word in page(browser, f"/console{query}", headers={"Accept-Language": accepted})


def test_a_chosen_language_is_remembered(browser: Service) -> None:
    page(browser, "/console?lang=zh")

    assert "审核队列" in page(browser, "/console", headers={"Accept-Language": "en"})


def test_an_order_shows_its_decision_in_full(browser: Service) -> None:
    browser.score(order())

    text = page(browser, "/console/orders/demo/shopify/eu/1")

    assert "Timeline" in text
    assert "文三路" in text


def test_what_a_buyer_wrote_is_never_markup(browser: Service) -> None:
    document = locked("<script>alert(1)</script>")

    browser.score(document)

    assert "<script>alert" not in page(browser, "/console")


def test_a_key_press_decides_and_undoes(browser: Service) -> None:
    browser.score(locked())
    review_id = browser.call("GET", "/v1/reviews").json()["items"][0]["review_id"]
    fields = {"token": token(browser), "verdict": "hold"}

    decided = form(browser, f"/console/reviews/{review_id}/decide", fields)
    closed = browser.call("GET", "/v1/reviews?state=closed").json()["items"]
    undone = form(browser, f"/console/reviews/{review_id}/undo", fields)

    assert (decided.status_code, closed[0]["decided_by"], undone.status_code) == (
        204,
        "review",
        204,
    )


def test_a_form_of_another_site_is_refused(browser: Service) -> None:
    browser.score(locked())
    review_id = browser.call("GET", "/v1/reviews").json()["items"][0]["review_id"]
    fields = {"token": "guessed", "verdict": "hold"}

    answer = form(browser, f"/console/reviews/{review_id}/decide", fields)

    assert answer.status_code == 403


def test_a_forged_cookie_opens_nothing(service: Service) -> None:
    service.client.cookies.set(COOKIE, "a2V5.c2ln")

    assert service.client.get("/console").url.path == "/console/login"


def test_the_api_describes_itself_to_people(service: Service) -> None:
    text = page(service, "/docs")

    assert "/v1/orders/score" in text
    assert "https://" not in re.sub(r"<pre>.*?</pre>", "", text, flags=re.DOTALL)


def test_without_a_history_the_catalogue_says_how_to_get_one(browser: Service) -> None:
    assert "orderintel import" in page(browser, "/console/catalogue")


@pytest.mark.parametrize(("lang", "word"), [("zh", "商品件数"), ("en", "units over all lines")])
def test_the_catalogue_lists_every_feature_with_the_share_of_each_channel(
    browser: Service, tmp_path: Path, lang: str, word: str
) -> None:
    history = write_shop(tmp_path / "history", disorderly_shop(5, 60))
    browser.runtime.history = history

    text = page(browser, f"/console/catalogue?lang={lang}")

    profile = history.profile
    names = {feature.name for feature in (*declare(profile), *line.features(profile))}
    assert names == set(re.findall(r"<td><code>(\w+)</code>", text))
    assert word in text
    assert {"jd", "taobao"} <= set(re.findall(r'title="[^"]+">(\w+)</th>', text))


def test_pages_load_nothing_from_elsewhere() -> None:
    for path in (*FOLDER.glob("templates/*.html"), *FOLDER.glob("static/*")):
        text = re.sub(r'placeholder="[^"]*"', "", path.read_text("utf-8"))
        assert not re.search(r"https?://", text), path.name


def test_only_known_files_are_served(service: Service) -> None:
    assert service.client.get("/console/static/style.css").status_code == 200
    assert service.client.get("/console/static/..%2Frouter.py").status_code == 404


def test_every_word_a_page_asks_for_exists_in_both_languages() -> None:
    asked = set()
    for path in FOLDER.glob("templates/*.html"):
        asked |= set(re.findall(r"""\bt\("(\w+)\"""", path.read_text("utf-8")))

    asked |= {*ADDRESS_FIELDS, *ROUTE_FIELDS}

    begun = {
        "by_",
        "mode_",
        "personal_",
        "role_",
        "addresses_",
        "precision_",
        "outcome_",
        "run_",
        "trial_",
        "user_",
        "webhook_",
        "webhook_replay_",
        "webhook_why_",
    }
    assert asked - WORDS.keys() - begun == set()
    for name, (zh, en) in WORDS.items():
        fields = [{f for _, f, _, _ in Formatter().parse(text) if f} for text in (zh, en)]
        assert fields[0] == fields[1], name
