"""The numbers of the decision policy as people read and change them: label, unit, range."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from models.errors import ModelError
from models.policy.costs import DecisionPolicy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_MINOR: Final = "minor units"
_NO_MOST: Final = 1e15


class PolicyError(ModelError):
    """A change of the policy that cannot be made.

    Parameters
    ----------
    faults
        Name of each limit, and what is wrong with it.

    Examples
    --------
    >>> print(PolicyError([("margin_share", "is 3: give 0 to 1 (share)")]))
    the policy cannot be used: margin_share is 3: give 0 to 1 (share)
    """

    def __init__(self, faults: Sequence[tuple[str, str]]) -> None:
        self.faults = tuple(faults)
        super().__init__(
            "the policy cannot be used: " + "; ".join(f"{name} {why}" for name, why in faults)
        )


@dataclass(frozen=True, slots=True)
class Words:
    """What one number of the policy is, wherever it stands."""

    zh: str
    en: str
    unit: str
    least: float = 0.0
    most: float = _NO_MOST


WORDS: Final[dict[str, Words]] = {
    "margin_share": Words("毛利率", "margin", "share of value", most=1.0),
    "hold_loses": Words("拦截流失的好订单", "good orders lost when held", "share", most=1.0),
    "review_loses": Words("审核流失的好订单", "good orders lost when reviewed", "share", most=1.0),
    "goodwill_minor": Words("被拦截好买家的商誉损失", "goodwill of a good buyer held", _MINOR),
    "minute_minor": Words(
        "审核每分钟成本（无实时价格时）", "a review minute without price", _MINOR
    ),
    "delay_minor": Words("审核造成的延误成本", "delay by a review", _MINOR),
    "half_priority_minor": Words(
        "优先级为 50 时每分钟避免的损失", "avoided a minute at priority 50", _MINOR, least=1.0
    ),
    "bands": Words("中、高、极高风险的优先级下限", "priority of the bands", "priority", most=100.0),
    "flag_score": Words("检测器计为命中的分数", "detector score of a hit", "score", most=1.0),
    "floor_score": Words("至少审核的检测器分数", "detector score to review", "score", most=1.0),
    "points": Words("至少审核、拦截的规则分", "rule points to review and to hold", "points"),
    "money_scale": Words(
        "默认成本到本位币的系数", "default costs to base currency", "factor", 1e-6
    ),
    "fixed_minor": Words("每例固定损失", "fixed loss of a case", _MINOR),
    "value_share": Words("损失占订单金额的比例", "loss as a share of value", "share", most=2.0),
    "review_prevents": Words("审核可避免的比例", "prevented by a review", "share", most=1.0),
    "hold_prevents": Words("拦截可避免的比例", "prevented by a hold", "share", most=1.0),
    "minutes": Words("审核所需分钟", "minutes of a review", "minutes", least=0.1, most=600.0),
    "precision": Words("检测器满分时的准确率", "precision at score 1", "share", most=1.0),
    "harms": Words("损失系数", "factor on the cost of a harm", "factor", most=100.0),
    "delay": Words("延误成本系数", "factor on the cost of delay", "factor", most=100.0),
    "value_minor": Words("至少审核、拦截的订单金额", "value to review and to hold", _MINOR),
    "minutes_per_day": Words("每日审核分钟", "review minutes in a day", "minutes", most=1e6),
    "least_minute_minor": Words("每分钟最低价格（工资）", "least price of a minute", _MINOR, 0.01),
    "memory_days": Words("需求预测的记忆", "memory of the forecast", "days", 0.1, 60.0),
    "pull": Words("已用分钟对价格的影响", "pull of used minutes on the price", "factor", most=20.0),
    "step": Words("单个订单最多改变价格", "most an order moves the price", "share", 0.0001, 0.5),
    "prior_orders": Words("预测起效所需订单", "orders until the forecast counts", "orders", 1.0),
    "release_share": Words("试放行的拟拦截订单", "holds released on trial", "share", most=0.5),
    "review_share": Words("试审核的拟放行订单", "releases reviewed on trial", "share", most=0.5),
    "order_minor": Words("可试验订单的金额上限", "most value of a trial", _MINOR),
    "day_minor": Words("每日试验金额上限", "most that a day's trials can cost", _MINOR),
}
"""Last part of a limit's name to what it is. Amounts are in the default currency's minor units,
before ``money_scale``."""

_FIXED: Final = frozenset({"zh", "en", "harm", "floor_detectors"})
"""Parts of the document that are no numbers."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One number of the policy.

    Parameters
    ----------
    name
        Where it stands, with dots, such as ``capacity.minutes_per_day``.
    zh, en
        What it is.
    unit
        Its unit.
    value, usual
        In force, and as shipped; a list where several belong together.
    """

    name: str
    zh: str
    en: str
    unit: str
    value: float | list[float]
    usual: float | list[float]


def limits(policy: DecisionPolicy) -> list[Limit]:
    """List every number of a policy beside the one that is shipped.

    Examples
    --------
    >>> found = {limit.name: limit for limit in limits(DecisionPolicy())}
    >>> found["capacity.minutes_per_day"].value, found["capacity.minutes_per_day"].unit
    (240.0, 'minutes')
    >>> found["harms.fraud.fixed_minor"].zh
    '欺诈或拒付：每例固定损失'
    """
    usual = dict(_numbers(DecisionPolicy(money_scale=policy.money_scale).document()))
    return [
        Limit(name, *_label(policy, name), value, usual.get(name, value))
        for name, value in _numbers(policy.document())
    ]


def changed(policy: DecisionPolicy, changes: Mapping[str, Any]) -> DecisionPolicy:
    """Give a policy with some numbers changed.

    Parameters
    ----------
    policy
        The policy to change.
    changes
        Part of a policy's document: only what is to be different.

    Raises
    ------
    PolicyError
        When a name is unknown, or a number is out of its range; with every fault.

    Examples
    --------
    >>> more = changed(DecisionPolicy(), {"capacity": {"minutes_per_day": 480}})
    >>> more.capacity.minutes_per_day
    480.0
    """
    document, faults = policy.document(), list[tuple[str, str]]()
    _merge(document, changes, "", faults)
    if faults:
        raise PolicyError(faults)
    return DecisionPolicy.from_document(document)


def _numbers(document: Mapping[str, Any], place: str = "") -> Iterator[tuple[str, Any]]:
    """Go through the numbers of a document with their names."""
    for key, value in document.items():
        if isinstance(value, dict):
            yield from _numbers(value, f"{place}{key}.")
        elif key not in _FIXED:
            yield place + key, value


def _words(name: str) -> Words:
    *before, last = name.split(".")
    return WORDS["harms"] if before[-1:] == ["harms"] else WORDS[last]


def _label(policy: DecisionPolicy, name: str) -> tuple[str, str, str]:
    """Give the label of a limit in both languages, and its unit."""
    words, parts = _words(name), name.split(".")
    zh, en = words.zh, words.en
    named: dict[str, Any] = {"harms": policy.harms, "treatments": policy.treatments}
    whose = named.get(parts[0], {}).get(parts[1]) if len(parts) > 1 else None
    if whose is not None:
        zh, en = f"{whose.zh}：{zh}", f"{whose.en}: {en}"
    elif parts[0] == "evidence":
        zh, en = f"{parts[1]}：{zh}", f"{parts[1]}: {en}"
    if parts[-2:-1] == ["harms"] and len(parts) > 2:
        harm = policy.harms[parts[-1]]
        zh, en = f"{zh}（{harm.zh}）", f"{en} ({harm.en})"
    return zh, en, words.unit


def _merge(
    document: dict[str, Any], changes: Any, place: str, faults: list[tuple[str, str]]
) -> None:
    """Put changes into a document, and note what cannot be."""
    if not isinstance(changes, dict):
        faults.append((place.rstrip(".") or "the document", "is no mapping of names to numbers"))
        return
    for key, value in changes.items():
        name = f"{place}{key}"
        known = document.get(key)
        if known is None or key in _FIXED:
            faults.append((name, f"is unknown: give one of {', '.join(_open(document))}"))
        elif isinstance(known, dict):
            _merge(known, value, f"{name}.", faults)
        else:
            wanted = value if isinstance(known, list) else [value]
            length = len(known) if isinstance(known, list) else 1
            why = _fault(name, wanted, length)
            if why:
                faults.append((name, why))
            else:
                numbers = [float(each) for each in wanted]
                document[key] = numbers if isinstance(known, list) else numbers[0]


def _open(document: Mapping[str, Any]) -> list[str]:
    return [str(key) for key in document if key not in _FIXED]


def _fault(name: str, wanted: Any, length: int) -> str | None:
    """Say what is wrong with new numbers, or None."""
    words = _words(name)
    if not isinstance(wanted, list) or len(wanted) != length:
        return f"is {wanted!r}: give a list of {length} numbers ({words.unit})"
    for each in wanted:
        is_number = isinstance(each, int | float) and not isinstance(each, bool)
        if not is_number or not math.isfinite(each) or not words.least <= each <= words.most:
            least = f"{words.least:g}"
            span = f"{least} or more" if words.most == _NO_MOST else f"{least} to {words.most:g}"
            return f"is {each!r}: give {span} ({words.unit})"
    if wanted != sorted(wanted):
        return f"is {wanted!r}: give the milder number first"
    return None
