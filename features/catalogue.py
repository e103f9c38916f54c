"""Every feature by name: which ones a history supports, and what they mean. No calculation."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from features import basket, buyer, given, lane, place, timing
from features.entities import BUILT_IN, joined, own
from features.feature import Feature
from features.schema import ENTITY_PREFIX
from features.windows import DAY, EVERYBODY, Entity, Measure, bare, duration

if TYPE_CHECKING:
    from features.history import HistoryProfile

__all__ = ["Feature", "declare", "definition_hash"]

COVERAGE: Final = 0.01
"""Share of orders that must carry an entity before it gets windows."""

_UNITS: Final = {
    "W": timedelta(days=7),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}


def _spans(text: str) -> tuple[timedelta, ...]:
    return tuple(int(word[:-1]) * _UNITS[word[-1]] for word in text.split())


@dataclass(frozen=True, slots=True)
class _Plan:
    """Windows asked of one entity; each text lists lengths such as ``10m 1h 24h 30d``."""

    count: str = ""
    value_sum: str = ""
    value_mean: str = ""
    value_deviation: str = ""
    units_deviation: str = ""
    since: str = ""
    buyers: str = ""
    payments: str = ""
    addresses: str = ""
    rate: str = ""
    known: str = ""
    milder: bool = False
    """Whether also refunds, returns, cancellations and the like are counted, not only fraud."""


_BUSY: Final = "10m 1h 24h 7d 30d"
_PLANS: Final[dict[str, _Plan]] = {
    "buyer": _Plan(count="10m 1h 24h 7d 30d 90d", value_sum="24h", value_mean="7d 30d 90d", value_deviation="30d 90d", units_deviation="90d", since="90d", payments="24h", addresses="30d", rate="30d 90d", known="30d 90d", milder=True),
    "phone": _Plan(count=_BUSY, buyers="30d", rate="90d", known="30d", milder=True),
    "email": _Plan(count="10m 1h 24h 30d", buyers="30d", rate="90d", known="30d"),
    "address_unit": _Plan(count=_BUSY, buyers="24h 7d 30d", rate="90d", known="30d", milder=True),
    "address_building": _Plan(count="1h 24h 30d", buyers="24h 7d 30d"),
    "address_road": _Plan(count="24h 30d"),
    "ip": _Plan(count=_BUSY, value_sum="24h", since="30d", buyers="24h 7d 30d", payments="24h", rate="90d", known="30d"),
    "ip24": _Plan(count="1h 24h 30d", buyers="24h 7d 30d"),
    "device": _Plan(count=_BUSY, value_sum="24h", since="30d", buyers="24h 7d 30d", payments="24h", rate="90d", known="30d"),
    "payment": _Plan(count=_BUSY, value_sum="24h", since="30d", buyers="24h 7d 30d", rate="90d", known="30d"),
    "shop": _Plan(count="1h 24h 30d", value_deviation="30d", units_deviation="30d", rate="30d", milder=True),
    "city": _Plan(count="24h 30d", rate="90d", milder=True),
    "region": _Plan(rate="30d", milder=True),
    "sku": _Plan(count="1h 24h 30d", rate="90d", milder=True),
    "product": _Plan(rate="90d", milder=True),
    "category": _Plan(rate="90d", milder=True),
}  # fmt: skip
_OWN: Final = _Plan(
    count="1h 24h 7d 30d",
    value_mean="30d",
    value_deviation="30d",
    since="30d",
    buyers="24h 7d 30d",
    rate="24h 7d 30d 90d",
    known="30d 90d",
    milder=True,
)
_SEVERE: Final = ("fraud", "chargeback")
_REPEATERS: Final = ("phone", "buyer", "address_unit", "payment", "device")
_SHARERS: Final = ("address_unit", "address_building", "device", "payment", "ip")
_ROUTES: Final = (
    "warehouse", "carrier", "outlet", "service", "lane", "carrier_region", "carrier_city",
    "country", "region", "city", "shop",
)  # fmt: skip


def declare(
    profile: HistoryProfile, *, purposes: Iterable[str] | None = None
) -> tuple[Feature, ...]:
    """Declare the features that a history supports.

    Parameters
    ----------
    profile
        What is true of the history: entities and their coverage, columns that channels give,
        attributes, labels, whether times are only days.
    purposes
        Keep only features meant for one of these: ``risk``, ``abnormal``, ``delivery``.

    Returns
    -------
    tuple of Feature
        Names are unique; the order is the same for the same profile.

    Examples
    --------
    >>> from features.history import HistoryProfile, LabelProfile
    >>> profile = HistoryProfile(
    ...     entities={"buyer_key": 1.0}, labels={"fraud": LabelProfile("fraud", 7.0)}
    ... )
    >>> names = {feature.name for feature in declare(profile)}
    >>> {"buyer__order_count__24h", "buyer__fraud_rate__matured_30d"} <= names
    True
    """
    features = [*_plain(profile), *_windowed(profile)]
    wanted = None if purposes is None else frozenset(purposes)
    return tuple(f for f in features if wanted is None or wanted & set(f.purposes))


def definition_hash(features: Iterable[Feature]) -> str:
    """Digest of what the features' values hang on, 64 hexadecimal digits.

    Examples
    --------
    >>> definition_hash(()) == definition_hash([])
    True
    """
    documents = sorted((f.definition for f in features), key=lambda d: str(d["name"]))
    text = json.dumps(documents, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _given(profile: HistoryProfile) -> frozenset[str] | None:
    """Columns of orders that any channel gives; None when the profile does not say."""
    columns = frozenset(name for names in profile.given.values() for name in names)
    always = {"placed_at", "received_at", "channel", "shop_id", "utc_offset_min"}
    return columns | always if columns else None


def _has(profile: HistoryProfile, table: str) -> bool:
    return profile.rows.get(table, 0) > 0


def _plain(profile: HistoryProfile) -> Iterator[Feature]:
    columns = _given(profile)
    for module in (given, basket, timing, place):
        for feature in module.FEATURES:
            needs = set(feature.order_columns)
            if columns is not None and not needs <= columns:
                continue
            if feature.needs_lines and not _has(profile, "order_lines"):
                continue
            if profile.day_resolution and feature.name == "timing__hour":
                continue
            yield feature
    for feature in buyer.FEATURES:
        if columns is None or set(feature.order_columns) & columns:
            yield feature
    if _has(profile, "shipments"):
        yield from given.PLAN_FEATURES
        yield from lane.FEATURES
    for name, type_ in sorted(profile.attributes.items()):
        yield given.attribute(name, type_)


def _windowed(profile: HistoryProfile) -> Iterator[Feature]:
    measures = [*_by_entity(profile), *_pairs(profile), *_lanes(profile)]
    for measure, purposes in measures:
        if profile.day_resolution and measure.window < DAY:
            continue
        yield _describe(measure, purposes)


Planned = tuple[Measure, tuple[str, ...]]
_RISK: Final = ("risk", "abnormal")


def _carried(profile: HistoryProfile, column: str) -> bool:
    columns = _given(profile)
    share = profile.entities.get(column)
    if share is not None:
        return share >= COVERAGE
    if column in {"channel", "shop_id"}:
        return True
    if column.endswith("_key") or column.startswith(ENTITY_PREFIX):
        return False
    return columns is not None and column in columns


def _entities(profile: HistoryProfile) -> Iterator[tuple[Entity, _Plan]]:
    for subject, plan in _PLANS.items():
        entity = BUILT_IN[subject]
        if entity.level == "line":
            if _has(profile, "order_lines"):
                yield entity, plan
        elif all(_carried(profile, column) for column in entity.columns):
            yield entity, plan
    for column, share in sorted(profile.entities.items()):
        if column.startswith(ENTITY_PREFIX) and share >= COVERAGE:
            yield own(column), _OWN


def _by_entity(profile: HistoryProfile) -> Iterator[Planned]:
    columns = _given(profile)
    values = {c for c in ("value_minor", "n_units") if columns is None or c in columns}
    for entity, plan in _entities(profile):
        stream = "lines" if entity.level == "line" else "orders"
        for window in _spans(plan.count):
            yield Measure(entity, stream, "count", window), (*_RISK, "delivery")
        if entity.level == "order":
            yield from _of_value(entity, plan, values)
            yield from _counterparts(profile, entity, plan)
        elif entity.subject == "sku":
            for column, reduce in (("quantity", "max"), ("unit_price_minor", "min")):
                month = timedelta(days=30)
                yield Measure(entity, stream, "ratio", month, column=column, reduce=reduce), _RISK
        for window in _spans(plan.since):
            yield Measure(entity, stream, "since", window), _RISK
        yield from _of_labels(profile, entity, plan)


def _of_value(entity: Entity, plan: _Plan, values: set[str]) -> Iterator[Planned]:
    asked = (
        ("value_minor", "sum", plan.value_sum),
        ("value_minor", "mean", plan.value_mean),
        *(("value_minor", how, plan.value_deviation) for how in ("mean", "zscore", "ratio")),
        *(("n_units", how, plan.units_deviation) for how in ("mean", "zscore", "ratio")),
    )
    measures = {
        Measure(entity, "orders", aggregate, window, column=column): None
        for column, aggregate, text in asked
        if column in values
        for window in _spans(text)
    }
    for measure in measures:
        yield measure, _RISK


def _counterparts(profile: HistoryProfile, entity: Entity, plan: _Plan) -> Iterator[Planned]:
    asked = (
        ("buyer_key", plan.buyers),
        ("payment_key", plan.payments),
        ("address_unit_key", plan.addresses),
    )
    for column, text in asked:
        if _carried(profile, column) and column not in entity.columns:
            for window in _spans(text):
                yield Measure(entity, "orders", "distinct", window, column=column), _RISK


def _of_labels(profile: HistoryProfile, entity: Entity, plan: _Plan) -> Iterator[Planned]:
    for kind, rule in sorted(profile.labels.items()):
        if kind == "late" or (kind not in _SEVERE and not plan.milder):
            continue
        purposes = ("risk",)
        for window in _spans(plan.rate):
            cohort = f"cohort:{kind}"
            yield Measure(entity, cohort, "rate", window, delay=rule.maturity), purposes
        if plan.rate:
            longest = _spans(plan.rate)[-1]
            cohort = f"cohort:{kind}"
            yield Measure(entity, cohort, "count", longest, delay=rule.maturity), purposes
        for window in _spans(plan.known):
            yield Measure(entity, f"outcome:{kind}", "count", window), purposes


def _pairs(profile: HistoryProfile) -> Iterator[Planned]:
    """Pairs for duplicates (with the set of goods) and promotion abuse (with the code)."""
    half_hour, month, week = timedelta(minutes=30), timedelta(days=30), timedelta(days=7)
    if _carried(profile, "sku_set_key"):
        for subject in _REPEATERS:
            if not _carried(profile, BUILT_IN[subject].columns[0]):
                continue
            pair = joined(BUILT_IN[subject], "sku_set_key", "sku_set", "相同商品", "the same goods")
            yield Measure(pair, "orders", "last", half_hour), ("abnormal",)
            yield Measure(pair, "orders", "since", half_hour), ("abnormal",)
            yield Measure(pair, "orders", "count", month), ("abnormal",)
    columns = _given(profile)
    if columns is not None and "promo_code" in columns and _carried(profile, "buyer_key"):
        for subject in _SHARERS:
            if not _carried(profile, BUILT_IN[subject].columns[0]):
                continue
            pair = joined(BUILT_IN[subject], "promo_code", "promo", "相同促销码", "promotion code")
            yield Measure(pair, "orders", "distinct", week, column="buyer_key"), ("abnormal",)


def _lanes(profile: HistoryProfile) -> Iterator[Planned]:
    """How parcels of the planned route, and to the place of delivery, have lately fared."""
    if not _has(profile, "shipments"):
        return
    columns = _given(profile)
    route = [BUILT_IN[subject] for subject in _ROUTES]
    own_columns = [c for c in sorted(profile.entities) if c.startswith(ENTITY_PREFIX)]
    own_entities = [own(column) for column in own_columns if _carried(profile, column)]
    texts = [own(name) for name, type_ in sorted(profile.attributes.items()) if type_ == "string"]
    for entity in (EVERYBODY, *route, *own_entities, *texts):
        wanted = {c for c in entity.columns if c.startswith("ship_")}
        if columns is not None and not wanted <= columns:
            continue
        for days in (30, 90):
            window = timedelta(days=days)
            for column, aggregate in (
                ("transit_log", "mean"),
                ("late_log", "mean"),
                ("is_late", "share"),
                ("attempt_failed", "share"),
            ):
                measure = Measure(entity, "shipments", aggregate, window, column=column)
                if days == 30 or aggregate == "share" or column == "transit_log":
                    yield measure, ("delivery",)
            if days == 30:
                yield Measure(entity, "shipments", "count", window), ("delivery",)
    for days in (1, 3):
        load = timedelta(days=days)
        yield Measure(BUILT_IN["warehouse"], "orders", "count", load), ("delivery",)


_VALUE_TEXT: Final = {
    "value_minor": ("订单金额", "order value", "minor units of the base currency"),
    "n_units": ("件数", "units", "units"),
    "quantity": ("单行件数", "units on a line", "units"),
    "unit_price_minor": ("单价", "unit price", "minor units of the order's currency"),
    "transit_log": (
        "下单到送达的时间（对数天）",
        "time from order to delivery",
        "millionths of log days",
    ),
    "late_log": ("比承诺晚的时间（对数天）", "time beyond the promise", "millionths of log days"),
    "is_late": ("晚到", "late", "share"),
    "attempt_failed": ("首次派送失败", "failed at the first attempt", "share"),
}
_STATISTIC_TEXT: Final = {
    "sum": ("合计", "sum of"),
    "mean": ("均值", "mean"),
    "share": ("占比", "share that is"),
    "std": ("标准差", "standard deviation of"),
    "min": ("最小值", "lowest"),
    "max": ("最大值", "highest"),
    "zscore": ("偏离（标准差倍数）", "standard deviations above the mean of"),
    "ratio": ("与均值之比", "ratio to the mean of"),
}
_KIND_ZH: Final = {
    "chargeback": "拒付",
    "fraud": "欺诈",
    "refund": "退款",
    "return": "退货",
    "cancel": "取消",
    "refusal": "拒收",
    "complaint": "投诉",
    "verdict": "判定",
}


def _describe(measure: Measure, purposes: tuple[str, ...]) -> Feature:
    """Say what a windowed feature means, in what unit, and from which columns it is made."""
    zh, en, unit = _wording(measure)
    span = duration(measure.window)
    who_zh, who_en = measure.entity.zh, measure.entity.en
    after_zh = after_en = ""
    if measure.delay:
        after_zh = f"（已满 {measure.delay.days} 天成熟期）"
        after_en = f", {measure.delay.days} days of maturity before the order"
    kind = "reference" if measure.aggregate == "last" else "number"
    return Feature(
        measure.name,
        f"同一{who_zh}近 {span} 的{zh}{after_zh}"
        if measure.entity.columns
        else f"全部订单近 {span} 的{zh}",
        f"{en}, same {who_en}, last {span}{after_en}"
        if measure.entity.columns
        else f"{en}, {who_en}, last {span}",
        unit,
        kind,
        sources=_sources(measure),
        measure=measure,
        purposes=purposes,
    )


def _wording(measure: Measure) -> tuple[str, str, str]:
    source, _, kind = measure.stream.partition(":")
    kind_zh = _KIND_ZH.get(kind, kind)
    if measure.aggregate == "rate":
        return f"{kind_zh}率", f"{kind} rate drawn towards the overall rate", "share"
    if measure.aggregate == "count":
        if kind:
            return f"已知{kind_zh}订单数", f"orders known to be {kind}", "orders"
        things = (
            ("包裹数", "parcels", "parcels")
            if source == "shipments"
            else ("订单数", "orders", "orders")
        )
        return things
    if measure.aggregate == "distinct":
        other = next(
            (e for e in BUILT_IN.values() if e.columns == (measure.column,)),
            own(measure.column or ""),
        )
        return f"不同{other.zh}数", f"distinct values of {other.en}", bare(measure.column or "")
    if measure.aggregate == "since":
        return "距上一单的秒数", "seconds since the last order", "seconds"
    if measure.aggregate == "last":
        return "上一单的订单号", "key of the last order", ""
    zh, en, unit = _VALUE_TEXT[measure.column or ""]
    how_zh, how_en = _STATISTIC_TEXT[measure.aggregate]
    if measure.aggregate in {"zscore", "ratio"}:
        unit = "standard deviations" if measure.aggregate == "zscore" else "ratio"
    return f"{zh}{how_zh}", f"{how_en} {en}", unit


def _sources(measure: Measure) -> tuple[str, ...]:
    source, _, kind = measure.stream.partition(":")
    table = {
        "orders": "orders", "lines": "order_lines", "shipments": "shipments",
        "outcome": "outcomes", "cohort": "outcomes",
    }[source]  # fmt: skip
    key_table = "order_lines" if measure.entity.level == "line" else "orders"
    sources = [f"{key_table}.{column}" for column in measure.entity.columns]
    sources += ["orders.placed_at", "orders.received_at"]
    if kind:
        sources += [f"outcomes.{c}" for c in ("kind", "is_bad", "occurred_at", "known_at")]
    if source == "shipments":
        sources += [f"shipments.{c}" for c in _PARCEL_SOURCES.get(measure.column or "", ())]
        sources += ["shipments.delivered_at", "shipments.known_at"]
        sources += ["orders.deliver_by"] if measure.column in {"late_log", "is_late"} else []
    elif measure.column is not None:
        holder = "orders" if measure.aggregate == "distinct" else table
        sources.append(f"{holder}.{measure.column}")
    return tuple(dict.fromkeys(sources))


_PARCEL_SOURCES: Final = {
    "late_log": ("promised_at",),
    "is_late": ("promised_at",),
    "attempt_failed": ("first_attempt_at", "first_attempt_ok"),
}
