"""Names of divisions in a Chinese text: evidence, weighed by where it stands and what follows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from msgspec import structs

from features.address.hits.cut import is_no_name
from features.address.hits.hit import Hit
from features.address.hits.landmarks import of_campus
from features.address.hits.longest import longest
from features.address.hits.second_look import heads_road, is_above_the_next
from features.address.hits.signs import (
    COUNTY_SHORT,
    DETAIL_BEGINS,
    KIND,
    ROAD_AFTER,
    RURAL,
    WORD_ENDS,
    ends_in_kind,
)
from features.address.hits.townships import of_its_part, scan_townships
from features.address.hits.weight import weigh

if TYPE_CHECKING:
    from features.address.gazetteer import Gazetteer
    from features.address.meanings import Meanings

_LATE: Final = 0.3
"""Share of its weight that evidence after the first house number keeps."""
_LATE_SHORT: Final = 0.1
"""Share that a short name keeps there: it is more likely part of another word."""
_HEADS_ROAD: Final = 0.6
"""Share of its weight that a short name keeps before what is a whole road name itself."""
_ROAD_SOON: Final = re.compile(r"[\u4e00-\u9fff]{0,3}?(?:大道|大街|路|街(?!道)|巷)")
_APART: Final = 0.4
"""Share that a county's short name keeps which stands apart from the names before it."""


def find_hits(text: str, gazetteer: Gazetteer) -> list[Hit]:
    """Find every name of a division or township that a text without spaces holds.

    Examples
    --------
    >>> from features.address.gazetteer import china
    >>> [(hit.start, hit.end) for hit in find_hits("上海市南京东路300号", china())]
    [(0, 3)]
    """
    hits = _scan(text, gazetteer)
    townships = scan_townships(text, gazetteer, hits)
    if townships:
        hits = [
            of_its_part(hit, townships, gazetteer)
            for hit in hits
            if not any(one.start <= hit.start and hit.end <= one.end for one in townships)
        ]
    return hits + townships


def _scan(text: str, gazetteer: Gazetteer) -> list[Hit]:
    """Find division names from left to right, the longest first, without overlap."""
    hits: list[Hit] = []
    detail = DETAIL_BEGINS.search(text)
    late_from = detail.start() if detail else len(text)
    stop = 0
    heads, starts = gazetteer.heads, gazetteer.lengths
    # Hardly any two characters begin a name: to look for those first saves most of the time.
    for i in [i for i, c in enumerate(text) if c in heads and text[i : i + 2] in starts]:
        hit = _read(text, i, hits, gazetteer) if i >= stop else None
        if hit is None:
            continue
        stop = hit.end
        if hit.factor:
            is_late = i > late_from and bool(hits) and hits[0].start < late_from
            hits.append(_late(hit, text) if is_late else hit)
    return hits


def _read(text: str, start: int, hits: list[Hit], gazetteer: Gazetteer) -> Hit | None:
    """Read the name that begins at a place; one whose factor is 0 stands for no division."""
    end = longest(text, start, gazetteer)
    if end is None:
        return None
    names = gazetteer.names[text[start:end]]
    behind = hits[-1].end if hits else 0
    if start == behind and _is_whole(text, start, end, names):
        return Hit(start, end, names, has_kind=True)
    if is_no_name(text, start, end, names, hits, gazetteer):
        return None
    return _weighed(text, start, end, hits, gazetteer)


def _weighed(text: str, start: int, end: int, hits: list[Hit], gazetteer: Gazetteer) -> Hit:
    """Weigh a name by what follows it and by what was found before it."""
    names = gazetteer.names[text[start:end]]
    stop, factor = weigh(text, start, end, names, gazetteer)
    if not factor and names.is_landmark:
        end, names, stop, factor = _instead(text, start, end, gazetteer)
    if not factor and is_above_the_next(text, start, end, hits, gazetteer):
        stop, factor = end, 1.0
    elif not factor and heads_road(text, start, end, hits, gazetteer):
        factor = _HEADS_ROAD
    if ends_in_kind(text, start, stop):
        return Hit(start, stop, names, factor, has_kind=True)
    if _is_road_of_its_place(text, end, names, hits):
        factor = 0.0
    elif factor and names.strongest <= COUNTY_SHORT:
        factor *= _apart(text, start, stop, names, hits)
    return Hit(start, stop, names, factor)


def _late(hit: Hit, text: str) -> Hit:
    """Weigh a name behind the first house number."""
    share = _LATE if _names_its_place_last(text, hit.start, hit.end) else _LATE_SHORT
    return structs.replace(hit, factor=hit.factor * share, is_late=True)


def _is_whole(text: str, start: int, end: int, names: Meanings) -> bool:
    """Tell whether a name is a full one that nothing behind it makes another: 浙江省, 西湖区."""
    is_full = end - start > 2 and text[end - 1] in KIND and not names.is_landmark
    return is_full and text[end : end + 1] not in RURAL


def _is_road_of_its_place(text: str, end: int, names: Meanings, hits: list[Hit]) -> bool:
    """Tell whether a road is named after the division that it is in: 大名县大名府路."""
    if names.is_landmark or not hits or not hits[-1].has_kind:
        return False
    named = any(not hit.names.by_node.keys().isdisjoint(names.by_node) for hit in hits)
    return named and _ROAD_SOON.match(text, end) is not None


def _apart(text: str, start: int, end: int, names: Meanings, hits: list[Hit]) -> float:
    """Weigh a name that stands apart from those before it, or that has none before it.

    A landmark may stand anywhere, but 尖沙咀南路 behind words that say nothing is a road.
    """
    if not start or (hits and hits[-1].end == start and not hits[-1].names.is_landmark):
        return 1.0
    if end == len(text) and text[start - 1] in WORD_ENDS:
        return 1.0
    if text.startswith("校区", end):
        return 1.0
    if not names.is_landmark:
        return _APART
    return _APART if not hits and ROAD_AFTER.match(text, end) else 1.0


def _names_its_place_last(text: str, start: int, end: int) -> bool:
    """Tell whether a name behind the number may be a division: in full, or as the last word."""
    return (end - start > 2 and ends_in_kind(text, start, end)) or end == len(text)


def _instead(
    text: str, start: int, end: int, gazetteer: Gazetteer
) -> tuple[int, Meanings, int, float]:
    """Read a landmark that is not meant: its city for another campus, else what it begins with.

    天津大学附属中学 is not where 天津大学 is, but in 天津.
    """
    names = gazetteer.names[text[start:end]]
    campus = of_campus(text, end, names, gazetteer)
    if campus is not None:
        stop, meant = campus
        return end, meant, stop, 1.0
    inner = longest(text[: end - 1], start, gazetteer)
    if inner is None:
        return end, names, end, 0.0
    names = gazetteer.names[text[start:inner]]
    return inner, names, *weigh(text, start, inner, names, gazetteer)
