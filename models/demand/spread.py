"""How far demand strays from its mean, measured on past forecasts.

A series that sells one order in ten days strays otherwise than one that sells ten a day. Cells by
expected number of sales a step and by how lumpy a series is hold the quantiles of units over mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from models.demand.outlook import Outlook
    from models.demand.series import Floats

QUANTILES: Final = (0.1, 0.5, 0.9)
N_SALES_CELLS: Final = 24
N_LUMP_CELLS: Final = 5
MIN_CASES: Final = 100


@dataclass(frozen=True, slots=True)
class Spread:
    """Quantiles of units over mean by cell.

    Parameters
    ----------
    sales_edges
        Edges between cells of expected sales, ascending.
    lump_edges
        Edges between cells of lumpiness, ascending.
    ratios
        Quantiles over mean, shape ``(n_sales_cells, n_lump_cells, 3)``.

    Examples
    --------
    >>> from models.demand.outlook import outlook_at
    >>> from models.demand.series import DemandSeries
    >>> cups = DemandSeries.from_units({"cup": [2.0] * 56}, "2024-01-01")
    >>> one_cell = Spread(np.zeros(0), np.zeros(0), np.array([[[0.5, 1.0, 2.0]]]))
    >>> one_cell.quantiles(outlook_at(cups, 56, 1), np.array([[2.0]])).tolist()
    [[[1.0, 2.0, 4.0]]]
    >>> Spread.from_document(one_cell.document()).ratios.tolist()
    [[[0.5, 1.0, 2.0]]]
    """

    sales_edges: Floats
    lump_edges: Floats
    ratios: Floats

    def quantiles(self, outlook: Outlook, mean: Floats) -> Floats:
        """Quantiles around a mean, never crossing, shape ``(n_alive, horizon, 3)``."""
        sales, lump = _keys(outlook)
        ratios = self.ratios[
            np.searchsorted(self.sales_edges, sales, side="right"),
            np.searchsorted(self.lump_edges, lump, side="right"),
        ]
        result: Floats = np.maximum.accumulate(ratios * mean[..., None], axis=2)
        return result.astype(np.float32)

    def document(self) -> dict[str, Any]:
        """Write the spread as JSON."""
        return {
            "sales_edges": self.sales_edges.tolist(),
            "lump_edges": self.lump_edges.tolist(),
            "ratios": self.ratios.tolist(),
        }

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Spread:
        """Read the spread back."""
        return cls(*(np.array(document[name]) for name in ("sales_edges", "lump_edges", "ratios")))


def _keys(outlook: Outlook) -> tuple[Floats, Floats]:
    """Look up expected sales and lumpiness of each step, shape ``(n_alive, horizon)``."""
    traits = outlook.traits
    sales = traits.sales_rate[:, None] * outlook.factor
    lump = np.broadcast_to(traits.column("spread")[:, None], sales.shape)
    return sales, lump


def measure_spread(cases: list[tuple[Outlook, Floats, Floats]]) -> Spread:
    """Measure the spread on forecasts whose truth is known.

    Parameters
    ----------
    cases
        Outlook, mean and truth of some past origins.
    """
    keys = [_keys(outlook) for outlook, _, _ in cases]
    sales = np.concatenate([key[0].ravel() for key in keys]) if keys else np.zeros(0)
    lump = np.concatenate([key[1].ravel() for key in keys]) if keys else np.zeros(0)
    mean = np.concatenate([mean.ravel() for _, mean, _ in cases]) if cases else np.zeros(0)
    truth = np.concatenate([truth.ravel() for _, _, truth in cases]) if cases else np.zeros(0)
    kept = mean > 0
    sales, lump, ratio = sales[kept], lump[kept], truth[kept] / mean[kept]
    sales_edges, lump_edges = _edges(sales, N_SALES_CELLS), _edges(lump, N_LUMP_CELLS)
    shape = (len(sales_edges) + 1, len(lump_edges) + 1, len(QUANTILES))
    if len(ratio) < MIN_CASES:
        return Spread(sales_edges, lump_edges, np.broadcast_to([0.0, 0.8, 2.2], shape))
    ratios = np.empty(shape)
    row = np.searchsorted(sales_edges, sales, side="right")
    column = np.searchsorted(lump_edges, lump, side="right")
    for i, j in np.ndindex(shape[:2]):
        cell = ratio[(row == i) & (column == j)]
        if len(cell) < MIN_CASES:
            cell = ratio[row == i]
        if len(cell) < MIN_CASES:
            cell = ratio
        ratios[i, j] = np.quantile(cell, QUANTILES)
    return Spread(sales_edges, lump_edges, ratios)


def _edges(values: Floats, n_cells: int) -> Floats:
    """Edges that part values into cells of about equal size."""
    if not len(values):
        return np.zeros(0)
    edges = np.unique(np.quantile(values, np.linspace(0, 1, n_cells + 1)[1:-1]))
    result: Floats = edges[edges > values.min()]
    return result
