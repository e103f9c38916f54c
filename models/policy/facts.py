"""Records that the parts of the decision policy hand to each other. No logic."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from models.contracts import Reason

ACTIONS: Final = ("release", "review", "hold")
"""From the mildest to the strictest."""

PACKED: Final = frozenset({"shipped", "delivered", "completed", "delivery_failed", "returned"})
"""States of an order whose parcel has left; of one shipped in part, the rest can be stopped."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What a decision depends on beside the order, the models and the policy.

    It is stored with the decision, so that the decision can be made again to the last bit.

    Parameters
    ----------
    minute_minor
        Price of a review minute, minor units of the base currency; the policy's own when None.
    draw
        The order's own random number in [0, 1), or None when nothing is to be tried out.
    budget_minor
        What is left of the day's money for trying out.
    """

    minute_minor: float | None = None
    draw: float | None = None
    budget_minor: float = 0.0


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What the policy needs to know of the order itself.

    Parameters
    ----------
    value_minor
        Order value in minor units of the base currency, or None when unknown (it counts as 0).
    is_cod
        Paid at the door, so that nothing needs to be paid before release.
    platform_risk
        The channel's own hold: ``none``, ``review``, ``locked``, ``frozen`` or None.
    payment_status
        Status of the payment as last known, or None when the channel never says.
    status
        Status of the order as it came in.
    is_presale
        Holds goods that are sold before they are in stock, so that there is time.
    standing
        For a packed order: the action in force when it was packed, or None when there was none.
    """

    value_minor: float | None = None
    is_cod: bool = False
    platform_risk: str | None = None
    payment_status: str | None = None
    status: str | None = None
    is_presale: bool = False
    standing: str | None = None

    @property
    def is_packed(self) -> bool:
        """Whether the parcel has left, so that no decision can change anything.

        Examples
        --------
        >>> OrderFacts(status="shipped").is_packed, OrderFacts(status="partially_shipped").is_packed
        (True, False)
        """
        return self.status in PACKED

    def features(self) -> dict[str, float | str | None]:
        """Give the facts that are no features of a history, for the detectors.

        A history knows these only as they are now; an order that comes in brings them as they were.

        Examples
        --------
        >>> OrderFacts(payment_status="voided").features()["order__payment_status"]
        'voided'
        """
        return {"order__status": self.status, "order__payment_status": self.payment_status}


@dataclass(frozen=True, slots=True)
class Risk:
    """One harm that one order may bring.

    Parameters
    ----------
    name
        The harm.
    probability
        Probability of the harm, the most pessimistic of all sources.
    loss_minor
        Cost if it happens, minor units of the base currency.
    review_prevents, hold_prevents
        Share of it that a review or a hold prevents.
    minutes
        Minutes a reviewer needs.

    Examples
    --------
    >>> Risk("fraud", 0.1, 5_000.0, 0.8, 0.97, 4.0).expected_minor
    500.0
    """

    name: str
    probability: float
    loss_minor: float
    review_prevents: float
    hold_prevents: float
    minutes: float

    expected_minor: float = field(init=False)
    """Expected cost, minor units of the base currency."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "expected_minor", self.probability * self.loss_minor)


@dataclass(frozen=True, slots=True)
class Gate:
    """Something that no expected cost may overrule.

    Parameters
    ----------
    action
        The mildest action that the gate allows.
    reason
        Why.
    source
        ``gate``; or ``limit`` for a limit of order value, which the merchant's rules may overrule.
    """

    action: str
    reason: Reason
    source: str = "gate"


@dataclass(frozen=True, slots=True)
class RuleHit:
    """A gate, a limit, a detector or a rule of the merchant's that hit an order.

    Parameters
    ----------
    id
        Code of the gate, name of the detector or id of the rule.
    source
        ``gate``, ``limit``, ``detector`` or ``rule``.
    zh, en
        What it says.
    outcome
        What it does, such as ``{"action": "hold"}``.
    version
        Version of the rule document, or None.
    """

    id: str
    source: str
    zh: str
    en: str
    outcome: dict[str, Any] = field(default_factory=dict)
    version: str | None = None

    def document(self) -> dict[str, Any]:
        """Write the hit as it is answered.

        Examples
        --------
        >>> RuleHit("burst", "detector", "爆发", "burst").document()["text"]
        {'zh': '爆发', 'en': 'burst'}
        """
        return {
            "id": self.id,
            "source": self.source,
            "version": self.version,
            "text": {"zh": self.zh, "en": self.en},
            "outcome": self.outcome,
        }
