"""One origin that tries one payment account after the other."""

from __future__ import annotations

from models.detectors.sharing import DistinctCount
from models.thresholds import CARD_TESTING


def card_testing() -> DistinctCount:
    """Build the detector of card testing.

    Examples
    --------
    >>> card_testing().assess({"device__payment_distinct__24h": 4.0}).score
    0.5
    """
    return DistinctCount("card_testing", CARD_TESTING)
