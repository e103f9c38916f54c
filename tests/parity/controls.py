"""Faults that a comparison of engines has to notice, and orders that make them show.

A fault is done to the engine from outside, so that any engine can be tried: it is given
windows that are off by one equals sign, or told rows that are not what happened.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields, replace
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, cast

from features.windows import Measure
from tests.features.memory import MemoryHistory
from tests.parity.replay import Row, rows_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from features.feature import Feature
    from features.history import History
    from features.windows import Part

SECOND: Final = 1_000_000


@dataclass(frozen=True)
class Control:
    """A fault, or that there is none.

    Parameters
    ----------
    name
        What is done.
    rows
        Changes what the engine is told of the orders.
    later_end, later_begin
        Microseconds by which the engine lets windows end or begin later than they are declared.
    """

    name: str
    rows: Callable[[list[Row]], list[Row]] | None = None
    later_end: int = 0
    later_begin: int = 0

    @property
    def is_fault(self) -> bool:
        return self != Control(self.name)


def _one_bit(orders: list[Row]) -> list[Row]:
    valued = [row for row in orders if row.get("value_minor") and row.get("buyer_key")]
    often = Counter(row["buyer_key"] for row in valued).most_common(1)[0][0]
    changed = next(row for row in valued if row["buyer_key"] == often)
    changed["value_minor"] ^= 1
    return orders


def _one_missing(orders: list[Row]) -> list[Row]:
    return [row for i, row in enumerate(orders) if i != len(orders) // 2]


def _known_at_once(orders: list[Row]) -> list[Row]:
    return [row | {"received_at": row["received_at"] - 1} for row in orders]


@dataclass(frozen=True)
class _Misread(Measure):
    """A measure whose windows end later or begin later than it says, in microseconds."""

    later_end: int = 0
    later_begin: int = 0

    @property
    def parts(self) -> tuple[Part, ...]:
        grown = self.later_end - self.later_begin
        return tuple(
            p._replace(span_us=p.span_us + grown, delay_us=p.delay_us - self.later_end)
            for p in Measure.parts.__get__(self)
        )


CONTROLS: Final = (
    Control("nothing"),
    Control("one bit of one value changed", rows=_one_bit),
    Control("one order left out", rows=_one_missing),
    Control("<= for < at the near edge", later_end=1),
    Control("< for <= at the far edge", later_begin=1),
    Control("<= for < at the known clock", rows=_known_at_once),
)


def spoilt(features: Sequence[Feature], control: Control) -> tuple[Feature, ...]:
    """Give features, under their names, as an engine with the fault understands them."""
    if control.later_end == control.later_begin == 0:
        return tuple(features)
    return tuple(
        f if f.measure is None else replace(f, measure=_misread(f.measure, control))
        for f in features
    )


def _misread(measure: Measure, control: Control) -> Measure:
    declared = {field.name: getattr(measure, field.name) for field in fields(measure)}
    return _Misread(**declared, later_end=control.later_end, later_begin=control.later_begin)


def planted(history: History, n_orders: int) -> History:
    """Take the first orders of a history, and add some of one party that lie on the edges.

    The last order is asked about: placed with another at one instant but received later, just as
    one more is; a window's length after another.
    """
    orders = sorted(rows_of(history.arrow("orders")), key=itemgetter("received_at", "order_key"))
    orders = orders[:n_orders]
    keys = {row["order_key"] for row in orders}
    tables: dict[str, list[Row]] = {"orders": orders}
    for name in ("order_lines", "shipments", "outcomes"):
        tables[name] = [row for row in rows_of(history.arrow(name)) if row["order_key"] in keys]
    pattern = max(orders[-100:], key=lambda row: sum(v is not None for v in row.values()))
    at = orders[-1]["received_at"] + 3_600 * SECOND
    day = 86_400 * SECOND
    on_edges = {
        "1, a day before": (at - day, at - day),
        "2, at one instant": (at, at),
        "3, received together": (at - SECOND, at + SECOND),
        "4, asked": (at, at + SECOND),
    }
    tables["orders"] = orders + [
        _copied(pattern, name, placed, received) for name, (placed, received) in on_edges.items()
    ]
    return cast("History", MemoryHistory(tables, history.profile))


def _copied(pattern: Row, name: str, placed: int, received: int) -> dict[str, Any]:
    key = f"{pattern['order_key']} {name}"
    return pattern | {"order_key": key, "placed_at": placed, "received_at": received}
