"""The lines of an order as they are put into parcels."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final

import numpy as np

from models.routing.subsets import MOST_LINES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from models.routing.network import Wanted

    Stock = Mapping[tuple[str, str], int]

NOBODY: Final = ""
"""Stands for a warehouse where no warehouse has what is asked."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Pieces of an order that stay together.

    Parameters
    ----------
    pieces
        SKU to units of each; most hold one line.
    units, weights_g
        How many and how heavy, shape (n_pieces,).
    only
        Position of a piece to the one warehouse that may send it: parts of a line that no
        warehouse has whole.
    """

    pieces: tuple[Mapping[str, int], ...]
    units: NDArray[np.float64]
    weights_g: NDArray[np.float64]
    only: Mapping[int, str]


def lines_of(wanted: Wanted, warehouses: Sequence[str], available: Stock | None) -> Lines:
    """Take an order apart into lines, and a line that no warehouse has whole into pieces.

    Such pieces are what one warehouse has, the fullest shelf first; what all together lack is a
    piece that nobody sends. Of an order with more than ``MOST_LINES`` lines, those that the same
    warehouses have stay together, and then those that share the most warehouses.

    Parameters
    ----------
    wanted
        The order.
    warehouses
        Those that may send it.
    available
        Warehouse and SKU to units; None when nothing is known.

    Examples
    --------
    >>> from models.routing.network import Destination, Wanted
    >>> wanted = Wanted({"A": 5, "B": 1}, Destination())
    >>> stock = {("JX", "A"): 3, ("DG", "A"): 4, ("JX", "B"): 1}
    >>> lines = lines_of(wanted, ("JX", "DG"), stock)
    >>> lines.pieces, dict(lines.only)
    (({'A': 4}, {'A': 1}, {'B': 1}), {0: 'DG', 1: 'JX'})
    """
    whole: list[Mapping[str, int]] = []
    bound: dict[str, dict[str, int]] = {}
    for sku, asked in wanted.units.items():
        for amount, warehouse in _cut(sku, asked, warehouses, available):
            if warehouse is None:
                whole.append({sku: amount})
            else:
                bound.setdefault(warehouse, {})[sku] = amount
    bound = _fewest(bound, MOST_LINES - 1)
    pieces = [*bound.values(), *_bundled(whole, MOST_LINES - len(bound), warehouses, available)]
    weights = _unit_weights_g(wanted)
    return Lines(
        tuple(pieces),
        np.array([sum(piece.values()) for piece in pieces], dtype=np.float64),
        np.array([sum(n * weights[sku] for sku, n in piece.items()) for piece in pieces]),
        dict(enumerate(bound)),
    )


def _fewest(bound: dict[str, dict[str, int]], most: int) -> dict[str, dict[str, int]]:
    """Leave to nobody what only more warehouses than an order may come from could send."""
    if len(bound) <= most:
        return bound
    names = sorted(bound, key=lambda name: (name == NOBODY, -sum(bound[name].values())))
    left: Counter[str] = Counter()
    for name in names[most - 1 :]:
        left.update(bound[name])
    return {name: bound[name] for name in names[: most - 1]} | {NOBODY: dict(left)}


def _cut(
    sku: str, asked: int, warehouses: Sequence[str], available: Stock | None
) -> list[tuple[int, str | None]]:
    """Cut a line where no warehouse has it whole."""
    if available is None:
        return [(asked, None)]
    shelves = sorted(
        ((available.get((name, sku), 0), name) for name in warehouses),
        key=lambda shelf: (-shelf[0], shelf[1]),
    )
    if shelves and shelves[0][0] >= asked:
        return [(asked, None)]
    pieces: list[tuple[int, str | None]] = []
    for units, name in shelves:
        taken = min(units, asked)
        if taken > 0:
            pieces.append((taken, name))
            asked -= taken
    return [*pieces, (asked, NOBODY)] if asked > 0 else pieces


def _bundled(
    lines: list[Mapping[str, int]],
    most: int,
    warehouses: Sequence[str],
    available: Stock | None,
) -> list[Mapping[str, int]]:
    """Tie lines together until there are few enough."""
    if len(lines) <= most:
        return lines
    held = [(_holders(line, warehouses, available), line) for line in lines]
    while len(held) > most:
        one, other = max(
            combinations(range(len(held)), 2),
            key=lambda pair: (_likeness(held[pair[0]][0], held[pair[1]][0]), -pair[0], -pair[1]),
        )
        together = held[one][0] & held[other][0], {**held[one][1], **held[other][1]}
        held = [part for at, part in enumerate(held) if at not in (one, other)] + [together]
    return [line for _, line in held]


def _holders(
    line: Mapping[str, int], warehouses: Sequence[str], available: Stock | None
) -> frozenset[str]:
    """Name the warehouses that have a line whole."""
    if available is None:
        return frozenset(warehouses)
    return frozenset(
        name
        for name in warehouses
        if all(available.get((name, sku), 0) >= units for sku, units in line.items())
    )


def _likeness(one: frozenset[str], other: frozenset[str]) -> tuple[bool, int, int]:
    """Tell how well two lines stay together: someone has both, few lose one, many have both."""
    common = len(one & other)
    return common > 0, common - len(one | other), common


def _unit_weights_g(wanted: Wanted) -> Mapping[str, float]:
    """Weight of a unit by SKU; unless it is stated, all units of an order weigh the same."""
    total = sum(wanted.units.values())
    usual = (wanted.weight_g or 0) / total if total else 0.0
    stated = wanted.unit_weights_g or {}
    return {sku: stated.get(sku, usual) for sku in wanted.units}


def units_of(lines: Lines, chosen: int) -> dict[str, int]:
    """Units by SKU of a set of lines, a number whose bits are its lines."""
    units: Counter[str] = Counter()
    for place, piece in enumerate(lines.pieces):
        if chosen >> place & 1:
            units.update(piece)
    return dict(units)
