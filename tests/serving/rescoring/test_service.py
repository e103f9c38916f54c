"""What was decided without a part is decided again when the part is back, as it would have been."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest

from serving.rescoring.service import KEPT_US, Rescoring
from serving.runtime import open_runtime
from serving.scoring.judge import Missing
from serving.settings import Settings
from tests.parity.shop import disorderly_shop, write_shop
from tests.serving.conftest import Clock, serving
from tests.serving.orders import locked, order

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.serving.conftest import Service

ORDER = "/v1/orders/demo/shopify/eu/1"


class Broken:
    """Window state that does not answer."""

    whole_from = 0

    def values(self, _order: Any, _lines: Any) -> Any:
        raise ConnectionError

    def add_order(self, _order: Any, _lines: Any) -> None:
        """Take an order, as a state does that is told later."""


class Fleeting:
    """Window state that goes away again.

    Parameters
    ----------
    engine
        What answers.
    n
        How often it does.
    """

    def __init__(self, engine: Any, n: int) -> None:
        self._engine, self._left = engine, n
        self.whole_from = engine.whole_from

    def values(self, order: Any, lines: Any) -> Any:
        if not self._left:
            raise ConnectionError
        self._left -= 1
        return self._engine.values(order, lines)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """Give a service with a history that decides nothing again by itself."""

    async def never(_self: Rescoring) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(Rescoring, "follow", never)
    write_shop(tmp_path / "history", disorderly_shop(3, 40))
    clock = Clock()
    settings = Settings(home=tmp_path, log_level="ERROR")
    yield from serving(open_runtime(settings, clock=clock), clock)


def work(service: Service) -> int:
    return asyncio.run(service.runtime.rescoring.work())


def without_state(service: Service, *numbers: str) -> list[dict[str, Any]]:
    """Decide orders while window state is away, and bring it back."""
    state = service.runtime.scorer.state
    engine, state.engine = state.engine, cast("Any", Broken())
    decided = [service.score(order(number)).json() for number in numbers]
    state.engine = engine
    for number in numbers:
        event = service.runtime.scorer.store.events()
        for row, lines in event:
            if row["order_id"] == number:
                state.add_order(row, lines)
    return decided


def listed(service: Service, state: str = "waiting") -> list[dict[str, Any]]:
    answer = service.call("GET", f"/v1/rescorings?state={state}").json()
    assert answer["counts"].get(state, 0) == len(answer["rescorings"])
    found: list[dict[str, Any]] = answer["rescorings"]
    return found


def test_an_order_decided_without_window_state_is_listed(shop: Service) -> None:
    (decided,) = without_state(shop, "1")

    (found,) = listed(shop)

    assert found["decision_id"] == decided["decision_id"]
    assert found["parts"] == ["state"]


def test_what_is_missing_is_said_in_two_languages(shop: Service) -> None:
    (decided,) = without_state(shop, "1")

    (missing,) = [part for part in decided["degraded"] if part["part"] == "state"]

    assert missing["text"] == {
        "zh": "缺少窗口状态，由订单自身信息代替",
        "en": "without window state: the order's own facts",
    }


def test_it_is_decided_again_with_the_features_it_would_have_had(
    shop: Service,
) -> None:
    for number in ("7", "8"):
        shop.score(order(number))
    without_state(shop, "1")

    assert work(shop) == 1

    first, again = shop.runtime.scorer.store.decisions("demo/shopify/eu/1")
    healthy = shop.runtime.scorer.state.values(
        *next(each for each in shop.runtime.scorer.store.events() if each[0]["order_id"] == "1")
    )[0]
    assert first.features == {}
    assert again.features == healthy
    assert again.as_of == first.as_of
    (done,) = listed(shop, "done")
    assert done["became"] == again.body["decision_id"]
    assert "state" not in [part["part"] for part in again.body["degraded"]]


def test_the_same_event_still_gets_its_first_answer(shop: Service) -> None:
    (decided,) = without_state(shop, "1")
    work(shop)

    assert shop.score(order("1")).json() == decided


def test_nothing_is_decided_again_while_the_part_stays_away(shop: Service) -> None:
    state = shop.runtime.scorer.state
    state.engine = cast("Any", Broken())
    shop.score(order("1"))

    assert work(shop) == 0
    assert [each["tries"] for each in listed(shop)] == [1]


def test_a_part_that_stays_away_is_asked_for_less_and_less(shop: Service) -> None:
    shop.runtime.scorer.state.engine = cast("Any", Broken())
    shop.score(order("1"))
    tries = []
    for _ in range(8):
        work(shop)
        tries.append(listed(shop)[0]["tries"])
        shop.clock.advance(1)

    assert tries == [1, 2, 2, 3, 3, 3, 3, 4]


def test_a_part_that_comes_and_goes_is_asked_for_again_soon(shop: Service) -> None:
    without_state(shop, *map(str, range(10)))
    state = shop.runtime.scorer.state
    engine, state.engine = state.engine, cast("Any", Broken())
    for _ in range(5):
        work(shop)
        shop.clock.advance(60)

    state.engine = cast("Any", Fleeting(engine, 4))
    assert work(shop) == 4
    state.engine = engine
    shop.clock.advance(1)
    assert work(shop) == 6


def test_many_orders_follow_one_that_went_well(shop: Service) -> None:
    without_state(shop, *map(str, range(30)))

    assert [work(shop), work(shop), work(shop)] == [20, 10, 0]


def test_an_order_that_came_anew_meanwhile_is_left_alone(shop: Service) -> None:
    without_state(shop, "1")
    shop.score(order("1", revision="2"))

    work(shop)

    assert [each["became"] for each in listed(shop, "lapsed")] == [None]
    assert len(shop.runtime.scorer.store.decisions("demo/shopify/eu/1")) == 2


def test_an_order_is_given_up_when_state_can_no_longer_answer_for_it(shop: Service) -> None:
    shop.runtime.scorer.state.engine = cast("Any", Broken())
    shop.score(order("1"))
    shop.clock.advance(KEPT_US / 1_000_000 + 3600)

    work(shop)

    assert len(listed(shop, "lapsed")) == 1


def test_what_was_never_there_is_not_waited_for(service: Service) -> None:
    decided = service.score(order()).json()

    assert {part["part"] for part in decided["degraded"]} == {"models", "state"}
    assert listed(service) == []


def test_a_model_that_could_not_be_loaded_is_waited_for(shop: Service) -> None:
    scorer = shop.runtime.scorer
    whole = scorer.judge
    broken = Missing("model:fraud", "files do not match", "the other models and detectors")
    scorer.judge = replace(whole, missing=(*whole.missing, broken))
    shop.score(order("1"))
    scorer.judge = whole

    assert work(shop) == 1


def test_two_workers_do_not_both_do_it(shop: Service) -> None:
    without_state(shop, "1")
    leases = shop.runtime.rescoring._leases
    leases.take("rescoring", "another-machine:1:1", now=shop.clock(), until=shop.clock() + 10**7)

    assert work(shop) == 0
    shop.clock.advance(11)
    assert work(shop) == 1


def test_a_part_that_stays_away_does_not_keep_the_others_from_coming_back(shop: Service) -> None:
    scorer = shop.runtime.scorer
    away = Missing("model:refund", "files do not match", "the other models and detectors")
    scorer.judge = replace(scorer.judge, missing=(*scorer.judge.missing, away))
    without_state(shop, "1")

    assert work(shop) == 1

    assert [each["parts"] for each in listed(shop)] == [["model:refund"]]
    assert [each["parts"] for each in listed(shop, "done")] == [["model:refund", "state"]]


REVIEWED = """
rules:
  - id: any
    name: {zh: 规则, en: a rule}
    mode: live
    when: {field: order__value_minor, op: ">=", value: 1}
    then: {action: review}
"""


@pytest.fixture
def case(shop: Service) -> dict[str, Any]:
    """Give the case of an order that will be released when it is decided again."""
    saved = shop.call("PUT", "/v1/rules", json={"text": REVIEWED})
    assert saved.status_code == 200, saved.text
    scorer = shop.runtime.scorer
    away = Missing("model:fraud", "files do not match", "the other models and detectors")
    scorer.judge = replace(scorer.judge, missing=(*scorer.judge.missing, away))
    shop.score(order("1"))
    shop.call("PUT", "/v1/rules", json={"text": "rules: []"})
    scorer.judge = replace(scorer.judge, missing=scorer.judge.missing[:-1])
    (found,) = shop.call("GET", "/v1/reviews").json()["items"]
    return dict(found)


def test_a_case_that_nobody_needs_any_more_leaves_the_queue(
    shop: Service, case: dict[str, Any]
) -> None:
    assert work(shop) == 1

    (closed,) = shop.call("GET", "/v1/reviews?state=closed").json()["items"]
    assert shop.call("GET", "/v1/reviews").json()["items"] == []
    assert (closed["review_id"], closed["action"]) == (case["review_id"], "release")
    assert (closed["decided_by"], closed["verdict"]) == ("service", None)


def test_a_case_that_somebody_works_on_stays_and_shows_the_new_decision(
    shop: Service, case: dict[str, Any]
) -> None:
    shop.call("POST", f"/v1/reviews/{case['review_id']}/claim", json={})

    work(shop)

    (stays,) = shop.call("GET", "/v1/reviews").json()["items"]
    assert (stays["claimed_by"], stays["action"]) == ("admin", "release")


def test_a_case_the_service_closed_opens_again_with_the_next_flag(
    shop: Service, case: dict[str, Any]
) -> None:
    work(shop)

    shop.score(locked("1", revision="2"))

    (opened,) = shop.call("GET", "/v1/reviews").json()["items"]
    assert (opened["review_id"], opened["decided_by"]) == (case["review_id"], None)
