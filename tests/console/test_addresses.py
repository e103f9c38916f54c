"""The page of unsure addresses: the case, its numbered choices, the picture, in both languages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from features.address.result import PRECISIONS
from serving.console.words import WORDS
from serving.geocoders.register import PROVIDERS
from tests.serving.addresses.desk import SAME, TIE, Desk, opened
from tests.serving.conftest import blank_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["blank_store"]


@pytest.fixture
def desk(tmp_path: Path, blank_store: Path) -> Iterator[Desk]:
    """Give a service into which a reviewer has logged in."""
    with opened(tmp_path, blank_store) as found:
        found.client.post(
            "/console/login",
            content=f"key={found.keys['review']}",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        yield found


def page(desk: Desk, **asked: str) -> str:
    answer = desk.client.get("/console/addresses", params=asked)
    assert answer.status_code == 200
    return str(answer.text)


def press(desk: Desk, choice: str, **changes: str) -> Any:
    """Do what the page's script does when a key is pressed."""
    text = page(desk)
    token = re.findall(r'name="form-token" content="([^"]+)"', text)[0]
    case, version = re.findall(r'data-case="(\w+)" data-version="(\d+)"', text)[0]
    fields = {"token": token, "choice": choice, "version": version} | changes
    body = "&".join(f"{name}={value}" for name, value in fields.items())
    return desk.client.post(
        f"/console/addresses/{case}/choose",
        content=body,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )


def test_without_a_log_in_the_page_leads_to_it(desk: Desk) -> None:
    desk.client.cookies.clear()

    assert desk.client.get("/console/addresses").url.path == "/console/login"
    assert desk.client.get("/console/addresses/desk").url.path == "/console/login"


@pytest.mark.parametrize(
    ("lang", "parts"),
    [
        ("zh", ("地址确认", "都不对", "来源：离线解析", "一键同时确认 2 单相同地址", "到单元房号")),
        (
            "en",
            (
                "Addresses",
                "None of them",
                "from offline resolver",
                "settles 2 equal",
                "to the unit",
            ),
        ),
    ],
)
def test_a_case_shows_its_choices_differences_and_picture(
    desk: Desk, lang: str, parts: tuple[str, ...]
) -> None:
    desk.send("1", TIE)
    desk.clock.advance(1)
    desk.send("2", SAME)

    text = page(desk, lang=lang)

    for part in parts:
        assert part in text
    assert "<ins>吉林省长春市</ins>朝阳区建国路88号3号楼501室" in text
    assert re.findall(r'data-choice="(\d)"', text) == ["1", "2", "0"]
    assert '<svg class="places"' in text


def test_a_key_settles_the_case_and_its_equals(desk: Desk) -> None:
    key = desk.send("1", TIE)
    desk.clock.advance(1)
    desk.send("2", SAME)

    assert press(desk, "2").status_code == 204

    assert desk.open() == []
    assert desk.order(key)["address"]["city"] == "长春市"
    settled = page(desk, state="settled", lang="zh", case=desk.case(key, "settled")["case_id"])
    assert "吉林省长春市朝阳区建国路88号3号楼501室" in settled
    assert "data-undo" in settled


def test_a_form_of_another_site_does_nothing(desk: Desk) -> None:
    desk.send("1", TIE)

    assert press(desk, "1", token="guessed").status_code == 403
    assert len(desk.open()) == 1


@pytest.mark.parametrize("choice", ["9", "", "1 or 1"])
def test_a_key_that_is_none_does_nothing(desk: Desk, choice: str) -> None:
    desk.send("1", TIE)

    assert press(desk, choice).status_code == 422
    assert len(desk.open()) == 1


def test_what_a_buyer_typed_cannot_become_markup(desk: Desk) -> None:
    desk.send("1", "朝阳区建国路88号<img src=x onerror=alert(1)>")

    assert "<img" not in page(desk)


def test_an_empty_queue_says_so(desk: Desk) -> None:
    assert "没有待确认的地址" in page(desk, lang="zh")
    assert "No address has been settled yet" in page(desk, lang="en", state="settled")


def test_every_precision_source_and_state_has_its_words() -> None:
    asked = {f"precision_{name}" for name in PRECISIONS}
    asked |= {f"by_{name}" for name in (*PROVIDERS, "offline", "points", "review")}
    asked |= {"addresses_open", "addresses_settled"}

    assert asked <= WORDS.keys()
