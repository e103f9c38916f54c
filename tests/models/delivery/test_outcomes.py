from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from models.delivery.outcomes import count, judged

DUE = pd.Timestamp("2026-03-02 12:00", tz="UTC")
HOUR = pd.Timedelta(hours=1)
INSTANTS = ("promised_at", "first_attempt_at", "delivered_at", "known_at")


def parcels(*rows: dict[str, Any]) -> pd.DataFrame:
    usual: dict[str, Any] = {
        "carrier": "sf", "city": "上海市", "outlet": "sf-1", "warehouse": "JX", "state": None,
        "promised_at": DUE, "first_attempt_at": pd.NaT, "first_attempt_ok": None,
        "delivered_at": pd.NaT, "known_at": pd.NaT,
    }  # fmt: skip
    frame = pd.DataFrame([usual | row for row in rows])
    for name in INSTANTS:
        frame[name] = pd.to_datetime(frame[name], utc=True)
    frame["first_attempt_ok"] = frame["first_attempt_ok"].astype("boolean")
    return frame


IN_TIME = {"delivered_at": DUE - HOUR, "known_at": DUE + HOUR}
LATE = {"delivered_at": DUE + HOUR, "known_at": DUE + HOUR}


@pytest.mark.parametrize(
    ("row", "as_of", "ok"),
    [
        (IN_TIME, DUE + 3 * HOUR, [True]),
        (IN_TIME, DUE + HOUR, []),
        (LATE, DUE + 3 * HOUR, [False]),
        ({}, DUE + 3 * HOUR, [False]),
        ({}, DUE + 2 * HOUR, []),
        ({"promised_at": DUE + 9 * HOUR, **IN_TIME}, DUE + 3 * HOUR, []),
        ({"promised_at": pd.NaT, **IN_TIME}, DUE + 3 * HOUR, []),
    ],
    ids=[
        "in time", "in time, not known yet", "late", "overdue", "overdue, news may be on its way",
        "not due yet, however early it came", "no promise",
    ],
)  # fmt: skip
def test_a_promise_is_judged_once_it_is_due_and_the_news_has_come(
    row: dict[str, Any], as_of: pd.Timestamp, ok: list[bool]
) -> None:
    """The parcel beside it tells that news of deliveries takes two hours."""
    beside = {"delivered_at": DUE - 9 * HOUR, "known_at": DUE - 7 * HOUR}

    found = judged(parcels(row, beside), as_of, measure="on_time")

    assert found["ok"].drop(index=1, errors="ignore").tolist() == ok


@pytest.mark.parametrize(
    ("locker", "ok"), [("own", [True]), ("success", [True, True]), ("failure", [True, False])]
)
def test_a_parcel_at_a_locker_counts_as_the_merchant_says(locker: Any, ok: list[bool]) -> None:
    tried = {"first_attempt_at": DUE, "first_attempt_ok": True}

    rows = parcels(tried, tried | {"state": "at_locker"})
    found = judged(rows, DUE + HOUR, measure="first_attempt", locker=locker)

    assert found["ok"].tolist() == ok


def test_a_parcel_under_way_is_neither_a_success_nor_a_failure() -> None:
    assert judged(parcels({}), DUE, measure="first_attempt").empty


def test_days_are_the_merchants() -> None:
    """22:00 UTC is the next day in Shanghai."""
    tried = {"first_attempt_at": DUE + 10 * HOUR, "first_attempt_ok": True}

    found = count(
        parcels(tried), DUE + 12 * HOUR, measure="first_attempt", timezone="Asia/Shanghai", days=30
    )

    assert found.last == pd.Timestamp("2026-03-03")
    assert (found.good[-1].sum(), found.good.sum()) == (1.0, 1.0)
    assert found.tree.leaves == (("sf", "上海市", "sf-1", "JX"),)
