"""United States: number street, unit, city, ST 12345."""

from __future__ import annotations

import re
from typing import Final

from features.address.countries.parts import Grammar, Parts

STATES: Final[dict[str, str]] = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California",
    "CO": "Colorado", "CT": "Connecticut", "DE": "Delaware", "DC": "District of Columbia",
    "FL": "Florida", "GA": "Georgia", "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois",
    "IN": "Indiana", "IA": "Iowa", "KS": "Kansas", "KY": "Kentucky", "LA": "Louisiana",
    "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan", "MN": "Minnesota",
    "MS": "Mississippi", "MO": "Missouri", "MT": "Montana", "NE": "Nebraska", "NV": "Nevada",
    "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico", "NY": "New York",
    "NC": "North Carolina", "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon",
    "PA": "Pennsylvania", "PR": "Puerto Rico", "RI": "Rhode Island", "SC": "South Carolina",
    "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VT": "Vermont",
    "VA": "Virginia", "WA": "Washington", "WV": "West Virginia", "WI": "Wisconsin",
    "WY": "Wyoming",
}  # fmt: skip

_CODES: Final = "|".join(STATES)
_NAMES: Final = "|".join(sorted(STATES.values(), key=len, reverse=True))
_BY_NAME: Final = {name.lower(): name for name in STATES.values()}
_COUNTRY: Final = re.compile(r"[\s,]*(?:U\.?S\.?A?\.?|United States(?: of America)?)\s*$", re.I)
_PLACE: Final = re.compile(
    rf"(?:^|,|\s)\s*(?:(?P<code>{_CODES})|(?P<name>(?i:{_NAMES})))\.?,?\s*(?P<zip>\d{{5}}(?:-\d{{4}})?)?$"
)
_UNIT: Final = re.compile(
    r"[,\s]+((?:Apt|Apartment|Unit|Suite|Ste|Rm|Room|Fl|Floor|Bldg)\.?\s*#?\s*[\w-]+|#\s*[\w-]+)\b",
    re.I,
)
_STREET: Final = re.compile(
    r"^(?P<house>\d+[A-Za-z]?(?:-\d+)?(?:\s1/2)?)\s+(?P<street>[^,]+?)\s*(?:,|$)"
)
_KIND: Final = re.compile(
    r"^(.*\b(?:street|st|avenue|ave|road|rd|boulevard|blvd|drive|dr|lane|ln|court|ct|way|place|pl|"
    r"terrace|ter|parkway|pkwy|highway|hwy|circle|cir|square|sq|trail|broadway)\b\.?"
    r"(?:\s(?:n|s|e|w|ne|nw|se|sw)\b\.?)?)\s+(.+)$",
    re.I,
)


def parse(text: str) -> Parts:
    """Parse an address of the United States.

    Examples
    --------
    >>> found = parse("1600 Pennsylvania Ave NW, Washington, DC 20500")
    >>> found.house, found.street, found.city, found.province, found.postal
    ('1600', 'Pennsylvania Ave NW', 'Washington', 'District of Columbia', '20500')
    """
    text = _COUNTRY.sub("", text).strip(" ,")
    place = _PLACE.search(text)
    state = postal = None
    if place:
        state = STATES[place["code"]] if place["code"] else _BY_NAME[place["name"].lower()]
        postal = place["zip"]
        text = text[: place.start()].strip(" ,")
    unit_match = _UNIT.search(text)
    unit = None
    if unit_match:
        unit = " ".join(unit_match.group(1).split())
        text = text[: unit_match.start()] + ", " + text[unit_match.end() :].lstrip(" ,")
        text = text.strip(" ,")
    street = _STREET.match(text)
    if street is None:
        city = text.rpartition(",")[2].strip() or None if place else None
        return Parts(state, city, postal=postal, unit=unit, confidence=0.6 if place else 0.2)
    house, road = street["house"], street["street"].strip()
    city = text[street.end() :].strip(" ,").rpartition(",")[2].strip() or None
    if city is None and place:
        road, city = _split_city(road)
    confidence = 0.9 if place and postal and city else 0.7 if place else 0.3
    return Parts(state, city, road, house, unit=unit, postal=postal, confidence=confidence)


def _split_city(road: str) -> tuple[str, str | None]:
    """Split a road from the city that follows it without a comma."""
    match = _KIND.match(road)
    return (match.group(1), match.group(2)) if match else (road, None)


UNITED_STATES: Final = Grammar(
    "US", re.compile(rf"\b(?:{_CODES})\.?,?\s+\d{{5}}(?:-\d{{4}})?\b"), parse
)
