"""What the scoring routes answer, and examples of what they take."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import BaseModel, Field

from features.document import OrderDocument, Part


class TextOut(BaseModel):
    """A sentence in both languages."""

    zh: str
    en: str


class ReasonOut(BaseModel):
    """One cause of the decision, in the order's own numbers."""

    code: str
    text: TextOut = Field(description="For the agent who looks at the order")
    buyer_text: TextOut | None = Field(
        default=None, description="What the buyer may be told: what is checked, not how"
    )
    value: float | str | None
    typical: float | str | None
    direction: Literal["raises", "lowers"]
    share: float = Field(description="Share of the expected loss it explains, 0 to 1")


class ExplanationOut(BaseModel):
    """Exact causes of what one model said, by TreeSHAP."""

    version: str
    reasons: list[ReasonOut] | None = Field(
        description="At most five, strongest first; null when that version was live no longer"
    )


class ScoreOut(BaseModel):
    """What one model says."""

    probability: float = Field(description="Calibrated probability of the harm")
    percentile: float = Field(description="Share of recent orders with a lower probability, 0–100")
    model: str
    version: str


class LineScoreOut(BaseModel):
    """What one model says of a line."""

    probability: float = Field(description="Calibrated probability that the line is harmed")
    percentile: float = Field(description="Share of recent lines with a lower probability, 0–100")


class LineOut(BaseModel):
    """A line of the order."""

    line_id: str
    scores: dict[str, LineScoreOut] = Field(
        description="Of each model that was trained on single lines; its version is that of the "
        "order's score"
    )


class RuleHitOut(BaseModel):
    """A gate, a limit, a detector or a rule of the merchant's that hit the order."""

    id: str
    source: Literal["gate", "limit", "detector", "rule"]
    version: str | None = Field(description="Version of the rule document")
    text: TextOut
    outcome: dict[str, Any] = Field(description="What it does, such as its action or points")


class MoneyOut(BaseModel):
    """An amount of money."""

    minor: int
    currency: str


class MissingOut(BaseModel):
    """A part that was missing and what stood in for it."""

    part: str
    why: str
    stood_in: str
    text: TextOut | None = Field(default=None, description="The same in words")


class TrialOut(BaseModel):
    """Whether the order was tried out against the decision, to learn how good decisions are."""

    intended: Literal["release", "hold"] = Field(description="What would have been done with it")
    arm: Literal["as_intended", "release", "review"]
    propensity: float = Field(description="Probability with which it was to be tried out")
    excluded_by: Literal["gate", "rule", "value", "budget", "off"] | None = Field(
        description="Why trying it out was out of the question"
    )
    stake_minor: int = Field(description="Most that trying it out can cost")
    guess: float = Field(description="Probability that it is bad, as models and detectors have it")
    if_bad_minor: int = Field(description="What the intended action saves when the order is bad")
    if_good_minor: int = Field(description="And when it is good; below zero it costs")


class DecisionOut(BaseModel):
    """What to do with an order, and why."""

    decision_id: str
    order_key: str
    revision: str
    action: Literal["release", "review", "hold"]
    priority: float = Field(description="Place in the review queue, 0 to 100")
    band: Literal["low", "medium", "high", "critical"]
    expected_loss: MoneyOut = Field(description="Expected loss if the order is simply released")
    scores: dict[str, ScoreOut]
    lines: list[LineOut] = Field(
        default=[],
        description="Which lines of the order the harm is likely to come from; not given where "
        "no model was trained on single lines. The decision rests on `scores` alone",
    )
    reasons: list[ReasonOut] = Field(description="At most five, strongest first")
    rule_hits: list[RuleHitOut]
    shadow_hits: list[RuleHitOut] = Field(description="Rules on trial; without effect")
    tags: list[str] = Field(description="Words that rules put on the order")
    duplicate_of: str | None
    linked_orders: list[str]
    address: dict[str, Any] | None
    route: dict[str, Any] | None
    trial: TrialOut | None = None
    is_frozen: bool = Field(
        default=False, description="The parcel had left: this decision changes nothing"
    )
    degraded: list[MissingOut]
    versions: dict[str, str]
    as_of: str = Field(description="The instant whose knowledge was used")
    latency_ms: float


class BatchIn(Part):
    """Orders to score together; one that is not well formed refuses them all."""

    orders: list[OrderDocument] = Field(min_length=1, max_length=1000)


class BatchOut(BaseModel):
    """Decisions in the order of the orders."""

    decisions: list[DecisionOut]


class TimelineOut(BaseModel):
    """Something that happened to the order."""

    at: str
    kind: str
    text: TextOut


class AddressUpdateOut(BaseModel):
    """What became known of the address after a decision."""

    at: str
    by: str = Field(description="`service`, or the name of the reviewer's key")
    act: Literal["update", "asked", "choose", "settle", "undo", "erased"]
    decision_id: str = Field(description="The decision that was made before it; it stays as it is")
    address: dict[str, Any] | None


class OrderOut(BaseModel):
    """Everything the service keeps about an order."""

    order_key: str
    order: dict[str, Any] = Field(description="The order as last received, without personal data")
    decisions: list[DecisionOut] = Field(description="Oldest first")
    features: dict[str, float | str | bool | None] = Field(
        description="Feature values of the newest decision; null is unknown"
    )
    address: dict[str, Any] | None = Field(
        description="The address as it is known now, which may be better than at the decision"
    )
    address_updates: list[AddressUpdateOut] = Field(description="Oldest first")
    explanations: dict[str, dict[str, ExplanationOut]] = Field(
        description="Exact causes by decision and model; those of a new decision follow soon"
    )
    personal: list[dict[str, str]] = Field(
        description="Personal fields, masked; `POST …/reveal` shows them to whoever may"
    )
    linked_orders: list[str]
    outcomes: list[dict[str, Any]]
    timeline: list[TimelineOut]


ORDER_EXAMPLE: Final[dict[str, Any]] = {
    "schema_version": "1",
    "merchant_id": "demo",
    "channel": "shopify",
    "shop_id": "eu",
    "order_id": "5512345678901",
    "event": "created",
    "revision": "1",
    "placed_at": "2026-03-01T08:30:00Z",
    "updated_at": "2026-03-01T08:30:05Z",
    "utc_offset_min": 480,
    "status": "paid",
    "status_raw": "paid",
    "payment_status": "paid",
    "amounts": {
        "items": {"minor": 25900, "currency": "CNY"},
        "seller_discount": {"minor": 2000, "currency": "CNY"},
        "shipping": {"minor": 0, "currency": "CNY"},
        "grand_total": {"minor": 23900, "currency": "CNY"},
    },
    "buyer": {"buyer_key": "u-20931", "phone": "13800000000", "is_guest": False},
    "payment": {"method": "alipay", "cod": False},
    "shipping_address": {
        "country": "CN",
        "region": "浙江省",
        "city": "杭州市",
        "district": "西湖区",
        "line": "浙江省杭州市西湖区文三路478号华星时代广场A座1201室",
        "masked": False,
    },
    "session": {"ip": "203.0.113.77", "device_id": "d-8842", "client": "app"},
    "promos": [],
    "lines": [
        {
            "line_id": "1",
            "seller_sku": "TEE-BLK-M",
            "title": "黑色纯棉 T 恤 M",
            "quantity": 1,
            "unit_price": {"minor": 25900, "currency": "CNY"},
        }
    ],
}
"""An order as a channel with its own shop sends it."""
