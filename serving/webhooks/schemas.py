"""Endpoints and messages as they are asked for and answered."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, Field, model_validator

from features.document import Part

EventType = Literal[
    "order.flagged",
    "order.decided",
    "review.closed",
    "address.needs_review",
    "delivery.alert",
    "retrain.finished",
]
Url = Annotated[
    str, Field(min_length=1, max_length=2000, examples=["https://hooks.example.com/oi"])
]
Description = Annotated[str, Field(max_length=200)]
Events = Annotated[list[EventType], Field(min_length=1, max_length=20)]
MerchantId = Annotated[str, Field(min_length=1, max_length=128)]

EXAMPLE: Final[dict[str, Any]] = {
    "url": "https://hooks.example.com/order-intelligence",
    "events": ["order.flagged", "review.closed"],
    "description": "warehouse",
}


class EndpointIn(Part):
    """A new endpoint."""

    url: Url
    events: Events
    description: Description | None = None
    merchant_id: MerchantId | None = Field(
        default=None, description="Whose events it gets; all merchants' unless given"
    )


class EndpointChangeIn(Part):
    """What to change about an endpoint; what is not given stays."""

    url: Url | None = None
    events: Events | None = None
    description: Description | None = None
    state: Literal["enabled", "disabled"] | None = None


class ReplayIn(Part):
    """One event, or those from an instant on."""

    message_id: Annotated[str, Field(pattern=r"^msg_[0-9a-f]{32}$")] | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None

    @model_validator(mode="after")
    def _one_way(self) -> ReplayIn:
        if (self.message_id is None) == (self.since is None):
            raise ValueError("give either message_id or since")
        return self


class CountsOut(BaseModel):
    """Messages by state."""

    waiting: int
    sent: int
    failed: int


class EndpointOut(BaseModel):
    """An endpoint."""

    endpoint_id: str
    merchant_id: str | None
    url: str
    description: str | None
    events: list[str]
    state: Literal["enabled", "disabled"]
    why: Literal["asked", "gone", "failing"] | None = Field(
        description="Why it is switched off: on request, it answered 410, or it failed for days"
    )
    failing_since: datetime | None
    created_by: str
    created_at: datetime
    changed_at: datetime
    messages: CountsOut


class EndpointSecretOut(EndpointOut):
    """An endpoint with its secret, which is shown this once."""

    secret: str = Field(examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])


class EndpointsOut(BaseModel):
    """Every endpoint."""

    items: list[EndpointOut]


class MessageOut(BaseModel):
    """A message for an endpoint."""

    message_id: str = Field(description="`webhook-id`; the same at every attempt")
    type: str
    subject: str
    at: datetime
    state: Literal["waiting", "sent", "failed"]
    attempts: int
    attempted_at: datetime | None
    next_attempt_at: datetime | None
    status: int | None
    error: str | None


class MessagesOut(BaseModel):
    """A page of messages."""

    items: list[MessageOut]
    next_cursor: str | None
    has_more: bool


class ReplayOut(BaseModel):
    """How many messages will be sent again."""

    messages: int
