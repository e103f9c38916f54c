"""Lengths of time as people write them: ``7 days``, ``12 hours``, ``30 minutes``."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, Final

UNITS: Final = ("weeks", "days", "hours", "minutes", "seconds")
_FORM: Final = re.compile(r"(-?\d+(?:\.\d+)?)\s*(week|day|hour|minute|second)s?")


def duration(value: Any) -> timedelta:
    """Read a length of time.

    Parameters
    ----------
    value
        Text such as ``7 days`` or ``1 day 12 hours``.

    Returns
    -------
    timedelta
        The length.

    Raises
    ------
    ValueError
        When the text says something else.

    Examples
    --------
    >>> duration("1 day 12 hours")
    datetime.timedelta(days=1, seconds=43200)
    >>> duration("soon")
    Traceback (most recent call last):
    ...
    ValueError: 'soon' is not a length of time; write for example `7 days` or `12 hours`
    """
    text = str(value).strip().lower()
    if not re.fullmatch(rf"(?:{_FORM.pattern}\s*)+", text):
        raise ValueError(
            f"{value!r} is not a length of time; write for example `7 days` or `12 hours`"
        )
    total = timedelta()
    for amount, unit in _FORM.findall(text):
        total += timedelta(**{f"{unit}s": float(amount)})
    return total
