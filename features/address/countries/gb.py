"""United Kingdom: unit, number street, town, postcode."""

from __future__ import annotations

import re
from typing import Final

from features.address.countries.parts import Grammar, Parts
from features.address.countries.places import find_city, fold

_COUNTRY: Final = re.compile(r"[\s,]*\b(?:U\.?K\.?|United Kingdom|Great Britain)\s*$", re.I)
_NATION: Final = re.compile(r"[\s,]*\b(England|Scotland|Wales|Northern Ireland)\s*$", re.I)
_POSTCODE: Final = re.compile(r"\b([A-Z]{1,2}\d[A-Z\d]?)\s*(\d[ABD-HJLNP-UW-Z]{2})\b")
_UNIT: Final = re.compile(
    r"(?:^|,)\s*((?:Flat|Apartment|Apt|Unit|Suite|Room)\s*[\w/-]+"
    r"|(?:Ground|First|Second|Third|\d{1,2}(?:st|nd|rd|th))\sFloor)\b[,\s]*",
    re.I,
)
_STREET: Final = re.compile(r"^(?P<house>\d+[A-Za-z]?(?:-\d+)?)[\s,]+(?P<street>[A-Z].+)$", re.I)
_ROAD: Final = re.compile(
    r"\s(?:Street|St|Road|Rd|Lane|Avenue|Ave|Close|Drive|Terrace|Gardens|Crescent|Court|Way)\.?$",
    re.I,
)
"""A piece that ends so is a road, though a village may be called like one."""
_AREA: Final = re.compile("^[A-Z]+")
_LONDON: Final = frozenset({"E", "EC", "N", "NW", "SE", "SW", "W", "WC"})
_NATION_AREAS: Final = {
    "Scotland": {"AB", "DD", "DG", "EH", "FK", "G", "HS", "IV", "KA", "KW", "KY", "ML", "PA", "PH",
                 "TD", "ZE"},
    "Wales": {"CF", "LD", "LL", "NP", "SA"},
    "Northern Ireland": {"BT"},
}  # fmt: skip
"""Postcode areas that lie in one nation other than England."""

_BORDER: Final = frozenset({"SY", "CH", "HR"})
"""Postcode areas on both sides of the border between England and Wales."""


def parse(text: str) -> Parts:
    """Parse an address of the United Kingdom.

    Examples
    --------
    >>> found = parse("Flat 2, 221B Baker Street, Marylebone, London NW1 6XE, UK")
    >>> found.unit, found.house, found.street, found.city, found.province, found.postal
    ('Flat 2', '221B', 'Baker Street', 'London', 'England', 'NW1 6XE')
    """
    text = _COUNTRY.sub("", text)
    nation_match = _NATION.search(text)
    if nation_match:
        text = text[: nation_match.start()]
    code = _POSTCODE.search(text.upper())
    postal = f"{code[1]} {code[2]}" if code else None
    if code:
        text = text[: code.start()] + "," + text[code.end() :]
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
    if street is None and len(pieces) > 1:
        at = next((i for i, piece in enumerate(pieces[:-1]) if _ROAD.search(piece)), None)
        if at is not None:
            street, building = pieces[at], ", ".join(pieces[:at]) or None
            pieces = pieces[at + 1 :]
    area = _AREA.match(postal) if postal else None
    in_london = area is not None and area.group() in _LONDON
    # Of 10 Queen Street nothing is a town, though one is called Street.
    behind = street if street and not _ROAD.search(street) else ""
    found = find_city("London" if in_london else ",".join(pieces) or behind, "GB")
    city = found.name if found else pieces[-1] if pieces else None
    if street and found and fold(street).endswith(fold(found.name)) and len(street.split()) > 2:
        street = street[: -len(found.name)].strip()
    nation = nation_match.group(1).title() if nation_match else None
    province = nation or _nation(area.group() if area else None)
    if province is None and found:
        province = found.division
    confidence = 0.95 if postal and found else 0.8 if found else 0.6 if postal else 0.3
    return Parts(province, city, street, house, building, unit, postal, confidence, found)


def _nation(area: str | None) -> str | None:
    """Tell the nation of a postcode area; None where it does not tell."""
    if area is None or area in _BORDER:
        return None
    return next((nation for nation, areas in _NATION_AREAS.items() if area in areas), "England")


UNITED_KINGDOM: Final = Grammar("GB", _POSTCODE, parse)
