"""Bodies of forecasts."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field


class StepOut(BaseModel):
    """Demand of one step."""

    date: str = Field(description="Day that names the step", examples=["2026-11-20"])
    mean: float = Field(ge=0)
    q10: float = Field(ge=0)
    q50: float = Field(ge=0)
    q90: float = Field(ge=0)


class SeriesOut(BaseModel):
    """Demand of one series."""

    series_id: str
    total: float = Field(ge=0, description="Units expected over all steps")
    steps: list[StepOut]


class ForecastOut(BaseModel):
    """Demand of a page of series."""

    first_on: str = Field(description="First day forecast")
    step_days: int = Field(description="1 for daily series, 7 for weekly ones")
    horizon: int = Field(description="Steps ahead")
    model_version: str
    trained_to: str = Field(description="Cutoff of what the model learned from")
    n_series: int = Field(description="Series that match, over all pages")
    series: list[SeriesOut]
    next_cursor: str | None = Field(description="Give it back as `cursor` for the next page")


class ReasonOut(BaseModel):
    """One cause."""

    code: str
    text: dict[str, str] = Field(description="The sentence in `zh` and `en`")
    value: float | str | None
    typical: float | str | None


class HotOut(BaseModel):
    """A product about to sell far more than is usual for it."""

    series_id: str
    expected_units: float = Field(description="Units expected over the horizon")
    usual_units: float = Field(description="Units of as many steps at its usual level")
    extra_minor: int | None = Field(description="Money of the units above usual; null if unknown")
    reasons: list[ReasonOut] = Field(min_length=1)


class HotListOut(BaseModel):
    """Hot products, those that bring most extra money first."""

    first_on: str
    horizon: int
    model_version: str
    currency: str
    n_hot: int = Field(description="Hot products in all")
    products: list[HotOut]


class WarehouseDayOut(BaseModel):
    """Orders expected at a warehouse on a day."""

    warehouse: str
    date: str
    expected_orders: float = Field(ge=0)
    high_orders: float = Field(ge=0, description="90 % quantile")
    daily_capacity: int | None
    state: Literal["over", "tight", "fine", "unknown"]


class OverloadOut(BaseModel):
    """Expected orders against capacity, by warehouse and day."""

    days: list[WarehouseDayOut]
    method: str = Field(description="What the figures rest on")
