"""Germany: street number, 12345 city, in either order."""

from __future__ import annotations

import re
from typing import Final

from features.address.countries.parts import Grammar, Parts
from features.address.countries.places import find_city

_COUNTRY: Final = re.compile(r"[\s,]*\b(?:Germany|Deutschland)\s*$", re.I)
_PLACE: Final = re.compile(r"(?:\bD-)?\b(\d{5})\s+([A-ZÄÖÜ][A-Za-zäöüßÄÖÜ .()/-]+)")
_CARE_OF: Final = re.compile(r"\s*\bc/o\b[^,\d]*", re.I)
_STREET: Final = re.compile(
    r"^(?P<street>[A-ZÄÖÜ][^,]*?)\s+(?P<house>\d+\s?[a-zA-Z]?(?:\s?[-/]\s?\d+\s?[a-z]?)?)$"
)


def parse(text: str) -> Parts:
    """Parse a German address.

    Examples
    --------
    >>> found = parse("Friedrichstraße 43-45, 10117 Berlin, Deutschland")
    >>> found.street, found.house, found.postal, found.city, found.province
    ('Friedrichstraße', '43-45', '10117', 'Berlin', 'Berlin')
    >>> found = parse("Muenchen, Straße des 17. Juni 135")
    >>> found.city, found.province, found.street, found.house
    ('München', 'Bayern', 'Straße des 17. Juni', '135')
    """
    text = _CARE_OF.sub(" ", _COUNTRY.sub("", text)).strip(" ,")
    place = _PLACE.search(text)
    postal = city = None
    if place:
        postal, city = place[1], place[2].strip(" .")
        text = f"{text[: place.start()]},{text[place.end() :]}"
    found = find_city(city or text, "DE")
    street = None
    for piece in (piece.strip() for piece in text.split(",")):
        street = street or _STREET.match(piece)
    confidence = 0.95 if place and found else 0.8 if found else 0.6 if place else 0.3
    return Parts(
        found.division if found else None,
        found.name if found else city,
        street["street"].strip() if street else None,
        street["house"].replace(" ", "") if street else None,
        postal=postal,
        confidence=confidence,
        point=found,
    )


GERMANY: Final = Grammar(
    "DE",
    re.compile(
        r"[Ss]tra(?:ß|ss)e\b|\w(?:gasse|allee|platz|damm|ufer|weg)\s+\d+[^,]*[,\s]\d{5}\s|"
        r"str\.\s*\d|\bD-\d{5}\b|\d{5}\s+(?:Berlin|München|Hamburg|Köln)"
    ),
    parse,
)
