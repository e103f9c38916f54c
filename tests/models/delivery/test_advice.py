from __future__ import annotations

import pandas as pd
import pytest

from models.delivery.advice import AdviceSettings, forward_warehouses

AS_OF = pd.Timestamp("2026-03-22", tz="UTC")
DAY = pd.Timedelta(days=1)
HOW = AdviceSettings(least_parcels=20, late_minor=1_000.0, failed_minor=500.0)


def week(area: str, origin: str, weeks_ago: int, *, n: int, late: int) -> list[dict[str, object]]:
    due = AS_OF - weeks_ago * 7 * DAY - 3 * DAY
    return [
        {
            "order_key": f"{area}-{weeks_ago}-{number}", "ship_region": area,
            "origin_region": origin, "promised_at": due,
            "delivered_at": due + DAY if number < late else due - DAY, "first_attempt_ok": True,
            "cost_minor": 900 if area != origin else 600,
        }
        for number in range(n)
    ]  # fmt: skip


def shop(*, far_late: int = 20, far_n: int = 40, missing_week: int | None = None) -> pd.DataFrame:
    rows = []
    for ago in range(3):
        rows += week("浙江省", "浙江省", ago, n=100, late=5)
        if ago != missing_week:
            rows += week("新疆", "浙江省", ago, n=far_n, late=far_late)
    return pd.DataFrame(rows)


def lines(parcels: pd.DataFrame) -> pd.DataFrame:
    """Every order holds a cup, every fifth a pot too."""
    keys = parcels["order_key"].tolist()
    rows = [{"order_key": key, "sku": "CUP", "quantity": 9} for key in keys]
    rows += [{"order_key": key, "sku": "POT", "quantity": 1} for key in keys[::5]]
    return pd.DataFrame(rows).assign(placed_at=AS_OF - 10 * DAY)


def test_an_area_behind_for_three_weeks_gets_a_warehouse_with_what_sells_there() -> None:
    parcels = shop()

    (found,) = forward_warehouses(parcels, lines(parcels), as_of=AS_OF, settings=HOW)

    assert found["area"] == "新疆"
    assert [each["on_time"]["rate"] for each in found["weeks"]] == [0.5] * 3
    assert [sku["sku"] for sku in found["skus"]] == ["CUP"]
    assert found["covered"] == pytest.approx(0.8)


def test_the_saving_is_worked_out_as_it_says() -> None:
    """Forty parcels a week, 45 points less late, 300 less freight; four in five orders."""
    parcels = shop()

    (found,) = forward_warehouses(parcels, lines(parcels), as_of=AS_OF, settings=HOW)

    parts = found["saving_parts_minor"]
    assert parts == {"late": 14_400, "failed_attempt": 0, "freight": 9_600}
    assert found["saving_minor_a_week"] == 24_000


@pytest.mark.parametrize(
    "changes",
    [{"far_late": 2}, {"far_n": 10, "far_late": 5}, {"missing_week": 1}],
    ids=["goes well", "too few parcels", "a week without parcels"],
)
def test_other_areas_get_none(changes: dict[str, int]) -> None:
    parcels = shop(**changes)

    assert forward_warehouses(parcels, lines(parcels), as_of=AS_OF, settings=HOW) == []
