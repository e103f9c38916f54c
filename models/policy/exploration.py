"""Which few orders are decided against the rule, so that the rule can be judged.

Nobody learns what would have become of an order that was held. A small random share of them is
released, and a small share of released ones is looked at; how likely each was to be chosen is
kept, and from that the rest can be estimated (`models.evaluation.exploration`).
"""

from __future__ import annotations

import hmac
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from models.policy.facts import Moment

_BYTES: Final = 8
_MANTISSA: Final = 53


@dataclass(frozen=True, slots=True)
class ExplorationPolicy:
    """How many orders are tried out, and at what cost.

    Parameters
    ----------
    release_share
        Share of orders that would be held and are released instead.
    review_share
        Share of orders that would be released and are reviewed instead.
    order_minor
        Value above which no order is tried out, minor units of the base currency before
        ``money_scale``.
    day_minor
        Most that all orders tried out in a day can cost together, in the same money.
    """

    release_share: float = 0.005
    review_share: float = 0.005
    order_minor: float = 100_000
    day_minor: float = 200_000


@dataclass(frozen=True, slots=True)
class Trial:
    """Whether an order was tried out against the decision.

    Parameters
    ----------
    intended
        What would have been done with it.
    arm
        ``as_intended``; ``release`` of an order to be held; ``review`` of one to be released.
    propensity
        Probability with which it was to be tried out; 0 when that was out of the question.
    excluded_by
        Why it was out of the question: ``gate``, ``rule``, ``value`` (unknown or too high),
        ``budget`` (of the day), ``off``; or None.
    stake_minor
        Most that trying it out can cost, minor units of the base currency.
    guess
        Probability that it is bad, as models and detectors have it.
    if_bad_minor, if_good_minor
        What the intended action saves (or costs, below zero) against the other when the order
        is bad, and when it is good.

    Examples
    --------
    >>> trial = Trial("hold", "release", 0.005, None, 9_000, 0.4, 6_000, -2_000)
    >>> trial.is_explored, Trial("hold", AS_INTENDED, 0.005, None, 0, 0.4, 0, 0).is_explored
    (True, False)
    """

    intended: str
    arm: str
    propensity: float
    excluded_by: str | None
    stake_minor: int
    guess: float
    if_bad_minor: int
    if_good_minor: int

    @property
    def is_explored(self) -> bool:
        """Whether the order was decided against the rule."""
        return self.arm != AS_INTENDED

    def document(self) -> dict[str, Any]:
        """Write the trial as it is answered."""
        return asdict(self)


AS_INTENDED: Final = "as_intended"
OPPOSITE: Final = {"hold": "release", "release": "review"}
"""What is tried out instead of an action; a review is not tried out."""


@dataclass(frozen=True, slots=True)
class Stake:
    """What trying out an order may cost and teach; see :class:`Trial`."""

    value_minor: float | None
    cost_minor: float
    guess: float
    if_bad_minor: float
    if_good_minor: float


def try_out(
    intended: str,
    bar: str | None,
    stake: Stake,
    policy: ExplorationPolicy,
    moment: Moment,
    money_scale: float,
) -> Trial | None:
    """Say whether an order is tried out; None for orders that never are.

    Parameters
    ----------
    intended
        What is to be done with it otherwise.
    bar
        What forbids trying (``gate`` or ``rule``), or None.
    stake
        What it may cost.
    policy
        Shares and caps.
    moment
        The order's random number, and what is left of the day's money.
    money_scale
        Factor that turns the caps into the base currency.

    Examples
    --------
    >>> from models.policy.facts import Moment
    >>> stake = Stake(20_000, 20_000, 0.8, 12_000, -3_000)
    >>> half = ExplorationPolicy(release_share=0.5)
    >>> try_out("hold", None, stake, half, Moment(draw=0.4, budget_minor=20_000), 1.0).arm
    'release'
    >>> try_out("hold", None, stake, half, Moment(draw=0.4, budget_minor=19_999), 1.0).excluded_by
    'budget'
    """
    if intended not in OPPOSITE or moment.draw is None:
        return None
    share = policy.release_share if intended == "hold" else policy.review_share
    barred = bar or _barred(stake, policy, moment, money_scale, share)
    propensity = 0.0 if barred else share
    return Trial(
        intended=intended,
        arm=OPPOSITE[intended] if moment.draw < propensity else AS_INTENDED,
        propensity=propensity,
        excluded_by=barred,
        stake_minor=round(stake.cost_minor),
        guess=round(stake.guess, 6),
        if_bad_minor=round(stake.if_bad_minor),
        if_good_minor=round(stake.if_good_minor),
    )


def _barred(
    stake: Stake, policy: ExplorationPolicy, moment: Moment, money_scale: float, share: float
) -> str | None:
    """Say what forbids trying out an order, whatever its random number is."""
    if share <= 0.0 or policy.day_minor <= 0.0:
        return "off"
    if stake.value_minor is None or stake.value_minor > policy.order_minor * money_scale:
        return "value"
    return "budget" if round(stake.cost_minor) > moment.budget_minor else None


def draw_of(secret: bytes, order_key: str) -> float:
    """Give the random number of an order: always the same, and to be foreseen by nobody outside.

    Parameters
    ----------
    secret
        The tenant's secret.
    order_key
        The order; every revision of it draws the same.

    Returns
    -------
    float
        In [0, 1).

    Examples
    --------
    >>> draw_of(b"secret", "m/c/s/1") == draw_of(b"secret", "m/c/s/1")
    True
    >>> 0.0 <= draw_of(b"secret", "m/c/s/1") < 1.0
    True
    """
    message = f"exploration\x1f{order_key}".encode()
    digest = hmac.digest(secret, message, "sha256")[:_BYTES]
    return (int.from_bytes(digest, "big") >> (8 * _BYTES - _MANTISSA)) / 2.0**_MANTISSA
