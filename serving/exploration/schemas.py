"""What the policy and exploration routes answer."""

from __future__ import annotations

from pydantic import BaseModel, Field

from serving.scoring.schemas import TextOut


class LimitOut(BaseModel):
    """One number of the policy."""

    name: str
    label: TextOut
    unit: str
    value: float | list[float] = Field(description="In force")
    usual: float | list[float] = Field(description="As shipped")


class PriceOut(BaseModel):
    """A price, which may be a fraction of a minor unit."""

    minor: float
    currency: str


class PolicyOut(BaseModel):
    """The decision policy in force."""

    version: str
    currency: str
    limits: list[LimitOut]
    minute_price: PriceOut = Field(description="What a review minute is worth just now")
    minutes_used: float = Field(description="Review minutes that the last day's orders ask for")


class EstimateOut(BaseModel):
    """An estimate with its 90 % interval; null when fewer than two orders were tried out."""

    value: float | None
    low: float | None
    high: float | None


class HeldOut(BaseModel):
    """How good holding is, over the orders that could be tried out."""

    n_orders: int
    n_explored: int
    precision: EstimateOut = Field(description="Share of orders to be held that are bad")
    recall: EstimateOut = Field(description="Share of bad orders that were to be held")
    saving_minor: EstimateOut = Field(description="What holding them saves in all")


class ReleasedOut(BaseModel):
    """What releasing misses, over the orders that could be tried out."""

    n_orders: int
    n_explored: int
    missed: EstimateOut = Field(description="Share of orders to be released that are bad")


class DayOut(BaseModel):
    """What the trials of a day can cost together."""

    on: str
    spent_minor: int


class ExplorationOut(BaseModel):
    """What was tried out against decisions, and what it tells of them."""

    from_: str = Field(alias="from")
    to: str = Field(description="Later orders are not mature and left out")
    maturity_days: int
    currency: str
    excluded: dict[str, int] = Field(
        description="Orders that could not be tried out, by intended action and cause; "
        "no estimate speaks of them"
    )
    hold: HeldOut
    release: ReleasedOut
    cap_minor: int = Field(description="Most that the trials of a day can cost")
    days: list[DayOut] = Field(description="Newest first")
