"""Kinds of orders that are expected, from those that came: what prices are made for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from models.routing.network import Wanted

MOST_KINDS: Final = 2_000
"""Kinds that a programme is made for: its prices take seconds, and the rest is rare."""


@dataclass(frozen=True, slots=True)
class Kinds:
    """Kinds of orders.

    Parameters
    ----------
    wanted
        What each asks.
    n_orders
        Orders expected of each, shape (n_kinds,).
    left_out
        Orders, or their lines, that were too rare to be kinds.
    """

    wanted: tuple[Wanted, ...]
    n_orders: NDArray[np.float64]
    left_out: int


def kinds_of(orders: Iterable[Wanted], *, scale: float, most: int = MOST_KINDS) -> Kinds:
    """Sort orders that came into kinds: the same goods to the same city.

    What is no frequent kind as a whole counts line by line.

    Parameters
    ----------
    orders
        Orders of a past time.
    scale
        Expected orders until the horizon for each one that came.
    most
        Kinds at most.

    Examples
    --------
    >>> from models.routing.network import Destination, Wanted
    >>> to = Destination("上海市", "上海市", 31.2, 121.5)
    >>> came = [Wanted({"A": 1}, to)] * 2 + [Wanted({"A": 1, "B": 1}, to)]
    >>> kinds = kinds_of(came, scale=0.5, most=2)
    >>> [dict(wanted.units) for wanted in kinds.wanted], kinds.n_orders.tolist(), kinds.left_out
    ([{'A': 1}, {'B': 1}], [1.5, 0.5], 0)
    """
    held: dict[tuple[object, ...], Wanted] = {}
    n_of: Counter[tuple[object, ...]] = Counter()
    for wanted in orders:
        key = _key(wanted)
        held.setdefault(key, wanted)
        n_of[key] += 1
    kept = dict(n_of.most_common(max(most - 1, 1)))
    lines: Counter[tuple[object, ...]] = Counter(kept)
    for key, n in n_of.items():
        if key in kept:
            continue
        for line in _lines(held[key]):
            held.setdefault(_key(line), line)
            lines[_key(line)] += n
    chosen = lines.most_common(most)
    left_out = sum(lines.values()) - sum(n for _, n in chosen)
    return Kinds(
        tuple(_typical(held[key]) for key, _ in chosen),
        np.array([n for _, n in chosen], dtype=np.float64) * scale,
        left_out,
    )


def _key(wanted: Wanted) -> tuple[object, ...]:
    """Say what makes orders alike."""
    goods = tuple(sorted(wanted.units.items()))
    return goods, wanted.to.region, wanted.to.city, wanted.services, wanted.carriers


def _lines(wanted: Wanted) -> list[Wanted]:
    """Take an order apart into one order a line."""
    total = sum(wanted.units.values())
    return [
        replace(
            wanted,
            units={sku: units},
            weight_g=None if wanted.weight_g is None else round(wanted.weight_g * units / total),
        )
        for sku, units in wanted.units.items()
    ]


def _typical(wanted: Wanted) -> Wanted:
    """Leave out what only the one order has: its moment and its last one."""
    return replace(wanted, at=None, ship_by=None)
