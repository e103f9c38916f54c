"""Inequalities that only whole orders keep to: what an odd shelf has left for lines of two units.

Three orders of one unit and half an order of two fill a shelf of four in a linear programme; whole
orders cannot. A shelf's row and the rows "this line is sent at most once", added up, halved and
rounded down, say so. They bind nothing that whole orders may do, so that a bound stays one.

Notes
-----
[1] A. Caprara, M. Fischetti, {0, 1/2}-Chvátal-Gomory cuts, Mathematical Programming 74 (1996).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from models.routing.subsets import members

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from models.routing.quotes import Quote
    from models.routing.resources import Capacity

    Floats = NDArray[np.float64]
    Part = tuple[int, int, str]
    """Kind of order, position of a piece, warehouse that sends it."""

MOST_WAREHOUSES: Final = 8
"""Warehouses of a SKU up to which all sets of them are tried; of more, the most divided ones."""
CUTS_A_SKU: Final = 2
LEAST: Final = 0.02
"""Units by which what is sent must be above a cut for it to be worth a row."""
WHOLE: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Cut:
    """No whole orders send more of these pieces together.

    Parameters
    ----------
    weights
        What each piece from each warehouse counts.
    most
        What they may come to.
    """

    weights: Mapping[Part, float]
    most: float


def parity_cuts(quotes: Sequence[Quote], sent: Mapping[Part, float], left: Capacity) -> list[Cut]:
    """Find inequalities that a plan in parts of orders violates, the same ones for the same plan.

    Parameters
    ----------
    quotes
        One an order.
    sent
        Share of each piece that each warehouse sends.
    left
        Stock.

    Examples
    --------
    >>> from models.routing.costs import RoutingCosts
    >>> from models.routing.network import Destination, Network, Outlet, Shelf, Wanted, Warehouse
    >>> from models.routing.options import Estimate
    >>> from models.routing.orders import ask
    >>> from models.routing.resources import Capacity
    >>> network = Network((Warehouse("JX"),), (Outlet("east", "sf", city="上海市"),))
    >>> quotes = [
    ...     ask(
    ...         "", Wanted({"A": units}, Destination(city="上海市")), network, Shelf(),
    ...         lambda ways: [Estimate()] * len(ways), RoutingCosts(),
    ...     ).quoted
    ...     for units in (1, 2)
    ... ]
    >>> sent = {(0, 0, "JX"): 1.0, (1, 0, "JX"): 0.5}
    >>> cuts = parity_cuts(quotes, sent, Capacity({("JX", "A"): 2}))
    >>> [(dict(cut.weights), cut.most) for cut in cuts]
    [({(0, 0, 'JX'): 1, (1, 0, 'JX'): 1}, 1)]
    """
    if left.stock is None:
        return []
    found: list[Cut] = []
    for sku, pieces in _asking(quotes).items():
        if any(units > 1 for *_, units in pieces):
            found += _cuts_of(sku, pieces, sent, left)
    return found


def _asking(quotes: Sequence[Quote]) -> dict[str, list[tuple[int, int, int]]]:
    """Give the pieces that hold a SKU: kind, position, units."""
    asking: dict[str, list[tuple[int, int, int]]] = {}
    for kind, quoted in enumerate(quotes):
        for place, piece in enumerate(quoted.lines.pieces):
            for sku, units in piece.items():
                asking.setdefault(sku, []).append((kind, place, units))
    return asking


def _cuts_of(
    sku: str, pieces: Sequence[tuple[int, int, int]], sent: Mapping[Part, float], left: Capacity
) -> list[Cut]:
    """Find the most violated inequalities of a SKU over all sets of its warehouses."""
    names = _divided((stock[0] for stock in left.stock or () if stock[1] == sku), pieces, sent)
    shares = np.array(
        [[sent.get((kind, place, name), 0.0) for name in names] for kind, place, _ in pieces]
    )
    if not names or np.abs(shares - shares.round()).max() < WHOLE:
        return []
    units = np.array([units for *_, units in pieces])
    odd = units % 2 == 1
    sets = members(len(names))
    have = sets @ np.array([math.floor(left.of(("stock", name, sku))) for name in names])
    share = sets @ shares.T
    once = odd & (share > 1 / 2)  # the lines whose row "at most once" is added
    is_even = (have + once.sum(axis=1)) % 2 == 0
    near = np.where(odd, np.abs(1 - 2 * share), math.inf)
    lost = np.where(odd, np.minimum(share, 1 - share), 0.0).sum(axis=1)
    flipped = np.where(is_even, near.min(axis=1), 0.0)
    above = (1 - (have - share @ units) - lost - flipped) / 2
    turned = np.flatnonzero(is_even & np.isfinite(flipped))
    once[turned, near[turned].argmin(axis=1)] ^= True
    found = []
    for row in np.argsort(-above, kind="stable")[:CUTS_A_SKU].tolist():
        if above[row] < LEAST:
            break
        counted = (units + once[row]) // 2
        inside = [name for name, held in zip(names, sets[row], strict=True) if held]
        weights = {
            (kind, place, name): int(weight)
            for (kind, place, _), weight in zip(pieces, counted, strict=True)
            for name in inside
            if weight
        }
        found.append(Cut(weights, int(have[row] + once[row].sum()) // 2))
    return found


def _divided(
    warehouses: Iterable[str],
    pieces: Sequence[tuple[int, int, int]],
    sent: Mapping[Part, float],
) -> list[str]:
    """Give the warehouses of a SKU, of many those that send the most lines in part."""

    def parted(name: str) -> float:
        shares = (sent.get((kind, place, name), 0.0) for kind, place, _ in pieces)
        return sum(min(share, 1 - share) for share in shares)

    names = sorted(warehouses)
    return sorted(names, key=lambda name: (-parted(name), name))[:MOST_WAREHOUSES]
