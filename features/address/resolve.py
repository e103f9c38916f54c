"""From what the buyer typed to a place: the one entry of the resolver.

Pure and offline. It never raises on a text, and what it does not know it leaves unknown.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final

from msgspec import structs

from features.address.abroad import Given, resolve_abroad
from features.address.answer import answer, evidence_of_reading
from features.address.clean import Cleaned, lift, normalise
from features.address.countries import CHINESE, country_of
from features.address.detail import parse_detail
from features.address.divisions import judge
from features.address.gazetteer import china
from features.address.reading import read_china
from features.address.remainder import take_out
from features.address.repair import Repaired
from features.address.result import Resolution
from features.address.roads import mend_kind, mend_name
from features.address.romanised import find_latin_hits, names_china, parse_latin_detail

if TYPE_CHECKING:
    from features.address.confidence import Evidence

_HAN: Final = re.compile("[\u4e00-\u9fff]")
_KANA: Final = re.compile("[\u3041-\u30ff]")
_LETTERS: Final = re.compile(r"[^\W\d_]{2}")
_CHINA_ANYWHERE: Final = re.compile(
    r"\bP\.?\s?R\.?\s*(?:of\s+)?China\b\.?|\bPRC\b|\bChina\b", re.IGNORECASE
)
_TAIWAN: Final = "71"


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


def evidence_of(raw: str) -> Evidence | None:
    """Give the uncalibrated evidence for the divisions of a Chinese address; None without any.

    Examples
    --------
    >>> evidence_of("上海市浦东新区张江路288弄").kind
    'deep'
    """
    lifted = lift(*normalise(raw))
    done, _ = read_china(lifted.text, china())
    return evidence_of_reading(done, lifted, china()) if done.located.path else None


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
    return answer(raw, country, lifted, Repaired(lifted.text, found), detail, gazetteer)


def _resolve_china(raw: str, lifted: Cleaned, country: str | None) -> Resolution:
    """Resolve a cleaned Chinese address."""
    gazetteer = china()
    done, edges = read_china(lifted.text, gazetteer)
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
    return answer(raw, country, lifted, done, detail, gazetteer, left.township)
