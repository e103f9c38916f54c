"""Conditions and outcomes in words, Chinese and English, with what each field means."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from models.policy.rules.conditions import (
    AT_LEAST,
    AT_MOST,
    BETWEEN,
    CONTAINS,
    EQUAL,
    IN,
    LESS,
    MATCHES,
    MISSING,
    MORE,
    STARTS,
    Check,
)
from models.policy.rules.fields import FLAG, TEXT

if TYPE_CHECKING:
    from models.policy.rules.conditions import Constant, Group
    from models.policy.rules.document import Outcome
    from models.policy.rules.fields import Field

_OPS: Final[dict[tuple[str, bool], tuple[str, str]]] = {
    (EQUAL, False): ("是", "is"),
    (EQUAL, True): ("不是", "is not"),
    (LESS, False): ("小于", "is below"),
    (LESS, True): ("不小于", "is at least"),
    (AT_MOST, False): ("不大于", "is at most"),
    (AT_MOST, True): ("大于", "is above"),
    (MORE, False): ("大于", "is above"),
    (MORE, True): ("不大于", "is at most"),
    (AT_LEAST, False): ("不小于", "is at least"),
    (AT_LEAST, True): ("小于", "is below"),
    (IN, False): ("属于", "is one of"),
    (IN, True): ("不属于", "is none of"),
    (BETWEEN, False): ("介于", "is between"),
    (BETWEEN, True): ("不介于", "is not between"),
    (CONTAINS, False): ("包含", "contains any of"),
    (CONTAINS, True): ("不包含", "contains none of"),
    (STARTS, False): ("开头是", "starts with"),
    (STARTS, True): ("开头不是", "does not start with"),
    (MATCHES, False): ("匹配", "matches"),
    (MATCHES, True): ("不匹配", "does not match"),
    (MISSING, False): ("未知", "is missing"),
    (MISSING, True): ("已知", "is known"),
}
_ACTIONS: Final = {
    "hold": ("拦截", "hold"),
    "review": ("转人工", "review"),
    "release": ("放行", "release"),
}
_FLAGS: Final = {1.0: ("是", "yes"), 0.0: ("否", "no")}
_INSTANT: Final = "order__placed_at"
_SHOWN: Final = 12


def describe(condition: Check | Group, language: str) -> str:
    """Say a condition in words.

    Parameters
    ----------
    condition
        What to say.
    language
        ``zh`` or ``en``.

    Examples
    --------
    >>> from models.policy.rules.conditions import Group, check
    >>> from models.policy.rules.fields import everywhere
    >>> cod = check(everywhere()["order__is_cod"], "==", (1.0,))
    >>> dear = check(everywhere()["order__n_units"], ">=", (20.0,))
    >>> describe(Group(True, (cod, dear)), "en")
    'paid at the door is yes and units over all lines is at least 20'
    >>> describe(Group(False, (cod, dear)), "zh")
    '货到付款 是 是 或 商品件数 不小于 20'
    """
    place = 0 if language == "zh" else 1
    if isinstance(condition, Check):
        return _check(condition, place)
    glue = ((" 且 ", " and "), (" 或 ", " or "))[0 if condition.is_all else 1][place]
    parts = [
        f"({describe(part, language)})"
        if not isinstance(part, Check) and len(part.parts) > 1 and part.is_all != condition.is_all
        else describe(part, language)
        for part in condition.parts
    ]
    return glue.join(parts)


def outcome_words(outcome: Outcome, language: str) -> str:
    """Say an outcome in words.

    Examples
    --------
    >>> from models.policy.rules.document import Outcome
    >>> outcome_words(Outcome("hold", 20.0, ("cod",)), "zh")
    '拦截 · +20 分 · 标签 cod'
    """
    place = 0 if language == "zh" else 1
    said = []
    if outcome.action is not None:
        said.append(_ACTIONS[outcome.action][place])
    if outcome.points:
        said.append(f"{outcome.points:+g} {('分', 'points')[place]}")
    if outcome.tags:
        said.append(f"{('标签', 'tag')[place]} {', '.join(outcome.tags)}")
    for wish, words in ((outcome.prefer, ("优先", "prefer")), (outcome.avoid, ("避开", "avoid"))):
        said += [f"{words[place]} {part} {', '.join(names)}" for part, names in wish.items()]
    return " · ".join(said)


def _check(check: Check, place: int) -> str:
    field = check.field
    label = (field.zh, field.en)[place]
    op = _OPS[check.op, check.is_negated][place]
    shown = [_value(field, value, place) for value in check.values[:_SHOWN]]
    if len(check.values) > _SHOWN:
        shown.append("…")
    values = ("、", ", ")[place].join(shown)
    return " ".join(part for part in (label, op, values) if part)


def _value(field: Field, value: Constant, place: int) -> str:
    if field.kind == TEXT:
        return f"“{value}”" if place == 0 else f"'{value}'"
    number = float(value)
    if field.kind == FLAG and number in _FLAGS:
        return _FLAGS[number][place]
    if field.name == _INSTANT:
        return datetime.fromtimestamp(number / 1e6, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"{number:,.0f}" if number.is_integer() else f"{number:g}"
