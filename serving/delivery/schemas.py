"""What the delivery routes take and answer."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel, Field

from features.document import OrderDocument, Part
from serving.scoring.schemas import ORDER_EXAMPLE, MissingOut, MoneyOut, TextOut


class OptionsIn(Part):
    """An order that wants a route."""

    order: OrderDocument
    limit: int = Field(default=10, ge=1, le=100, description="Most options wanted")


class CostPartOut(BaseModel):
    """A part of an option's expected cost."""

    code: str
    zh: str
    en: str
    minor: int


class DaysOut(BaseModel):
    """Days from placing to delivery."""

    mean: float
    q10: float
    q50: float
    q90: float


class PromiseOut(BaseModel):
    """The date that may be promised."""

    on_time: float = Field(description="Share of such orders that are to arrive by then")
    days: float = Field(description="From placing")
    by: str


class OptionOut(BaseModel):
    """A way the order can go, with what is expected of it."""

    warehouse: str
    carrier: str
    outlet: str
    service: str | None
    promised_by: str | None = Field(description="What was promised, or else what may be promised")
    promise: PromiseOut | None = Field(description="What may be promised at the merchant's target")
    eta_days: DaysOut | None
    p_first_attempt: float | None = Field(description="Probability that the first attempt succeeds")
    p_late: float | None = Field(description="Probability of missing the promise")
    cost: MoneyOut = Field(description="Expected total cost")
    served_by: str = Field(description="How the outlet is known to serve the place")
    reasons: list[CostPartOut] = Field(description="What the cost is made of, dearest first")


class UnservedOut(BaseModel):
    """Why an order cannot be served."""

    code: str
    text: TextOut
    turned_down: dict[str, int]
    missing_units: dict[str, int]
    substitutes: dict[str, list[str]]


class OptionsOut(BaseModel):
    """Ways an order can go, in the order in which a decision would take them."""

    order_key: str
    route: dict[str, Any] = Field(description="What a decision would propose now")
    options: list[OptionOut]
    n_options: int = Field(description="All that were rated")
    turned_down: dict[str, int] = Field(
        description="Pairs of warehouse and outlet that cannot take it, by binding constraint"
    )
    unserved: UnservedOut | None
    degraded: list[MissingOut]
    versions: dict[str, str]


class ShareOut(BaseModel):
    """A share with its 95 % interval."""

    n: int
    rate: float
    low: float
    high: float


class WaitOut(BaseModel):
    """How long the carrier took to tell of a parcel at all."""

    n: int
    hours: float = Field(description="Median from leaving the warehouse to the first scan")


class HealthRowOut(BaseModel):
    """A week of an area, a carrier, a warehouse or an outlet."""

    week: str = Field(description="Its Monday")
    ship_country: str | None = None
    ship_region: str | None = None
    carrier: str | None = None
    warehouse: str | None = None
    outlet: str | None = None
    on_time: ShareOut | None
    first_attempt: ShareOut | None
    not_picked_up: ShareOut | None = Field(description="No scan within 48 hours of leaving")
    first_update: WaitOut | None


class HealthOut(BaseModel):
    """How deliveries have gone."""

    level: str
    as_of: str
    n_rows: int
    rows: list[HealthRowOut] = Field(description="Newest week first, most parcels first")
    next_cursor: str | None


OPTIONS_EXAMPLE: Final[dict[str, Any]] = {"order": ORDER_EXAMPLE, "limit": 5}
