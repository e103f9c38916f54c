"""Bodies of ticket priorities."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, Field

from features.document import Part

Priority = Literal["urgent", "normal", "suggestion"]
Message = Annotated[str, Field(min_length=1, max_length=20_000)]
Days = Annotated[float, Field(ge=-3_650, le=3_650, allow_inf_nan=False)]

MAX_TICKETS: Final = 500


class FactsIn(Part):
    """What is known of the order; what is left out is looked up, or unknown."""

    is_shipped: bool | None = None
    is_delivered: bool | None = None
    days_late: Days | None = Field(default=None, description="Negative while there is time")
    refund_days_open: Days | None = Field(
        default=None, description="Days since a refund was asked for that is not paid"
    )


class TicketIn(Part):
    """A message from a buyer."""

    text: Message
    order_key: str | None = Field(
        default=None, min_length=7, max_length=700, pattern=r"^[^\x00-\x1f\x7f]+$"
    )
    facts: FactsIn = FactsIn()


class TicketsIn(Part):
    """Messages to sort."""

    tickets: list[TicketIn] = Field(min_length=1, max_length=MAX_TICKETS)


class TextOut(BaseModel):
    """A sentence in both languages."""

    zh: str
    en: str


class ReasonOut(BaseModel):
    """Why a message has its priority."""

    code: str
    text: TextOut
    share: float = Field(ge=0, le=1)


class TicketOut(BaseModel):
    """How soon a message must be read."""

    priority: Priority
    probabilities: dict[Priority, float]
    reasons: list[ReasonOut] = Field(max_length=3)


class TicketsOut(BaseModel):
    """Priorities, in the order in which the messages were sent."""

    tickets: list[TicketOut]
    version: str = Field(description="Names the examples and corrections it was learned from")


class CorrectionIn(TicketIn):
    """The right priority of a message."""

    priority: Priority


class CorrectionOut(BaseModel):
    """A correction was kept and learned from."""

    corrections: int = Field(description="Different messages corrected so far")
    version: str


EXAMPLE: Final[dict[str, Any]] = {
    "tickets": [
        {"text": "地址填错了，麻烦改一下", "facts": {"is_shipped": False}},
        {"text": "A dark mode in the app would be lovely"},
    ]
}
"""One message to act on now, and one that can wait."""

CORRECTION: Final[dict[str, Any]] = {"text": "店庆的灯牌不亮了", "priority": "urgent"}
