"""Scope and period of a rule, as further conditions that must all hold."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from features.order import microseconds
from models.policy.rules.conditions import AT_LEAST, IN, LESS, Group, check
from models.policy.rules.taking import Keys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from features.yaml_tree import Path
    from models.policy.rules.conditions import Check
    from models.policy.rules.fields import Field
    from models.policy.rules.located import Located

SCOPES: Final = {
    "channels": "order__channel",
    "shops": "order__shop",
    "countries": "order__ship_country",
    "payments": "order__payment_method",
}
"""Key of a scope to the field that must be one of its values."""

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PLACED, HOUR, WEEKDAY = "order__placed_at", "timing__hour", "timing__weekday"
HOURS: Final = 24
YEARS: Final = range(1970, 2200)


def scope_of(
    located: Located, path: Path, value: Any, fields: Mapping[str, Field]
) -> list[Check | Group]:
    """Read where a rule applies; an order whose channel is unknown is in no channel's scope.

    Examples
    --------
    >>> from models.policy.rules.fields import everywhere
    >>> from models.policy.rules.located import locate
    >>> located = locate("{countries: [CN, HK], payments: cod}")
    >>> country, payment = scope_of(located, (), located.value, everywhere())
    >>> country.field.name, country.op, country.values, payment.values
    ('order__ship_country', 'in', ('CN', 'HK'), ('cod',))
    """
    keys = Keys(located, path, value, SCOPES)
    found: list[Check | Group] = []
    for key, name in SCOPES.items():
        if keys.has(key):
            field = fields[name]
            given = keys.texts(key)
            for index, item in enumerate(given):
                if field.values and item not in field.values:
                    keys.fault((key, index), "never_said", field=name, given=item,
                               known=", ".join(field.values), hint="", hint_zh="")  # fmt: skip
            found.append(check(field, IN, given))
    return found


def period_of(
    located: Located, path: Path, value: Any, fields: Mapping[str, Field], zone: str
) -> tuple[list[Check | Group], date | None]:
    """Read when a rule applies: days from and to in the document's zone, local days and hours.

    Examples
    --------
    >>> from models.policy.rules.fields import everywhere
    >>> from models.policy.rules.located import locate
    >>> located = locate("{from: 2026-11-11, to: 2026-11-10}")
    >>> checks, last = period_of(located, (), located.value, everywhere(), "Asia/Shanghai")
    >>> len(checks), last, [fault.code for fault in located.faults]
    (2, datetime.date(2026, 11, 10), ['backwards'])
    """
    keys = Keys(located, path, value, ("from", "to", "days", "hours"))
    first, last = _day(keys, "from"), _day(keys, "to")
    if first is not None and last is not None and last < first:
        keys.fault(("to",), "backwards")
    found: list[Check | Group] = []
    if first is not None:
        found.append(check(fields[PLACED], AT_LEAST, (_midnight(first, zone),)))
    if last is not None:
        found.append(check(fields[PLACED], LESS, (_midnight(last + timedelta(days=1), zone),)))
    if keys.has("days"):
        named = keys.texts("days")
        for index, name in enumerate(named):
            if name not in DAYS:
                keys.fault(("days", index), "not_one_of", given=name, known=", ".join(DAYS),
                           hint="", hint_zh="")  # fmt: skip
        days = tuple(float(DAYS.index(name)) for name in named if name in DAYS)
        found.append(check(fields[WEEKDAY], IN, days))
    if keys.has("hours"):
        found += _hours(Keys(located, (*path, "hours"), keys.take("hours"), ("from", "to")), fields)
    return found, last


def _day(keys: Keys, key: str) -> date | None:
    given = keys.take(key)
    if given is None:
        return None
    try:
        day = date.fromisoformat(str(given))
    except ValueError:
        day = None
    if day is None or day.year not in YEARS:
        keys.fault((key,), "bad_day", given=given)
        return None
    return day


def _midnight(day: date, zone: str) -> float:
    return float(microseconds(datetime.combine(day, time.min, ZoneInfo(zone))))


def _hours(keys: Keys, fields: Mapping[str, Field]) -> list[Check | Group]:
    """Read hours of the buyer's day, the last not included; they may go over midnight."""
    start, end = keys.number("from") or 0.0, keys.number("to")
    end = float(HOURS) if end is None else end
    if not (0 <= start < HOURS and 0 <= end <= HOURS and start != end):
        keys.fault((), "bad_hours")
        return []
    since, before = check(fields[HOUR], AT_LEAST, (start,)), check(fields[HOUR], LESS, (end,))
    return [Group(is_all=start < end, parts=(since, before))]
