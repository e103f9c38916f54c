"""United States: number street, unit, city, ST 12345, or the city first."""

from __future__ import annotations

import re
from typing import Final

from features.address.countries.divisions import US as STATES
from features.address.countries.parts import Grammar, Parts
from features.address.countries.places import city_at_end, find_city

_CODES: Final = "|".join(STATES)
_NAMES: Final = "|".join(sorted(STATES.values(), key=len, reverse=True))
_BY_NAME: Final = {name.lower(): name for name in STATES.values()}
_COUNTRY: Final = re.compile(r"[\s,]*\b(?:U\.?S\.?A?\.?|United States(?: of America)?)\s*$", re.I)
_ZIP: Final = r"(?P<zip>\d{5}(?:-\d{4})?)"
_PLACES: Final = (
    re.compile(rf"(?:^|[,\s])\s*(?P<state>{_CODES}|{_NAMES})\.?,?\s*{_ZIP}(?=\s*(?:,|$))", re.I),
    re.compile(rf"(?:^|[,\s])\s*(?P<state>{_CODES})\.?(?P<zip>)(?=\s*(?:,|$))"),
    re.compile(rf"(?:^|,)\s*(?P<state>{_NAMES})(?P<zip>)\s*$", re.I),
    re.compile(rf"(?:^|[,\s])\s*(?P<state>{_CODES}|{_NAMES})\.?(?P<zip>)\s*$", re.I),
)
"""Where state and postal code stand, the surest form first."""

_UNIT: Final = re.compile(
    r"(?:^|[,\s]+)((?:Apt|Apartment|Unit|Suite|Ste|Rm|Room|Floor|Fl|Bldg)\b\.?\s*#?\s*[\w-]+|#\s*[\w-]+"
    r"|\d{1,3}(?:st|nd|rd|th)\s(?:Floor|Fl)\b\.?)"
    r"(?=$|[,\s])",
    re.I,
)
_BOX: Final = re.compile(r"\bP\.?\s?O\.?\s?Box\s+\d+\b", re.I)
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
    >>> found = parse("221 W 57th St #12A New York NY 10019")
    >>> found.street, found.unit, found.city
    ('W 57th St', '#12A', 'New York')
    """
    text = _BOX.sub("", _COUNTRY.sub("", text)).strip(" ,")
    place = next((found for shape in _PLACES if (found := shape.search(text))), None)
    state = postal = None
    before, behind = text, ""
    if place:
        state = STATES.get(place["state"].upper()) or _BY_NAME[place["state"].lower()]
        postal = place["zip"] or None
        before, behind = text[: place.start()].strip(" ,"), text[place.end() :].strip(" ,")
    unit, before = _take_unit(before)
    if unit is None:
        unit, behind = _take_unit(behind)
    city, before = _take_city(before, state)
    street = _STREET.match(before) or _STREET.match(behind)
    known = find_city(city, "US", state) if city else None
    confidence = (0.97 if known else 0.8 if city else 0.6) if place else 0.3
    if street is None:
        return Parts(state, city, postal=postal, unit=unit, confidence=confidence, point=known)
    return Parts(
        state, city, street["street"].strip(), street["house"],
        unit=unit, postal=postal, confidence=confidence, point=known,
    )  # fmt: skip


def _take_unit(text: str) -> tuple[str | None, str]:
    match = _UNIT.search(text)
    if match is None:
        return None, text
    unit = " ".join(match.group(1).split())
    return unit, (text[: match.start()] + ", " + text[match.end() :].lstrip(" ,")).strip(" ,")


def _take_city(before: str, state: str | None) -> tuple[str | None, str]:
    """Split the city from the street in front of it, with or without a comma."""
    head, comma, last = before.rpartition(",")
    known = city_at_end(last, "US", state) if state else None
    if known:
        return known[0], (head + comma + last[: -len(known[1])]).strip(" ,")
    if state is None:
        return None, before
    if comma:
        return last.strip() or None, head.strip(" ,")
    if not _STREET.match(before):
        return before or None, ""
    match = _KIND.match(before)
    return (match.group(2), match.group(1)) if match else (None, before)


UNITED_STATES: Final = Grammar(
    "US",
    re.compile(
        rf"\b(?:{_CODES})\.?,?\s+\d{{5}}(?:-\d{{4}})?\b|\b(?:{_NAMES}),?\s+\d{{5}}\b"
        rf"|^\d+\s[^,]+,[^,]+,\s*(?:{_NAMES})\s*$"
    ),
    parse,
)
