"""What harms and handling cost: the frozen configuration of the decision policy."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Final

from models.policy.capacity import Capacity
from models.policy.exploration import ExplorationPolicy
from models.thresholds import ORDER_VALUE, RULE_POINTS


@dataclass(frozen=True, slots=True)
class Harm:
    """What one harm costs, and how much of it looking or holding prevents.

    Parameters
    ----------
    zh, en
        The harm, as a person would say it.
    fixed_minor
        Cost of one case whatever the order is worth, minor units of the base currency.
    value_share
        Further cost as a share of the order's value.
    review_prevents
        Share of the harm that a reviewer prevents.
    hold_prevents
        Share of the harm that holding the order prevents.
    minutes
        Minutes a reviewer needs for a case of this kind.
    """

    zh: str
    en: str
    fixed_minor: float
    value_share: float
    review_prevents: float
    hold_prevents: float
    minutes: float

    def loss_minor(self, value_minor: float, money_scale: float) -> float:
        """Cost of one case, minor units of the base currency.

        Examples
        --------
        >>> chargeback = Harm("拒付", "chargeback", 150_00, 1.0, 0.8, 0.95, 4.0)
        >>> chargeback.loss_minor(200_00, money_scale=1.0)  # a fee of 150 yuan, and the goods
        35000.0
        """
        return self.fixed_minor * money_scale + self.value_share * value_minor


@dataclass(frozen=True, slots=True)
class Evidence:
    """How far a detector's score may be read as the probability of a harm.

    Parameters
    ----------
    harm
        The harm that the detector announces.
    precision
        Probability of the harm at score 1; the probability grows with the square of the score, so
        that hints below the flag line weigh little.

    Examples
    --------
    >>> EVIDENCE["duplicate"].harm
    'duplicate'
    """

    harm: str
    precision: float


@dataclass(frozen=True, slots=True)
class Treatment:
    """How orders that are paid in one way differ.

    Parameters
    ----------
    zh, en
        The orders, as a person would say it.
    harms
        Factor on the cost of a harm; 1 for harms that are not named.
    hold_loses
        Factor on the share of good orders that are lost when they are held.
    delay
        Factor on the cost of delay.
    value_minor
        Order value from which an order is at least reviewed, and held, before ``money_scale``.
    """

    zh: str
    en: str
    harms: dict[str, float] = field(default_factory=dict)
    hold_loses: float = 1.0
    delay: float = 1.0
    value_minor: tuple[float, float] = (ORDER_VALUE["prepaid"].warn, ORDER_VALUE["prepaid"].hold)


def _limits(name: str) -> tuple[float, float]:
    return ORDER_VALUE[name].warn, ORDER_VALUE[name].hold


TREATMENTS: Final[dict[str, Treatment]] = {
    "prepaid": Treatment("预付订单", "orders paid in advance", value_minor=_limits("prepaid")),
    # Nothing was charged that could be charged back; what is at stake is the way there and back.
    "cod": Treatment(
        "货到付款订单",
        "orders paid at the door",
        {"fraud": 0.4, "refusal": 1.5, "cancel": 1.2},
        value_minor=_limits("cod"),
    ),
    # The goods are not there yet: a hold delays nothing, and few buyers notice it.
    "presale": Treatment(
        "预售订单",
        "orders sold before stock",
        {"cancel": 1.5},
        hold_loses=0.25,
        delay=0.0,
        value_minor=_limits("presale"),
    ),
}
"""How orders are treated by the way they are paid; an order paid at the door is ``cod`` first."""

HARMS: Final[dict[str, Harm]] = {
    "fraud": Harm("欺诈或拒付", "fraud or chargeback", 10_000, 0.70, 0.80, 0.97, 4),
    "duplicate": Harm("重复下单", "duplicate order", 3_000, 0.10, 0.95, 0.90, 1),
    "promotion_abuse": Harm("薅羊毛", "promotion abuse", 1_500, 0.20, 0.75, 0.95, 4),
    "cancel": Harm("取消订单", "cancellation", 800, 0.02, 0.30, 0.70, 2),
    "refusal": Harm("拒收", "refusal at the door", 3_500, 0.05, 0.40, 0.80, 2),
    "refund": Harm("退款", "refund", 2_000, 0.15, 0.12, 0.20, 4),
    "return": Harm("退货", "return", 2_500, 0.10, 0.05, 0.10, 4),
    "late": Harm("配送延误", "late delivery", 600, 0.02, 0.05, 0.0, 2),
}
"""Default costs by harm, in 1/100 yuan; a merchant's own figures replace them."""

EVIDENCE: Final[dict[str, Evidence]] = {
    "duplicate": Evidence("duplicate", 0.85),
    "near_duplicate": Evidence("duplicate", 0.40),
    "burst": Evidence("promotion_abuse", 0.70),
    "promotion_ring": Evidence("promotion_abuse", 0.80),
    "reseller_ring": Evidence("promotion_abuse", 0.40),
    "shared_identity": Evidence("fraud", 0.15),
    "linked_buyers": Evidence("fraud", 0.60),
    "fresh_account": Evidence("promotion_abuse", 0.40),
    "card_testing": Evidence("fraud", 0.50),
    "outlier": Evidence("fraud", 0.05),
    "impossible_item": Evidence("fraud", 0.05),
    "surprise": Evidence("fraud", 0.05),
    "platform_hold": Evidence("fraud", 0.50),
    "payment_mismatch": Evidence("fraud", 0.50),
}
"""Which harm each detector announces, and with what precision."""

MONEY_SCALE: Final[dict[str, float]] = {
    "CNY": 1.0, "USD": 0.14, "EUR": 0.13, "GBP": 0.11, "BRL": 0.8, "JPY": 0.22, "KRW": 2.0,
    "HKD": 1.1, "TWD": 4.5, "SGD": 0.19, "AUD": 0.21, "CAD": 0.19, "INR": 12.0, "MXN": 2.6,
    "VND": 36.0, "THB": 5.0, "IDR": 2200.0, "PHP": 8.0, "MYR": 0.6, "RUB": 13.0,
}  # fmt: skip
"""Minor units of a currency for 1/100 yuan, to the order of magnitude that default costs need."""


@dataclass(frozen=True, slots=True)
class DecisionPolicy:
    """Everything the decision depends on beside the order itself.

    Parameters
    ----------
    margin_share
        Margin as a share of the order's value: what a lost good order costs.
    hold_loses
        Share of good orders that are lost when they are held.
    review_loses
        Share of good orders that are lost when they are only looked at before release.
    goodwill_minor
        Goodwill lost with a good buyer who is held.
    minute_minor
        One minute of a reviewer where no price of the moment is given, and of looking at a held
        order, which can wait for a quiet hour.
    delay_minor
        Cost of the delay that a review causes; a hold causes four times as much.
    half_priority_minor
        Loss avoided a review minute at which the priority is 50.
    bands
        Priority from which an order is ``medium``, ``high`` and ``critical``.
    flag_score
        Detector score from which it counts as a rule hit.
    floor_score
        Detector score from which the order is at least reviewed.
    floor_detectors
        Detectors to which that floor applies.
    points
        Rule points from which an order is at least reviewed, and held; as far below zero they make
        what the models ask for as much milder.
    money_scale
        Factor that turns the default costs into the base currency.
    harms, evidence
        Costs by harm and detectors as evidence of harms.
    treatments
        What differs for orders paid at the door and orders sold before stock.
    capacity
        The reviewers' time, and how its price is found.
    exploration
        How many orders are tried out against the decision, and at what cost.

    Examples
    --------
    >>> DecisionPolicy.of_currency("GBP").money_scale
    0.11
    >>> DecisionPolicy.from_document(DecisionPolicy().document()) == DecisionPolicy()
    True
    """

    margin_share: float = 0.30
    hold_loses: float = 0.20
    review_loses: float = 0.01
    goodwill_minor: float = 1_500
    minute_minor: float = 300
    delay_minor: float = 60
    half_priority_minor: float = 800
    bands: tuple[float, float, float] = (20.0, 50.0, 80.0)
    flag_score: float = 0.5
    floor_score: float = 0.8
    floor_detectors: tuple[str, ...] = ("duplicate", "burst", "promotion_ring", "card_testing")
    points: tuple[float, float] = (RULE_POINTS.warn, RULE_POINTS.hold)
    money_scale: float = 1.0
    harms: dict[str, Harm] = field(default_factory=lambda: dict(HARMS))
    evidence: dict[str, Evidence] = field(default_factory=lambda: dict(EVIDENCE))
    treatments: dict[str, Treatment] = field(default_factory=lambda: dict(TREATMENTS))
    capacity: Capacity = field(default_factory=Capacity)
    exploration: ExplorationPolicy = field(default_factory=ExplorationPolicy)

    def treatment(self, *, is_cod: bool, is_presale: bool) -> Treatment:
        """Give what applies to an order."""
        return self.treatments["cod" if is_cod else "presale" if is_presale else "prepaid"]

    @classmethod
    def of_currency(cls, base_currency: str) -> DecisionPolicy:
        """Build the default policy of a merchant by base currency."""
        return cls(money_scale=MONEY_SCALE.get(base_currency, 1.0))

    def document(self) -> dict[str, Any]:
        """Write the policy as a JSON-able document, to be stored with each decision."""
        return asdict(self) | {
            "bands": list(self.bands),
            "points": list(self.points),
            "floor_detectors": list(self.floor_detectors),
            "treatments": {
                name: asdict(each) | {"value_minor": list(each.value_minor)}
                for name, each in self.treatments.items()
            },
        }

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> DecisionPolicy:
        """Read a policy back from its document; what an older one does not say is as usual."""
        read = dict(document)
        for name in ("bands", "points", "floor_detectors"):
            if name in read:
                read[name] = tuple(read[name])
        for name, kind in (("harms", Harm), ("evidence", Evidence), ("treatments", Treatment)):
            if name in read:
                read[name] = {key: kind(**_tuples(each)) for key, each in read[name].items()}
        if "capacity" in read:
            read["capacity"] = Capacity(**read["capacity"])
        if "exploration" in read:
            read["exploration"] = ExplorationPolicy(**read["exploration"])
        return cls(**read)


def _tuples(each: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in each.items()}
