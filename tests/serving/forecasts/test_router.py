"""Forecasts over HTTP, on a small made-up shop."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from models.estimators.demand import DEMAND
from models.training.material import Material
from serving.registry import Shelf
from serving.runtime import open_runtime
from serving.settings import Settings
from tests.models.demand.shops import OPENED, SMALL, history, lines, table
from tests.serving.conftest import Clock, Service, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

N_DAYS = 90


def make_home(home: Path, *, parcels: bool = True) -> Settings:
    """Make a home of seven products, one of which took off, and a demand model."""
    random = np.random.default_rng(8)
    rows = [
        {"day": day, "series_id": f"p{product}", "quantity": int(units)}
        for day in range(N_DAYS)
        for product, units in enumerate(random.poisson(np.arange(3, 10)) + 1)
    ]
    rows += [{"day": day, "series_id": "p0", "quantity": 20} for day in range(N_DAYS - 14, N_DAYS)]
    tables = lines(*rows)
    shipped = OPENED + timedelta(days=N_DAYS - 2)
    if parcels:
        parcel = {"shipment_id": "1", "order_key": "m/web/main/0", "warehouse": "WH1"}
        tables["shipments"] = table("shipments", [{**parcel, "shipped_at": shipped}])
        tables["warehouses"] = table("warehouses", [{"warehouse": "WH1", "daily_capacity": 4}])
    settings = Settings(home=home, log_level="ERROR")
    sold = history(settings.history_folder, tables)
    quick = replace(DEMAND, daily=SMALL)
    trained = quick.train(Material(sold), cutoff=OPENED + timedelta(days=N_DAYS))
    shelf = Shelf(settings.models_folder)
    shelf.serve("demand", shelf.put(trained.artifact)[1])
    return settings


@pytest.fixture(scope="module")
def shop_home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return make_home(tmp_path_factory.mktemp("shop"))


@pytest.fixture
def shop(shop_home: Settings, blank_store: Path, tmp_path: Path) -> Iterator[Service]:
    clock = Clock()
    shutil.copy(blank_store, tmp_path / "orderintel.db")
    url = f"sqlite:///{tmp_path / 'orderintel.db'}"
    settings = shop_home.model_copy(update={"database_url": url})
    yield from serving(open_runtime(settings, clock=clock), clock)


def test_demand_lists_series_by_expected_units(shop: Service) -> None:
    answer = shop.call("GET", "/v1/forecasts/demand", params={"limit": 3})

    body = answer.json()
    assert answer.status_code == 200
    assert body["first_on"] == "2026-04-05"
    assert [len(series["steps"]) for series in body["series"]] == [14, 14, 14]
    totals = [series["total"] for series in body["series"]]
    assert totals == sorted(totals, reverse=True)
    assert body["next_cursor"] == "3"


def test_pages_follow_each_other_to_the_end(shop: Service) -> None:
    seen, cursor = [], None
    for _ in range(3):
        params = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        body = shop.call("GET", "/v1/forecasts/demand", params=params).json()
        seen += [series["series_id"] for series in body["series"]]
        cursor = body["next_cursor"]

    assert sorted(seen) == [f"p{product}" for product in range(7)]
    assert cursor is None


def test_one_series_can_be_asked_for(shop: Service) -> None:
    body = shop.call("GET", "/v1/forecasts/demand", params={"series_id": "p3"}).json()

    assert [series["series_id"] for series in body["series"]] == ["p3"]


def test_an_unknown_series_is_not_found(shop: Service) -> None:
    answer = shop.call("GET", "/v1/forecasts/demand", params={"series_id": "nothing"})

    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


def test_a_made_up_cursor_is_refused(shop: Service) -> None:
    answer = shop.call("GET", "/v1/forecasts/demand", params={"cursor": "２"})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/cursor"


def test_a_product_that_took_off_is_hot(shop: Service) -> None:
    body = shop.call("GET", "/v1/forecasts/hot").json()

    assert body["products"][0]["series_id"] == "p0"
    assert body["products"][0]["reasons"][0]["text"]["en"]
    assert body["currency"] == "CNY"


def test_a_warehouse_that_cannot_send_what_is_expected_is_over(shop: Service) -> None:
    body = shop.call("GET", "/v1/forecasts/overload", params={"horizon": 2}).json()

    assert [day["state"] for day in body["days"]] == ["over", "over"]
    assert body["days"][0]["warehouse"] == "WH1"
    assert body["days"][0]["daily_capacity"] == 4


@pytest.mark.parametrize("path", ["demand", "hot", "overload"])
def test_without_a_history_planners_are_told_what_to_do(service: Service, path: str) -> None:
    answer = service.call("GET", f"/v1/forecasts/{path}")

    assert answer.status_code == 409
    assert "orderintel import" in answer.json()["detail"]


def test_a_key_that_may_only_score_sees_no_forecast(shop: Service) -> None:
    assert shop.call("GET", "/v1/forecasts/demand", role="score").status_code == 403
