"""How the pages are written: templates, words and the forms of values."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from features.durations import DAY_US, HOUR_US, MINUTE_US
from features.money import in_major
from features.order import microseconds
from serving.console.words import WORDS, word

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

SIGNS: Final[dict[str, str]] = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "JP¥"}
_CODE: Final = re.compile("`([^`]+)`")


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
    made.filters |= {"coded": coded, "money": money, "moment": moment}
    made.filters |= {"number": number, "percent": percent}
    made.globals["age"] = age
    made.tests["worded"] = WORDS.__contains__
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


def coded(text: str) -> Markup:
    """Write a text of the API's description, what stands between backticks as code.

    Examples
    --------
    >>> str(coded("`not_found`: a <b> that is `gone`"))
    '<code>not_found</code>: a &lt;b&gt; that is <code>gone</code>'
    """
    return Markup(_CODE.sub(r"<code>\1</code>", html.escape(text)))  # noqa: S704 escaped just before


def money(amount: Mapping[str, Any] | None) -> str:
    """Write an amount as people read it.

    Examples
    --------
    >>> money({"minor": 1234500, "currency": "CNY"}), money({"minor": 980, "currency": "JPY"})
    ('¥12,345.00', 'JP¥980')
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


def moment(at: str) -> str:
    """Write an instant to the minute, UTC.

    Examples
    --------
    >>> moment("2026-03-01T08:05:11Z"), moment("2026-03-01T08:05:11+08:00")
    ('2026-03-01 08:05', '2026-03-01 00:05')
    """
    return f"{datetime.fromisoformat(at).astimezone(UTC):%Y-%m-%d %H:%M}"


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
    >>> then = "1970-01-01T00:00:00Z"
    >>> age(then, 3 * MINUTE_US, "en"), age(then, 50 * HOUR_US, "zh")
    ('3 min', '2 天')
    """
    passed = max(now - microseconds(datetime.fromisoformat(since)), 0)
    for unit, name in ((DAY_US, "days"), (HOUR_US, "hours"), (MINUTE_US, "minutes")):
        if passed >= unit:
            return word(name, language, n=passed // unit)
    return word("just_now", language)
