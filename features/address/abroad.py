"""Addresses outside China: a small grammar a country, and no certainty that it does not have."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from features.address.countries import ANYWHERE, COUNTRIES, Parts, country_of
from features.address.result import Candidate, Resolution

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
    known = country or country_of(text)
    grammar = COUNTRIES.get(known or "", ANYWHERE)
    parts = grammar.parse(text) if known else Parts()
    if known and parts.street is None:
        bare = ANYWHERE.parse(text)
        parts = replace(
            parts, street=bare.street, house=parts.house or bare.house, unit=parts.unit or bare.unit
        )
    parts = replace(
        parts,
        province=given.region or parts.province,
        city=given.city or parts.city,
        postal=given.postal or parts.postal,
    )
    level = _level(parts) if known else 0
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
        confidence=confidence if level > 1 else 0.3 * level,
        candidates=candidates,
        is_masked="**" in text,
        unusable=unusable,
    )


def _level(parts: Parts) -> int:
    """Tell how exactly the parts name a place; nothing below the city counts without a place."""
    if not (parts.city or parts.postal or parts.province):
        return 1
    return next((level for name, level in _LEVELS if getattr(parts, name)), 1)
