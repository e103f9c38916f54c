"""What the routes of delivery rates, alerts and advice answer."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from serving.scoring.schemas import TextOut


class RecentOut(BaseModel):
    """What is known of the last three days, as it is."""

    n: int = Field(description="Parcels known")
    rate: float | None


class RateRowOut(BaseModel):
    """How a carrier, city, outlet or lane delivers."""

    level: str
    path: list[str] = Field(description="Carrier, city, outlet, warehouse; down to the level")
    recent: RecentOut
    usual: float = Field(description="Its lasting rate")
    now: float = Field(description="Its present rate, shrunk towards the level above")
    low: float = Field(description="Lower end of the 90 % interval of the present rate")
    high: float
    trouble: float = Field(description="Probability that something is wrong just now")


class RatesOut(BaseModel):
    """Delivery rates."""

    measure: str
    as_of: str | None = Field(description="None before the first look")
    n_rows: int
    rows: list[RateRowOut] = Field(description="Lowest upper end first")
    next_cursor: str | None


class DropOut(BaseModel):
    """An outlet that dropped."""

    alert_id: str
    kind: Literal["first_attempt", "on_time"]
    carrier: str
    city: str
    outlet: str
    since: str
    since_on: str = Field(description="The same as the merchant's day")
    noticed: str = Field(description="Day whose news raised the alarm")
    usual: float
    now: float
    n: int = Field(description="Parcels known since it began")
    text: TextOut
    closed_at: str | None = Field(description="None while it lasts")


class WarningOut(BaseModel):
    """A weather or traffic warning in force or announced."""

    alert_id: str
    kind: str
    severity: int
    country: str | None
    region: str | None
    city: str | None
    starts_at: str
    ends_at: str
    text: str | None


class AlertsOut(BaseModel):
    """What goes wrong, or will."""

    drops: list[DropOut]
    warnings: list[WarningOut]


class OnTimeOut(BaseModel):
    """A share with its 95 % interval."""

    n: int
    rate: float
    low: float
    high: float


class AdviceWeekOut(BaseModel):
    """A week of an area."""

    on_time: OnTimeOut
    everywhere: float = Field(description="The same of all areas together")


class SkuOut(BaseModel):
    """A product to place there."""

    sku: str
    share: float = Field(description="Of the area's units")


class AreaOut(BaseModel):
    """An area where a warehouse would pay."""

    area: str
    weeks: list[AdviceWeekOut] = Field(description="Newest first")
    parcels_a_week: float
    skus: list[SkuOut]
    covered: float = Field(description="Share of its orders that need none but these products")
    saving_minor_a_week: int
    saving_parts_minor: dict[str, int]


class AdviceOut(BaseModel):
    """Where a forward warehouse would pay."""

    as_of: str | None
    currency: str | None
    areas: list[AreaOut] = Field(description="Largest saving first")
    assumptions: list[TextOut]
