"""The price of a minute and the day's money over restarts, workers and calls at the same time."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert

from features.durations import DAY_US
from models.policy.costs import DecisionPolicy
from models.policy.decision import decide
from models.policy.facts import OrderFacts
from serving.exploration.moments import UNBOUNDED, Moments, Rehearsal
from serving.exploration.repository import BudgetSpentError, TrialStore
from serving.store.engine import open_engine
from serving.store.tables import DECISIONS
from tests.serving.conftest import MARCH, Clock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

CAP = 100_000


@pytest.fixture
def engine(tmp_path: Path, blank_store: Path) -> Iterator[Engine]:
    shutil.copy(blank_store, tmp_path / "orderintel.db")
    opened = open_engine(f"sqlite:///{tmp_path / 'orderintel.db'}")
    yield opened
    opened.dispose()


def body(number: int, stake: int) -> dict[str, Any]:
    """Give a decision that tries an order out."""
    trial = {"intended": "hold", "arm": "release", "propensity": 0.005, "stake_minor": stake}
    return {"decision_id": f"dec_{number}", "trial": trial}


def reserve(engine: Engine, number: int, stake: int, at: int = MARCH) -> bool:
    """Tell whether an order's stake was taken."""
    try:
        with engine.begin() as connection:
            TrialStore.reserve(connection, f"m/c/s/{number}", body(number, stake), at, CAP)
    except BudgetSpentError:
        return False
    return True


def moments(engine: Engine) -> Moments:
    return Moments(TrialStore(engine), DecisionPolicy(), b"secret", Clock())


def test_calls_at_the_same_time_never_spend_more_than_the_cap(engine: Engine) -> None:
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda number: reserve(engine, number, 7_000), range(60)))

    assert sum(taken) == 14
    assert TrialStore(engine).spent(MARCH // DAY_US) == 98_000


def test_every_day_has_its_own_money(engine: Engine) -> None:
    assert reserve(engine, 1, CAP)
    assert not reserve(engine, 2, 1)
    assert reserve(engine, 3, CAP, MARCH + DAY_US)


def test_an_order_in_its_arm_pays_once(engine: Engine) -> None:
    reserve(engine, 1, 60_000)

    assert reserve(engine, 1, 60_000)
    assert TrialStore(engine).spent(MARCH // DAY_US) == 60_000


def test_a_refused_stake_leaves_nothing_behind(engine: Engine) -> None:
    reserve(engine, 1, CAP + 1)

    assert not TrialStore(engine).is_tried("m/c/s/1")
    assert TrialStore(engine).days(0) == []


def test_what_another_worker_spent_is_seen_after_a_refresh(engine: Engine) -> None:
    here, there = moments(engine), moments(engine)
    before = here.at("m/c/s/9", MARCH).budget_minor
    with engine.begin() as connection:
        TrialStore.reserve(connection, "m/c/s/1", body(1, 30_000), MARCH, there.cap_minor)

    here.refresh()

    assert here.at("m/c/s/9", MARCH).budget_minor == before - 30_000


def test_an_order_that_is_drawn_asks_the_store_itself(engine: Engine) -> None:
    here = moments(engine)
    drawn = next(
        f"m/c/s/{i}" for i in range(10_000) if (here.at(f"m/c/s/{i}", 0).draw or 1) < 0.005
    )
    here.at(drawn, MARCH)
    with engine.begin() as connection:
        TrialStore.reserve(connection, "m/c/s/x", body(1, 30_000), MARCH, here.cap_minor)

    assert here.at(drawn, MARCH).budget_minor == here.cap_minor - 30_000


def test_an_order_tried_out_before_stays_in_its_arm(engine: Engine) -> None:
    here = moments(engine)
    drawn = next(
        f"m/c/s/{i}" for i in range(10_000) if (here.at(f"m/c/s/{i}", 0).draw or 1) < 0.005
    )
    with engine.begin() as connection:
        TrialStore.reserve(connection, drawn, body(1, 30_000), MARCH, here.cap_minor)

    assert here.at(drawn, MARCH).budget_minor == UNBOUNDED


def test_a_frozen_decision_is_no_load() -> None:
    policy, rehearsal = DecisionPolicy(), Rehearsal(DecisionPolicy(), b"secret")
    packed = decide(OrderFacts(50_000, status="shipped"), {}, {})

    for second in range(50):
        rehearsal.learn(packed, MARCH + second * 1_000_000)

    assert rehearsal.at("m/c/s/1", MARCH + DAY_US).minute_minor == policy.minute_minor


def store_decision(
    engine: Engine,
    number: int,
    as_of: int,
    stored_at: int,
    asked: tuple[str, float, float, float] = ("review", 5_000.0, 30.0, 300.0),
) -> None:
    """Store a decision; unless told otherwise, to review an order that was well worth it."""
    action, worth, minutes, price = asked
    row = {
        "decision_id": f"dec_{number}",
        "order_key": f"m/c/s/{number}",
        "revision": "1",
        "as_of": as_of,
        "stored_at": stored_at,
        "action": action,
        "priority": 50.0,
        "body": "{}",
        "features": "{}",
        "basis": "{}",
        "review_worth": worth,
        "review_minutes": minutes,
        "minute_price": price,
    }
    with engine.begin() as connection:
        connection.execute(insert(DECISIONS), row)


def test_a_service_that_is_alone_meets_the_prices_of_the_store_without_reading_it(
    engine: Engine,
) -> None:
    reading, clock = moments(engine), Clock()
    alone = Moments(TrialStore(engine), DecisionPolicy(), b"secret", Clock(), is_alone=True)
    decision = decide(OrderFacts(50_000), {}, {})
    prices = []
    for second in range(40):
        at, key = clock() + second * 500_000, f"m/c/s/{second}"
        prices.append((reading.at(key, at).minute_minor, alone.at(key, at).minute_minor))
        worth, minutes = decision.review_worth_minor, decision.review_minutes
        asked = decision.action, worth, minutes, prices[-1][0] or 0.0
        store_decision(engine, second, at, at, asked)
        alone.learn(decision, at)
    reopened = Moments(TrialStore(engine), DecisionPolicy(), b"secret", clock, is_alone=True)
    later = clock() + 30_000_000

    assert all(one == other for one, other in prices)
    assert len(set(prices)) > 10
    assert reopened.at("m/c/s/x", later) == reading.at("m/c/s/x", later)


def test_every_worker_meets_the_same_price_whichever_orders_it_takes(engine: Engine) -> None:
    alone, clock = moments(engine), Clock()
    pair = moments(engine), moments(engine)
    prices: list[tuple[float | None, float | None]] = []
    for second in range(40):
        at, key = clock() + second * 1_000_000, f"m/c/s/{second}"
        takes = pair[second * 7 % 3 == 0]
        prices.append((alone.at(key, at).minute_minor, takes.at(key, at).minute_minor))
        store_decision(engine, second, at, at)

    assert all(one == other for one, other in prices)
    assert len(set(prices)) == len(prices)


def test_orders_of_the_same_second_meet_the_same_price(engine: Engine) -> None:
    here, start = moments(engine), Clock()()
    start -= start % 1_000_000
    prices = set()
    for number in range(5):
        prices.add(here.at("m/c/s/x", start + number).minute_minor)
        store_decision(engine, number, start + number, start + number)

    assert prices == {DecisionPolicy().minute_minor}
    assert here.at("m/c/s/y", start + 1_000_000).minute_minor != DecisionPolicy().minute_minor


def test_a_decision_stored_after_its_second_was_read_counts_from_the_next_refresh(
    engine: Engine,
) -> None:
    here, now = moments(engine), Clock()()
    before = here.at("m/c/s/x", now).minute_minor
    store_decision(engine, 1, now - 3_000_000, now)

    assert here.at("m/c/s/x", now + 2_000_000).minute_minor == before
    here.refresh()
    after = here.at("m/c/s/x", now + 2_000_000).minute_minor
    here.refresh()

    assert after != before
    assert here.at("m/c/s/x", now + 2_000_000).minute_minor == after
