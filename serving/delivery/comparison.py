"""What variants of a replay cost and promise, with intervals, and how far they are from today's."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from serving.delivery.what_if import MEASURES, by_day

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from serving.delivery.what_if import Replayed

    Floats = NDArray[np.float64]

RESAMPLES: Final = 2_000
SEED: Final = 7
INTERVAL: Final = (2.5, 97.5)
SHOWN: Final[dict[str, tuple[str, str, str]]] = {
    "fill_rate": ("履约率", "fill rate", "share of orders served whole"),
    "cost_minor": ("每单预期成本", "expected cost", "minor units an order served"),
    "parcels": ("每单包裹数", "parcels", "parcels an order served"),
    "late": ("晚到概率", "late", "share of orders served"),
    "failed_attempt": ("首次派送失败概率", "failed first attempt", "share of orders served"),
}
"""Figure to its names in Chinese and English and its unit."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a variant, and its difference to today's.

    Parameters
    ----------
    variant, figure
        Which.
    value, low, high
        With its 95 % interval; NaN where no order says it.
    difference, difference_low, difference_high
        Less today's, over the same orders; of costs and probabilities over those served in both.
    """

    variant: str
    figure: str
    value: float
    low: float
    high: float
    difference: float
    difference_low: float
    difference_high: float

    @property
    def written(self) -> str:
        """The value with its interval, for people.

        Examples
        --------
        >>> Figure("today", "late", 0.25, 0.2, 0.31, 0.0, 0.0, 0.0).written
        '0.2500 [0.2000, 0.3100]'
        """
        return self._written(self.value, self.low, self.high)

    @property
    def difference_written(self) -> str:
        """The difference with its interval, for people."""
        return self._written(self.difference, self.difference_low, self.difference_high)

    def _written(self, value: float, low: float, high: float) -> str:
        if math.isnan(value):
            return "–"
        digits = 1 if self.figure == "cost_minor" else 4
        return f"{value:,.{digits}f} [{low:,.{digits}f}, {high:,.{digits}f}]"


def compare(replayed: Replayed) -> list[Figure]:
    """Sum up every variant.

    Days are resampled as a whole, since orders of one day share its stock and capacity.

    Parameters
    ----------
    replayed
        What became of each order under each variant.

    Returns
    -------
    list of Figure
        Variant by variant, in the order of `SHOWN`.
    """
    days = list(by_day(replayed).values())
    random = np.random.default_rng(SEED)
    drawn = random.multinomial(len(days), np.full(len(days), 1 / max(len(days), 1)), RESAMPLES)
    return [
        figure
        for number, name in enumerate(replayed.names)
        for figure in _figures(name, replayed.values[number], replayed.values[0], days, drawn)
    ]


def _figures(
    name: str, own: Floats, today: Floats, days: list[NDArray[np.intp]], drawn: NDArray[np.int64]
) -> Iterator[Figure]:
    """Give the figures of one variant."""
    for place, figure in enumerate(SHOWN):
        values = own[:, place]
        value, low, high = _mean(values, days, drawn)
        less, less_low, less_high = _mean(values - today[:, place], days, drawn)
        yield Figure(name, figure, value, low, high, less, less_low, less_high)


def _mean(
    values: Floats, days: list[NDArray[np.intp]], drawn: NDArray[np.int64]
) -> tuple[float, float, float]:
    """Give the mean over known values and its interval by resampling days."""
    sums = np.array([np.nansum(values[places]) for places in days])
    counts = np.array([np.count_nonzero(~np.isnan(values[places])) for places in days])
    if not counts.sum():
        return float("nan"), float("nan"), float("nan")
    n = drawn @ counts
    means = (drawn @ sums)[n > 0] / n[n > 0]
    low, high = np.percentile(means, INTERVAL).tolist()
    return float(sums.sum() / counts.sum()), low, high


def document(replayed: Replayed, figures: list[Figure], currency: str) -> dict[str, Any]:
    """Write a comparison as one JSON document."""
    variants: dict[str, dict[str, Any]] = {name: {} for name in replayed.names}
    for one in figures:
        variants[one.variant][one.figure] = {
            "value": _plain(one.value),
            "interval": [_plain(one.low), _plain(one.high)],
            "difference": _plain(one.difference),
            "difference_interval": [_plain(one.difference_low), _plain(one.difference_high)],
            "unit": SHOWN[one.figure][2],
        }
    return {
        "orders": len(replayed.days),
        "days": len(set(replayed.days.tolist())),
        "currency": currency,
        "orders_before_the_first_count_of_stock": replayed.without_stock,
        "variants": [
            {"name": name, "figures": variants[name], "unserved": dict(unserved)}
            for name, unserved in zip(replayed.names, replayed.unserved, strict=True)
        ],
    }


def _plain(value: float) -> float | None:
    return None if np.isnan(value) else value


assert len(SHOWN) == len(MEASURES)  # noqa: S101 a figure for each measure
