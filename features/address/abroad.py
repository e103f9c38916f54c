"""Addresses outside China: a small grammar a country, and no certainty that it does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from features.address.countries import COUNTRIES, country_of
from features.address.result import Candidate, Resolution

if TYPE_CHECKING:
    from features.address.countries import Parts

_LEVELS: Final = (("unit", 9), ("building", 8), ("house", 7), ("street", 6), ("city", 3),
                  ("province", 2))  # fmt: skip


def resolve_abroad(
    raw: str, text: str, country: str | None, unusable: tuple[str, ...]
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

    Returns
    -------
    Resolution
        Only the country, or nothing, where no grammar applies.

    Examples
    --------
    >>> found = resolve_abroad("", "350 Fifth Avenue, Apt 21, New York, NY 10118", None, ())
    >>> found.country, found.province, found.city, found.street, found.house, found.unit
    ('US', 'New York', 'New York', 'Fifth Avenue', '350', 'Apt 21')
    """
    known = country or country_of(text)
    grammar = COUNTRIES.get(known or "")
    if grammar is None:
        return Resolution(
            raw,
            country=known,
            level=1 if known else 0,
            confidence=0.3 if known else 0.0,
            unusable=unusable,
        )
    parts = grammar.parse(text)
    level = _level(parts)
    confidence = parts.confidence * (1.0 if country else 0.9)
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
        level=level,
        confidence=confidence if level > 1 else 0.3,
        candidates=candidates,
        unusable=unusable,
    )


def _level(parts: Parts) -> int:
    """Tell how exactly the parts name a place; nothing below the city counts without a place."""
    if not (parts.city or parts.postal or parts.province):
        return 1
    return next((level for name, level in _LEVELS if getattr(parts, name)), 1)
