"""Bodies of address enhancement."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BaseModel, Field

from features.document import Part

Text = Annotated[str, Field(max_length=20_000)]
Country = Annotated[str, Field(pattern="^[A-Z]{2}$")]

MAX_ADDRESSES: Final = 1_000


class AddressIn(Part):
    """An address as the buyer typed it."""

    raw: Text = Field(description="Everything the buyer typed; only the place is resolved")
    country: Country | None = Field(default=None, description="ISO 3166 alpha-2, when known")


class EnhanceIn(Part):
    """Addresses to enhance."""

    addresses: list[AddressIn] = Field(min_length=1, max_length=MAX_ADDRESSES)


class CandidateOut(BaseModel):
    """One reading of the divisions."""

    province: str | None
    city: str | None
    district: str | None
    adcode: str | None
    confidence: float


class ReplacedOut(BaseModel):
    """A former name in the text and the name that took its place."""

    former: str
    today: str
    since: int = Field(description="Year of the change")


class CorrectedOut(BaseModel):
    """A misspelt name and what it was read as."""

    typed: str
    read_as: str


class LiftedOut(BaseModel):
    """What stood in the text but is no place."""

    name: str | None
    phone: str | None
    email: str | None
    remarks: list[str]


class AddressOut(BaseModel):
    """A resolved address; null is unknown."""

    country: str | None
    province: str | None
    city: str | None
    district: str | None
    township: str | None
    street: str | None
    house: str | None
    building: str | None
    unit: str | None
    estate: str | None
    postal: str | None
    adcode: str | None
    standard: str = Field(description="Everything known, written the standard way")
    lat: float | None
    lon: float | None
    datum: str | None = Field(description="Datum of the coordinates")
    radius_m: int | None = Field(description="Metres around them within which the place lies")
    level: int = Field(ge=0, le=9)
    precision: str
    confidence: float = Field(ge=0, le=1)
    candidates: list[CandidateOut] = Field(max_length=3)
    inferred: list[str] = Field(description="Levels that the text does not name")
    replaced: list[ReplacedOut]
    corrected: list[CorrectedOut] = Field(description="Misspelt names and how they were read")
    lifted: LiftedOut
    unusable: list[str] = Field(description="What could not be used, and why")


class EnhanceOut(BaseModel):
    """Enhanced addresses, in the order they were sent."""

    addresses: list[AddressOut]
    release: str = Field(description="Month of the shipped divisions")


EXAMPLE: Final = {"addresses": [{"raw": "上海市浦东新区张江路288弄X栋", "country": "CN"}]}
