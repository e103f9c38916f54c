"""What a contribution is called in front of people, in Chinese and English."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Final

from models.contracts import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from features.feature import Both
    from models.contracts import FeatureValues

UNKNOWN: Final[Both] = ("未知", "unknown")
COUNTED: Final[dict[str, Both]] = {
    "orders": ("单", "orders"),
    "lines": ("行", "lines"),
    "units": ("件", "units"),
    "parcels": ("个包裹", "parcels"),
    "buyers": ("个买家", "buyers"),
    "payments": ("个付款账户", "payment accounts"),
    "address_units": ("个地址", "addresses"),
    "SKUs": ("个 SKU", "SKUs"),
    "categories": ("个类目", "categories"),
    "identifiers": ("项", "identifiers"),
    "minutes": ("分钟", "minutes"),
    "hours": ("小时", "hours"),
    "grams": ("克", "g"),
    "km": ("公里", "km"),
    "standard deviations": ("个标准差", "standard deviations"),
    "ratio": ("倍", "times"),
}
SPANS: Final[tuple[tuple[float, Both], ...]] = (
    (86_400.0, ("天", "days")),
    (3_600.0, ("小时", "hours")),
    (60.0, ("分钟", "minutes")),
    (1.0, ("秒", "seconds")),
)
AGAINST_MEAN: Final = re.compile(
    r"(?P<entity>.+)__(?P<column>.+)__(?:ratio|zscore)_(?P<window>\w+)"
)

_SHOPS: Final[Both] = ("本店通常", "in this shop")
_OWN_MONTH: Final[Both] = ("其近 30 天通常", "by its last 30 days")
_MEANS: Final[tuple[tuple[str, str, Both], ...]] = (
    ("buyer", "90d", ("该买家通常", "for this buyer")),
    ("buyer", "30d", ("该买家通常", "for this buyer")),
    ("shop", "30d", _SHOPS),
)
_OF_A_MONTH: Final = {"10m": 1 / 4320, "1h": 1 / 720, "24h": 1 / 30, "7d": 7 / 30}
_ENOUGH: Final = 10.0
"""Orders in 30 days below which a party has no usual count."""


def reason(
    entry: Mapping[str, Any], values: FeatureValues, *, weight: float, share: float, digits: int
) -> Reason:
    """Word one contribution.

    Parameters
    ----------
    entry
        What the artifact keeps of the feature: ``name``, ``unit``, ``zh``, ``en``, ``typical``.
    values
        All feature values of the order.
    weight
        The contribution on the log-odds scale; above 0 it raises the score.
    share
        Share of all contributions, in [0, 1].
    digits
        Digits after the point of money.

    Returns
    -------
    Reason
        What is usual is the nearest thing known: of a deviation, the mean that it is measured from;
        of the order's own amounts, the buyer's mean, else the shop's; of counts, the same party's
        last 30 days; of anything else, the median of the shop's orders that were learned from.

    Examples
    --------
    >>> entry = {"name": "ip__order_count__1h", "unit": "orders", "zh": "同一 IP 近 1h 的订单数",
    ...          "en": "orders, same IP, last 1h", "typical": 0.0}
    >>> said = reason(entry, {"ip__order_count__1h": 9.0}, weight=1.2, share=0.4, digits=2)
    >>> said.en
    'orders, same IP, last 1h: 9 orders (usually 0 orders in this shop)'
    >>> said.zh
    '同一 IP 近 1h 的订单数：9 单（本店通常 0 单）'
    """
    name, unit = str(entry["name"]), str(entry["unit"] or "")
    value, typical = _known(values.get(name)), entry.get("typical")
    shown = show(value, unit, digits)
    tail: Both = ("", "")
    own, usual = _own_mean(name, values), _usual(name, values)
    if own is not None:
        value, typical = own
        this, mean = (show(amount, _unit_of(name), digits) for amount in own)
        tail = (f"（本单 {this[0]}，均值 {mean[0]}）", f" (this order {this[1]}, mean {mean[1]})")
    elif usual is not None:
        typical, whose = usual
        said = show(typical, unit, digits)
        tail = (f"（{whose[0]} {said[0]}）", f" (usually {said[1]} {whose[1]})")
    elif typical is not None:
        said = show(typical, unit, digits)
        tail = (f"（{_SHOPS[0]} {said[0]}）", f" (usually {said[1]} {_SHOPS[1]})")
    return Reason(
        code=name,
        zh=f"{entry['zh']}：{shown[0]}{tail[0]}",
        en=f"{entry['en']}: {shown[1]}{tail[1]}",
        value=value,
        typical=typical,
        direction="raises" if weight > 0 else "lowers",
        share=share,
    )


def show(value: float | str | None, unit: str, digits: int) -> Both:
    """Write a value in its unit, in Chinese and English.

    Examples
    --------
    >>> show(0.125, "share", 2), show(7200.0, "seconds", 2)
    (('12.5%', '12.5%'), ('2 小时', '2 hours'))
    >>> show(129900.0, "minor units of the base currency", 2)[1], show(1.0, "yes = 1", 2)
    ('1,299.00', ('是', 'yes'))
    >>> show(None, "orders", 2)
    ('未知', 'unknown')
    """
    if value is None:
        return UNKNOWN
    if isinstance(value, str):
        return value, value
    if unit.startswith("minor units"):
        text = f"{value / 10**digits:,.{digits}f}"
    elif unit == "share":
        text = f"{value * 100:.3g}%"
    elif unit == "yes = 1":
        return ("是", "yes") if value else ("否", "no")
    elif unit == "seconds":
        return _span(value)
    else:
        text = f"{value:,.3g}" if value != int(value) else f"{int(value):,}"
        zh, en = COUNTED.get(unit, ("", ""))
        return f"{text} {zh}".rstrip(), f"{text} {en}".rstrip()
    return text, text


def _span(seconds: float) -> Both:
    """Write a duration in the largest unit of which it holds two."""
    length, (zh, en) = next(
        (span for span in SPANS if abs(seconds) >= 2 * span[0]),
        SPANS[-1],
    )
    text = f"{seconds / length:.3g}"
    return f"{text} {zh}", f"{text} {en}"


def _own_mean(name: str, values: FeatureValues) -> tuple[float, float] | None:
    """Find the order's own amount and the mean that a deviation is measured from."""
    match = AGAINST_MEAN.fullmatch(name)
    if match is None:
        return None
    own = _known(values.get(f"order__{match['column']}"))
    mean = _known(values.get(f"{match['entity']}__{match['column']}__mean_{match['window']}"))
    if isinstance(own, str) or isinstance(mean, str) or own is None or mean is None:
        return None
    return own, mean


def _usual(name: str, values: FeatureValues) -> tuple[float, Both] | None:
    """Find what is usual for the buyer, the shop or the counted party, and whose usual that is."""
    subject, _, rest = name.partition("__")
    if subject == "order":
        for party, window, whose in _MEANS:
            mean = _known(values.get(f"{party}__{rest}__mean_{window}"))
            if isinstance(mean, float):
                return mean, whose
        return None
    quantity, _, window = rest.partition("__")
    share = _OF_A_MONTH.get(window) if quantity == "order_count" else None
    month = _known(values.get(f"{subject}__order_count__30d")) if share else None
    if share is None or not isinstance(month, float) or month < _ENOUGH:
        return None
    return round(month * share, 2), _OWN_MONTH


def _unit_of(name: str) -> str:
    """Tell the unit of the column that a deviation is about."""
    return "minor units" if "_minor__" in name else "units"


def _known(value: float | str | None) -> float | str | None:
    """Give a value, or None when it is missing."""
    if isinstance(value, float) and math.isnan(value):
        return None
    return value
