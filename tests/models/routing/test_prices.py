from __future__ import annotations

import json

import pytest

from models.routing.network import Outlet, Warehouse
from models.routing.prices import Prices
from models.routing.ways import Way

PRICES = Prices({("JX", "A"): 2.5, ("DG", "A"): 4.0}, {"JX": 1.0}, {"sf-1": 0.5}, 77)


def test_prices_are_read_as_they_were_written() -> None:
    assert Prices.from_dict(json.loads(json.dumps(PRICES.as_dict()))) == PRICES


def test_prices_of_another_format_are_refused() -> None:
    with pytest.raises(ValueError, match="prices of format 2, not 1"):
        Prices.from_dict(PRICES.as_dict() | {"format": 2})


def test_what_has_no_price_is_worth_nothing() -> None:
    assert PRICES.of_stock("JX", {"A": 2, "Z": 9}) == 5.0
    assert PRICES.of_way(Way(Warehouse("DG"), Outlet("yd-1", "yd"), None, "city")) == 0.0
    assert PRICES.of_way(Way(Warehouse("JX"), Outlet("sf-1", "sf"), None, "city")) == 1.5
