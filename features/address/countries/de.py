"""Germany: street number, 12345 city."""

from __future__ import annotations

import re
from typing import Final

from features.address.countries.parts import Grammar, Parts

_COUNTRY: Final = re.compile(r"[\s,]*(?:Germany|Deutschland)\s*$", re.I)
_PLACE: Final = re.compile(r"(?:\bD-)?\b(\d{5})\s+([A-ZÄÖÜ][A-Za-zäöüßÄÖÜ .()/-]+)")
_STREET: Final = re.compile(
    r"(?P<street>[A-ZÄÖÜ][\wäöüßÄÖÜ. -]*?(?:stra(?:ß|ss)e|str\.?|weg|platz|allee|ring|gasse|damm|"
    r"ufer|markt|chaussee|graben|hof|berg|steig)|(?:Am|An der|Auf der|Im|In der|Unter den|Zum|Zur)"
    r"\s[\wäöüßÄÖÜ -]+?)\s*(?P<house>\d+\s?[a-zA-Z]?(?:\s?[-/]\s?\d+[a-z]?)?)?(?=$|[,\s])",
    re.I,
)


def parse(text: str) -> Parts:
    """Parse a German address.

    Examples
    --------
    >>> found = parse("Friedrichstraße 43-45, 10117 Berlin, Deutschland")
    >>> found.street, found.house, found.postal, found.city
    ('Friedrichstraße', '43-45', '10117', 'Berlin')
    """
    text = _COUNTRY.sub("", text).strip(" ,")
    place = _PLACE.search(text)
    postal = city = None
    if place:
        postal, city = place[1], place[2].strip(" .")
        text = (text[: place.start()] + " " + text[place.end() :]).strip(" ,")
    street = _STREET.search(text)
    house = street["house"].replace(" ", "") if street and street["house"] else None
    confidence = 0.8 if place and street else 0.6 if place else 0.3
    return Parts(
        None, city, street["street"].strip() if street else None, house,
        postal=postal, confidence=confidence,
    )  # fmt: skip


GERMANY: Final = Grammar(
    "DE",
    re.compile(r"stra(?:ß|ss)e\b|str\.\s*\d|\bD-\d{5}\b|\d{5}\s+(?:Berlin|München|Hamburg|Köln)"),
    parse,
)
