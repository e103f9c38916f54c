"""The canonical order and history tables.

The only place where a column is defined: its name, type, unit and meaning. Readers and writers of
history, mapping documents, the canonical order and the catalogue all take their columns from here.

Money is an integer in the currency's minor unit, instants are UTC with microseconds, ids are
strings, and a missing value means *unknown*, never zero and never "no".
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal, get_args

if TYPE_CHECKING:
    import pyarrow as pa

ARROW_TYPES: Final[dict[str, str]] = {
    "string": "string",
    "int": "int64",
    "float": "double",
    "bool": "bool",
    "instant": "timestamp[us, tz=UTC]",
    "date": "date32[day]",
}
"""Canonical type to what Arrow calls it."""

ATTRIBUTE_PREFIX: Final = "attribute__"
ENTITY_PREFIX: Final = "entity__"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a canonical table.

    Parameters
    ----------
    name
        Column name; carries its unit or clock where it has one (``_minor``, ``_at``, ``_on``).
    type
        One of ``string``, ``int``, ``float``, ``bool``, ``instant`` (UTC, microseconds), ``date``.
    meaning
        What a value says, in one sentence.
    unit
        Unit of a value, when it has one.
    required
        Whether a row without a value is refused.
    values
        The permitted values of an enumerated string; empty when any text is.

    Examples
    --------
    >>> ORDERS["placed_at"].type, ORDERS["placed_at"].required
    ('instant', True)
    """

    name: str
    type: str
    meaning: str
    unit: str | None = None
    required: bool = False
    values: tuple[str, ...] = ()

    @property
    def arrow(self) -> pa.Field:
        """The Arrow field of this column."""
        import pyarrow as pa

        return pa.field(self.name, arrow_type(self.type), nullable=not self.required)


@dataclass(frozen=True)
class Table:
    """A canonical table.

    Parameters
    ----------
    name
        Table name, also the name of its folder in a history.
    row
        What one row is.
    key
        Columns that name a row; a row imported again under the same key replaces the older one.
    columns
        The canonical columns, in order.
    month_of
        The instant column that decides the month partition, or None for reference data.
    open_prefixes
        Prefixes under which a mapping may add its own columns.

    Examples
    --------
    >>> ORDERS["total_minor"].unit
    'minor units of currency'
    >>> ORDERS.key
    ('order_key',)
    """

    name: str
    row: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    month_of: str | None = None
    open_prefixes: tuple[str, ...] = ()

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """The canonical columns by name."""
        return {column.name: column for column in self.columns}

    def __getitem__(self, name: str) -> Column:
        return self.by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self.by_name

    def accepts(self, name: str) -> bool:
        """Tell whether a column of this name may stand in the table."""
        return name in self.by_name or name.startswith(self.open_prefixes or ("\0",))


Status = Literal[
    "created",
    "paid",
    "held",
    "partially_shipped",
    "shipped",
    "delivered",
    "completed",
    "cancel_requested",
    "cancelled",
    "delivery_failed",
    "returned",
    "disputed",
]
PaymentStatus = Literal[
    "pending",
    "authorized",
    "partially_paid",
    "paid",
    "partially_refunded",
    "refunded",
    "voided",
    "unknown",
]
PaymentMethod = Literal[
    "card",
    "alipay",
    "wechat",
    "paypal",
    "wallet",
    "bank_transfer",
    "cod",
    "installment",
    "pay_later",
    "platform",
    "none",
    "unknown",
]
PlatformFlag = Literal["none", "review", "locked", "frozen"]
Client = Literal["web", "mobile_web", "app", "mini_program", "pos", "api"]
Source = Literal["shelf", "live", "short_video", "ad", "affiliate", "search", "direct"]
OutcomeKind = Literal[
    "chargeback",
    "fraud",
    "refund",
    "return",
    "cancel",
    "refusal",
    "complaint",
    "verdict",
]
Trust = Literal["confirmed", "reported", "inferred"]

STATUSES: Final[tuple[Status, ...]] = get_args(Status)
PAYMENT_STATUSES: Final[tuple[PaymentStatus, ...]] = get_args(PaymentStatus)
PAYMENT_METHODS: Final[tuple[PaymentMethod, ...]] = get_args(PaymentMethod)
PLATFORM_RISKS: Final[tuple[PlatformFlag, ...]] = get_args(PlatformFlag)
CLIENTS: Final[tuple[Client, ...]] = get_args(Client)
SOURCES: Final[tuple[Source, ...]] = get_args(Source)
OUTCOME_KINDS: Final[tuple[OutcomeKind, ...]] = get_args(OutcomeKind)
TRUSTS: Final[tuple[Trust, ...]] = get_args(Trust)

ORDERS: Final = Table(
    name="orders",
    row="an order as last known",
    key=("order_key",),
    month_of="placed_at",
    open_prefixes=(ATTRIBUTE_PREFIX, ENTITY_PREFIX),
    columns=(
        Column(
            "order_key",
            "string",
            "merchant/channel/shop/order_id, see keys.order_key",
            required=True,
        ),
        Column("merchant_id", "string", "tenant that owns the order", required=True),
        Column("channel", "string", "sales channel, or 'other'", required=True),
        Column("shop_id", "string", "shop within the channel", required=True),
        Column("marketplace", "string", "country site of the channel"),
        Column("order_id", "string", "the channel's own order id", required=True),
        Column("revision", "string", "channel's version of the order"),
        Column("placed_at", "instant", "the buyer's act", required=True),
        Column(
            "received_at", "instant", "when the merchant first knew of the order", required=True
        ),
        Column("utc_offset_min", "int", "buyer's local offset from UTC", unit="minutes"),
        Column("paid_at", "instant", "when payment was confirmed"),
        Column("ship_by", "instant", "latest dispatch the channel allows"),
        Column("deliver_by", "instant", "delivery promised when the order was placed"),
        Column("status", "string", "order status as last known", values=STATUSES),
        Column("payment_status", "string", "payment status as last known", values=PAYMENT_STATUSES),
        Column("platform_risk", "string", "hold set by the channel itself", values=PLATFORM_RISKS),
        Column(
            "currency",
            "string",
            "ISO 4217 code of every *_minor amount of the order but value_minor",
        ),
        Column(
            "items_minor",
            "int",
            "sum of line prices before discounts",
            unit="minor units of currency",
        ),
        Column("discount_minor", "int", "all discounts, positive", unit="minor units of currency"),
        Column(
            "shipping_minor", "int", "shipping paid by the buyer", unit="minor units of currency"
        ),
        Column("tax_minor", "int", "tax", unit="minor units of currency"),
        Column("total_minor", "int", "what the buyer pays", unit="minor units of currency"),
        Column(
            "value_minor",
            "int",
            "total in the merchant's base currency; what value windows add up",
            unit="minor units of the base currency",
        ),
        Column("payment_method", "string", "how the order is paid", values=PAYMENT_METHODS),
        Column("is_cod", "bool", "paid at the door"),
        Column("card_bin", "string", "first 6 to 8 digits of the card"),
        Column("buyer_key", "string", "channel-scoped buyer, keyed hash or opaque id"),
        Column("phone_key", "string", "keyed hash of the normalised phone"),
        Column("email_key", "string", "keyed hash of the normalised e-mail"),
        Column("email_domain", "string", "part of the e-mail after @, lower case"),
        Column("address_unit_key", "string", "keyed hash of the address down to the unit"),
        Column("address_building_key", "string", "keyed hash of the address down to the building"),
        Column("address_road_key", "string", "keyed hash of the address down to the road"),
        Column("ip_key", "string", "keyed hash of the buyer's IP address"),
        Column("ip24_key", "string", "keyed hash of the IP's /24 (IPv4) or /48 (IPv6)"),
        Column("device_key", "string", "keyed hash of the device id"),
        Column("payment_key", "string", "keyed hash of the card or account that pays"),
        Column("sku_set_key", "string", "hash of the sorted set of (sku, quantity)"),
        Column("is_guest", "bool", "ordered without an account"),
        Column("account_created_at", "instant", "when the buyer's account was opened"),
        Column(
            "channel_order_count",
            "int",
            "earlier orders of the buyer by the channel's own count",
            unit="orders",
        ),
        Column("ship_country", "string", "ISO 3166 alpha-2 country of delivery"),
        Column("ship_region", "string", "province or state of delivery"),
        Column("ship_city", "string", "city of delivery"),
        Column("ship_district", "string", "county or district of delivery"),
        Column("ship_postal", "string", "postal code of delivery, or its prefix"),
        Column("ship_adcode", "string", "GB/T 2260 code of the deepest division known, 6 digits"),
        Column("ship_lat", "float", "latitude of delivery, WGS-84", unit="degrees"),
        Column("ship_lon", "float", "longitude of delivery, WGS-84", unit="degrees"),
        Column(
            "ship_precision",
            "int",
            "how exactly the address is known: 0 unknown … 9 unit",
            unit="level",
        ),
        Column("bill_country", "string", "ISO 3166 alpha-2 country of the billing address"),
        Column("client", "string", "kind of program the buyer used", values=CLIENTS),
        Column("source", "string", "what brought the buyer", values=SOURCES),
        Column("promo_code", "string", "first promotion code used"),
        Column("promo_minor", "int", "discount by promotions", unit="minor units of currency"),
        Column("n_lines", "int", "order lines", unit="lines"),
        Column("n_units", "int", "units over all lines", unit="units"),
    ),
)

ORDER_LINES: Final = Table(
    name="order_lines",
    row="a line of an order",
    key=("order_key", "line_id"),
    month_of="placed_at",
    open_prefixes=(ATTRIBUTE_PREFIX,),
    columns=(
        Column("order_key", "string", "the order", required=True),
        Column("line_id", "string", "line within the order", required=True),
        Column("placed_at", "instant", "placed_at of the order", required=True),
        Column("sku", "string", "stock keeping unit"),
        Column("product_id", "string", "product over its variants"),
        Column("category", "string", "category path, ' > ' between levels"),
        Column("title", "string", "what the buyer saw"),
        Column("quantity", "int", "units ordered, at least 1", unit="units", required=True),
        Column(
            "unit_price_minor",
            "int",
            "price of one unit",
            unit="minor units of the order's currency",
        ),
        Column(
            "discount_minor",
            "int",
            "discount of the line, positive",
            unit="minor units of the order's currency",
        ),
        Column(
            "total_minor",
            "int",
            "what the buyer pays for the line",
            unit="minor units of the order's currency",
        ),
        Column("is_gift", "bool", "given for free"),
        Column("is_presale", "bool", "sold before it is in stock"),
        Column("weight_g", "int", "weight of one unit", unit="grams"),
        Column("series_id", "string", "demand series the line counts towards"),
    ),
)

SHIPMENTS: Final = Table(
    name="shipments",
    row="a parcel",
    key=("shipment_id",),
    month_of="shipped_at",
    columns=(
        Column("shipment_id", "string", "the parcel", required=True),
        Column("order_key", "string", "the order", required=True),
        Column("warehouse", "string", "where it left"),
        Column("carrier", "string", "carrier code"),
        Column("outlet", "string", "outlet that makes the last mile"),
        Column("service", "string", "service level or mode"),
        Column("shipped_at", "instant", "left the warehouse"),
        Column("promised_at", "instant", "delivery promised for the parcel"),
        Column("picked_up_at", "instant", "carrier's first scan"),
        Column("first_attempt_at", "instant", "first delivery attempt"),
        Column("first_attempt_ok", "bool", "whether the first attempt succeeded"),
        Column("delivered_at", "instant", "handed over; missing while in flight or never"),
        Column("known_at", "instant", "when delivered_at (or the final failure) was known"),
        Column("state", "string", "last tracking milestone"),
        Column("cost_minor", "int", "freight paid", unit="minor units of the base currency"),
        Column("origin_region", "string", "province or state it left"),
        Column("origin_postal", "string", "postal code it left, or its prefix"),
        Column("origin_lat", "float", "latitude it left, WGS-84", unit="degrees"),
        Column("origin_lon", "float", "longitude it left, WGS-84", unit="degrees"),
    ),
)

OUTCOMES: Final = Table(
    name="outcomes",
    row="something that became known about an order later",
    key=("outcome_id",),
    month_of="occurred_at",
    columns=(
        Column("outcome_id", "string", "the outcome", required=True),
        Column("order_key", "string", "the order", required=True),
        Column("line_id", "string", "the line, when it concerns one"),
        Column("kind", "string", "what happened", required=True, values=OUTCOME_KINDS),
        Column("is_bad", "bool", "whether it confirms the kind (a verdict may clear the order)"),
        Column("quantity", "int", "units concerned", unit="units"),
        Column(
            "amount_minor",
            "int",
            "money concerned, positive",
            unit="minor units of the order's currency",
        ),
        Column("occurred_at", "instant", "when it happened", required=True),
        Column("known_at", "instant", "when the merchant knew", required=True),
        Column("source", "string", "who reported it"),
        Column("trust", "string", "how sure it is", values=TRUSTS),
        Column("cause", "string", "reason given"),
    ),
)

STOCK: Final = Table(
    name="stock",
    row="a SKU in a warehouse at an instant",
    key=("warehouse", "sku", "at"),
    columns=(
        Column("warehouse", "string", "the warehouse", required=True),
        Column("sku", "string", "the SKU", required=True),
        Column("at", "instant", "when it was counted", required=True),
        Column("on_hand", "int", "units in the house", unit="units"),
        Column("locked", "int", "units reserved for orders", unit="units"),
        Column("samples", "int", "units not for sale", unit="units"),
        Column("inbound", "int", "units on their way in", unit="units"),
        Column("inbound_eta", "instant", "when they arrive"),
    ),
)

CATALOG: Final = Table(
    name="catalog",
    row="a SKU that can be sold",
    key=("sku",),
    columns=(
        Column("sku", "string", "the SKU", required=True),
        Column("product_id", "string", "product over its variants"),
        Column("title", "string", "name"),
        Column("category", "string", "category path, ' > ' between levels"),
        Column("series", "string", "series whose members may stand in for each other"),
        Column("variant", "string", "colour, size"),
        Column("weight_g", "int", "weight of one unit", unit="grams"),
        Column("price_minor", "int", "list price", unit="minor units of the base currency"),
        Column("cost_minor", "int", "purchase cost", unit="minor units of the base currency"),
        Column("substitutes", "string", "SKUs that may replace it, separated by '|'"),
    ),
)

WAREHOUSES: Final = Table(
    name="warehouses",
    row="a warehouse",
    key=("warehouse",),
    columns=(
        Column("warehouse", "string", "the warehouse", required=True),
        Column("name", "string", "name"),
        Column("country", "string", "ISO 3166 alpha-2"),
        Column("region", "string", "province or state"),
        Column("city", "string", "city"),
        Column("lat", "float", "latitude, WGS-84", unit="degrees"),
        Column("lon", "float", "longitude, WGS-84", unit="degrees"),
        Column("utc_offset_min", "int", "local offset from UTC", unit="minutes"),
        Column(
            "cutoff_min",
            "int",
            "minutes after local midnight until which orders leave the same day",
            unit="minutes",
        ),
        Column("daily_capacity", "int", "orders it can send in a day", unit="orders"),
    ),
)

OUTLETS: Final = Table(
    name="outlets",
    row="an outlet of a carrier, with its fence and tariff",
    key=("outlet",),
    columns=(
        Column("outlet", "string", "the outlet", required=True),
        Column("carrier", "string", "carrier code", required=True),
        Column("name", "string", "name"),
        Column("region", "string", "province or state it serves"),
        Column("city", "string", "city it serves"),
        Column("lat", "float", "latitude, WGS-84", unit="degrees"),
        Column("lon", "float", "longitude, WGS-84", unit="degrees"),
        Column("fence", "string", "area it serves, GeoJSON geometry"),
        Column("service", "string", "service level"),
        Column("daily_capacity", "int", "parcels it can deliver in a day", unit="parcels"),
        Column(
            "first_kg_minor",
            "int",
            "tariff of the first kilogram",
            unit="minor units of the base currency",
        ),
        Column(
            "next_kg_minor",
            "int",
            "tariff of each further kilogram",
            unit="minor units of the base currency",
        ),
        Column("max_weight_g", "int", "heaviest parcel it takes", unit="grams"),
    ),
)

CALENDAR: Final = Table(
    name="calendar",
    row="a special day",
    key=("day_on", "country", "kind"),
    columns=(
        Column("day_on", "date", "the day", required=True),
        Column("country", "string", "ISO 3166 alpha-2"),
        Column("kind", "string", "holiday, promotion or closed", required=True),
        Column("name", "string", "what it is"),
    ),
)

ALERTS: Final = Table(
    name="alerts",
    row="a weather or traffic warning for an area and a period",
    key=("alert_id",),
    columns=(
        Column("alert_id", "string", "the alert", required=True),
        Column("country", "string", "ISO 3166 alpha-2"),
        Column("region", "string", "province or state"),
        Column("city", "string", "city, or missing for the whole region"),
        Column("kind", "string", "storm, snow, flood, traffic, strike"),
        Column("severity", "int", "1 watch, 2 warning, 3 severe", unit="level"),
        Column("starts_at", "instant", "first instant concerned", required=True),
        Column("ends_at", "instant", "first instant no longer concerned", required=True),
        Column("known_at", "instant", "when it was issued", required=True),
        Column("text", "string", "wording of the warning"),
    ),
)

SALES: Final = Table(
    name="sales",
    row="what a demand series sold in one period, for merchants who only keep totals",
    key=("series_id", "period_on"),
    open_prefixes=(ATTRIBUTE_PREFIX,),
    columns=(
        Column("series_id", "string", "the series", required=True),
        Column("period_on", "date", "the period's day, as the source dates it", required=True),
        Column(
            "quantity",
            "float",
            "what was sold",
            unit="units or money, as the source counts",
            required=True,
        ),
        Column("is_special", "bool", "the source marks the period as a holiday or promotion"),
    ),
)

TABLES: Final[dict[str, Table]] = {
    table.name: table
    for table in (
        ORDERS,
        ORDER_LINES,
        SHIPMENTS,
        OUTCOMES,
        STOCK,
        CATALOG,
        WAREHOUSES,
        OUTLETS,
        CALENDAR,
        ALERTS,
        SALES,
    )
}


def arrow_type(kind: str) -> pa.DataType:
    """Give the Arrow type of a canonical type.

    Raises
    ------
    KeyError
        When it is not one of the canonical types.

    Examples
    --------
    >>> {kind for kind, name in ARROW_TYPES.items() if str(arrow_type(kind)) != name}
    set()
    """
    import pyarrow as pa

    if kind == "instant":
        return pa.timestamp("us", tz="UTC")
    return pa.type_for_alias(ARROW_TYPES[kind])


def arrow_schema(table: Table, extra: dict[str, str] | None = None) -> pa.Schema:
    """Build the Arrow schema of a table.

    Parameters
    ----------
    table
        A canonical table.
    extra
        Name to type of the open columns (attributes and entities) of one history.

    Returns
    -------
    pa.Schema
        Canonical columns in order, then the open ones by name.

    Raises
    ------
    KeyError
        When a type is not one of the canonical types.

    Examples
    --------
    >>> arrow_schema(ORDERS, {"attribute__age": "float"}).names[-1]
    'attribute__age'
    """
    import pyarrow as pa

    fields = [column.arrow for column in table.columns]
    fields += [pa.field(name, arrow_type(kind)) for name, kind in sorted((extra or {}).items())]
    return pa.schema(fields)
