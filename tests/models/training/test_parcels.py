from __future__ import annotations

from datetime import timedelta

import pandas as pd
import pytest

from models.training.parcels import attempt_rows, late_by, read_parcels, transit_rows
from tests.models.deliveries import DAY, delivery_material, parcel_frame, parcel_row
from tests.models.materials import BEGINS

ONE_DAY = timedelta(days=1)
NEVER = {"delivered_at": pd.NaT, "known_at": pd.NaT}


@pytest.mark.parametrize(
    ("changes", "by_day", "label"),
    [
        ({}, 3.0, 0.0),
        ({}, 2.9, None),
        ({"delivered_at": BEGINS + 7 * DAY, "known_at": BEGINS + 7 * DAY}, 8, 1.0),
        ({"delivered_at": BEGINS + 7 * DAY, "known_at": BEGINS + 7 * DAY}, 5.9, None),
        ({"delivered_at": BEGINS + 7 * DAY, "known_at": BEGINS + 7 * DAY}, 6.0, 1.0),
        (NEVER, 5.5, None),
        (NEVER, 6.0, 1.0),
        (NEVER | {"cancelled_at": BEGINS + 4 * DAY}, 9, None),
        ({"promised_at": pd.NaT}, 9, None),
        ({"delivered_at": BEGINS + 5 * DAY, "known_at": BEGINS + 5 * DAY}, 9, 0.0),
    ],
    ids=[
        "delivered in time",
        "not yet known",
        "delivered late",
        "promise passed, not yet matured",
        "overdue counts as late once matured",
        "in flight before the promise is unknown, not good",
        "never delivered and overdue",
        "cancelled is neither",
        "nothing promised",
        "delivered exactly when promised",
    ],
)
def test_a_label_is_known_at_the_earlier_of_promise_and_delivery(
    changes: dict[str, pd.Timestamp], by_day: float, label: float | None
) -> None:
    parcels = parcel_frame(parcel_row(**changes))

    found = late_by(parcels, BEGINS + by_day * DAY, ONE_DAY)["label"].iloc[0]

    assert pd.isna(found) if label is None else found == label


def test_what_is_left_out_has_a_cause() -> None:
    parcels = parcel_frame(
        parcel_row(), parcel_row(promised_at=pd.NaT), parcel_row(promised_at=BEGINS + 20 * DAY)
    )

    causes = late_by(parcels, BEGINS + 9 * DAY, ONE_DAY)["cause"].tolist()

    assert [None if pd.isna(cause) else cause for cause in causes] == [
        None,
        "no promise",
        "promise not matured",
    ]


@pytest.mark.parametrize(
    ("arrived_late", "label"), [(9, 1.0), (1, None)], ids=["most still arrive", "most never arrive"]
)
def test_an_overdue_parcel_is_late_while_such_parcels_still_arrive(
    arrived_late: int, label: float | None
) -> None:
    late = {"delivered_at": BEGINS + 40 * DAY, "known_at": BEGINS + 40 * DAY}
    old = [parcel_row(**(late if number < arrived_late else NEVER)) for number in range(10)]
    fresh = parcel_row(placed_at=BEGINS + 80 * DAY, promised_at=BEGINS + 85 * DAY, **NEVER)

    found = late_by(parcel_frame(*old, fresh), BEGINS + 98 * DAY, ONE_DAY)

    assert pd.isna(found["label"].iloc[-1]) if label is None else found["label"].iloc[-1] == label
    assert pd.isna(found["cause"].iloc[-1]) == (label is not None)


def test_the_newest_days_teach_no_transit_time() -> None:
    slow = [
        parcel_row(
            placed_at=BEGINS + n * DAY,
            delivered_at=BEGINS + (n + 4) * DAY,
            known_at=BEGINS + (n + 4) * DAY,
        )
        for n in range(20)
    ]
    parcels = parcel_frame(*slow, parcel_row(placed_at=BEGINS + 18 * DAY, **NEVER))

    days, causes = transit_rows(parcels, BEGINS + 20 * DAY)

    assert days.tolist() == [4.0] * 17
    assert causes == {"placed on immature days": 4, "not delivered": 0}


def test_an_attempt_known_later_teaches_nothing_yet() -> None:
    parcels = parcel_frame(
        *(parcel_row() for _ in range(9)),
        parcel_row(attempt_ok=0.0),
        parcel_row(attempt_known_at=BEGINS + 30 * DAY),
    )

    failed, causes = attempt_rows(parcels, BEGINS + 10 * DAY)

    assert failed.sum() == 1
    assert len(failed) == 10
    assert causes["no first attempt known"] == 1


def test_parcels_are_read_with_the_orders_promise_where_they_have_none() -> None:
    made = delivery_material(n_orders=50)
    shipments = made.history.tables["shipments"]  # type: ignore[attr-defined]
    promised = shipments["promised_at"]
    shipments["promised_at"] = promised.mask(promised.notna())

    parcels = read_parcels(made)

    assert parcels["promised_at"].notna().all()
    assert parcels.index.equals(made.orders.index)
