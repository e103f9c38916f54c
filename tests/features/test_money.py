"""Money is converted exactly, halves to even."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.money import EXPONENTS, exchange, exponent, to_minor


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("0.005", "CNY", 0),
        ("0.015", "CNY", 2),
        ("-0.015", "CNY", -2),
        (0.1 + 0.2, "CNY", 30),
        (1.005, "USD", 100),
        (1.015, "USD", 102),
        (0.5, "JPY", 0),
        (1.5, "JPY", 2),
        ("1.0005", "KWD", 1000),
        ("99999999999.99", "CNY", 9999999999999),
    ],
)
def test_amounts(amount: str | float, currency: str, minor: int) -> None:
    assert to_minor(amount, currency) == minor


@pytest.mark.parametrize("amount", ["ten", "", "NaN", float("inf")])
def test_what_is_no_amount_is_refused(amount: str | float) -> None:
    with pytest.raises(ValueError, match="amount of money"):
        to_minor(amount, "CNY")


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(ValueError, match="write three capitals such as CNY"):
        exponent("RMB")


@given(st.integers(-(10**12), 10**12), st.sampled_from(sorted(EXPONENTS)))
def test_minor_units_survive_the_way_through_text(minor: int, currency: str) -> None:
    text = str(Decimal(minor).scaleb(-exponent(currency)))

    assert to_minor(text, currency) == minor


def test_a_rate_counts_units_of_the_base() -> None:
    assert exchange(1_000, "JPY", "CNY", Decimal("0.0475")) == 4_750
    assert exchange(100, "USD", "KWD", Decimal("0.3075")) == 308
