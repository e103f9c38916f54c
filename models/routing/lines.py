"""The lines of an order as they are put into parcels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from models.routing.network import Wanted


@dataclass(frozen=True, slots=True)
class Lines:
    """Pieces of an order that stay together.

    Parameters
    ----------
    skus
        What each is.
    units, weights_g
        How many and how heavy, shape (n_lines,).
    only
        Position of a line to the one warehouse that may send it: pieces of a line that no
        warehouse has whole.
    """

    skus: tuple[str, ...]
    units: NDArray[np.float64]
    weights_g: NDArray[np.float64]
    only: Mapping[int, str]


def lines_of(
    wanted: Wanted,
    warehouses: Sequence[str],
    available: Mapping[tuple[str, str], int] | None,
) -> Lines:
    """Take an order apart into lines, and a line that no warehouse has whole into pieces.

    A piece is what one warehouse has, the fullest shelf first; what all together lack is a piece
    that nobody sends.

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
    >>> lines.skus, lines.units.tolist(), dict(lines.only)
    (('A', 'A', 'B'), [4.0, 1.0, 1.0], {0: 'DG', 1: 'JX'})
    """
    skus: list[str] = []
    units: list[int] = []
    only: dict[int, str] = {}
    for sku, asked in wanted.units.items():
        for amount, warehouse in _pieces(sku, asked, warehouses, available):
            if warehouse is not None:
                only[len(skus)] = warehouse
            skus.append(sku)
            units.append(amount)
    amounts = np.array(units, dtype=np.float64)
    return Lines(tuple(skus), amounts, amounts * _unit_weights_g(wanted, skus), only)


NOBODY = ""
"""Stands for a warehouse where no warehouse has what is asked."""


def _pieces(
    sku: str,
    asked: int,
    warehouses: Sequence[str],
    available: Mapping[tuple[str, str], int] | None,
) -> list[tuple[int, str | None]]:
    """Cut a line where no warehouse has it whole."""
    if available is None:
        return [(asked, None)]
    shelves = sorted(
        ((max(available.get((name, sku), 0), 0), name) for name in warehouses),
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


def _unit_weights_g(wanted: Wanted, skus: Sequence[str]) -> NDArray[np.float64]:
    """Weight of a unit of each line; unless it is stated, all units of an order weigh the same."""
    total = sum(wanted.units.values())
    usual = (wanted.weight_g or 0) / total if total else 0.0
    stated = wanted.unit_weights_g or {}
    return np.array([stated.get(sku, usual) for sku in skus], dtype=np.float64)
