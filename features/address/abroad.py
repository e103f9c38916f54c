"""Addresses outside China: a small grammar a country, and no certainty that it does not have."""

from __future__ import annotations

import re
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


_PHONE: Final = re.compile(
    r"(?:^|[,;]\s*)(?:(?:tel|phone|ph|mobile|telefone|telefon)\b[.:]*\s*)?"
    r"((?:\+|\(?\d)[\d ()./-]{8,16}\d)\s*(?=$|[,;])",
    re.IGNORECASE,
)
_LEAST_DIGITS: Final = 10
"""Digits of a telephone number; postal codes have fewer."""
_PERSON: Final = re.compile(
    r"^((?:(?:Mr|Mrs|Ms|Dr|Herr|Frau|Sr|Sra)\.?\s)?[^\W\d_][\w'’-]+(?:\s[^\W\d_]\.?)?"
    r"\s[^\W\d_][\w'’-]+)\s*[,;]\s*(?=.*\d)"
)
_ATTENTION: Final = re.compile(
    r"^(?:Attn|Attention|c/o|FAO)\b[.:]?\s*([^,;\d]{2,60})[,;]\s*(?=.*\d)", re.I
)
"""Whom a line says that it is for."""
_NO_PERSON: Final = re.compile(
    r"\b(?:rua|r|avenida|av|travessa|alameda|praça|estrada|street|st|road|rd|avenue|ave|lane|ln|drive|"
    r"dr|way|square|place|court|house|hall|building|tower|centre|center|park|estate|hotel|plaza|mall|"
    r"apartments?|flat|unit|suite|floor|room|allee|platz|weg|ring|damm|ufer|markt|campus|the)\b|"
    r"(?:straße|strasse|str|platz|allee|weg|gasse)\b",
    re.IGNORECASE,
)
"""Words of roads and buildings, which no person is called."""


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
    text, person, phone = _without_person(text)
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
        name=person,
        phone=phone,
        is_masked="**" in text,
        unusable=unusable if level else (*unusable, "no place recognised"),
    )


def _without_person(text: str) -> tuple[str, str | None, str | None]:
    """Take out a telephone number and, before a line with a number, a person's name.

    Examples
    --------
    >>> _without_person("Jane Miller, 88 Elm St, Madison, WI 53703, 608-555-0100")
    ('88 Elm St, Madison, WI 53703', 'Jane Miller', '608-555-0100')
    >>> _without_person("Rua Augusta, 2690, São Paulo")[1] is None
    True
    """
    phone = _PHONE.search(text)
    if phone and sum(map(str.isdigit, phone[1])) < _LEAST_DIGITS:
        phone = None
    if phone:
        text = (text[: phone.start()] + text[phone.end() :]).strip(" ,;")
    person = _ATTENTION.match(text)
    if person:
        return text[person.end() :], person[1].strip(), phone[1] if phone else None
    person = _PERSON.match(text)
    if person is None or not _begins_with_a_road(text[person.end() :], person[1]):
        return text, None, phone[1] if phone else None
    return text[person.end() :], person[1], phone[1] if phone else None


def _begins_with_a_road(rest: str, person: str) -> bool:
    """Tell whether a road with a number follows, and what stands before it is no place itself."""
    line, comma, behind = rest.partition(",")
    has_both = any(map(str.isdigit, line)) and any(map(str.isalpha, line))
    if not (has_both and comma and behind.strip()) or _NO_PERSON.search(person):
        return False
    cities = (find_city(person, code) for code in COUNTRIES)
    return not any(city and city.name.casefold() == person.casefold() for city in cities)


def _parts(text: str, country: str, grammar: Grammar) -> Parts:
    """Parse with a country's grammar; what it leaves open, the general one and the cities give."""
    parts = grammar.parse(text)
    is_line = not (parts.street or parts.city or parts.province or parts.postal)
    bare = ANYWHERE.parse(text) if is_line else parts
    point = parts.point or (find_city(text, country) if parts.city is None else None)
    city = parts.city or (point.name if point else None)
    return replace(
        parts,
        city=city,
        street=_without_city(bare.street, city),
        house=parts.house or bare.house,
        unit=parts.unit or bare.unit,
        confidence=max(parts.confidence, _BY_CITY) if point else parts.confidence,
        point=point,
    )


def _without_city(street: str | None, city: str | None) -> str | None:
    """Take a city off the end of a road that no comma parts from it.

    Examples
    --------
    >>> _without_city("Main St Springfield", "Springfield"), _without_city("High Street", "Street")
    ('Main St', 'High Street')
    """
    if street is None or city is None or not street.endswith(f" {city}"):
        return street
    road = street.removesuffix(f" {city}")
    return road if " " in road else street


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
