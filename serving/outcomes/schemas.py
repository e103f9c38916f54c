"""What became known about orders: the form in which it is reported."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel, Field

from features.document import Count, Id, Instant, Money, Part, Text
from features.schema import OutcomeKind, Trust


class OutcomeIn(Part):
    """Something that became known about an order."""

    outcome_id: Id = Field(description="Your own id; it is counted once, as last corrected")
    order_key: str = Field(
        min_length=7, max_length=700, pattern=r"^[^\x00-\x1f\x7f]+$", description="The order"
    )
    line_id: Id | None = None
    kind: OutcomeKind
    is_bad: bool | None = Field(default=None, description="False when it clears the order")
    quantity: Count | None = None
    amount: Money | None = None
    occurred_at: Instant
    known_at: Instant | None = Field(
        default=None,
        description="When the merchant knew; now, unless given. A correction of the same outcome "
        "has a later one. It counts from the newest decision on where it is older than that",
    )
    source: Text | None = None
    trust: Trust | None = None
    cause: Text | None = None


class ShipmentIn(Part):
    """How a parcel went, as far as tracking knows."""

    shipment_id: Id
    order_key: str = Field(min_length=7, max_length=700, pattern=r"^[^\x00-\x1f\x7f]+$")
    warehouse: Text | None = None
    carrier: Text | None = None
    outlet: Text | None = None
    service: Text | None = None
    shipped_at: Instant | None = None
    promised_at: Instant | None = None
    picked_up_at: Instant | None = None
    first_attempt_at: Instant | None = None
    first_attempt_ok: bool | None = None
    delivered_at: Instant | None = None
    known_at: Instant | None = Field(default=None, description="Now, unless given")
    state: Text | None = None
    cost_minor: Count | None = None
    origin_region: Text | None = None
    origin_postal: Text | None = None
    origin_lat: float | None = Field(default=None, ge=-90, le=90)
    origin_lon: float | None = Field(default=None, ge=-180, le=180)


class OutcomesIn(Part):
    """Outcomes and parcels, in the order in which they became known."""

    outcomes: list[OutcomeIn] = Field(default=[], max_length=1000)
    shipments: list[ShipmentIn] = Field(default=[], max_length=1000)


class OutcomesOut(BaseModel):
    """How many were new."""

    stored: int
    corrected: int = Field(description="Of those stored: what replaced an earlier report")
    repeated: int = Field(description="Known already; nothing was counted twice")
    unknown_orders: int = Field(description="Stored, although the order was never seen here")


EXAMPLE: Final[dict[str, Any]] = {
    "outcomes": [
        {
            "outcome_id": "cb-7781",
            "order_key": "demo/shopify/eu/5512345678901",
            "kind": "chargeback",
            "is_bad": True,
            "amount": {"minor": 23900, "currency": "CNY"},
            "occurred_at": "2026-03-20T00:00:00Z",
            "known_at": "2026-03-22T09:00:00Z",
            "source": "acquirer",
            "trust": "confirmed",
        }
    ]
}
"""A chargeback reported by the acquirer."""
