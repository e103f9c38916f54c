"""What was found of an address, put together as the answer."""

from __future__ import annotations

import re
from functools import lru_cache
from math import floor
from typing import TYPE_CHECKING, Final

from features.address.confidence import UNTRUSTED, Evidence, Kind, calibrated
from features.address.divisions import Located, levels_named
from features.address.meanings import CITY, COUNTY, PROVINCE, Division
from features.address.record import Record
from features.address.result import Candidate, Resolution

if TYPE_CHECKING:
    from features.address.clean import Cleaned
    from features.address.detail import Detail
    from features.address.gazetteer import Gazetteer
    from features.address.hits import Hit
    from features.address.repair import Repaired

_BELOW_COUNTY: Final = ("街道", "镇", "乡", "路", "街", "道", "段")
"""A repair of a township or road leaves the divisions above it as sure as they are."""
_DOOR: Final = re.compile("[\u4e00-\u9fff](?:路|大?街|大道|巷)\\d{1,5}[号弄]")
_LEVELS: Final = {PROVINCE: "province", CITY: "city", COUNTY: "district"}
_REGIONS: Final = {"81": "HK", "82": "MO", "71": "TW"}


def answer(
    raw: str,
    country: str | None,
    lifted: Cleaned,
    done: Repaired,
    detail: Detail,
    gazetteer: Gazetteer,
    township: str | None = None,
) -> Resolution:
    """Put together what was found.

    Parameters
    ----------
    raw, country
        The text as it was typed, and the country that was given beside it.
    lifted
        The cleaned text, and what stood in it that is no address.
    done
        The divisions that it names, and how they were mended.
    detail
        What stands below them.
    gazetteer
        Every division.
    township
        The township, where one is named.

    Examples
    --------
    >>> from features.address.clean import lift
    >>> from features.address.detail import parse_detail
    >>> from features.address.gazetteer import china
    >>> from features.address.reading import read_china
    >>> lifted = lift("杭州市西湖区")
    >>> done, _ = read_china(lifted.text, china())
    >>> told = answer("杭州市西湖区", None, lifted, done, parse_detail("文三路9号"), china())
    >>> told.adcode, told.street, told.house, told.inferred
    ('330106', '文三路', '9号', ('province',))
    """
    text, found = done.text, done.located
    path = found.path
    confidence = calibrated(evidence_of_reading(done, lifted, gazetteer)) if path else 0.0
    place = _place(path[-1], gazetteer) if path else _NOWHERE
    level = _level(place, township, detail) or int(bool(found.readings))
    return Resolution(
        raw=raw,
        country=(place.country if path else _country(found, gazetteer)) or country,
        province=place.province,
        city=place.city,
        district=place.district,
        township=township,
        street=detail.street,
        house=detail.house,
        building=detail.building,
        unit=detail.unit_and_room,
        postal=lifted.postal,
        adcode=place.adcode,
        lat=place.lat,
        lon=place.lon,
        radius_m=place.radius_m,
        level=level,
        confidence=confidence,
        candidates=_candidates(found, confidence, gazetteer),
        estate=detail.estate,
        room=detail.room,
        phone=lifted.phone,
        name=lifted.name,
        email=lifted.email,
        remarks=lifted.remarks,
        inferred=_inferred(found, gazetteer),
        replaced=_replaced(text, found, gazetteer),
        corrected=tuple([(one.typed, one.right) for one in done.repairs]),
        is_masked="**" in lifted.text,
        unusable=_unusable(lifted, text, found),
    )


def _country(found: Located, gazetteer: Gazetteer) -> str | None:
    """Name the country that all readings share."""
    codes = {_place(path[-1], gazetteer).country for path, _ in found.readings}
    return codes.pop() if len(codes) == 1 else None


class _Place(Record, frozen=True):
    """What is known of a division and those above it."""

    country: str | None = None
    province: str | None = None
    city: str | None = None
    district: str | None = None
    adcode: str | None = None
    lat: float | None = None
    lon: float | None = None
    radius_m: int | None = None
    level: int = 0


_NOWHERE: Final = _Place()


@lru_cache(maxsize=8192)
def _place(node: int, gazetteer: Gazetteer) -> _Place:
    """Tell what is known of a division, once for all addresses in it."""
    path, deepest = gazetteer.paths[node], gazetteer.nodes[node]
    is_municipality = deepest.level == PROVINCE and deepest.name.endswith(("市", "特别行政区"))
    placed = _placed(path, gazetteer)
    return _Place(
        _REGIONS.get(deepest.code[:2], "CN"),
        *_division_names(path, gazetteer),
        deepest.code,
        placed.lat if placed else None,
        placed.lon if placed else None,
        gazetteer.radius_m(gazetteer.index[placed.code]) if placed else None,
        {PROVINCE: 3 if is_municipality else 2, CITY: 3, COUNTY: 4}[deepest.level],
    )


def _division_names(
    path: tuple[int, ...], gazetteer: Gazetteer
) -> tuple[str | None, str | None, str | None]:
    """Name province, city and county of a path.

    A municipality is its own city; a county-level city right under its province stands for both
    city and county, as carriers book it.
    """
    names = {gazetteer.nodes[i].level: gazetteer.nodes[i].name for i in path}
    province, city, county = names[PROVINCE], names.get(CITY), names.get(COUNTY)
    if city is None:
        is_municipality = province.endswith(("市", "特别行政区"))
        city = province if is_municipality else county
    return province, city, county


def _level(place: _Place, township: str | None, detail: Detail) -> int:
    """Tell how exactly the place is known; a road in no known city is no place."""
    if place.level < 3:
        return place.level
    if detail.unit or detail.room:
        return 9
    if detail.building:
        return 8
    if detail.house:
        return 7
    if detail.street:
        return 6
    return 5 if township else place.level


def _placed(path: tuple[int, ...], gazetteer: Gazetteer) -> Division | None:
    """Find the deepest division with a centre; that of a province places nothing."""
    for i in reversed(path):
        node = gazetteer.nodes[i]
        if node.level == PROVINCE and not node.name.endswith(("市", "特别行政区")):
            return None
        if node.lat is not None:
            return node
    return None


def evidence_of_reading(done: Repaired, lifted: Cleaned, gazetteer: Gazetteer) -> Evidence:
    """Weigh what speaks for the divisions found; there must be any.

    Examples
    --------
    >>> from features.address.clean import lift
    >>> from features.address.gazetteer import china
    >>> from features.address.reading import read_china
    >>> for text in ("杭州市西湖区", "杭州市文三路"):
    ...     done, _ = read_china(text, china())
    ...     print(evidence_of_reading(done, lift(text), china()).kind)
    deep
    shallow
    """
    found = done.located
    trust = UNTRUSTED if found.has_second or _is_cut_or_followed(done, lifted) else 1.0
    whole = gazetteer.is_deepest(found.path[-1]) or _says_no_more(done)
    kind: Kind = "deep" if whole else "shallow"
    weight = found.confidence
    for one in done.repairs:
        if not one.right.endswith(_BELOW_COUNTY):
            kind = "repaired"
            weight *= one.likeness
    return Evidence(kind, weight, trust)


def _is_cut_or_followed(done: Repaired, lifted: Cleaned) -> bool:
    """Tell whether a text was cut, or another address follows the first one in it."""
    if lifted.unusable and any("beyond" in part for part in lifted.unusable):
        return True
    foreign = done.located.foreign
    return bool(foreign) and any(h.is_late for h in foreign) and _names_two_doors(done.text)


def _says_no_more(done: Repaired) -> bool:
    """Tell whether a text holds nothing but names of divisions."""
    return sum([hit.end - hit.start for hit in done.located.support]) >= len(done.text)


def _candidates(found: Located, confidence: float, gazetteer: Gazetteer) -> tuple[Candidate, ...]:
    """List the best readings; the one asserted has the confidence of the answer."""
    if len(found.readings) == 1 and found.readings[0][0] == found.path:
        return (_candidate(found.path, confidence, gazetteer),)
    asserted = [path == found.path for path, _ in found.readings]
    others = sum(share for (_, share), own in zip(found.readings, asserted, strict=True) if not own)
    # What the answer leaves is shared by the other readings; a tie asserts none of them.
    left = min(1.0, (1.0 - confidence) / others) if any(asserted) and others else 1.0
    return tuple(
        _candidate(path, confidence if own else floor(share * left * 1e4) / 1e4, gazetteer)
        for (path, share), own in zip(found.readings, asserted, strict=True)
    )


def _candidate(path: tuple[int, ...], confidence: float, gazetteer: Gazetteer) -> Candidate:
    place = _place(path[-1], gazetteer)
    return Candidate(place.province, place.city, place.district, place.adcode, confidence)


def _inferred(found: Located, gazetteer: Gazetteer) -> tuple[str, ...]:
    """Name the levels that were not in the text."""
    named = levels_named(found.support)
    if named.issuperset(found.path):
        return ()
    return tuple([_LEVELS[gazetteer.nodes[i].level] for i in found.path if i not in named])


def _replaced(text: str, found: Located, gazetteer: Gazetteer) -> tuple[tuple[str, str, int], ...]:
    """List former names, the names that took their place, and the year of the change."""
    on_path = set(found.path)
    return tuple(
        [
            (text[hit.start : hit.end], gazetteer.nodes[name.node].name, name.until)
            for hit in found.support
            if hit.names.has_former
            for name in hit.names.each
            if name.node in on_path and name.until and _only_former(hit, on_path)
        ]
    )


def _only_former(hit: Hit, path: set[int]) -> bool:
    """Tell whether no division of the path has the name today."""
    return not any(name.node in path and not name.until for name in hit.names.each)


def _unusable(lifted: Cleaned, text: str, found: Located) -> tuple[str, ...]:
    if not found.path:
        cause = "no division recognised" if text else "no place in the text"
        if found.readings:
            alone = len(found.readings) == 1
            cause = (
                "one place fits, but no more than a guess"
                if alone
                else ("several places fit equally well")
            )
        return (*lifted.unusable, cause)
    if found.has_second or _names_two_doors(text):
        return (*lifted.unusable, "a second address")
    return lifted.unusable


def _names_two_doors(text: str) -> bool:
    """Tell whether a text names two roads with a number each."""
    return text.count("号") + text.count("弄") > 1 and len(set(_DOOR.findall(text))) > 1
