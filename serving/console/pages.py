"""How the pages are written: templates, words and the forms of values."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from features.money import in_major
from features.order import microseconds
from serving.console.words import word

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER: Final = Path(__file__).parent
STATIC: Final = FOLDER / "static"
ASSETS: Final[dict[str, str]] = {
    "style.css": "text/css; charset=utf-8",
    "queue.js": "text/javascript; charset=utf-8",
    "rules.js": "text/javascript; charset=utf-8",
    "addresses.css": "text/css; charset=utf-8",
    "addresses.js": "text/javascript; charset=utf-8",
    "delivery.css": "text/css; charset=utf-8",
    "webhooks.css": "text/css; charset=utf-8",
    "catalogue.js": "text/javascript; charset=utf-8",
}
"""File a page may ask for to its media type; nothing else is served from disk."""

SIGNS: Final[dict[str, str]] = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
MINUTE: Final = 60 * 1_000_000
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR


@cache
def environment() -> Environment:
    """Give the template environment; everything a template writes is escaped."""
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"money": money, "number": number, "percent": percent}
    made.globals["age"] = age
    return made


def render(name: str, language: str, **values: Any) -> str:
    """Write a page.

    Parameters
    ----------
    name
        Template.
    language
        ``zh`` or ``en``.
    values
        What the template shows.
    """

    def say(key: str, **filled: object) -> str:
        return word(key, language, **filled)

    return environment().get_template(name).render(lang=language, t=say, **values)


def money(amount: Mapping[str, Any] | None) -> str:
    """Write an amount as people read it.

    Examples
    --------
    >>> money({"minor": 1234500, "currency": "CNY"}), money({"minor": 980, "currency": "JPY"})
    ('¥12,345.00', '¥980')
    >>> money(None)
    '–'
    """
    if amount is None:
        return "–"
    currency = amount["currency"]
    return SIGNS.get(currency, f"{currency} ") + in_major(amount["minor"], currency)


def number(value: Any) -> str:
    """Write a value of a feature or reason.

    Examples
    --------
    >>> number(0.123456), number(12.0), number("alipay"), number(None), number(True)
    ('0.123', '12', 'alipay', '–', '✓')
    """
    if value is None or value != value:
        return "–"
    if isinstance(value, bool):
        return "✓" if value else "✗"
    if isinstance(value, int | float):
        whole = float(value).is_integer() or abs(value) >= 1000
        return f"{value:,.0f}" if whole else f"{value:,.3g}"
    return str(value)


def percent(value: float) -> str:
    """Write a share.

    Examples
    --------
    >>> percent(0.1234), percent(0.00042)
    ('12.3 %', '0.042 %')
    """
    return f"{value:.1%}".replace("%", " %") if value >= 0.001 else f"{value * 100:.2g} %"


def age(since: str, now: int, language: str) -> str:
    """Write how long ago an instant is.

    Parameters
    ----------
    since
        RFC 3339.
    now
        Microseconds UTC.
    language
        ``zh`` or ``en``.

    Examples
    --------
    >>> age("1970-01-01T00:00:00Z", 3 * MINUTE, "en"), age("1970-01-01T00:00:00Z", 50 * HOUR, "zh")
    ('3 min', '2 天')
    """
    passed = max(now - microseconds(datetime.fromisoformat(since)), 0)
    for unit, name in ((DAY, "days"), (HOUR, "hours"), (MINUTE, "minutes")):
        if passed >= unit:
            return word(name, language, n=passed // unit)
    return word("just_now", language)
