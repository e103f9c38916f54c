"""United Kingdom: unit, number street, town, postcode."""

from __future__ import annotations

import re
from typing import Final

from features.address.countries.parts import Grammar, Parts

_COUNTRY: Final = re.compile(r"[\s,]*(?:U\.?K\.?|United Kingdom|Great Britain)\s*$", re.I)
_NATION: Final = re.compile(r"[\s,]*\b(England|Scotland|Wales|Northern Ireland)\s*$", re.I)
_POSTCODE: Final = re.compile(r"\b([A-Z]{1,2}\d[A-Z\d]?)\s*(\d[ABD-HJLNP-UW-Z]{2})\b")
_UNIT: Final = re.compile(
    r"(?:^|,)\s*((?:Flat|Apartment|Apt|Unit|Suite|Room)\s*[\w-]+)\b[,\s]*", re.I
)
_STREET: Final = re.compile(r"^(?P<house>\d+[A-Za-z]?(?:-\d+)?)[\s,]+(?P<street>[A-Z].+)$", re.I)


def parse(text: str) -> Parts:
    """Parse an address of the United Kingdom.

    Examples
    --------
    >>> found = parse("Flat 2, 221B Baker Street, London NW1 6XE, UK")
    >>> found.unit, found.house, found.street, found.city, found.postal
    ('Flat 2', '221B', 'Baker Street', 'London', 'NW1 6XE')
    """
    text = _COUNTRY.sub("", text)
    nation = _NATION.search(text)
    if nation:
        text = text[: nation.start()]
    code = _POSTCODE.search(text.upper())
    postal = f"{code[1]} {code[2]}" if code else None
    if code:
        text = text[: code.start()] + text[code.end() :]
    unit_match = _UNIT.search(text)
    unit = unit_match.group(1) if unit_match else None
    body = f"{text[: unit_match.start()]},{text[unit_match.end() :]}" if unit_match else text
    pieces = [piece.strip() for piece in body.split(",") if piece.strip()]
    street = house = building = None
    for i, piece in enumerate(pieces):
        match = _STREET.match(piece)
        if match:
            house, street = match["house"], match["street"].strip()
            building = ", ".join(pieces[:i]) or None
            pieces = pieces[i + 1 :]
            break
    city = pieces[-1] if pieces else None
    province = nation.group(1).title() if nation else None
    confidence = 0.8 if postal and city and street else 0.6 if postal else 0.3
    return Parts(province, city, street, house, building, unit, postal, confidence)


UNITED_KINGDOM: Final = Grammar("GB", _POSTCODE, parse)
