from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from features.history import DemandProfile
from models.demand.loading import load_order_series, load_series, warehouse_shares
from models.demand.steps import Span
from models.errors import NotSupportedError
from tests.models.demand.shops import OPENED, history, lines, table

if TYPE_CHECKING:
    from pathlib import Path

    from models.demand.series import DemandSeries


def cancel(order: int, *, day: int, **named: Any) -> dict[str, Any]:
    at = OPENED + timedelta(days=day)
    return {
        "outcome_id": f"c{order}",
        "order_key": f"m/web/main/{order}",
        "kind": "cancel",
        "is_bad": True,
        "occurred_at": at,
        "known_at": at,
        **named,
    }


def loaded(
    folder: Path, *rows: dict[str, Any], cancels: list[dict[str, Any]] | None = None, **profile: Any
) -> DemandSeries:
    tables = lines(*rows) | ({"outcomes": table("outcomes", cancels)} if cancels else {})
    return load_series(history(folder, tables, **profile))


def test_units_are_added_up_by_series_and_day(tmp_path: Path) -> None:
    series = loaded(
        tmp_path / "h",
        {"day": 0, "quantity": 2},
        {"day": 0, "quantity": 3},
        {"day": 2, "series_id": "mug"},
    )

    assert series.ids == ("cup", "mug")
    assert series.truth().tolist() == [[5, 0, 0], [0, 0, 1]]
    assert series.lines.tolist() == [[2, 0, 0], [0, 0, 1]]


def test_a_day_is_the_merchants_own(tmp_path: Path) -> None:
    late = datetime(2026, 1, 5, 16, 30, tzinfo=UTC)

    series = loaded(tmp_path / "h", {"placed_at": late}, timezone="Asia/Shanghai")

    assert str(series.day(0)) == "2026-01-06"


def test_an_order_received_days_later_was_not_known_before(tmp_path: Path) -> None:
    series = loaded(
        tmp_path / "h",
        {"day": 0},
        {"day": 1, "received_at": OPENED + timedelta(days=3)},
        {"day": 4},
    )

    assert series.known(3)[0].tolist() == [1, 0, 0]
    assert series.known(4)[0].tolist() == [1, 1, 0, 0]


@pytest.mark.parametrize(("status", "kept"), [("cancelled", 0.0), (None, 4.0), ("delivered", 4.0)])
def test_an_order_cancelled_as_a_whole_says_so_by_its_status(
    tmp_path: Path, status: str | None, kept: float
) -> None:
    series = loaded(
        tmp_path / "h", {"quantity": 4, "status": status}, {"day": 3}, cancels=[cancel(0, day=2)]
    )

    assert series.truth()[0, 0] == kept
    assert series.known(2)[0, 0] == 4.0


def test_part_of_a_line_can_be_cancelled(tmp_path: Path) -> None:
    named = {"line_id": "1", "quantity": 3}

    series = loaded(
        tmp_path / "h", {"quantity": 4}, {"day": 3}, cancels=[cancel(0, day=1, **named)]
    )

    assert series.truth()[0].tolist() == [1, 0, 0, 1]


def test_an_outcome_that_clears_the_order_takes_nothing_off(tmp_path: Path) -> None:
    named = {"line_id": "1", "is_bad": False}

    series = loaded(tmp_path / "h", {"quantity": 4}, cancels=[cancel(0, day=1, **named)])

    assert series.truth()[0, 0] == 4.0


def test_weeks_of_lines_begin_on_the_weekday_asked_about(tmp_path: Path) -> None:
    rows = [{"day": day} for day in range(14)]
    tables = lines(*rows)
    whole = history(tmp_path / "h", tables, demand=DemandProfile(rhythm="weekly"))

    series = load_series(whole, Span(np.datetime64("2026-01-16")))

    assert series.step_at(np.datetime64("2026-01-16")) == 2
    assert series.truth().tolist() == [[4, 7, 3]]


def test_ready_made_totals_keep_the_sources_dates(tmp_path: Path) -> None:
    weeks = [date(2012, 4, 20), date(2012, 4, 27)]
    rows = [{"series_id": "1|7", "period_on": week, "quantity": 10.5} for week in weeks]
    demand = DemandProfile(rhythm="weekly", from_sales=True)
    whole = history(tmp_path / "h", {"sales": table("sales", rows)}, demand=demand)

    series = load_series(whole)

    assert str(series.day(1)) == "2012-04-27"
    assert series.truth().tolist() == [[10.5, 10.5]]
    assert series.recorded is not None


def test_a_history_without_series_is_refused(tmp_path: Path) -> None:
    whole = history(tmp_path / "h", lines({"day": 0}), demand=None)

    with pytest.raises(NotSupportedError, match="series_id"):
        load_series(whole)


def test_orders_are_counted_once_whatever_their_lines(tmp_path: Path) -> None:
    whole = history(tmp_path / "h", lines({"day": 0, "quantity": 9}, {"day": 1}, {"day": 1}))

    assert load_order_series(whole).truth().tolist() == [[1, 2]]


def test_shares_of_warehouses_come_from_recent_parcels(tmp_path: Path) -> None:
    parcels = [
        {
            "shipment_id": str(number),
            "order_key": "m/web/main/0",
            "warehouse": name,
            "shipped_at": OPENED + timedelta(days=day),
        }
        for number, (name, day) in enumerate([("A", 5), ("A", 6), ("A", 6), ("B", 6), ("B", 0)])
    ]
    tables = lines({"day": 0}) | {"shipments": table("shipments", parcels)}
    whole = history(tmp_path / "h", tables)

    assert warehouse_shares(whole, np.datetime64("2026-01-09")) == {"A": 0.75, "B": 0.25}
