"""What a parcel costs by its weight."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from models.routing.network import Outlet

GRAMS_PER_KG: Final = 1_000


def freight_minor(outlet: Outlet, weight_g: int | None) -> float:
    """Freight by the outlet's tariff, started kilograms rounded up; NaN without a tariff.

    Examples
    --------
    >>> from models.routing.network import Outlet
    >>> outlet = Outlet("a", "sf", first_kg_minor=1000, next_kg_minor=300)
    >>> [freight_minor(outlet, weight) for weight in (None, 1000, 1001, 2500)]
    [1000.0, 1000.0, 1300.0, 1600.0]
    """
    if outlet.first_kg_minor is None:
        return math.nan
    further = max(math.ceil((weight_g or 0) / GRAMS_PER_KG) - 1, 0)
    return float(outlet.first_kg_minor + further * (outlet.next_kg_minor or 0))
