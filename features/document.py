"""The canonical order document: what a channel adapter, an API caller or a file sends.

The one definition of the wire format. It is strict: a number in an id, a field nobody knows, a
value that is no finite number are refused rather than guessed at. Money is integer minor units
beside an ISO 4217 code, instants are RFC 3339, ids are strings; what is absent or null is unknown.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)

from features.schema import (
    Client,
    PaymentMethod,
    PaymentStatus,
    PlatformFlag,
    Source,
    Status,
)

NO_CURRENCY: Final = "XXX"
"""ISO 4217 for "no currency": an amount whose currency the history does not say."""

MAX_MINOR: Final = 2**53 - 1
"""Largest amount that every JSON reader keeps exactly."""

EARLIEST_YEAR: Final = 1970
LATEST_YEAR: Final = 2199


def _plausible(at: datetime) -> datetime:
    """Give the instant in UTC, or refuse a year that only a mistake produces."""
    if not EARLIEST_YEAR <= at.year <= LATEST_YEAR:
        raise ValueError(f"is not between the years {EARLIEST_YEAR} and {LATEST_YEAR}")
    return at.astimezone(UTC)


Instant = Annotated[
    AwareDatetime,
    AfterValidator(_plausible),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "description": "RFC 3339 instant with its offset, such as 2026-03-01T08:30:00Z",
        }
    ),
]
Id = Annotated[
    str,
    StringConstraints(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+$"),
]
Text = Annotated[str, StringConstraints(max_length=500)]
LongText = Annotated[str, StringConstraints(max_length=4000)]
Hash = Annotated[str, StringConstraints(pattern=r"^h1:[0-9a-f]{32,64}$")]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Count = Annotated[int, Field(ge=0, le=1_000_000_000)]
AttributeValue = bool | Annotated[float, Field(ge=-1e300, le=1e300)] | Text


class Part(BaseModel):
    """Base of every part of the document: strict, closed, never changed after reading."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Money(Part):
    """An amount of money."""

    minor: int = Field(ge=0, le=MAX_MINOR, description="Amount in the currency's minor unit")
    currency: str = Field(pattern=r"^[A-Z]{3}$", description="ISO 4217 code")


class PlatformRisk(Part):
    """What the channel itself thinks of the order."""

    flag: PlatformFlag
    level: Literal["low", "medium", "high"] | None = None
    raw: Text | None = None


class Amounts(Part):
    """What is paid. Discounts are positive; null while the channel has not said."""

    currency: str | None = Field(
        default=None,
        pattern=r"^[A-Z]{3}$",
        description="Currency of the order; needed only while no amount says it",
    )
    items: Money | None = None
    seller_discount: Money | None = None
    platform_discount: Money | None = None
    other_discount: Money | None = None
    shipping: Money | None = None
    tax: Money | None = None
    fees: Money | None = None
    grand_total: Money | None = None
    grand_total_base: Money | None = Field(
        default=None, description="grand_total in the merchant's base currency"
    )
    fx_rate: float | None = Field(
        default=None,
        gt=0,
        le=1e9,
        description="Units of the base currency for one unit of grand_total's currency",
    )
    fx_at: Instant | None = None


class Buyer(Part):
    """Who buys. Raw personal fields are stored once, apart, and hashed for everything else."""

    buyer_key: Id | None = Field(default=None, description="The channel's own id of the buyer")
    nick_masked: Text | None = None
    name: Text | None = Field(default=None, description="Raw name; send it or name_hash")
    name_hash: Hash | None = None
    email: Text | None = Field(default=None, description="Raw e-mail; send it or email_hash")
    email_hash: Hash | None = None
    email_domain: Text | None = None
    email_is_relay: bool | None = None
    phone: Text | None = Field(default=None, description="Raw phone; send it or phone_hash")
    phone_hash: Hash | None = None
    phone_country: Text | None = None
    is_guest: bool | None = None
    account_created_at: Instant | None = None
    channel_order_count: Count | None = None
    tags: list[Literal["new_to_shop", "returning", "frequent", "business", "vip"]] = []
    country: Text | None = None
    language: Text | None = None


class Payment(Part):
    """How it is paid. A full card number is refused wherever it stands."""

    method: PaymentMethod | None
    method_raw: Text | None = None
    gateway: Text | None = None
    cod: bool | None = Field(description="Paid at the door")
    card_brand: Text | None = None
    card_bin: str | None = Field(
        default=None, pattern=r"^[0-9]{6,8}$", description="First 6 to 8 digits"
    )
    card_last4: str | None = Field(default=None, pattern=r"^[0-9]{4}$")
    avs: Text | None = None
    cvv: Text | None = Field(default=None, description="Result of the check, never the code")
    attempts: Count | None = None
    installments: Count | None = None
    reference: Text | None = Field(
        default=None, description="Account or token that pays; hashed, the raw value is not kept"
    )
    reference_hash: Hash | None = None


class Address(Part):
    """A place, with whatever the channel shows of it."""

    name: Text | None = Field(default=None, description="Raw name; send it or name_hash")
    name_hash: Hash | None = None
    phone: Text | None = Field(default=None, description="Raw phone; send it or phone_hash")
    phone_hash: Hash | None = None
    country: Country | None
    region: Text | None = None
    region_code: Text | None = None
    city: Text | None = None
    district: Text | None = None
    town: Text | None = None
    postal_code: Text | None = None
    line: Text | None = Field(
        default=None,
        description="Raw address line, resolved here; an empty one resolves the divisions alone",
    )
    line_hash: Hash | None = None
    line_masked: Text | None = None
    unit_hash: Hash | None = Field(default=None, description="The address down to the unit")
    building_hash: Hash | None = None
    road_hash: Hash | None = None
    precision: int | None = Field(
        default=None, ge=0, le=9, description="How exactly the place is known, 9 is the unit"
    )
    adcode: str | None = Field(
        default=None, pattern=r"^[0-9]{6}$", description="GB/T 2260 code of a place in China"
    )
    lat: float | None = Field(default=None, ge=-90, le=90)
    lon: float | None = Field(default=None, ge=-180, le=180)
    coord_sys: Literal["wgs84", "gcj02", "bd09"] | None = Field(
        default=None, description="Datum of lat and lon; required with them"
    )
    kind: (
        Literal["residential", "commercial", "pickup_point", "locker", "freight_forwarder"] | None
    ) = None
    platform_handle: Text | None = Field(
        default=None, description="oaid and the like, stable while the text is masked"
    )
    masked: bool | None = None


class Session(Part):
    """How the buyer came; most marketplaces give nothing of it."""

    ip: Text | None = None
    ip_hash: Hash | None = None
    ip24_hash: Hash | None = None
    user_agent: LongText | None = None
    device_id: Text | None = None
    device_hash: Hash | None = None
    session_id: Text | None = None
    accept_language: Text | None = None
    screen: Text | None = None
    referrer: LongText | None = None
    landing_page: LongText | None = None
    client: Client | None = None
    source: Source | None = None
    source_ref: Text | None = None


class Promo(Part):
    """A promotion used. Who pays for it matters to promotion abuse."""

    code: Text | None = None
    kind: Literal[
        "coupon",
        "item",
        "bundle",
        "full_reduction",
        "points",
        "red_packet",
        "gift_card",
        "kol",
        "other",
    ]
    amount: Money | None
    funded_by: Literal["seller", "platform", "kol", "mixed", "unknown"]


class Line(Part):
    """A line of the order."""

    line_id: Id
    product_id: Id | None = None
    sku_id: Id | None = Field(default=None, description="The channel's id of the variant")
    seller_sku: Id | None = Field(default=None, description="The merchant's own code; goes first")
    title: Text | None
    variant: Text | None = None
    category_path: list[Text] = []
    quantity: int = Field(ge=1, le=1_000_000)
    unit_price: Money | None = None
    discount: Money | None = None
    tax: Money | None = None
    total: Money | None = None
    is_gift: bool | None = None
    is_virtual: bool | None = None
    is_presale: bool | None = None
    weight_g: Count | None = None
    warehouse: Text | None = None
    status_raw: Text | None = None
    series_id: Id | None = Field(default=None, description="Demand series the line counts towards")
    attributes: dict[Name, AttributeValue] = {}


class LineSummary(Part):
    """What is known of the lines by a caller who cannot list them, or counts them otherwise."""

    n_lines: Count | None = None
    n_units: Count | None = None
    sku_set_hash: Text | None = None


class Package(Part):
    """A parcel already made."""

    package_id: Text | None = None
    carrier: Text | None = Field(default=None, description="kuaidi100 carrier code")
    carrier_raw: Text | None = None
    tracking_no: Text | None = None
    shipped_at: Instant | None = None
    state: (
        Literal[
            "label",
            "awaiting_pickup",
            "picked_up",
            "in_transit",
            "arrived",
            "out_for_delivery",
            "at_locker",
            "delivered",
            "problem",
            "refused",
            "returning",
            "returned",
            "customs",
            "no_records",
            "voided",
        ]
        | None
    ) = None
    last_event_at: Instant | None = None


class Notes(Part):
    """Free words beside the order."""

    buyer: LongText | None = None
    seller: LongText | None = None
    seller_flag: Text | None = None
    gift_message: bool | None = None


class Ingest(Part):
    """How the order reached us. Callers of the API may leave it out."""

    received_at: Instant = Field(description="When the merchant first knew of the order")
    via: Literal["webhook", "poll", "csv", "api"] = "api"
    signature_ok: bool | None = None
    adapter: Text | None = None
    adapter_version: Text | None = None
    payload_sha256: Text | None = None


class OrderDocument(Part):
    """A canonical order, version 1."""

    schema_version: Literal["1"]
    merchant_id: Id
    channel: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")] = Field(
        description="shopify, amazon, shopee, lazada, taobao, tmall, jd, pinduoduo, douyin, "
        "woocommerce, ebay, aliexpress, a name of your own, or other"
    )
    shop_id: Id
    marketplace: Text | None = None
    order_id: Id = Field(description="Always a string: ids exceed what JSON numbers keep")
    order_no: Text | None = None
    parent_order_id: Text | None = None
    event: Literal["created", "paid", "updated", "shipped", "delivered", "cancelled", "refunded"]
    revision: Id = Field(description="The channel's update time or version of the order")
    placed_at: Instant = Field(description="The buyer's act")
    utc_offset_min: int | None = Field(
        default=None, ge=-840, le=840, description="The buyer's local offset from UTC"
    )
    paid_at: Instant | None = None
    updated_at: Instant
    ship_by: Instant | None = None
    deliver_by: Instant | None = None
    shipped_at: Instant | None = None
    delivered_at: Instant | None = None
    cancelled_at: Instant | None = None
    closed_at: Instant | None = None
    status: Status | None
    status_raw: Text | None
    payment_status: PaymentStatus | None
    cancel_reason: (
        Literal[
            "customer",
            "fraud",
            "inventory",
            "declined",
            "timeout",
            "seller",
            "platform",
            "other",
        ]
        | None
    ) = None
    platform_risk: PlatformRisk | None = None
    amounts: Amounts
    buyer: Buyer | None = None
    payment: Payment
    shipping_address: Address | None = None
    billing_address: Address | None = None
    session: Session | None = None
    promos: Annotated[list[Promo], Field(max_length=200)] | None = None
    lines: Annotated[list[Line], Field(min_length=1, max_length=1000)] | None = Field(
        default=None, description="At least one line; only with line_summary may they be left out"
    )
    line_summary: LineSummary | None = None
    packages: Annotated[list[Package], Field(max_length=200)] = []
    notes: Notes | None = None
    attributes: Annotated[dict[Name, AttributeValue], Field(max_length=200)] = Field(
        default={}, description="The merchant's own columns, by name"
    )
    entities: Annotated[dict[Name, Id], Field(max_length=50)] = Field(
        default={}, description="The merchant's own entity keys (terminal, live room), by name"
    )
    ingest: Ingest | None = None
