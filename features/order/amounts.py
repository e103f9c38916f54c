"""The amounts of an order: one currency, sums that know what was not said, the base value."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from features import money
from features.document import NO_CURRENCY, Money, OrderDocument
from features.errors import OrderError
from features.wire import DISCOUNTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from features.order.records import Row


def minor_of(amount: Money | None) -> int | None:
    """Give an amount's minor units; None stays unknown.

    Examples
    --------
    >>> minor_of(Money(minor=1_00, currency="CNY")), minor_of(None)
    (100, None)
    """
    return None if amount is None else amount.minor


def currency_of(document: OrderDocument) -> str | None:
    """Give the currency of the order's amounts, or None when it says none.

    Examples
    --------
    >>> from features.document import Amounts
    >>> paid = Amounts(grand_total=Money(minor=9900, currency="USD"))
    >>> currency_of(OrderDocument.model_construct(amounts=paid))
    'USD'
    """
    if document.amounts.currency is not None:
        return document.amounts.currency
    currencies = (amount.currency for _, amount in amounts_of(document))
    return next((code for code in currencies if code != NO_CURRENCY), None)


def amounts_of(document: OrderDocument) -> Iterator[tuple[str, Money]]:
    """Go through every amount in the order's own currency, with its place.

    Examples
    --------
    >>> from features.document import Amounts
    >>> nine, one = Money(minor=9_00, currency="EUR"), Money(minor=1_00, currency="EUR")
    >>> order = OrderDocument.model_construct(amounts=Amounts(grand_total=nine, shipping=one))
    >>> [place for place, _ in amounts_of(order)]
    ['/amounts/grand_total', '/amounts/shipping']
    """
    for name in ("grand_total", "items", *DISCOUNTS, "shipping", "tax", "fees"):
        if (amount := getattr(document.amounts, name)) is not None:
            yield f"/amounts/{name}", amount
    for index, promo in enumerate(document.promos or ()):
        if promo.amount is not None:
            yield f"/promos/{index}/amount", promo.amount
    for index, line in enumerate(document.lines or ()):
        for name in ("unit_price", "discount", "tax", "total"):
            if (amount := getattr(line, name)) is not None:
                yield f"/lines/{index}/{name}", amount


def sums_of(document: OrderDocument) -> Row:
    """Give the columns that add up several amounts; a sum of nothing said is unknown.

    Examples
    --------
    >>> from features.document import Amounts
    >>> paid = Amounts(grand_total=Money(minor=9_00, currency="EUR"))
    >>> sums_of(OrderDocument.model_construct(amounts=paid, promos=[]))
    {'currency': 'EUR', 'discount_minor': None, 'promo_code': None, 'promo_minor': 0}
    """
    given = [getattr(document.amounts, name) for name in DISCOUNTS]
    discounts = [amount.minor for amount in given if amount is not None]
    promos = document.promos
    spent = [promo.amount.minor for promo in promos or () if promo.amount is not None]
    codes = (promo.code for promo in promos or () if promo.code is not None)
    return {
        "currency": currency_of(document),
        "discount_minor": sum(discounts) if discounts else None,
        "promo_code": next(codes, None),
        # No promotions at all is a known zero; promotions without an amount are not.
        "promo_minor": sum(spent) if spent or promos == [] else None,
    }


def value_of(document: OrderDocument, base: str) -> int | None:
    """Give the order's value in the base currency, or None when nothing says it.

    Examples
    --------
    >>> from features.document import Amounts
    >>> paid = Amounts(grand_total=Money(minor=100_00, currency="USD"), fx_rate=7.1)
    >>> value_of(OrderDocument.model_construct(amounts=paid), "CNY")
    71000
    >>> value_of(OrderDocument.model_construct(amounts=paid), "USD")  # no rate is needed
    10000
    """
    amounts = document.amounts
    if amounts.grand_total_base is not None:
        if amounts.grand_total_base.currency != base:
            raise OrderError(
                [
                    (
                        "/amounts/grand_total_base/currency",
                        f"is not the base currency of this shop: convert the amount to {base}",
                    )
                ]
            )
        return amounts.grand_total_base.minor
    total = amounts.grand_total
    if total is None or total.currency == NO_CURRENCY:
        return None
    if total.currency == base:
        return total.minor
    if amounts.fx_rate is None:
        return None
    return money.exchange(total.minor, total.currency, base, Decimal(repr(amounts.fx_rate)))
