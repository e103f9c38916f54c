"""Bodies of the routes of personal data and of the audit log."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, Field, model_validator

from features.document import Part


class RevealIn(Part):
    """Why personal data is to be seen."""

    reason: str = Field(min_length=4, max_length=500, pattern=r"\S")


class SearchIn(Part):
    """What to search by: one of the two."""

    phone: str | None = Field(default=None, min_length=5, max_length=40)
    email: str | None = Field(default=None, min_length=3, max_length=320)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.phone is None) == (self.email is None):
            raise ValueError("give either phone or email")
        return self


class FieldOut(BaseModel):
    """A personal field of an order."""

    field: str
    kind: str
    value: str


class RevealOut(BaseModel):
    """The personal data of an order."""

    order_key: str
    fields: list[FieldOut]


class SearchOut(BaseModel):
    """Orders that were found, newest first."""

    order_keys: list[str]


class AuditLineOut(BaseModel):
    """A line of the audit log."""

    number: int
    at: str
    actor: str
    act: str
    subject: str
    note: dict[str, Any]
    digest: str


class AuditOut(BaseModel):
    """A page of the audit log, newest first."""

    items: list[AuditLineOut]
    next_before: int | None = Field(description="Give it back as `before` for the lines before")
    broken_at: int | None = Field(
        description="Number of the first line that was changed or is missing; null when all stand"
    )
