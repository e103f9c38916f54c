"""Cases of the review queue and what can be done to them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from features.document import LongText, Part
from serving.scoring.schemas import MoneyOut, ReasonOut

Verdict = Literal["release", "hold", "cancel"]
Cause = Literal["fraud", "abuse", "legit", "unsure"]
Version = Annotated[
    int | None,
    Field(ge=1, le=1_000_000_000, description="The version you saw; another one is a conflict"),
]


class CaseOut(BaseModel):
    """A case, with what a reviewer needs to see without opening it."""

    review_id: str
    order_key: str
    decision_id: str
    state: Literal["open", "snoozed", "closed"]
    action: Literal["release", "review", "hold"]
    band: Literal["low", "medium", "high", "critical"]
    priority: float
    expected_loss: MoneyOut
    value: MoneyOut | None = Field(description="The order's value in the base currency")
    channel: str
    reasons: list[ReasonOut]
    n_linked: int
    address: str | None
    route: str | None
    placed_at: str
    opened_at: str
    snoozed_until: str | None
    claimed_by: str | None
    claimed_until: str | None
    verdict: Verdict | None
    cause: Cause | None
    decided_by: str | None
    decided_at: str | None
    version: int


class CasesOut(BaseModel):
    """A page of cases."""

    items: list[CaseOut]
    next_cursor: str | None = Field(description="Give it back as `cursor` for the next page")
    has_more: bool


class ClaimIn(Part):
    """Take a case, so that nobody else works on it for ten minutes."""

    version: Version = None


class DecideIn(Part):
    """Close a case."""

    verdict: Verdict
    cause: Cause
    note: LongText | None = None
    version: Version = None


class SnoozeIn(Part):
    """Put a case aside."""

    minutes: int = Field(ge=1, le=7 * 24 * 60)
    version: Version = None


class NoteIn(Part):
    """Write something beside a case."""

    text: Annotated[str, Field(min_length=1, max_length=4000)]
