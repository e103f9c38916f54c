"""Cities abroad: which one a text names, and in which country and division."""

from __future__ import annotations

import io
import json
import re
import unicodedata
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from math import pi, sqrt
from typing import TYPE_CHECKING, Any, Final

from features.address.countries.divisions import DIVISIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOWN_STREET: Final = "street"
"""A town of Somerset; within a longer part of a text it is a kind of road."""
_BEHIND_ROAD: Final = re.compile(
    r"^\d+\w?\s.*\b(?:street|st|road|rd|avenue|ave|lane|ln)\b\.?\s+([^\W\d_][\w .'’-]+)$",
    re.IGNORECASE,
)
"""What stands behind a road without a comma is its city."""
_SEPARATORS: Final = re.compile(r"[,;\n|/()]+|\s-\s")
_DIGITS: Final = re.compile(r"\S*\d\S*")
_PUNCTUATION: Final = re.compile(r"[.'’`\u02bc\-\s]+")
_MAX_WORDS: Final = 5
_DENSITY: Final = 1_600
"""People on a square kilometre of a spread-out city; New York's urban area has 2,000."""
_LEAST_RADIUS_M: Final = 2_000
_DOMINATES: Final = 4
"""How many times larger than its namesake in another country a city must be to tell it."""


@dataclass(frozen=True, slots=True)
class City:
    """A city abroad.

    Parameters
    ----------
    name
        Its name; in Japan's own script there.
    country
        ISO 3166 alpha-2 code.
    division
        Name of the first-level division, or None when not known.
    lat, lon
        WGS-84 degrees, to two decimals.
    people
        Inhabitants, in thousands.
    """

    name: str
    country: str
    division: str | None
    lat: float
    lon: float
    people: int

    @property
    def radius_m(self) -> int:
        """Estimate how far the city reaches, from how many live there.

        Examples
        --------
        >>> City("New York", "US", "New York", 40.71, -74.01, 8_804).radius_m
        43851
        """
        return round(_LEAST_RADIUS_M + 1_000 * sqrt(1_000 * self.people / (pi * _DENSITY)))


def fold(text: str) -> str:
    """Fold case, accents and punctuation.

    Examples
    --------
    >>> fold("São-Paulo"), fold("St. Louis"), fold("Köln")
    ('sao paulo', 'st louis', 'koln')
    """
    if text.isascii():
        return _PUNCTUATION.sub(" ", text.casefold()).strip()
    bare = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(c for c in bare if not unicodedata.combining(c))
    return _PUNCTUATION.sub(" ", unicodedata.normalize("NFC", kept)).strip()


@lru_cache(maxsize=16)
def _document(name: str) -> dict[str, Any]:
    """Read one part of the shipped cities; most texts need one country, if any."""
    packed = files("features.address").joinpath("data/cities.zip").read_bytes()
    with zipfile.ZipFile(io.BytesIO(packed)) as pack:
        if name not in pack.namelist():
            return {}
        document: dict[str, Any] = json.loads(pack.read(name))
    return document


def country_names() -> dict[str, str]:
    """Map folded English names of countries to their codes."""
    return _document("names")


def _cities(country: str, key: str) -> list[City]:
    """List the cities of a folded name, the largest first."""
    document = _document(country)
    divisions = DIVISIONS.get(country, {})
    found = []
    for at in document.get("keys", {}).get(key, ()):
        name, division, lat, lon, people = document["rows"][at]
        found.append(City(name, country, divisions.get(division), lat, lon, people))
    return found


def find_city(text: str, country: str, division: str | None = None) -> City | None:
    """Find the city of a country that a text names; a division named beside it decides.

    Examples
    --------
    >>> found = find_city("Duesseldorf, Koenigsallee 60", "DE")
    >>> found.name, found.division
    ('Düsseldorf', 'Nordrhein-Westfalen')
    >>> find_city("Springfield", "US", "Illinois").division
    'Illinois'
    """
    best: tuple[tuple[bool, int, int], City] | None = None
    for key, place in _phrases(text):
        if key == _TOWN_STREET and not place:
            continue
        for city in _cities(country, key):
            if division is not None and city.division not in {division, None}:
                continue
            rank = (place, min(city.people, 50), len(key))
            if best is None or rank > best[0]:
                best = rank, city
            break
    return best[1] if best else None


def city_at_end(text: str, country: str, division: str | None) -> tuple[str, str] | None:
    """Find the longest known city that a text ends with: its name, and what was typed.

    Examples
    --------
    >>> city_at_end("4 Pennsylvania Plaza New York", "US", "New York")
    ('New York', 'New York')
    """
    words = text.split(" ")
    for size in range(min(_MAX_WORDS, len(words)), 0, -1):
        typed = " ".join(words[-size:])
        for city in _cities(country, fold(typed)):
            if division is None or city.division == division:
                return city.name, typed
    return None


def guess_country(text: str) -> str | None:
    """Guess the country from a large city that has no namesake of its size elsewhere.

    Examples
    --------
    >>> guess_country("Reeperbahn 1, Hamburg"), guess_country("Main Street 5")
    ('DE', None)
    >>> guess_country("221B Baker St London")
    'GB'
    """
    large = _document("large")
    behind = _BEHIND_ROAD.search(text)
    text = f"{text},{behind[1]}" if behind else text
    named = [large[key] for key, whole in _phrases(text) if whole and key in large]
    if not named:
        return None
    (country, people), *others = max(named, key=lambda many: many[0][1])
    rival = next((size for code, size in others if code != country), 0)
    return str(country) if people >= _DOMINATES * rival else None


def is_certain(city: City) -> bool:
    """Tell whether no namesake of half its size lies in another division of the country."""
    many = _cities(city.country, fold(city.name))
    return all(c.division == city.division or 2 * c.people < city.people for c in many)


def _phrases(text: str) -> Iterator[tuple[str, bool]]:
    """List word groups that may be a city's name, and whether one is a whole part of the text."""
    for part in _SEPARATORS.split(text):
        words = fold(_DIGITS.sub(" ", part)).split()
        for size in range(min(_MAX_WORDS, len(words)), 0, -1):
            if size == len(words):
                yield " ".join(words), True
            else:
                yield " ".join(words[-size:]), False
                yield " ".join(words[:size]), False
