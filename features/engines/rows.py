"""Rows as they arrive: instants, texts and whole numbers out of plain values."""

from __future__ import annotations

from datetime import datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from features.instants import microseconds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from features.windows import Entity


def missing(value: Any) -> bool:
    """Tell whether a value is None, NaN, NaT or pandas' NA.

    Examples
    --------
    >>> missing(None), missing(float("nan")), missing(0)
    (True, True, False)
    """
    if value is None:
        return True
    different = value != value  # NaN and NaT differ from themselves; NA gives no truth at all
    return type(different).__name__ == "NAType" or bool(different)


def instant(value: Any) -> int | None:
    """Microseconds since 1970 of an aware datetime, or of a whole number that already counts them.

    Examples
    --------
    >>> from datetime import UTC
    >>> instant(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)), instant(5), instant(None)
    (1000000, 5, None)
    """
    if missing(value):
        return None
    if isinstance(value, datetime):
        return microseconds(value)
    return int(value)


def clocks(order: Mapping[str, Any]) -> tuple[int, int]:
    """Give when an order was placed and when it was received, in microseconds.

    Raises
    ------
    ValueError
        When one of them is missing.

    Examples
    --------
    >>> clocks({"placed_at": 5, "received_at": 7})
    (5, 7)
    """
    placed, received = instant(order["placed_at"]), instant(order["received_at"])
    if placed is None or received is None:
        raise ValueError("an order needs placed_at and received_at")
    return placed, received


def text(value: Any) -> str | None:
    """Text, or None where there is none.

    Examples
    --------
    >>> text("a"), text(None), text(float("nan"))
    ('a', None, None)
    """
    return value if isinstance(value, str) else None


def whole(value: Any) -> int | None:
    """Whole number, or None where there is none; True is 1.

    Examples
    --------
    >>> whole(3), whole(True), whole(float("nan"))
    (3, 1, None)
    """
    return None if missing(value) else int(value)


def number(value: Any) -> float:
    """Float, NaN where there is none.

    Examples
    --------
    >>> number(2), number(None)
    (2.0, nan)
    """
    return float("nan") if isinstance(value, str) or missing(value) else float(value)


def picker(keys: Sequence[Any]) -> Callable[[Any], Sequence[Any]]:
    """Give what takes the values at some keys or places, in their order.

    Examples
    --------
    >>> picker(("b", "a"))({"a": 1, "b": 2}), picker((1,))([3, 4])
    ((2, 1), [4])
    """
    if len(keys) > 1:
        return itemgetter(*keys)
    return lambda values: [values[key] for key in keys]


def key_of(entity: Entity, row: Mapping[str, Any]) -> Any:
    """Key of a row's entity: its text, or several together; None when one is missing.

    Examples
    --------
    >>> from features.windows import EVERYBODY, Entity
    >>> key_of(EVERYBODY, {}), key_of(Entity("buyer", ("buyer_key",), "买家", "buyer"), {})
    ((), None)
    """
    columns = entity.columns
    if len(columns) == 1:
        value = row.get(columns[0])
        return value if isinstance(value, str) else None
    return joined([text(row.get(column)) for column in columns])


def joined(texts: Sequence[str | None]) -> Any:
    """Put the texts of a key together; None when one is missing.

    Examples
    --------
    >>> joined(["a"]), joined(["a", "b"]), joined(["a", None]), joined([])
    ('a', ('a', 'b'), None, ())
    """
    if len(texts) == 1:
        return texts[0]
    return None if None in texts else tuple(texts)
