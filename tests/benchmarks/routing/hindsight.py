"""The least that the orders of an instance could cost, had they been known: the papers' LP.

Of each order's lines a share may leave from each centre; a parcel from a centre is paid for the
largest share of a line that it brings. No column of the product's own programme is used.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from tests.benchmarks.routing.instances import CENTRES, DISTANCE, MILE, MINOR, PARCEL, UNIT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.benchmarks.routing.instances import Instance

NOBODY = None


class Rows:
    """Entries of a sparse matrix with its right-hand side."""

    def __init__(self) -> None:
        self.entries: list[tuple[int, int, float]] = []
        self.ends: list[float] = []

    def add(self, end: float, *entries: tuple[int, float]) -> int:
        """Add a row of (column, value) and give its number."""
        self.ends.append(end)
        self.entries += [(len(self.ends) - 1, column, value) for column, value in entries]
        return len(self.ends) - 1

    def matrix(self, n_columns: int) -> object:
        """Give the matrix."""
        from scipy.sparse import coo_array

        row, column, value = np.array(self.entries).T
        shape = len(self.ends), n_columns
        return coo_array((value, (row.astype(int), column.astype(int))), shape=shape).tocsc()


def hindsight_minor(made: Instance, arrivals: Iterable[int | None]) -> float:
    """Solve the programme for the orders that came."""
    from scipy.optimize import linprog

    cost: list[float] = []
    most, all_sent = Rows(), Rows()
    stock = {place: most.add(float(units)) for place, units in made.stock.items()}
    for kind, n_orders in Counter(kind for kind in arrivals if kind is not None).items():
        city = made.cities[kind]
        far = max(DISTANCE[centre, city] for centre in CENTRES)
        parcel = {}
        for centre in (*CENTRES, NOBODY):
            parcel[centre] = len(cost)
            cost.append(n_orders * (2 * PARCEL if centre is NOBODY else PARCEL))
        for item in made.baskets[kind]:
            shares = []
            for centre in (*CENTRES, NOBODY):
                if centre is not NOBODY and (centre, item) not in stock:
                    continue
                unit = (
                    2 * (UNIT + MILE * far)
                    if centre is NOBODY
                    else UNIT + MILE * DISTANCE[centre, city]
                )
                column = len(cost)
                cost.append(n_orders * unit)
                shares.append((column, 1.0))
                most.add(0.0, (column, 1.0), (parcel[centre], -1.0))
                if centre is not NOBODY:
                    most.entries.append((stock[centre, item], column, float(n_orders)))
            all_sent.add(1.0, *shares)
    found = linprog(
        cost,
        A_ub=most.matrix(len(cost)),
        b_ub=most.ends,
        A_eq=all_sent.matrix(len(cost)),
        b_eq=all_sent.ends,
        method="highs",
    )
    return float(found.fun) * MINOR
