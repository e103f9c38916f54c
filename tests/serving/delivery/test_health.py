from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from serving.delivery.health import merge_live, share, weekly

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
        "promised_at": MONDAY,
        "first_attempt_at": pd.NaT,
        "first_attempt_ok": None,
        "delivered_at": pd.NaT,
        "known_at": pd.NaT,
    }
    frame = pd.DataFrame(
        [usual | {"shipment_id": f"p{number}"} | row for number, row in enumerate(rows)]
    )
    for name in ("promised_at", "first_attempt_at", "delivered_at", "known_at"):
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
