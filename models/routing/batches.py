"""Quotes of one shape side by side, so that all their orders choose in a few array steps."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from models.routing.plans import choose_sets, has_piece
from models.routing.subsets import members

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from models.routing.parity import Part
    from models.routing.plans import Chosen
    from models.routing.quotes import Quote
    from models.routing.resources import Capacity, Resource

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Batch:
    """Quotes with as many ways, warehouses and pieces.

    Parameters
    ----------
    kinds
        Their positions, shape (n_kinds,).
    quotes
        The quotes.
    minor, unsent_minor
        Shapes (n_kinds, n_ways, n_sets) and (n_kinds, n_sets).
    at
        Position of each way's warehouse, shape (n_kinds, n_ways).
    uses_stock
        What each piece from each warehouse uses of every resource, sparse, of shape
        (n_kinds * n_warehouses * n_pieces, n_resources).
    places
        Positions of the warehouse and the outlet of each way among the resources, shape
        (2, n_kinds, n_ways).
    """

    kinds: NDArray[np.intp]
    quotes: Sequence[Quote]
    minor: Floats
    unsent_minor: Floats
    at: NDArray[np.intp]
    uses_stock: Any
    places: NDArray[np.intp]

    def blocked(self, left: Capacity) -> NDArray[np.bool_]:
        """Tell which pieces a warehouse has not, shape (n_kinds, n_warehouses, n_pieces)."""
        return np.array(
            [
                [
                    [
                        not has_piece(name, piece, quoted.lines, left.stock)
                        for piece in range(len(quoted.lines.pieces))
                    ]
                    for name in quoted.warehouses
                ]
                for quoted in self.quotes
            ]
        )

    def beyond(self, of_parts: Mapping[Part, float]) -> Floats | float:
        """Give what pieces from warehouses cost beyond the prices, shape as ``blocked``."""
        if not of_parts:
            return 0.0
        return np.array(
            [
                [
                    [of_parts.get((kind, piece, name), 0.0) for piece in range(len(held.pieces))]
                    for name in quoted.warehouses
                ]
                for kind, quoted in zip(self.kinds.tolist(), self.quotes, strict=True)
                for held in (quoted.lines,)
            ]
        )

    def choose(
        self,
        worth: Floats,
        blocked: NDArray[np.bool_],
        split: float,
        beyond: Floats | float = 0.0,
    ) -> tuple[list[list[Chosen]], Floats]:
        """Choose plans at prices, as ``plans.choose`` does for one order.

        Parameters
        ----------
        worth
            Value of each resource, shape (n_resources,); infinite where nothing is left.
        blocked
            What ``blocked`` gave.
        split
            Cost of each further parcel.
        beyond
            What ``beyond`` gave.

        Returns
        -------
        tuple
            The plans, and the cost of every parcel with the value of what it uses.
        """
        value = (self.uses_stock @ worth).reshape(blocked.shape) + beyond
        value = np.where(blocked, math.inf, value)
        held = members(blocked.shape[2])
        by_set = np.where(held > 0, value[:, :, None, :], 0.0).sum(axis=3)
        weighed = self.minor + np.take_along_axis(by_set, self.at[:, :, None], axis=1)
        weighed[:, :, 1:] += worth[self.places].sum(axis=0)[:, :, None]
        return choose_sets(weighed, self.unsent_minor, split), weighed


def batches_of(
    quotes: Sequence[Quote],
) -> tuple[list[Batch], Mapping[Resource, int]]:
    """Sort quotes into batches; those without an open way are in none.

    Returns
    -------
    tuple
        The batches, and the position of each resource.
    """
    resources: dict[Resource, int] = {}
    shapes: dict[tuple[int, ...], list[int]] = {}
    for kind, quoted in enumerate(quotes):
        if quoted.ways:
            shape = *quoted.minor.shape, len(quoted.warehouses)
            shapes.setdefault(shape, []).append(kind)
    parts = [
        (kinds, _entries([quotes[kind] for kind in kinds], resources)) for kinds in shapes.values()
    ]
    found = [
        _batch(kinds, [quotes[kind] for kind in kinds], entries, len(resources), resources)
        for kinds, entries in parts
    ]
    return found, resources


def _entries(
    quotes: Sequence[Quote], resources: dict[Resource, int]
) -> list[tuple[int, int, float]]:
    """Give row, resource and units of what pieces use, and number the resources met."""
    entries = []
    row = 0
    for quoted in quotes:
        for way in quoted.ways:
            resources.setdefault(("warehouse", way.warehouse.warehouse), len(resources))
            resources.setdefault(("outlet", way.outlet.outlet), len(resources))
        for name in quoted.warehouses:
            for piece in quoted.lines.pieces:
                for sku, units in piece.items():
                    resource = resources.setdefault(("stock", name, sku), len(resources))
                    entries.append((row, resource, float(units)))
                row += 1
    return entries


def _batch(
    kinds: Sequence[int],
    quotes: Sequence[Quote],
    entries: Sequence[tuple[int, int, float]],
    n_resources: int,
    resources: Mapping[Resource, int],
) -> Batch:
    """Stack quotes of one shape."""
    from scipy.sparse import coo_array

    row, resource, units = np.array(entries).reshape(-1, 3).T
    n_pieces = len(quotes[0].lines.pieces)
    shape = len(quotes) * len(quotes[0].warehouses) * n_pieces, n_resources
    uses = coo_array((units, (row.astype(int), resource.astype(int))), shape=shape).tocsr()
    places = [
        [[resources["warehouse", way.warehouse.warehouse] for way in q.ways] for q in quotes],
        [[resources["outlet", way.outlet.outlet] for way in q.ways] for q in quotes],
    ]
    return Batch(
        np.array(kinds, dtype=np.intp),
        quotes,
        np.stack([quoted.minor for quoted in quotes]),
        np.stack([quoted.unsent_minor for quoted in quotes]),
        np.stack([quoted.at for quoted in quotes]),
        uses,
        np.array(places, dtype=np.intp),
    )
