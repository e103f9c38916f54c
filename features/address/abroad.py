"""Addresses outside China: a small grammar a country, and no certainty that it does not have."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from features.address.countries import (
    ANYWHERE,
    COUNTRIES,
    Grammar,
    Parts,
    country_of,
    find_city,
    guess_country,
)
from features.address.result import Candidate, Resolution

_BY_STATE: Final = ("US", "BR")
"""Countries whose addresses name their state."""
_SURE: Final = 0.95
_GUESSED: Final = 0.97
"""Share of its confidence that an answer keeps when the country was not given."""
_BY_CITY: Final = 0.85
"""Confidence of a city that is only known to lie in the country."""
_LEVELS: Final = (("unit", 9), ("building", 8), ("house", 7), ("street", 6), ("city", 3),
                  ("province", 2))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Given:
    """Fields of an address that an order names itself; None where it does not."""

    region: str | None = None
    city: str | None = None
    district: str | None = None
    town: str | None = None
    postal: str | None = None


NOTHING: Final = Given()


def resolve_abroad(
    raw: str,
    text: str,
    country: str | None,
    unusable: tuple[str, ...] = (),
    *,
    given: Given = NOTHING,
) -> Resolution:
    """Resolve an address that is not in China.

    Parameters
    ----------
    raw
        The text as it came.
    text
        The text, normalised.
    country
        ISO 3166 alpha-2 code if known; guessed from the text otherwise.
    unusable
        What was already thrown away.
    given
        Fields that the order names itself; they win over what the text says.

    Returns
    -------
    Resolution
        Only the country, or nothing, where no grammar applies.

    Examples
    --------
    >>> found = resolve_abroad("", "350 Fifth Avenue, Apt 21, New York, NY 10118", None)
    >>> found.country, found.province, found.city, found.street, found.house, found.unit
    ('US', 'New York', 'New York', 'Fifth Avenue', '350', 'Apt 21')
    """
    known = country or country_of(text) or _guessed(text)
    grammar = COUNTRIES.get(known or "", ANYWHERE)
    parts = _parts(text, known, grammar) if known else Parts()
    parts = replace(
        parts,
        province=given.region or parts.province,
        city=given.city or parts.city,
        postal=given.postal or parts.postal,
    )
    level = _level(parts) if known else 0
    confidence = parts.confidence * (1.0 if country else _GUESSED)
    candidates: tuple[Candidate, ...] = ()
    if parts.city or parts.province:
        candidates = (Candidate(parts.province, parts.city, None, None, round(confidence, 4)),)
    return Resolution(
        raw,
        country=known,
        province=parts.province,
        city=parts.city,
        street=parts.street,
        house=parts.house,
        building=parts.building,
        unit=parts.unit,
        postal=parts.postal,
        lat=parts.point.lat if parts.point else None,
        lon=parts.point.lon if parts.point else None,
        radius_m=parts.point.radius_m if parts.point else None,
        level=level,
        confidence=confidence if level > 1 else 0.3 * level,
        candidates=candidates,
        is_masked="**" in text,
        unusable=unusable if level else (*unusable, "no place recognised"),
    )


def _parts(text: str, country: str, grammar: Grammar) -> Parts:
    """Parse with a country's grammar; what it leaves open, the general one and the cities give."""
    parts = grammar.parse(text)
    is_line = not (parts.street or parts.city or parts.province or parts.postal)
    bare = ANYWHERE.parse(text) if is_line else parts
    point = parts.point or (find_city(text, country) if parts.city is None else None)
    return replace(
        parts,
        city=parts.city or (point.name if point else None),
        street=bare.street,
        house=parts.house or bare.house,
        unit=parts.unit or bare.unit,
        confidence=max(parts.confidence, _BY_CITY) if point else parts.confidence,
        point=point,
    )


def _guessed(text: str) -> str | None:
    """Guess the country by what one grammar and its gazetteer explain, else by a large city."""
    for code in _BY_STATE:
        parts = COUNTRIES[code].parse(text)
        if parts.province and parts.point and parts.confidence >= _SURE:
            return code
    return guess_country(text)


def _level(parts: Parts) -> int:
    """Tell how exactly the parts name a place; nothing below the city counts without a place."""
    if not (parts.city or parts.postal or parts.province):
        return 1
    return next((level for name, level in _LEVELS if getattr(parts, name)), 1)
