"""Detectors of abnormal orders, one file each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from models.detectors.bursts import OrderBurst
from models.detectors.card_testing import card_testing
from models.detectors.duplicates import DuplicateOrder
from models.detectors.fresh_accounts import FreshAccount
from models.detectors.items import ImpossibleItem
from models.detectors.links import LinkedBuyers
from models.detectors.near_duplicates import NearDuplicate
from models.detectors.outliers import ValueOutlier
from models.detectors.payment import PaymentMismatch
from models.detectors.platform import PlatformHold
from models.detectors.resellers import ResellerRing
from models.detectors.rings import promotion_ring, shared_identity
from models.detectors.surprise import Surprise

if TYPE_CHECKING:
    from models.contracts import Assessment, Detector, FeatureValues

DETECTORS: Final[tuple[Detector, ...]] = (
    DuplicateOrder(),
    NearDuplicate(),
    OrderBurst(),
    promotion_ring(),
    ResellerRing(),
    shared_identity(),
    LinkedBuyers(),
    FreshAccount(),
    card_testing(),
    ValueOutlier(),
    ImpossibleItem(),
    Surprise(),
    PlatformHold(),
    PaymentMismatch(),
)
"""Every detector, in the order in which findings are listed."""

NEEDED_FEATURES: Final[frozenset[str]] = frozenset().union(*(d.needs for d in DETECTORS))
"""Every feature that any detector reads."""


def assess_all(features: FeatureValues) -> dict[str, Assessment]:
    """Ask every detector about one order.

    Parameters
    ----------
    features
        Feature values of the order; a missing one counts as unknown.

    Returns
    -------
    dict[str, Assessment]
        Findings by detector, only those with a score above 0.

    Examples
    --------
    >>> sorted(assess_all({"order__platform_risk": "frozen", "order__value_minor": None}))
    ['platform_hold']
    """
    found = {detector.name: detector.assess(features) for detector in DETECTORS}
    return {name: finding for name, finding in found.items() if finding.score > 0}
