"""What a parcel costs by its weight: bands, between which there may be holes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

GRAMS_PER_KG: Final = 1_000


@dataclass(frozen=True, slots=True)
class Band:
    """A range of weights and its price.

    Parameters
    ----------
    first_minor
        Price of the first ``first_g`` grams.
    next_minor
        Price of each further ``step_g``.
    first_g, step_g
        Grams. A started step is paid whole; a step of 0 is no step: each further kilogram costs
        ``next_minor``, in proportion.
    over_g, up_to_g
        The band holds weights above the one, up to and with the other.
    least_minor
        The least price.
    """

    first_minor: float
    next_minor: float = 0.0
    first_g: float = GRAMS_PER_KG
    step_g: float = GRAMS_PER_KG
    over_g: float = -math.inf
    up_to_g: float = math.inf
    least_minor: float = 0.0

    def minor(self, weights_g: NDArray[np.float64]) -> NDArray[np.float64]:
        """Price weights, whether or not the band holds them."""
        beyond = np.maximum(weights_g - self.first_g, 0.0)
        steps = np.ceil(beyond / self.step_g) if self.step_g else beyond / GRAMS_PER_KG
        return np.maximum(self.first_minor + steps * self.next_minor, self.least_minor)

    def one(self, weight_g: float) -> float:
        """Price one weight likewise."""
        beyond = max(weight_g - self.first_g, 0.0)
        steps = math.ceil(beyond / self.step_g) if self.step_g else beyond / GRAMS_PER_KG
        return float(max(self.first_minor + steps * self.next_minor, self.least_minor))


@dataclass(frozen=True, slots=True)
class Tariff:
    """Bands of weight; where they overlap the cheapest counts, where there is none no price is.

    Examples
    --------
    >>> import numpy as np
    >>> tariff = Tariff((Band(1000, 300, up_to_g=3000), Band(4000, over_g=5000)))
    >>> tariff.minor(np.array([0.0, 1000.0, 1001.0, 4000.0, 9000.0])).tolist()
    [1000.0, 1000.0, 1300.0, nan, 4000.0]
    """

    bands: tuple[Band, ...]

    def minor(self, weights_g: NDArray[np.float64]) -> NDArray[np.float64]:
        """Price weights.

        Parameters
        ----------
        weights_g
            Grams, any shape.

        Returns
        -------
        array
            Minor units of the base currency; NaN where no band holds the weight.
        """
        priced = np.full(weights_g.shape, np.nan)
        for band in self.bands:
            held = (weights_g > band.over_g) & (weights_g <= band.up_to_g)
            priced = np.where(held, np.fmin(priced, band.minor(weights_g)), priced)
        return priced

    def one(self, weight_g: float) -> float:
        """Price one weight to the same bits; NaN where no band holds it."""
        held = [b.one(weight_g) for b in self.bands if b.over_g < weight_g <= b.up_to_g]
        return min(held, default=math.nan)


@lru_cache(maxsize=4_096)
def by_kilogram(first_kg_minor: int, next_kg_minor: int) -> Tariff:
    """Give the tariff of most parcel carriers: a first kilogram and started further ones."""
    return Tariff((Band(first_kg_minor, next_kg_minor),))
