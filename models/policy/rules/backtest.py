"""What rules would have done: fired, caught, missed, wrongly held, money, overlap."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from models.policy.facts import ACTIONS
from models.policy.rules.columns import fires
from models.policy.rules.conditions import checks_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from features.arrays import Flags
    from models.policy.rules.document import Rule, RuleDocument
    from models.policy.rules.past import Past

Z95: Final = 1.959963984540054
"""Two-sided 95 % of the normal distribution."""

MOST_OVERLAPS: Final = 5


def backtest_rules(document: RuleDocument, past: Past) -> dict[str, Any]:
    """Try every rule of a document, whatever its mode, on orders of the past.

    Parameters
    ----------
    document
        The rules.
    past
        The orders and what became of them.

    Returns
    -------
    dict
        Ready for JSON: ``period``, and for each rule under ``rules`` how often it ``fired`` on
        judged orders, how many of those were bad (``caught``) and good (``wrongly_held``), the bad
        ones it ``missed``, ``precision`` with its 95 % interval, ``saved`` and ``lost`` money, the
        ``overlap`` with other rules and the share that models and detectors stop anyway.
        Immature orders are counted apart and judged by nobody.

    Examples
    --------
    >>> from models.policy.rules.fields import everywhere
    >>> from models.policy.rules.reading import read_rules
    >>> import numpy as np
    >>> import pandas as pd
    >>> from models.policy.rules.columns import Columns
    >>> from models.policy.rules.past import Past
    >>> document = read_rules('''
    ... rules:
    ...   - id: dear
    ...     name: {zh: 高额, en: dear}
    ...     when: [{field: order__value_minor, op: ">=", value: 50000}]
    ...     then: {action: hold}
    ... ''', everywhere())
    >>> values = pd.DataFrame({"order__value_minor": [80_000.0, 60_000.0, 100.0, 70_000.0]})
    >>> past = Past(
    ...     columns=Columns(values),
    ...     order_keys=("a", "b", "c", "d"),
    ...     is_bad=np.array([1.0, 0.0, 1.0, np.nan]),
    ...     prevented_minor=np.array([[9e4, 0.0, 500.0, 0.0], [8e4, 0.0, 400.0, 0.0]]),
    ...     handling_minor=np.array([[500.0] * 4, [300.0] * 4]),
    ...     actions=np.zeros(4, np.int8),
    ...     given=frozenset({"order__value_minor"}),
    ...     document={},
    ... )
    >>> (dear,) = backtest_rules(document, past)["rules"]
    >>> {name: dear[name] for name in ("fired", "caught", "wrongly_held", "missed")}
    {'fired': 2, 'caught': 1, 'wrongly_held': 1, 'missed': 1}
    """
    flags = fires(document.rules, past.columns)
    return {
        "period": past.document,
        "version": document.version,
        "rules": [_of_rule(rule, flags, past) for rule in document.rules],
        "together": _together(document.rules, flags, past),
    }


def wilson(hits: int, n: int) -> dict[str, float] | None:
    """Give a share with its 95 % interval (Wilson), or None of nothing.

    Examples
    --------
    >>> wilson(8, 10)
    {'value': 0.8, 'low': 0.4902, 'high': 0.9433}
    >>> wilson(0, 0) is None
    True
    """
    if n == 0:
        return None
    share, square = hits / n, Z95 * Z95
    middle = (share + square / (2 * n)) / (1 + square / n)
    spread = math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    reach = Z95 * spread / (1 + square / n)
    low, high = max(middle - reach, 0.0), min(middle + reach, 1.0)
    return {"value": round(share, 4), "low": round(low, 4), "high": round(high, 4)}


def _of_rule(rule: Rule, flags: Mapping[str, Flags], past: Past) -> dict[str, Any]:
    fired = flags[rule.id]
    judged = fired & past.judged
    bad = past.is_bad == 1.0
    caught = int((judged & bad).sum())
    saved, lost = _money(rule, judged, past)
    stopped = int((judged & (past.actions > 0)).sum())
    blind = sorted({c.field.name for c in checks_of(rule.when)} - past.given)
    return {
        "id": rule.id,
        "text": {"zh": rule.zh, "en": rule.en},
        "mode": rule.mode,
        "outcome": rule.outcome.document(),
        "speaks_for": rule.outcome.speaks_for,
        "fired": int(judged.sum()),
        "caught": caught,
        "missed": int((past.judged & bad & ~fired).sum()),
        "wrongly_held": int(judged.sum()) - caught,
        "precision": wilson(caught, int(judged.sum())),
        "saved_minor": round(saved),
        "lost_minor": round(lost),
        "immature": int((fired & ~past.judged).sum()),
        "stopped_anyway": stopped,
        "overlap": _overlap(rule.id, flags, past.judged),
        "blind": blind,
    }


def _money(rule: Rule, judged: Flags, past: Past) -> tuple[float, float]:
    """Price a rule: what it keeps from harm and what it costs, as hold, review or release.

    Points, tags and routes are priced as a review, the mildest thing that looking at them means;
    a rule that speaks for orders saves their handling and gives up what that would have prevented.
    """
    row = 0 if rule.outcome.action == "hold" else 1
    if rule.outcome.speaks_for:
        judged = judged & (past.actions > 0)
        saved, lost = past.handling_minor, past.prevented_minor
    else:
        saved, lost = past.prevented_minor, past.handling_minor
    return float(saved[row][judged].sum()), float(lost[row][judged].sum())


def _overlap(name: str, flags: Mapping[str, Flags], judged: Flags) -> list[dict[str, Any]]:
    """List the rules that fire on the same orders, the largest share first."""
    mine = flags[name] & judged
    n = int(mine.sum())
    both = {other: int((mine & found).sum()) for other, found in flags.items() if other != name}
    found = sorted(((count, other) for other, count in both.items() if count), reverse=True)
    return [
        {"id": other, "orders": count, "share": round(count / n, 4)}
        for count, other in found[:MOST_OVERLAPS]
    ]


def _together(rules: Sequence[Rule], flags: Mapping[str, Flags], past: Past) -> dict[str, Any]:
    """Judge all rules that stop orders as one, beside what models and detectors stop."""
    stops = np.zeros(len(past.is_bad), dtype=bool)
    for rule in rules:
        if rule.outcome.action in {"hold", "review"} or rule.outcome.points > 0:
            stops |= flags[rule.id]
    bad, machine = past.is_bad == 1.0, past.actions > 0
    table = {
        "rules": stops,
        "models": machine,
        "both": stops & machine,
        "rules_only": stops & ~machine,
        "models_only": machine & ~stops,
    }
    counted = {
        name: {
            "stopped": int((found & past.judged).sum()),
            "bad": int((found & bad).sum()),
        }
        for name, found in table.items()
    }
    by_action = np.bincount(past.actions[past.judged], minlength=len(ACTIONS))
    decided = dict(zip(ACTIONS, by_action.tolist(), strict=True))
    return {**counted, "decided_without_rules": decided}
