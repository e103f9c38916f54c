"""Bodies of address enhancement."""

from __future__ import annotations

from typing import Annotated, Final, Literal

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


class PointOut(BaseModel):
    """A place of this shop's own history that an address may mean."""

    adcode: str
    name: str | None
    street: str | None
    house: str | None
    lat: float | None
    lon: float | None
    confidence: float
    n_seen: int = Field(description="Deliveries and choices that speak for it")


class CompletedOut(BaseModel):
    """A part that the text lacks and evidence gives."""

    part: Literal["street", "house", "district"]
    value: str
    n_seen: int = Field(description="Deliveries and choices that speak for it")


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
    points: list[PointOut] = Field(
        default_factory=list, max_length=3, description="Known places that are like it"
    )
    completed: list[CompletedOut] = Field(
        default_factory=list,
        description="Parts that deliveries and choices give and the text does not",
    )
    inferred: list[str] = Field(description="Levels that the text does not name")
    replaced: list[ReplacedOut]
    corrected: list[CorrectedOut] = Field(description="Misspelt names and how they were read")
    lifted: LiftedOut
    unusable: list[str] = Field(description="What could not be used, and why")


class EnhanceOut(BaseModel):
    """Enhanced addresses, in the order they were sent."""

    addresses: list[AddressOut]
    release: str = Field(description="Month of the shipped divisions")


class ChoiceOut(BaseModel):
    """One place that an address may be."""

    number: int = Field(ge=1, le=3, description="The key that chooses it")
    standard: str = Field(description="The whole address, as it would stand on the label")
    country: str | None
    province: str | None
    city: str | None
    district: str | None
    adcode: str | None
    street: str | None
    house: str | None
    estate: str | None
    building: str | None
    unit: str | None
    lat: float | None = Field(description="WGS-84")
    lon: float | None
    radius_m: int | None
    precision: str
    confidence: float = Field(ge=0, le=1)
    source: str = Field(description="`offline`, `points` or providers, joined by `+`")


class AddressCaseOut(BaseModel):
    """An address that is not sure, with what a reviewer needs to choose by one key."""

    case_id: str
    order_key: str
    state: Literal["open", "settled", "overtaken"]
    typed: str = Field(description="The address as the channel gave it")
    confidence: float
    choices: list[ChoiceOut] = Field(max_length=3)
    label_text: str | None = Field(description="What to print, once it is known")
    source: str | None = Field(description="Who settled it: providers, `points` or `review`")
    waits_for_providers: bool
    equal_waiting: int = Field(description="Open cases that the same choice settles")
    opened_at: str
    settled_at: str | None
    settled_by: str | None
    version: int


class AddressCasesOut(BaseModel):
    """A page of address cases."""

    items: list[AddressCaseOut]
    next_cursor: str | None = Field(description="Give it back as `cursor` for the next page")
    has_more: bool


class SettledOut(AddressCaseOut):
    """A case after a choice was made or taken back."""

    settled: int = Field(description="Cases that were settled or opened again, this one included")


class ChooseIn(Part):
    """The right place of an address."""

    choice: int = Field(ge=0, le=3, description="Number of the choice; 0 when none is right")
    version: Annotated[int, Field(ge=1, le=1_000_000_000)] | None = Field(
        default=None, description="The version you saw; another one is a conflict"
    )


EXAMPLE: Final = {"addresses": [{"raw": "上海市浦东新区张江路288弄X栋", "country": "CN"}]}
