"""Many buyers, one identifier, one promotion: people who multiply themselves for a discount."""

from __future__ import annotations

from typing import Final

from models.detectors.sharing import DistinctCount
from models.thresholds import PROMOTION_RINGS, SHARED_IDENTITY

_BUILDING_CEILING: Final = {"address_building_promo__buyer_distinct__7d": 0.6}
_IDENTITY_CEILING: Final = {
    "ip__buyer_distinct__24h": 0.6,
    "address_unit__buyer_distinct__30d": 0.4,
}


def promotion_ring() -> DistinctCount:
    """Build the detector of promotion rings.

    Examples
    --------
    >>> promotion_ring().assess({"device_promo__buyer_distinct__7d": 4.0}).score
    0.9
    """
    return DistinctCount("promotion_ring", PROMOTION_RINGS, _BUILDING_CEILING)


def shared_identity() -> DistinctCount:
    """Build the detector of identifiers shared by many buyers.

    Examples
    --------
    >>> shared_identity().assess({"payment__buyer_distinct__30d": 2.0}).score
    0.0
    """
    return DistinctCount("shared_identity", SHARED_IDENTITY, _IDENTITY_CEILING)
