"""What the routes of the weekly runs answer."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field


class RunOut(BaseModel):
    """A weekly run."""

    period: str = Field(
        description="Monday of the week in which it was due", examples=["2026-11-23"]
    )
    state: str = Field(description="running, done or failed")
    started_at: str
    finished_at: str | None
    report: dict[str, Any] | None = Field(
        description="Models, checks, drift; null until it is done"
    )


class RunsOut(BaseModel):
    """Weekly runs."""

    items: list[RunOut]
