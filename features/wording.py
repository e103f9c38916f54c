"""What a windowed feature is called in Chinese and English, its unit, and what it is made from."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from features.entities import BUILT_IN, own
from features.feature import Feature
from features.schema import ORDER_LINES
from features.windows import DAY, Measure, bare, duration

if TYPE_CHECKING:
    from datetime import timedelta

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
_UNITS: Final = {"m": ("分钟", "minute"), "h": ("小时", "hour"), "d": ("天", "day")}
KIND_ZH: Final = {
    "chargeback": "拒付",
    "fraud": "欺诈",
    "refund": "退款",
    "return": "退货",
    "cancel": "取消",
    "refusal": "拒收",
    "complaint": "投诉",
    "verdict": "判定",
}


@cache
def describe(measure: Measure, purposes: tuple[str, ...]) -> Feature:
    """Say what a windowed feature means, in what unit, and from which columns it is made.

    Examples
    --------
    >>> from datetime import timedelta
    >>> measure = Measure(BUILT_IN["ip"], "orders", "count", timedelta(hours=1))
    >>> describe(measure, ("risk",)).en
    'orders, same IP address, last hour'
    """
    zh, en, unit = _wording(measure)
    span_zh, span_en = _span(measure.window)
    shared = bool(measure.entity.columns)
    who_zh = f"同一{measure.entity.zh}" if shared else measure.entity.zh
    who_en = f"same {measure.entity.en}" if shared else measure.entity.en
    when_zh, when_en = f"近 {span_zh}的", f"last {span_en}"
    if measure.aggregate == "decayed":
        when_zh, when_en = f"按 {span_zh}半衰的", f"weight halved every {span_en}"
    after_zh = after_en = ""
    if measure.delay:
        days = f"{measure.delay / DAY:g}"
        after_zh = f"（满 {days} 天成熟期的订单）"
        after_en = f", among orders at least {days} days old"
    return Feature(
        measure.name,
        f"{who_zh}{when_zh}{zh}{after_zh}",
        f"{en}, {who_en}, {when_en}{after_en}",
        unit,
        "reference" if measure.aggregate == "last" else "number",
        sources=_sources(measure),
        measure=measure,
        purposes=purposes,
    )


def _wording(measure: Measure) -> tuple[str, str, str]:
    """Chinese and English words and the unit of a measure, without entity and window."""
    source, _, kind = measure.stream.partition(":")
    if measure.aggregate in {"rate", "decayed"}:
        return _drawn_wording(measure, kind)
    if measure.aggregate == "count" and kind:
        return f"已知{KIND_ZH[kind]}订单数", f"orders known to be {kind}", "orders"
    if measure.aggregate in {"since", "since_first"} and kind:
        return _since_wording(measure, source, kind)
    if measure.aggregate in _PLAIN_TEXT:
        parcels = measure.aggregate == "count" and source == "shipments"
        return ("包裹数", "parcels", "parcels") if parcels else _PLAIN_TEXT[measure.aggregate]
    column = measure.column or ""
    if measure.aggregate == "distinct":
        built_in = (entity for entity in BUILT_IN.values() if entity.columns == (column,))
        other = next(built_in, own(column))
        return f"不同{other.zh}数", f"distinct {_several(other.en)}", f"{bare(column)}s"
    zh, en, unit = _VALUE_TEXT[column]
    how_zh, how_en = _STATISTIC_TEXT[measure.aggregate]
    return f"{zh}{how_zh}", f"{how_en} {en}", _UNITLESS.get(measure.aggregate, unit)


def _span(window: timedelta) -> tuple[str, str]:
    """Write a window in words."""
    written = duration(window)
    number, (zh, en) = int(written[:-1]), _UNITS[written[-1]]
    return f"{number} {zh}", en if number == 1 else f"{number} {en}s"


def _several(noun: str) -> str:
    return f"{noun}es" if noun.endswith("s") else f"{noun}s"


def _since_wording(measure: Measure, source: str, kind: str) -> tuple[str, str, str]:
    """Words and unit of the time since an order was bad: since it was placed, or since it was."""
    which_zh, which_en = ("上一", "last") if measure.aggregate == "since" else ("首", "first")
    of_zh, of_en = KIND_ZH[kind], f"{which_en} order known to be {kind}"
    if source == "cohort":
        return f"距{which_zh}笔已知{of_zh}订单的秒数", f"seconds since the {of_en}", "seconds"
    return f"距{which_zh}次已知{of_zh}的秒数", f"seconds since the {of_en} was so", "seconds"


def _drawn_wording(measure: Measure, kind: str) -> tuple[str, str, str]:
    """Words and unit of a rate or mean that is drawn towards everybody's."""
    if measure.column is None:
        zh, en, unit = f"{KIND_ZH[kind]}率", f"{kind} rate", "share"
    else:
        zh, en, unit = _VALUE_TEXT[measure.column]
        how_zh, how_en = _STATISTIC_TEXT["share" if unit == "share" else "mean"]
        zh, en = f"{zh}{how_zh}", f"{how_en} {en}"
    overall = "rate" if unit == "share" else "mean"
    return f"{zh}（向总体收缩）", f"{en} drawn towards the overall {overall}", unit


def _sources(measure: Measure) -> tuple[str, ...]:
    """Columns that a measure is made from, as ``table.column``."""
    source, _, kind = measure.stream.partition(":")
    of_lines = measure.entity.level == "line"
    sources = [
        f"{'order_lines' if of_lines and ORDER_LINES.accepts(column) else 'orders'}.{column}"
        for column in measure.entity.columns
    ]
    sources += ["orders.placed_at", "orders.received_at"]
    if kind:
        sources += [f"outcomes.{c}" for c in ("kind", "is_bad", "occurred_at", "known_at")]
    elif source == "shipments":
        sources += [f"shipments.{c}" for c in ("delivered_at", "first_attempt_at", "known_at")]
        sources += _PARCEL_SOURCES.get(measure.column or "", ())
    elif measure.column is not None:
        of_line = source == "lines" and measure.aggregate != "distinct"
        sources.append(f"{'order_lines' if of_line else 'orders'}.{measure.column}")
    return tuple(dict.fromkeys(sources))


_PLAIN_TEXT: Final = {
    "count": ("订单数", "orders", "orders"),
    "since": ("距上一单的秒数", "seconds since the last order", "seconds"),
    "since_first": ("距首单的秒数", "seconds since the first order", "seconds"),
    "last": ("上一单的订单号", "key of the last order", "order key"),
}
_UNITLESS: Final = {"zscore": "standard deviations", "ratio": "ratio"}
_PROMISES: Final = ("shipments.promised_at", "orders.deliver_by")
_PARCEL_SOURCES: Final = {
    "late_log": _PROMISES,
    "is_late": _PROMISES,
    "attempt_failed": ("shipments.first_attempt_ok",),
}
