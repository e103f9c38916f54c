"""What a grammar of a country's addresses is, and what it finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

    from features.address.countries.places import City


@dataclass(frozen=True, slots=True)
class Parts:
    """Parts of an address; None is unknown.

    Parameters
    ----------
    province, city, street, house, building, unit, postal
        As written, or by their usual name.
    confidence
        How likely the parts are right.
    point
        The city as the gazetteer knows it.
    """

    province: str | None = None
    city: str | None = None
    street: str | None = None
    house: str | None = None
    building: str | None = None
    unit: str | None = None
    postal: str | None = None
    confidence: float = 0.0
    point: City | None = None


@dataclass(frozen=True, slots=True)
class Grammar:
    """How addresses of one country are written.

    Parameters
    ----------
    country
        ISO 3166 alpha-2 code.
    mark
        A form that no other country's addresses have.
    parse
        Finds the parts.
    """

    country: str
    mark: re.Pattern[str]
    parse: Callable[[str], Parts]
