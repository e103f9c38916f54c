"""Money is converted exactly, halves to even."""

from __future__ import annotations

from decimal import Decimal

import pytest

from features.money import exchange, exponent


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(ValueError, match="write three capitals such as CNY"):
        exponent("RMB")


def test_a_rate_counts_units_of_the_base() -> None:
    assert exchange(1_000, "JPY", "CNY", Decimal("0.0475")) == 4_750
    assert exchange(100, "USD", "KWD", Decimal("0.3075")) == 308
