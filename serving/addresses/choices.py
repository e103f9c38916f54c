"""The places an address may be: what resolver, index and providers say, put side by side."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from features.address.datum import distance_m
from features.address.gazetteer import china
from features.address.meanings import CITY, COUNTY
from features.address.result import PRECISIONS, Resolution

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from features.address.points import Match
    from features.address.result import Candidate
    from serving.geocoders.places import Geocode

SHOWN: Final = 3
AGREE_M: Final = 150.0
"""Metres within which two providers mean one place."""
LONE_TIE: Final = 0.85
"""Confidence at most of one provider's choice among places that fit equally well.

A geocoder that is asked for a name shared by two cities silently answers with one of them.
"""
CONTRADICTED: Final = 0.2
"""Share of its quality that a provider's place keeps which lies in no division that fits."""
_ERROR_M: Final = {9: 30, 8: 50, 7: 100, 6: 1_000, 5: 3_000}
"""Metres around a provider's point within which a place of a level lies."""
_AREA_LEVEL: Final = 5


@dataclass(frozen=True, slots=True)
class Choice:
    """One place that an address may be.

    Parameters
    ----------
    standard
        The whole address, as it would stand on the label.
    country, province, city, district, adcode, street, house, estate, building, unit
        Its parts; None is unknown.
    lat, lon
        Degrees, WGS-84.
    radius_m
        Metres around them within which the place lies.
    level
        How exactly the place is known: 0 unknown to 9 unit.
    confidence
        How likely it is the right one, in [0, 1].
    source
        Who says so: ``offline``, ``points`` or providers, joined by ``+``.
    """

    standard: str
    country: str | None
    province: str | None
    city: str | None
    district: str | None
    adcode: str | None
    street: str | None
    house: str | None
    estate: str | None
    building: str | None
    unit: str | None
    lat: float | None
    lon: float | None
    radius_m: int | None
    level: int
    confidence: float
    source: str

    def document(self) -> dict[str, Any]:
        """Write the choice as a JSON-able document that :class:`Choice` takes back."""
        return asdict(self)

    def address(self) -> dict[str, Any]:
        """Write the choice as the address of an order."""
        document = asdict(self)
        level = document.pop("level")
        return document | {"precision": PRECISIONS[level], "candidates": []}


def choices_of(
    place: Resolution, matches: Sequence[Match] = (), geocodes: Iterable[Geocode] = ()
) -> tuple[Choice, ...]:
    """Give at most three places that an address may be, the likeliest first.

    Parameters
    ----------
    place
        The address as it was resolved offline; its own words for road, number, building and unit
        stay as the buyer wrote them.
    matches
        Points of interest that are like it.
    geocodes
        What providers answered.

    Examples
    --------
    >>> from features.address.resolve import resolve
    >>> [choice.standard for choice in choices_of(resolve("朝阳区建国路88号"))]
    ['北京市朝阳区建国路88号', '吉林省长春市朝阳区建国路88号']
    """
    found = [_offline(place, candidate) for candidate in place.candidates]
    for match in matches:
        found = _with(found, _point(place, match))
    placed = (_geocoded(place, geocode, found) for geocode in geocodes)
    told = [choice for choice in placed if choice is not None]
    for choice in told:
        found = _with(found, _agreed(choice, told))
    return tuple(sorted(found, key=lambda choice: -choice.confidence)[:SHOWN])


def of_building(choice: Choice, place: Resolution) -> Choice:
    """Give a choice with the building and unit of another address that is equal up to them."""
    same = replace(
        choice, building=place.building, unit=place.unit, level=_level(place, choice.level)
    )
    return replace(same, standard=_standard(same))


def chosen_for(choice: Choice, place: Resolution) -> Choice:
    """Give a choice that a reviewer made, as the address of an equal text: nothing is surer."""
    source = "+".join(dict.fromkeys([*choice.source.split("+"), "review"]))
    return replace(of_building(choice, place), confidence=1.0, source=source)


def is_tie(place: Resolution) -> bool:
    """Tell whether several places fit an address equally well."""
    return place.adcode is None and len(place.candidates) > 1


def _offline(place: Resolution, candidate: Candidate) -> Choice:
    lat, lon, radius = _centre(candidate.adcode)
    if candidate.adcode is None or candidate.adcode == place.adcode:
        lat, lon, radius = place.lat, place.lon, place.radius_m
    choice = Choice(
        standard="",
        country=place.country,
        province=candidate.province,
        city=candidate.city,
        district=candidate.district,
        adcode=candidate.adcode,
        street=place.street,
        house=place.house,
        estate=place.estate,
        building=place.building,
        unit=place.unit,
        lat=lat,
        lon=lon,
        radius_m=radius,
        level=_level(place, 4 if candidate.district else 3),
        confidence=candidate.confidence,
        source="offline",
    )
    return replace(choice, standard=_standard(choice))


def _point(place: Resolution, match: Match) -> Choice:
    """Give the place of a point of interest; its road and number fill what the buyer left out."""
    point = match.point
    province, city, district = divisions(point.adcode)
    lat, lon, radius = _centre(point.adcode)
    if point.lat is not None:
        lat, lon, radius = point.lat, point.lon, _ERROR_M[7]
    choice = Choice(
        standard="",
        country="CN",
        province=province,
        city=city,
        district=district,
        adcode=point.adcode,
        street=place.street or point.street,
        house=place.house or point.house,
        estate=place.estate or point.name,
        building=place.building,
        unit=place.unit,
        lat=lat,
        lon=lon,
        radius_m=radius,
        level=_level(place, 7 if point.house else 6),
        confidence=match.confidence,
        source="points",
    )
    return replace(choice, standard=_standard(choice))


def _geocoded(place: Resolution, geocode: Geocode, known: Sequence[Choice]) -> Choice | None:
    """Give a provider's place; None where it says no more than a county that nobody can name."""
    adcode = geocode.adcode or _nearest(geocode, known)
    province, city, district = geocode.province, geocode.city, geocode.district
    if adcode is not None and adcode in china().index:
        province, city, district = divisions(adcode)
    if province is None and city is None:
        return None
    choice = Choice(
        standard="",
        country=geocode.country or place.country,
        province=province,
        city=city,
        district=district,
        adcode=adcode,
        street=place.street or geocode.street,
        house=place.house or geocode.house,
        estate=place.estate,
        building=place.building,
        unit=place.unit,
        lat=geocode.lat,
        lon=geocode.lon,
        radius_m=_ERROR_M.get(geocode.level, 10_000),
        level=_level(place, geocode.level),
        confidence=_sureness(place, geocode, adcode),
        source=geocode.provider,
    )
    return replace(choice, standard=_standard(choice))


def _sureness(place: Resolution, geocode: Geocode, adcode: str | None) -> float:
    """Say how likely a provider's place is right, beside what the text itself names."""
    if geocode.level < _AREA_LEVEL:
        return geocode.quality * CONTRADICTED
    if adcode is None:
        return geocode.quality if not place.candidates else geocode.quality * CONTRADICTED
    fitting = [c.confidence for c in place.candidates if c.adcode and _within(adcode, c.adcode)]
    if place.candidates and not fitting:
        return geocode.quality * CONTRADICTED
    if not place.candidates or is_tie(place):
        return min(_both(max(fitting, default=0.0), geocode.quality), LONE_TIE)
    return _both(max(fitting), geocode.quality)


def _agreed(choice: Choice, told: Sequence[Choice]) -> Choice:
    """Raise the confidence of a place that two providers mean."""
    others = [other for other in told if other.source != choice.source and _are_near(choice, other)]
    if not others:
        return choice
    names = "+".join(dict.fromkeys([choice.source, *(other.source for other in others)]))
    sure = choice.confidence
    for other in others:
        sure = _both(sure, other.confidence)
    return replace(choice, confidence=round(sure, 4), source=names)


def _are_near(one: Choice, other: Choice) -> bool:
    if one.lat is None or one.lon is None or other.lat is None or other.lon is None:
        return False
    return distance_m(one.lat, one.lon, other.lat, other.lon) <= AGREE_M


def _with(found: list[Choice], choice: Choice) -> list[Choice]:
    """Add a choice, or let it make an earlier one more exact that names the same place."""
    for at, known in enumerate(found):
        if known.standard == choice.standard or _refines(choice, known):
            best = max(known.confidence, choice.confidence)
            source = "+".join(dict.fromkeys((known.source + "+" + choice.source).split("+")))
            sharper = choice if choice.level >= known.level or known.lat is None else known
            merged = replace(sharper, confidence=best, source=source)
            return [*found[:at], merged, *found[at + 1 :]]
    return [*found, choice]


def _refines(choice: Choice, known: Choice) -> bool:
    """Tell whether a choice only adds a county, a point or a number to one that is known."""
    if choice.adcode is None or known.adcode is None or not _within(choice.adcode, known.adcode):
        return False
    return known.street in {None, choice.street} and known.house in {None, choice.house}


def _within(adcode: str, area: str) -> bool:
    """Tell whether a code lies in an area: 330106 lies in 330100, and in itself.

    Examples
    --------
    >>> _within("330106", "330100"), _within("330106", "330106"), _within("330106", "320100")
    (True, True, False)
    """
    while area.endswith("00") and len(area) > 2:
        area = area[:-2]
    return adcode.startswith(area)


def _both(one: float, other: float) -> float:
    """Join two sayings that do not depend on each other."""
    return round(1 - (1 - one) * (1 - other), 4)


def _nearest(geocode: Geocode, known: Sequence[Choice]) -> str | None:
    """Find the known place in whose circle a point lies that comes without words."""
    near = [
        (distance_m(geocode.lat, geocode.lon, choice.lat, choice.lon), choice.adcode)
        for choice in known
        if choice.lat is not None
        and choice.lon is not None
        and choice.adcode
        and distance_m(geocode.lat, geocode.lon, choice.lat, choice.lon) <= (choice.radius_m or 0)
    ]
    return min(near)[1] if near else None


def _centre(adcode: str | None) -> tuple[float | None, float | None, int | None]:
    gazetteer = china()
    node = gazetteer.index.get(adcode) if adcode else None
    if node is None:
        return None, None, None
    return gazetteer.nodes[node].lat, gazetteer.nodes[node].lon, gazetteer.radius_m(node)


def divisions(adcode: str) -> tuple[str | None, str | None, str | None]:
    """Name province, city and county of a code; None where there is no such level.

    Examples
    --------
    >>> divisions("330106"), divisions("310115")
    (('浙江省', '杭州市', '西湖区'), ('上海市', '上海市', '浦东新区'))
    """
    gazetteer = china()
    at = gazetteer.index.get(adcode)
    names: dict[int, str] = {}
    while at is not None and at >= 0:
        node = gazetteer.nodes[at]
        names[node.level] = node.name
        at = node.parent
    province = names.get(1)
    # A municipality is its own city; a county right under its province stands for both.
    is_city = province is not None and province.endswith(("市", "特别行政区"))
    city = names.get(CITY) or (province if is_city else names.get(COUNTY))
    return province, city, names.get(COUNTY)


def _level(place: Resolution, reached: int) -> int:
    parts = ((place.unit, 9), (place.building, 8), (place.house, 7), (place.street, 6))
    return max(reached, next((level for part, level in parts if part), 0))


def _standard(choice: Choice) -> str:
    return Resolution(
        "",
        country=choice.country,
        province=choice.province,
        city=choice.city,
        district=choice.district,
        street=choice.street,
        house=choice.house,
        estate=choice.estate,
        building=choice.building,
        unit=choice.unit,
    ).standard
