"""Every number the demonstration shop is made of, with its unit and what it means.

``docs/demo-shop.md`` shows the same numbers to readers; a test compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, timedelta
from typing import Any, Final


def _of(default: Any, unit: str, meaning: str) -> Any:
    """Declare one parameter."""
    return field(default=default, metadata={"unit": unit, "meaning": meaning})


def _is(unit: str, meaning: str) -> Any:
    """Declare one parameter that each instance states itself."""
    return field(metadata={"unit": unit, "meaning": meaning})


@dataclass(frozen=True, slots=True)
class Span:
    """How much trade is simulated, and when."""

    n_orders: int = _of(60_000, "orders", "orders in all, planted trouble included, about")
    first_on: date = _of(date(2026, 5, 25), "date", "first day of trade, China time")  # noqa: RUF009 a date never changes
    n_days: int = _of(180, "days", "days of trade; both 6.18 and 11.11 lie inside")
    live_days: int = _of(3, "days", "last days, held back and fed through the service")
    n_buyers_per_order: float = _of(0.42, "buyers per order", "size of the circle of buyers")

    @property
    def last_on(self) -> date:
        """Last day of trade."""
        return self.first_on + timedelta(days=self.n_days - 1)

    @property
    def live_on(self) -> date:
        """First day that is held back."""
        return self.first_on + timedelta(days=self.n_days - self.live_days)


@dataclass(frozen=True, slots=True)
class Channel:
    """A sales channel: how much is sold there, how, and what it tells the merchant."""

    name: str = _is("name", "channel")
    shop_id: str = _is("id", "the merchant's shop there")
    share: float = _is("share of orders", "part of the trade")
    price_factor: float = _is("ratio", "price against the list price")
    coupon_share: float = _is("share of orders", "orders with a coupon on a plain day")
    new_buyer_share: float = _is("share of buyers", "buyers whose account is new at first order")
    promotion_lift: float = _is("ratio", "how strongly promotion days lift trade there")
    cod_share: float = _is("share of orders", "orders paid at the door")
    live_share: float = _is("share of orders", "orders out of live-stream rooms")
    promise_days: int = _is("days", "delivery promise within the nearest zone")
    lag_seconds: tuple[int, int] = _is("seconds", "least and most delay until an order is known")
    gives: str = _is("text", "what the channel tells")
    hides: str = _is("text", "what the channel keeps to itself")


CHANNELS: Final = (
    Channel(
        "tmall",
        "tm-flagship",
        0.30,
        1.00,
        0.35,
        0.30,
        1.25,
        0.0,
        0.10,
        3,
        (1, 20),
        "platform buyer id, receiver handle (oaid), division down to the township",
        "name, phone and street line (masked), IP, device, card",
    ),
    Channel(
        "jd",
        "jd-pop",
        0.20,
        1.02,
        0.25,
        0.28,
        1.10,
        0.14,
        0.0,
        2,
        (5, 55),
        "platform buyer id, address down to the building, cash on delivery, own risk lock",
        "name and phone (masked), room number, IP, device, card",
    ),
    Channel(
        "pinduoduo",
        "pdd-store",
        0.17,
        0.88,
        0.45,
        0.45,
        0.90,
        0.0,
        0.0,
        4,
        (2, 30),
        "receiver handle (open address id), division, group buying, own risk flag",
        "buyer id, name, phone and street line (masked), IP, device, card",
    ),
    Channel(
        "douyin",
        "dy-store",
        0.17,
        0.94,
        0.30,
        0.50,
        1.00,
        0.0,
        0.68,
        3,
        (1, 8),
        "platform buyer id, live-stream room and author, GCJ-02 point, new or returning buyer",
        "name, phone and street line (masked), IP, device, card",
    ),
    Channel(
        "shopify",
        "global-site",
        0.16,
        1.30,
        0.22,
        0.50,
        0.45,
        0.0,
        0.0,
        12,
        (1, 6),
        "name, e-mail, phone, address, IP, device, card, billing country, account age",
        "nothing",
    ),
)


@dataclass(frozen=True, slots=True)
class Promotion:
    """A promotion: a period of raised trade with peak days."""

    name: str = _is("name", "promotion")
    first_on: date = _is("date", "first day")  # noqa: RUF009 a date never changes
    last_on: date = _is("date", "last day")  # noqa: RUF009 a date never changes
    lift: float = _is("ratio", "trade on its plain days")
    peaks: tuple[tuple[date, float], ...] = _is("date and ratio", "trade on its peak days")
    discount: float = _is("share of price", "usual discount while it lasts")


PROMOTIONS: Final = (
    Promotion(
        "6.18",
        date(2026, 6, 1),
        date(2026, 6, 20),
        1.25,
        (
            (date(2026, 6, 1), 2.0),
            (date(2026, 6, 16), 2.2),
            (date(2026, 6, 17), 2.4),
            (date(2026, 6, 18), 4.2),
        ),
        0.15,
    ),
    Promotion("8.18", date(2026, 8, 16), date(2026, 8, 18), 1.2, ((date(2026, 8, 18), 1.7),), 0.10),
    Promotion("9.9", date(2026, 9, 7), date(2026, 9, 9), 1.25, ((date(2026, 9, 9), 1.8),), 0.10),
    Promotion(
        "11.11",
        date(2026, 10, 24),
        date(2026, 11, 12),
        1.35,
        ((date(2026, 11, 1), 2.3), (date(2026, 11, 10), 2.8), (date(2026, 11, 11), 5.0)),
        0.18,
    ),
)


@dataclass(frozen=True, slots=True)
class Buyers:
    """Who buys."""

    activity_shape: float = _of(
        0.55, "gamma shape", "spread of activity between buyers; low is uneven"
    )
    household_share: float = _of(
        0.12, "share of buyers", "buyers who share home and line with another buyer"
    )
    n_offices: int = _of(160, "offices", "offices where several buyers work and receive parcels")
    office_share: float = _of(0.10, "share of buyers", "buyers who also order from an office")
    office_order_share: float = _of(
        0.5, "share of orders", "orders of such a buyer that go to the office"
    )
    mobile_share: float = _of(
        0.3, "share of orders", "orders over a carrier's shared address (NAT)"
    )
    nat_size: int = _of(220, "addresses", "shared carrier addresses of all countries together")
    gift_share: float = _of(0.03, "share of orders", "orders sent to another person's home")
    refund_spread: float = _of(0.6, "logit", "standard deviation of the habit of sending back")
    absent_spread: float = _of(0.6, "logit", "standard deviation of the habit of not being at home")
    abroad_card_share: float = _of(
        0.03, "share of buyers", "honest buyers abroad who pay with another country's card"
    )


@dataclass(frozen=True, slots=True)
class Basket:
    """What is bought."""

    n_products: int = _of(78, "products", "products, each in several colours or sizes")
    popularity_exponent: float = _of(0.85, "exponent", "Zipf exponent of demand over SKUs")
    line_shares: tuple[float, ...] = _of(
        (0.72, 0.19, 0.06, 0.03), "share of orders", "orders with 1, 2, 3, 4 lines"
    )
    taste_share: float = _of(0.4, "share of lines", "lines from the buyer's favourite category")
    several_share: float = _of(0.17, "share of lines", "lines with more than one unit")
    bulk_share: float = _of(0.002, "share of orders", "honest bulk orders of companies")
    free_shipping_minor: int = _of(59_00, "fen", "order value from which shipping is free at home")
    shipping_minor: int = _of(8_00, "fen", "shipping below that")
    shipping_abroad_minor: int = _of(45_00, "fen", "shipping abroad")


@dataclass(frozen=True, slots=True)
class Warehouse:
    """A warehouse."""

    name: str = _is("name", "warehouse")
    label: str = _is("text", "its name in Chinese")
    region: str = _is("name", "province")
    city: str = _is("name", "city")
    lat: float = _is("degrees", "latitude, WGS-84")
    lon: float = _is("degrees", "longitude, WGS-84")
    cutoff_min: int = _is("minutes after midnight", "orders until then leave the same day")
    daily_capacity: int = _is("orders per day", "what it can send")


WAREHOUSES: Final = (
    Warehouse("JX", "嘉兴仓", "浙江省", "嘉兴市", 30.746, 120.756, 16 * 60, 330),
    Warehouse("DG", "东莞仓", "广东省", "东莞市", 23.021, 113.752, 16 * 60, 330),
    Warehouse("LF", "廊坊仓", "河北省", "廊坊市", 39.538, 116.684, 15 * 60, 220),
    Warehouse("CD", "成都仓", "四川省", "成都市", 30.572, 104.066, 14 * 60, 190),
)


@dataclass(frozen=True, slots=True)
class Carrier:
    """A carrier as it really performs."""

    name: str = _is("kuaidi100 code", "carrier")
    label: str = _is("text", "its name in Chinese")
    share: float = _is("share of parcels", "parcels at home given to it (0: abroad only)")
    base_hours: float = _is("hours", "handling on both ends")
    km_per_hour: float = _is("km/h", "average speed in between")
    spread: float = _is("log standard deviation", "how uneven its transit times are")
    attempt_rate: float = _is("share", "first attempts that succeed under plain conditions")
    congestion: float = _is("log per lift", "slowing by promotion peaks")
    drift_log: float = _is("log over the span", "slow change of its transit times")
    first_kg_minor: int = _is("fen", "tariff of the first kilogram, nearest zone")
    next_kg_minor: int = _is("fen", "tariff of each further kilogram")
    damage_logit: float = _is("logit", "its part in damaged goods")


CARRIERS: Final = (
    Carrier("shunfeng", "顺丰速运", 0.16, 9, 55, 0.22, 0.955, 0.05, 0.00, 12_00, 4_00, -0.4),
    Carrier("jd", "京东物流", 0.18, 10, 52, 0.22, 0.950, 0.06, -0.05, 10_00, 3_00, -0.3),
    Carrier("zhongtong", "中通快递", 0.26, 15, 40, 0.30, 0.915, 0.13, 0.02, 5_00, 1_50, 0.0),
    Carrier("yuantong", "圆通速递", 0.22, 16, 38, 0.34, 0.900, 0.15, 0.00, 4_60, 1_40, 0.1),
    Carrier("yunda", "韵达快递", 0.18, 17, 37, 0.36, 0.890, 0.17, 0.22, 4_20, 1_30, 0.3),
    Carrier("yanwen", "燕文物流", 0.0, 60, 70, 0.28, 0.880, 0.06, 0.06, 48_00, 32_00, 0.1),
)


@dataclass(frozen=True, slots=True)
class Delivery:
    """How parcels travel."""

    nearest_share: float = _of(0.84, "share of orders", "orders sent from the nearest warehouse")
    express_share: float = _of(0.10, "share of orders", "orders that pay for the express service")
    outlet_spread: float = _of(0.16, "log standard deviation", "lasting difference between outlets")
    outlet_attempt_spread: float = _of(0.35, "logit", "lasting difference of first attempts")
    week_spread: float = _of(0.10, "log standard deviation", "swing of a carrier from week to week")
    alert_log: float = _of(0.35, "log per severity", "slowing by a weather warning")
    n_alerts: int = _of(46, "warnings", "weather and traffic warnings")
    storm_region: str = _of("浙江省", "province", "where a storm blows on the live days")
    storm_from_day: int = _of(176, "day of trade", "day on which it begins")
    storm_days: int = _of(4, "days", "how long it lasts")
    rural_hours: float = _of(14.0, "hours", "extra time in counties")
    collapse_outlet: str = _of("zhongtong-510100-1", "outlet", "the outlet that collapses")
    collapse_from_day: int = _of(140, "day of trade", "day on which it collapses")
    collapse_log: float = _of(0.95, "log", "slowing of its parcels from then on")
    collapse_attempt_logit: float = _of(-2.2, "logit", "first attempts of its parcels from then on")


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What comes back, why and when."""

    refund_logit: float = _of(-3.45, "logit", "refund risk of the plainest order")
    live_logit: float = _of(1.0, "logit", "impulse buying in live-stream rooms")
    promotion_logit: float = _of(0.25, "logit", "promotion days")
    late_logit: float = _of(0.8, "logit", "late delivery")
    sku_spread: float = _of(0.75, "logit", "lasting difference between products")
    defect_logit: float = _of(1.6, "logit", "a product whose newer batch is faulty")
    defect_from_day: int = _of(110, "day of trade", "day on which the faulty batch arrives")
    return_share: float = _of(0.72, "share of refunds", "refunds where the goods come back")
    refund_days: float = _of(4.0, "days", "median time from delivery to the claim")
    booking_hours: float = _of(20.0, "hours", "median time from a claim to its booking")
    cancel_logit: float = _of(-3.75, "logit", "cancellation before dispatch")
    unpaid_cod_logit: float = _of(-2.0, "logit", "refusal at the door, cash on delivery")
    prepaid_refusal_logit: float = _of(-6.2, "logit", "refusal at the door, prepaid")
    complaint_logit: float = _of(-4.6, "logit", "complaint about a parcel in time")
    complaint_late_logit: float = _of(2.0, "logit", "complaint when late")
    chargeback_days: float = _of(20.0, "days", "median time from order to chargeback")
    fraud_verdict_days: float = _of(9.0, "days", "median time to the platform's own verdict")
    friendly_share: float = _of(
        0.011, "share of orders abroad", "chargebacks by honest-looking buyers"
    )
    claim_share: float = _of(
        0.0022, "share of orders at home", "empty-parcel claims later judged fraud"
    )
    avs_wrong_share: float = _of(
        0.05, "share of orders abroad", "honest cards whose address check fails"
    )
    platform_flag_recall: float = _of(0.22, "share", "fraud the platform flags itself (JD, PDD)")
    platform_flag_false: float = _of(0.004, "share", "clean orders it flags")


@dataclass(frozen=True, slots=True)
class Trouble:
    """Planted trouble; the truth about it is kept apart and never imported."""

    n_duplicates: int = _of(190, "orders", "same phone and goods again within 30 minutes")
    duplicate_minutes: float = _of(4.0, "minutes", "median gap of a duplicate")
    n_bursts: int = _of(15, "bursts", "runs of orders from one IP")
    burst_orders: tuple[int, int] = _of((12, 45), "orders", "least and most orders of a burst")
    burst_minutes: tuple[float, float] = _of((4.0, 55.0), "minutes", "shortest and longest burst")
    n_rings: int = _of(16, "rings", "fraud rings that share devices, cards, phones or homes")
    ring_orders: tuple[int, int] = _of((9, 28), "orders", "least and most orders of a ring")
    ring_days: tuple[float, float] = _of((8.0, 40.0), "days", "shortest and longest life of a ring")
    n_abuses: int = _of(13, "waves", "one new-customer coupon, many accounts, one building")
    abuse_orders: tuple[int, int] = _of((9, 26), "orders", "least and most orders of a wave")
    n_stolen: int = _of(210, "orders", "stolen cards: foreign card, new account, high value")
    stolen_avs_share: float = _of(0.55, "share", "stolen cards whose address check fails")
    takeover_share: float = _of(0.35, "share", "stolen cards used in an honest buyer's own account")
    caught_share: float = _of(0.9, "share", "planted fraud that ever gets a label")
    live_incidents: int = _of(1, "incidents", "bursts, rings and waves that reach the live days")


@dataclass(frozen=True, slots=True)
class LookAlikes:
    """Innocent orders that look like trouble."""

    n_again_next_day: int = _of(220, "orders", "same goods again after 16 to 40 hours")
    n_again_same_day: int = _of(90, "orders", "same goods again after 1 to 10 hours")
    n_household_pairs: int = _of(
        45, "orders", "the other person at home orders the same within 30 minutes"
    )
    n_office_runs: int = _of(40, "runs", "3 to 6 colleagues order within an hour from one line")
    n_card_retries: int = _of(
        120, "orders", "a different basket within 30 minutes (forgot something)"
    )
    n_travellers: int = _of(140, "orders", "honest high-value orders with a foreign card")


@dataclass(frozen=True, slots=True)
class ShopParameters:
    """All parameters of the demonstration shop."""

    span: Span = field(default_factory=Span)
    channels: tuple[Channel, ...] = CHANNELS
    promotions: tuple[Promotion, ...] = PROMOTIONS
    buyers: Buyers = field(default_factory=Buyers)
    basket: Basket = field(default_factory=Basket)
    warehouses: tuple[Warehouse, ...] = WAREHOUSES
    carriers: tuple[Carrier, ...] = CARRIERS
    delivery: Delivery = field(default_factory=Delivery)
    aftermath: Aftermath = field(default_factory=Aftermath)
    trouble: Trouble = field(default_factory=Trouble)
    look_alikes: LookAlikes = field(default_factory=LookAlikes)


def described(part: Any) -> list[tuple[str, str, str, str]]:
    """List the parameters of one group.

    Parameters
    ----------
    part
        An instance of one of this module's groups.

    Returns
    -------
    list[tuple[str, str, str, str]]
        Name, value, unit and meaning of each parameter.

    Examples
    --------
    >>> described(Span())[0]
    ('n_orders', '60000', 'orders', 'orders in all, planted trouble included, about')
    """
    if not is_dataclass(part):
        raise TypeError(f"{part!r} is not a group of parameters")
    return [
        (
            each.name,
            _text(getattr(part, each.name)),
            each.metadata["unit"],
            each.metadata["meaning"],
        )
        for each in fields(part)
    ]


def _text(value: Any) -> str:
    """Write a value the way the documentation shows it."""
    if isinstance(value, tuple):
        return ", ".join(" ".join(map(str, v)) if isinstance(v, tuple) else str(v) for v in value)
    return str(value)
