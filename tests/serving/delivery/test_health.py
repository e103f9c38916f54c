from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from models.delivery.shares import share
from serving.delivery.health import merge_live, weekly

MONDAY = pd.Timestamp("2026-03-02", tz="UTC")
DAY = pd.Timedelta(days=1)


def parcels(*rows: dict[str, Any]) -> pd.DataFrame:
    usual: dict[str, Any] = {
        "shipment_id": "p",
        "ship_country": "CN",
        "ship_region": "上海市",
        "warehouse": "JX",
        "carrier": "sf",
        "outlet": "sf-1",
        "shipped_at": pd.NaT,
        "picked_up_at": pd.NaT,
        "promised_at": MONDAY,
        "first_attempt_at": pd.NaT,
        "first_attempt_ok": None,
        "delivered_at": pd.NaT,
        "known_at": pd.NaT,
    }
    frame = pd.DataFrame(
        [usual | {"shipment_id": f"p{number}"} | row for number, row in enumerate(rows)]
    )
    instants = ("shipped_at", "picked_up_at", "promised_at", "first_attempt_at")
    for name in (*instants, "delivered_at", "known_at"):
        frame[name] = pd.to_datetime(frame[name], utc=True)
    frame["first_attempt_ok"] = frame["first_attempt_ok"].astype("boolean")
    return frame


IN_TIME = {"delivered_at": MONDAY - DAY, "known_at": MONDAY - DAY}
LATE = {"delivered_at": MONDAY + DAY, "known_at": MONDAY + DAY}


@pytest.mark.parametrize(
    ("rows", "as_of", "n", "rate"),
    [
        ([IN_TIME, LATE], MONDAY + 2 * DAY, 2, 0.5),
        ([IN_TIME, {}], MONDAY + 2 * DAY, 2, 0.5),
        ([IN_TIME, {"promised_at": MONDAY + 3 * DAY}], MONDAY + 2 * DAY, 1, 1.0),
        ([LATE], MONDAY + DAY, 1, 0.0),
    ],
    ids=[
        "one late",
        "an overdue parcel is late",
        "under way before its promise counts nowhere",
        "news at the present is not known yet",
    ],
)
def test_a_promise_counts_in_the_week_it_fell_due(
    rows: list[dict[str, Any]], as_of: pd.Timestamp, n: int, rate: float
) -> None:
    found = weekly(parcels(*rows), level="carrier", as_of=as_of, weeks=1)

    assert [(row["week"], row["carrier"]) for row in found] == [("2026-03-02", "sf")]
    assert (found[0]["on_time"]["n"], found[0]["on_time"]["rate"]) == (n, rate)


def test_the_newest_week_comes_first_and_old_ones_are_left_out() -> None:
    rows = [
        {"promised_at": MONDAY - 7 * DAY, **IN_TIME, "delivered_at": MONDAY - 8 * DAY},
        IN_TIME,
        {"promised_at": MONDAY - 30 * DAY},
    ]

    found = weekly(parcels(*rows), level="area", as_of=MONDAY + DAY, weeks=2)

    assert [row["week"] for row in found] == ["2026-03-02", "2026-02-23"]


def test_an_area_without_attempts_has_no_rate() -> None:
    found = weekly(parcels(IN_TIME), level="area", as_of=MONDAY + DAY, weeks=1)

    assert found[0]["first_attempt"] is None


def test_attempts_count_in_the_week_they_were_made() -> None:
    tried = {"first_attempt_at": MONDAY, "first_attempt_ok": False, "promised_at": pd.NaT}

    found = weekly(parcels(tried), level="outlet", as_of=MONDAY + DAY, weeks=1)

    assert found[0]["first_attempt"] == share(0, 1)
    assert found[0]["on_time"] is None


HOUR = pd.Timedelta(hours=1)


@pytest.mark.parametrize(
    ("picked_up", "rate"),
    [(47 * HOUR, 0.0), (48 * HOUR, 0.0), (49 * HOUR, 1.0), (None, 1.0)],
    ids=["in time", "just in time", "too late", "never"],
)
def test_a_parcel_should_be_picked_up_within_two_days(
    picked_up: pd.Timedelta | None, rate: float
) -> None:
    scanned = pd.NaT if picked_up is None else MONDAY + picked_up
    left = {"shipped_at": MONDAY, "picked_up_at": scanned, "promised_at": pd.NaT}

    found = weekly(parcels(left), level="carrier", as_of=MONDAY + 3 * DAY, weeks=1)

    assert found[0]["not_picked_up"]["rate"] == rate


def test_a_parcel_that_left_less_than_two_days_ago_may_still_be_picked_up() -> None:
    left = {"shipped_at": MONDAY, "promised_at": pd.NaT}

    assert weekly(parcels(left), level="carrier", as_of=MONDAY + 48 * HOUR, weeks=1) == []


def test_the_first_update_is_the_median_wait() -> None:
    rows = [
        {"shipped_at": MONDAY, "picked_up_at": MONDAY + hours * HOUR, "promised_at": pd.NaT}
        for hours in (2, 4, 30)
    ]

    found = weekly(parcels(*rows), level="carrier", as_of=MONDAY + 3 * DAY, weeks=1)

    assert found[0]["first_update"] == {"n": 3, "hours": 4.0}


def test_news_replaces_what_was_known_and_leaves_the_rest() -> None:
    news = {
        "shipment_id": "p0",
        "order_key": "a",
        "delivered_at": (MONDAY - DAY).value // 1_000,
        "known_at": (MONDAY - DAY).value // 1_000,
    }

    merged = merge_live(parcels({}, LATE), [news])

    assert merged["carrier"].tolist() == ["sf", "sf"]
    assert merged["delivered_at"].tolist() == [MONDAY - DAY, MONDAY + DAY]
    assert merged["promised_at"].tolist() == [MONDAY, MONDAY]
