"""Reads canonical orders strictly; every fault is told at once, with its place and mend."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from features import money
from features.document import NO_CURRENCY, Address, OrderDocument
from features.errors import OrderError
from features.order.amounts import amounts_of, currency_of
from features.refusal import Problem, card_problems, explain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def parse(document: bytes | str | Mapping[str, Any]) -> OrderDocument:
    """Read a canonical order strictly.

    Parameters
    ----------
    document
        JSON text, or the object it holds.

    Raises
    ------
    OrderError
        With every fault found, its place as a JSON pointer, and its mend.

    Examples
    --------
    >>> try:
    ...     parse({"order_id": 7})
    ... except OrderError as error:
    ...     dict(error.problems)["/order_id"]
    'is a number: write it as text in quotes; ids lose digits as numbers'
    """
    text = document if isinstance(document, bytes | str) else json.dumps(document)
    try:
        order = OrderDocument.model_validate_json(text)
    except ValidationError as error:
        raise OrderError(explain(error)) from None
    check(order)
    return order


def check(order: OrderDocument) -> None:
    """Refuse an order whose parts contradict each other, whatever each says by itself.

    Raises
    ------
    OrderError
        With every contradiction found.
    """
    if problems := list(_inconsistencies(order)):
        raise OrderError(problems)


def _inconsistencies(order: OrderDocument) -> Iterator[Problem]:
    """Go through the faults that no single field shows."""
    if order.lines is None and order.line_summary is None:
        yield "/lines", "is missing: an order needs at least one line"
    seen: set[str] = set()
    for index, line in enumerate(order.lines or ()):
        if line.line_id in seen:
            yield (
                f"/lines/{index}/line_id",
                "is a duplicate id: give each line of the order its own",
            )
        seen.add(line.line_id)
    yield from _currency_problems(order)
    for name in ("shipping_address", "billing_address"):
        address: Address | None = getattr(order, name)
        if address and (address.lat, address.lon) != (None, None) and address.coord_sys is None:
            yield f"/{name}/coord_sys", "is missing: say which datum lat and lon are in"
    yield from card_problems(_free_texts(order))


def _currency_problems(order: OrderDocument) -> Iterator[Problem]:
    own = currency_of(order)
    said = order.amounts.currency
    if said is not None and said not in money.EXPONENTS:
        yield "/amounts/currency", "is not a currency of ISO 4217: write a code such as CNY"
        return
    base = order.amounts.grand_total_base
    amounts = [*amounts_of(order), *([("/amounts/grand_total_base", base)] if base else [])]
    for place, amount in amounts:
        if amount.currency not in money.EXPONENTS and amount.currency != NO_CURRENCY:
            yield f"{place}/currency", "is not a currency of ISO 4217: write a code such as CNY"
        elif amount is not base and amount.currency not in {own, NO_CURRENCY}:
            yield f"{place}/currency", f"is not the currency of the order: convert it to {own}"


def _free_texts(order: OrderDocument) -> Iterator[tuple[str, str | None]]:
    """Go through the texts in which callers have been seen to send card numbers.

    A keyed hash is none: by chance its digits look like a card number once in a few thousand.
    """
    for block in ("payment", "notes"):
        for name, value in getattr(order, block) or ():
            if isinstance(value, str) and not name.endswith("_hash"):
                yield f"/{block}/{name}", value
