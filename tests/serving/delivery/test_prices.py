from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from features.durations import DAY_US
from features.history import History
from models.routing.prices import Prices
from serving.delivery.past_orders import newest_orders
from serving.delivery.price_file import PriceFile
from serving.delivery.prices import Pricing, solve_prices
from serving.settings import Settings
from tests.serving.delivery.shop import order

if TYPE_CHECKING:
    from pathlib import Path

    from tests.serving.conftest import Service


def best(shop: Service, **changes: Any) -> dict[str, Any]:
    answer = shop.call("POST", "/v1/routes/options", json={"order": order(**changes)})
    found: dict[str, Any] = answer.json()["options"][0]
    return found


def test_scarce_stock_is_kept_for_orders_to_come_and_the_answer_says_so(shop: Service) -> None:
    assert shop.runtime.delivery is not None
    before = best(shop)
    other = "CD" if before["warehouse"] == "JX" else "JX"

    folder = shop.runtime.settings.routing_folder
    PriceFile(folder).write(Prices({(before["warehouse"], "CUP"): 500.0, (other, "CUP"): 20.0}))
    shop.runtime.delivery.prices = PriceFile(folder)
    after = best(shop, quantity=2)

    assert after["warehouse"] == other
    said = {reason["code"]: reason for reason in after["reasons"]}
    assert said["stock"]["minor"] == 40
    assert said["stock"]["zh"] == "占用库存和产能的价值"


def test_new_prices_are_taken_up_by_every_reader(tmp_path: Path) -> None:
    writer, reader = PriceFile(tmp_path), PriceFile(tmp_path)
    assert reader.current() is None

    writer.write(Prices({("JX", "A"): 3.0}, made_at=1))
    reader._looked = -1e9
    first = reader.current()
    writer.write(Prices({("JX", "A"): 4.0}, made_at=2))
    os.utime(tmp_path / "prices.json", ns=(1, 7))
    soon = reader.current()
    reader._looked = -1e9
    later = reader.current()

    assert first is not None
    assert soon is first
    assert later is not None
    assert (first.made_at, later.made_at) == (1, 2)


@pytest.mark.parametrize("text", ["", "{}", '{"format": 9}', '{"format": 1}', "[1]"])
def test_prices_that_cannot_be_read_leave_those_before(tmp_path: Path, text: str) -> None:
    file = PriceFile(tmp_path)
    file.write(Prices({("JX", "A"): 3.0}))
    before = file.current()

    (tmp_path / "prices.json").write_text(text)
    file._looked = -1e9

    assert file.current() is before is not None


def test_the_job_is_due_once_in_a_third_of_a_day(shop_home: Path) -> None:
    at = [10 * DAY_US]
    job = Pricing(Settings(home=shop_home), lambda: at[0])

    first = job.due()
    at[0] += DAY_US // 3 - 1
    same = job.due()
    at[0] += 1
    next_ = job.due()

    assert first == same
    assert next_ is not None
    assert next_ != first


def test_nothing_is_due_without_stock_or_history(tmp_path: Path) -> None:
    assert Pricing(Settings(home=tmp_path), lambda: 0).due() is None


def test_what_orders_to_come_will_lack_has_a_price(shop: Service) -> None:
    delivery = shop.runtime.delivery
    assert delivery is not None
    orders = newest_orders(History(shop.runtime.settings.history_folder), 28)
    asked = [
        rows.__class__(
            rows.order | {"ship_city": "上海市", "ship_region": "上海市"},
            [{"sku": "CUP", "quantity": 1, "weight_g": 400}],
            {},
            {},
        )
        for rows in orders[:40]
    ]

    prices = solve_prices(delivery, asked, made_at=5)
    plenty = solve_prices(delivery, asked[:4], made_at=5)

    # Twenty cups are expected to be wanted and eleven are there; then two are and eleven are there.
    assert prices.stock["JX", "CUP"] > 0
    assert prices.stock["CD", "CUP"] > 0
    assert not plenty.stock
    assert prices.made_at == 5
