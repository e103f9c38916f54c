"""From what the buyer typed to a place: the one entry of the resolver.

Pure and offline. It never raises on a text, and what it does not know it leaves unknown.
"""

from __future__ import annotations

import re
from functools import lru_cache, partial
from itertools import accumulate, pairwise
from math import floor
from typing import TYPE_CHECKING, Final

from msgspec import structs

from features.address.abroad import Given, resolve_abroad
from features.address.clean import MARK, Cleaned, lift, normalise
from features.address.confidence import UNTRUSTED, Evidence, Kind, calibrated
from features.address.countries import CHINESE, country_of
from features.address.detail import Detail, parse_detail
from features.address.disguise import undisguised
from features.address.divisions import Located, judge, levels_named, locate, with_quarter
from features.address.gazetteer import CITY, COUNTY, PROVINCE, Division, Gazetteer, china
from features.address.hits import without_sign
from features.address.record import Record
from features.address.remainder import take_out
from features.address.repair import Repaired, repair
from features.address.result import Candidate, Resolution
from features.address.roads import mend_kind, mend_name
from features.address.romanised import find_latin_hits, names_china, parse_latin_detail

if TYPE_CHECKING:
    from features.address.hits import Hit

_HAN: Final = re.compile("[\u4e00-\u9fff]")
_KANA: Final = re.compile("[\u3041-\u30ff]")
_LETTERS: Final = re.compile(r"[^\W\d_]{2}")
_CHINA_NAMES: Final = re.compile(
    "^(?:中华人民共和国|P\\.?R\\.?\\s?China|China)[,，\\s]*", re.IGNORECASE
)
_CHINA_ANYWHERE: Final = re.compile(
    r"\bP\.?\s?R\.?\s*(?:of\s+)?China\b\.?|\bPRC\b|\bChina\b", re.IGNORECASE
)
_SEPARATORS: Final = re.compile(r"[\s,，;；|、/\\。]+")
_UNTIDY: Final = re.compile(r"[ \t\n,，;；|、/\\。*]")
"""A text without any of these is one word."""
_EDGES: Final = re.compile(r"[,，;；、|]")
"""No road or name reaches across these; spaces stand anywhere."""
_GOES_ON: Final = re.compile(
    r"[东南西北中]?[一二三四五六七八九十\d]*(?:路|街|大道|大街|巷|段|号|弄|[栋幢座]|单元|室)"
)
"""Words that belong to the one before them: 中山 北路."""
_CHINA: Final = "中国"
_SPACED_NUMBER: Final = re.compile(r"(?<!\d)\d(?: \d){2,}(?!\d)")
_BETWEEN_NUMBERS: Final = re.compile(r"(?<=\d)[\s,，;；、]+(?=\d)")
"""Of 人民路12 3栋 the two numbers are not one."""
_BELOW_COUNTY: Final = ("街道", "镇", "乡", "路", "街", "道", "段")
"""A repair of a township or road leaves the divisions above it as sure as they are."""
_DOOR: Final = re.compile("[\u4e00-\u9fff](?:路|大?街|大道|巷)\\d{1,5}[号弄]")
_LEVELS: Final = {PROVINCE: "province", CITY: "city", COUNTY: "district"}
_MASK: Final = re.compile(r"\*{2,}")
_TAIWAN: Final = "71"
_REGIONS: Final = {"81": "HK", "82": "MO", "71": "TW"}


def prepare() -> None:
    """Load everything that the first address would otherwise wait for.

    Examples
    --------
    >>> prepare()
    """
    resolve("上海市铺东新区张江路288弄")
    resolve("昆山张浦镇俱进路1号")
    resolve("88 Jianguo Rd, Chaoyang District, Beijing, China")


def resolve(raw: str, country: str | None = None) -> Resolution:
    """Resolve an address text.

    Parameters
    ----------
    raw
        What the buyer typed, whatever it is.
    country
        ISO 3166 alpha-2 code when the order says it.

    Returns
    -------
    Resolution
        Level 0 when nothing is known.

    Examples
    --------
    >>> place = resolve("上海市浦东新区张江路288弄X栋")
    >>> place.province, place.city, place.district, place.street, place.house, place.building
    ('上海市', '上海市', '浦东新区', '张江路', '288弄', 'X栋')
    >>> resolve("13800138000").precision
    'unknown'
    """
    text, unusable = normalise(raw)
    if not text:
        return Resolution(raw, unusable=(*unusable, "empty text"))
    code = country.strip().upper()[:2] if country else None
    if _is_chinese(text, code):
        return _resolve_china(raw, lift(text, unusable), code)
    if not _LETTERS.search(text):
        lifted = lift(text)
        return Resolution(
            raw,
            country=code,
            level=1 if code else 0,
            phone=lifted.phone,
            email=lifted.email,
            unusable=(*unusable, "no place in the text"),
        )
    if code in CHINESE or (code is None and country_of(text) in {None, *CHINESE}):
        gazetteer = china()
        if code is not None or names_china(text, gazetteer):
            return _resolve_romanised(raw, text, code, unusable)
    return resolve_abroad(raw, text, code, unusable)


def resolve_parts(
    line: str | None,
    *,
    country: str | None = None,
    region: str | None = None,
    city: str | None = None,
    district: str | None = None,
    town: str | None = None,
    postal: str | None = None,
) -> Resolution:
    """Resolve an address that a channel gives in parts.

    Parameters
    ----------
    line
        The street line, whether or not it repeats the divisions.
    country
        ISO 3166 alpha-2 code.
    region, city, district, town
        Divisions as the channel names them, from the largest down.
    postal
        Postal code.

    Returns
    -------
    Resolution
        As of one text that holds all of them.

    Examples
    --------
    >>> place = resolve_parts("文三路398号****", country="CN", region="浙江", city="杭州",
    ...                       district="西湖区")
    >>> place.adcode, place.street, place.house, place.is_masked
    ('330106', '文三路', '398号', True)
    >>> resolve_parts("12 Main St", country="US", city="Springfield", postal="62701").city
    'Springfield'
    """
    divisions = [part for part in (region, city, district, town) if part]
    code = country.strip().upper()[:2] if country else None
    joined = " ".join([*divisions, line or ""])
    if _is_chinese(joined, code):
        return resolve(joined, code)
    text, unusable = normalise(line or "")
    if code is None:
        return resolve(", ".join(part for part in (line, *reversed(divisions), postal) if part))
    given = Given(region, city, district, town, postal)
    return resolve_abroad(line or "", text, code, unusable, given=given)


def _is_chinese(text: str, country: str | None) -> bool:
    """Tell whether the Chinese grammar applies."""
    if country is not None:
        return country in CHINESE and bool(_HAN.search(text))
    if not _HAN.search(text) or _KANA.search(text):
        return False
    return country_of(text) in {None, "CN"}


def _resolve_romanised(
    raw: str, text: str, country: str | None, unusable: tuple[str, ...]
) -> Resolution:
    """Resolve a Chinese address in Latin letters."""
    gazetteer = china()
    text = _CHINA_ANYWHERE.sub(" ", text)
    lifted = lift(text, unusable)
    hits = find_latin_hits(lifted.text, gazetteer)
    found = judge(hits, gazetteer)
    detail = parse_latin_detail(lifted.text, hits)
    return _resolution(raw, country, lifted, Repaired(lifted.text, found), detail, gazetteer)


def _resolve_china(raw: str, lifted: Cleaned, country: str | None) -> Resolution:
    """Resolve a cleaned Chinese address."""
    gazetteer = china()
    done, edges = _read_china(lifted.text, gazetteer)
    found = done.located
    left = take_out(done.text, edges, found, gazetteer)
    rest, kind = mend_kind(left.text)
    detail = parse_detail(
        rest,
        partial(gazetteer.has_area, found.path[-1]) if found.path else None,
        has_lanes=bool(found.path) and gazetteer.nodes[found.path[0]].code[:2] == _TAIWAN,
    )
    road = mend_name(detail.street, gazetteer) if detail.street else None
    if road:
        detail = structs.replace(detail, street=road.right)
    if left.misspelt or kind or road:
        below = filter(None, (left.misspelt, kind, road))
        done = structs.replace(done, repairs=(*done.repairs, *below))
    return _resolution(raw, country, lifted, done, detail, gazetteer, left.township)


def _read_china(text: str, gazetteer: Gazetteer) -> tuple[Repaired, tuple[int, ...]]:
    """Find the divisions of a cleaned Chinese text, repairing their names where that is needed.

    Returns
    -------
    tuple[Repaired, tuple[int, ...]]
        The text with its divisions, and where commas stood in it.
    """
    if gazetteer.traditional.search(text):
        text = text.translate(gazetteer.simplified)
    simplified = undisguised(text)
    country = _CHINA_NAMES.match(simplified)
    simplified = simplified[country.end() :] if country else simplified
    parts = _parts(simplified) if _UNTIDY.search(simplified) else [simplified]
    if parts and parts[0].startswith(_CHINA) and _is_country(parts[0], gazetteer):
        parts[0] = parts[0][len(_CHINA) :]
    if parts:
        parts[0] = without_sign(parts[0], gazetteer)
    text = "".join(parts)
    edges = tuple(accumulate(map(len, parts)))[:-1] if len(parts) > 1 else ()
    done = repair(text, locate(text, gazetteer), gazetteer)
    located = with_quarter(done.text, done.located, gazetteer)
    if located is not done.located:
        done = structs.replace(done, located=located)
    return done, edges


def _parts(text: str) -> list[str]:
    """Split a text where no name reaches across, and take out what stands between words."""
    if all(len(word) == 1 for word in text.split(" ")):
        text = text.replace(" ", "")
    text = _BETWEEN_NUMBERS.sub(MARK, _SPACED_NUMBER.sub(_joined, text))
    words = _words(_MASK.sub("", text))
    return [part for word in words if (part := _SEPARATORS.sub("", word))]


def _words(text: str) -> list[str]:
    """Split a text where no name reaches across: at commas, and at spaces between whole words."""
    words = _EDGES.split(text)
    spaced = [part for word in words for part in word.split()]
    if len(spaced) > len(words) and all(len(word) > 1 for word in spaced):
        starts = [i for i, word in enumerate(spaced) if not i or not _GOES_ON.match(word)]
        return ["".join(spaced[a:b]) for a, b in pairwise([*starts, len(spaced)])]
    return words


def _is_country(text: str, gazetteer: Gazetteer) -> bool:
    """Tell whether 中国 stands before a division, and does not begin 中国人民大学."""
    behind = text[len(_CHINA) :]
    lengths = gazetteer.lengths.get(_CHINA, ())
    is_landmark = any(text[:length] in gazetteer.names for length in lengths)
    return not behind or (behind[:2] in gazetteer.lengths and not is_landmark)


def _joined(number: re.Match[str]) -> str:
    return number.group().replace(" ", "")


def evidence_of(raw: str) -> Evidence | None:
    """Give the uncalibrated evidence for the divisions of a Chinese address; None without any.

    Examples
    --------
    >>> evidence_of("上海市浦东新区张江路288弄").kind
    'deep'
    """
    lifted = lift(*normalise(raw))
    done, _ = _read_china(lifted.text, china())
    return _evidence(done, lifted, china()) if done.located.path else None


def _resolution(
    raw: str,
    country: str | None,
    lifted: Cleaned,
    done: Repaired,
    detail: Detail,
    gazetteer: Gazetteer,
    township: str | None = None,
) -> Resolution:
    """Put together what was found."""
    text, found = done.text, done.located
    path = found.path
    confidence = calibrated(_evidence(done, lifted, gazetteer)) if path else 0.0
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


def _evidence(done: Repaired, lifted: Cleaned, gazetteer: Gazetteer) -> Evidence:
    """Weigh what speaks for the divisions found."""
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
