"""Decisions to be made again: the form in which they are shown."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

State = Literal["waiting", "done", "lapsed"]


class RescoringOut(BaseModel):
    """A decision that was made without some part."""

    decision_id: str
    order_key: str
    as_of: str
    parts: list[str] = Field(description="What it was made without")
    state: State = Field(
        description="`lapsed`: a newer event of the order was decided, or it is too old"
    )
    tries: int
    became: str | None = Field(description="The decision made again")
    ended_at: str | None


class RescoringsOut(BaseModel):
    """Listed decisions, newest first."""

    rescorings: list[RescoringOut]
    counts: dict[str, int] = Field(description="How many there are in each state")
