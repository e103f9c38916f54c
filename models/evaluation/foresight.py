"""How much harm was found in advance, said only together with what the claim hangs on.

"82 % found in advance" is true of any model that flags enough orders, and of any model that is
judged before the rest of the harm has come to light. So the share that was found is never given
without the share of orders that was flagged for it, how long before the harm became known that was,
and how long labels were waited for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from features.windows import DAY
from models.errors import BareClaimError

if TYPE_CHECKING:
    from models.evaluation.metrics import Scored

CLAIMED: Final = 0.82
"""The share found in advance that is so often promised."""


@dataclass(frozen=True, slots=True)
class Foresight:
    """A share of harm found in advance, with everything it hangs on.

    Parameters
    ----------
    recall
        Share of the bad orders that were among those flagged.
    flagged_share
        Share of all orders that was flagged.
    precision
        Share of the flagged orders that were bad.
    base_rate
        Share of all orders that were bad.
    lead
        Half of the bad orders that were found became known as bad at least this long after they
        were flagged.
    maturity
        How long every order was watched before it counted as good.
    n_orders
        Orders judged.

    Raises
    ------
    BareClaimError
        When the flagged share, the lead time or the maturity is missing or cannot be.

    Examples
    --------
    >>> found = Foresight(0.82, 0.2, 0.4, 0.1, timedelta(days=6), timedelta(days=21), 5_000)
    >>> found.text()["en"]
    '82 % of bad orders found with 20 % of 5,000 orders flagged, 6 days ahead, after 21 days'
    >>> Foresight(0.82, 0.2, 0.4, 0.1, timedelta(days=6), timedelta(0), 5_000)
    Traceback (most recent call last):
        ...
    models.errors.BareClaimError: a share found in advance needs its maturity above 0
    """

    recall: float
    flagged_share: float
    precision: float
    base_rate: float
    lead: timedelta
    maturity: timedelta
    n_orders: int

    def __post_init__(self) -> None:
        """Refuse a claim that says nothing."""
        if not 0.0 < self.flagged_share <= 1.0:
            raise BareClaimError("flagged share in (0, 1]")
        if not self.lead > timedelta(0):
            raise BareClaimError("lead time above 0")
        if not self.maturity > timedelta(0):
            raise BareClaimError("maturity above 0")

    def text(self) -> dict[str, str]:
        """Say it in Chinese and English."""
        lead, maturity = f"{self.lead / DAY:.3g}", f"{self.maturity / DAY:.3g}"
        found, flagged = f"{100 * self.recall:.0f}", f"{100 * self.flagged_share:.0f}"
        return {
            "zh": (
                f"标记 {self.n_orders:,} 单中的 {flagged}%，可提前 {lead} 天发现 {found}% "
                f"的问题订单（标签已成熟 {maturity} 天）"
            ),
            "en": (
                f"{found} % of bad orders found with {flagged} % of {self.n_orders:,} orders "
                f"flagged, {lead} days ahead, after {maturity} days"
            ),
        }


def found_in_advance(
    scored: Scored,
    lead_days: np.ndarray,
    watched_days: np.ndarray,
    *,
    maturity: timedelta,
    recall: float = CLAIMED,
) -> Foresight:
    """Flag the riskiest orders until the claimed share of the bad ones is among them.

    Parameters
    ----------
    scored
        Orders with their label and probability.
    lead_days
        Days from flagging an order until it was known to be bad, NaN for good ones.
    watched_days
        Days from an order to the last instant of which anything is known.
    maturity
        How long an order has to be watched before it counts as good.
    recall
        The share of bad orders to be found.

    Returns
    -------
    Foresight
        With the smallest share of orders that has to be flagged.

    Raises
    ------
    BareClaimError
        When there is no bad order, when an order was judged before its label had matured, or when
        harm was known no later than it was flagged.

    Examples
    --------
    >>> from models.evaluation.metrics import Scored
    >>> label, score = np.array([1, 0, 1, 0]), np.array([0.9, 0.8, 0.7, 0.1])
    >>> found = found_in_advance(
    ...     Scored(label, score, np.arange(4)),
    ...     np.array([5.0, np.nan, 9.0, np.nan]),
    ...     np.full(4, 30.0),
    ...     maturity=timedelta(days=21),
    ... )
    >>> found.flagged_share, found.recall, found.lead.days
    (0.75, 1.0, 7)
    """
    if not scored.label.sum():
        raise BareClaimError("bad orders, of which there are none")
    if watched_days.min() < maturity / DAY:
        raise BareClaimError(
            f"orders to be watched for the {maturity / DAY:g} days until their labels mature"
        )
    order = np.argsort(-scored.score, kind="stable")
    caught = np.cumsum(scored.label[order])
    n_flagged = int(np.searchsorted(caught, recall * caught[-1])) + 1
    top = order[:n_flagged]
    leads = lead_days[top][scored.label[top] == 1]
    return Foresight(
        recall=float(caught[n_flagged - 1] / caught[-1]),
        flagged_share=n_flagged / len(order),
        precision=float(caught[n_flagged - 1] / n_flagged),
        base_rate=float(scored.label.mean()),
        lead=timedelta(days=float(np.median(leads))) if len(leads) else timedelta(0),
        maturity=maturity,
        n_orders=len(order),
    )
