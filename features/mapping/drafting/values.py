"""How the values of a column have to be read: formats of moments, signs of numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from features.mapping.drafting.moments import has_days_alone, reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from features.mapping.drafting.columns import Column

_COMMA: Final = re.compile(r"-?\d{1,3}(?:[.'\s]\d{3})*,\d{1,2}|-?\d+,\d{1,2}")
_GROUPED: Final = re.compile(r"-?\d{1,3}(\.\d{3})+")
PROMISES: Final = frozenset({"ship_by", "deliver_by", "promised_at"})
"""Meanings that promise something for the whole of a day, where they only name the day."""
_BESIDE: Final = re.compile(r"[^\d.,'\s-]+|^\s+|\s+$")
"""What stands beside the digits of an amount."""


class Flow(dict[str, Any]):
    """A dictionary that is written on one line."""


def expression(meaning: str, column: Column, name: str) -> Any:
    """Write how a column is read: its name, with a format or signs where it needs them.

    Parameters
    ----------
    meaning
        What it means, such as ``placed_at``.
    column
        What it holds.
    name
        What it is called where it is read: its own name, or that of a view's column.

    Examples
    --------
    >>> from features.mapping.drafting.columns import Column
    >>> expression("placed_at", Column("at", 2, 2, ("31/12/2023", "01/02/2024")), "at")
    {'column': 'at', 'format': '%d/%m/%Y'}
    >>> expression("total_minor", Column("sum", 2, 2, ("1.234,50", "3,00")), "sum")
    {'column': 'sum', 'decimal': ',', 'thousands': '.'}
    >>> expression("total_minor", Column("sum", 1, 1, ("3.00",)), "sum")
    'sum'
    >>> expression("promised_at", Column("due", 1, 1, ("2024-05-03",)), "due")
    {'column': 'due', 'end_of_day': True}
    """
    more: dict[str, Any] = {}
    if meaning.endswith(("_at", "_by")) or meaning == "known":
        more = reading(column.values)
        if meaning in PROMISES and has_days_alone(column.values):
            more = more | {"end_of_day": True}
    elif meaning.endswith("_minor"):
        more = signs(column.values)
    elif meaning == "currency" and any(not value.isupper() for value in column.values):
        more = {"case": "upper"}
    return Flow(column=name, **more) if more else name


def signs(values: Sequence[str]) -> dict[str, str]:
    """Give the signs of numbers where they are not a point for decimals.

    Examples
    --------
    >>> signs(("116,99 €", "1.234,50 €")), signs(("25.000", "1.050.000")), signs(("1,019.90",))
    ({'decimal': ',', 'thousands': '.'}, {'thousands': '.'}, {'thousands': ','})
    """
    bare = [text for value in values if (text := _BESIDE.sub("", value).strip())]
    if has_points_for_thousands(values):
        return ({"decimal": ","} if any("," in t for t in bare) else {}) | {"thousands": "."}
    if not any("," in text for text in bare):
        return {}
    if all(_COMMA.fullmatch(text) or "," not in text for text in bare):
        return {"decimal": ",", "thousands": "."}
    return {"thousands": ","}


def has_points_for_thousands(values: Sequence[str]) -> bool:
    """Tell whether every point of some numbers stands before three digits.

    Examples
    --------
    >>> has_points_for_thousands(("25.000", "900")), has_points_for_thousands(("25.000", "9.5"))
    (True, False)
    """
    pointed = [text for value in values if "." in (text := _BESIDE.sub("", value).strip())]
    return bool(pointed) and all(_GROUPED.fullmatch(text.split(",")[0]) for text in pointed)
