"""Counts of stock as they were known at the beginning of past days."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from features.history import History

    Pair = tuple[str, str]


@dataclass
class StockByDay:
    """The newest count of each warehouse and SKU, day after day.

    Parameters
    ----------
    counts
        Local day of the count, warehouse, SKU and free units, oldest first.

    Examples
    --------
    >>> stock = StockByDay([(1, "JX", "A", 5), (3, "JX", "A", 2)])
    >>> stock.at(1, {}), stock.at(2, {}), stock.at(4, {"CS": "JX"})
    (None, {('JX', 'A'): 5}, {('JX', 'A'): 2, ('CS', 'A'): 2})
    """

    counts: Sequence[tuple[int, str, str, int]]
    _known: dict[Pair, int] = field(default_factory=dict)
    _read: int = 0
    _day: int | None = None

    def at(self, day: int, like: Mapping[str, str]) -> dict[Pair, int] | None:
        """Give what was free at the beginning of a day; None before the first count.

        Parameters
        ----------
        day
            Local day; days are asked for in ascending order.
        like
            New warehouse to the one whose stock it has too.
        """
        if self._day is not None and day < self._day:
            self._known, self._read = {}, 0
        self._day = day
        while self._read < len(self.counts) and self.counts[self._read][0] < day:
            _, warehouse, sku, units = self.counts[self._read]
            self._known[warehouse, sku] = units
            self._read += 1
        if not self._known:
            return None
        copied = {
            (new, sku): units
            for new, old in like.items()
            for (warehouse, sku), units in self._known.items()
            if warehouse == old
        }
        return {**self._known, **copied}


def read_stock(history: History, day_of: Any) -> StockByDay:
    """Read every count of stock.

    Parameters
    ----------
    history
        The history.
    day_of
        From microseconds UTC to the local day.
    """
    frame = history.frame("stock")
    if frame.empty:
        return StockByDay(())
    frame = frame.sort_values("at", kind="stable")
    taken = frame["locked"].fillna(0) + frame["samples"].fillna(0)
    free = (frame["on_hand"].fillna(0) - taken).clip(lower=0).astype("int64")
    at = frame["at"].astype("datetime64[us, UTC]").astype("int64")
    rows = zip(at, frame["warehouse"], frame["sku"], free, strict=True)
    return StockByDay([(day_of(int(t)), str(w), str(s), int(n)) for t, w, s, n in rows])
