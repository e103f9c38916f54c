"""Which province, city and county a Chinese text names: evidence, paths, ties.

Every name found in the text is evidence for the divisions it may stand for. A reading is a path
from a province downwards; it gains what supports it and loses what contradicts it. The best
reading wins only by a clear margin: a tie stays a tie, and only what the tied readings share is
asserted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from math import exp
from typing import TYPE_CHECKING, Final

from features.address.gazetteer import CITY, COUNTY, PROVINCE, Gazetteer, Name

if TYPE_CHECKING:
    from collections.abc import Iterable

_ROAD_AFTER: Final = re.compile(
    r"[东南西北中上下内外前后新老正横]{0,2}[一二三四五六七八九十\d]{0,3}(?:环|支)?"
    r"(?:大道|大街|公路|马路|胡同|路|街(?!道)|巷|道(?!口)|弄)"
)
_PLACE_AFTER: Final = re.compile(
    r"大厦|广场|小区|花园|家园|花苑|公寓|新村|新城|大酒店|酒店|宾馆|饭店|银行|街道|苑|大楼|名邸|豪庭|豪园|"
    r"商城|商厦|商场|公馆|庭院|雅苑|雅居|山庄|里(?=\d)|村|镇|乡|楼|门(?![头源])"
)
_INSTITUTE_AFTER: Final = re.compile(r"[\u4e00-\u9fff]{0,4}?(?:大学|学院|医院|机场|火车站|站|公园)")
_KIND: Final = "省市区县州盟旗"
_TOWNSHIP_END: Final = re.compile("街道|[镇乡]|苏木")
_DETAIL_BEGINS: Final = re.compile(r"\d+\s*(?:号|弄|栋|幢|室|单元)|大道|路|街(?!道)|巷")

_CONFLICT: Final = 0.6
"""Share of its weight that evidence against a reading takes away."""
_DOUBTFUL: Final = 0.1
"""Share of that which a township or an everyday word takes away."""
_SHORT: Final = 0.3
"""Share of that which a short name of a county takes away."""
_SHORT_WEIGHT: Final = 0.7
_LATE: Final = 0.3
"""Share of its weight that evidence after the first house number keeps."""
_LATE_SHORT: Final = 0.1
"""Share that a short name keeps there: it is more likely part of another word."""

_WEAK: Final = 0.3
"""Share of its weight that the name of a university, hospital or airport keeps."""
_TOWNSHIP: Final = 0.6
_MARGIN: Final = 0.25
"""Lead below which two readings are tied."""
_TEMPERATURE: Final = 0.22
_MAX_OWNERS: Final = 40
"""Townships of a name held by more counties are no evidence without a named parent."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A name found in the text: ``text[start:end]``."""

    start: int
    end: int
    names: tuple[Name, ...]
    factor: float = 1.0
    is_township: bool = False
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """One path of divisions with what speaks for it."""

    path: tuple[int, ...]
    score: float
    support: tuple[Hit, ...]
    conflict: float


@dataclass(frozen=True, slots=True)
class Located:
    """What the text says about divisions.

    Parameters
    ----------
    path
        Divisions asserted, from the province down; empty when nothing is.
    confidence
        How likely the asserted path is right.
    readings
        The best readings with their confidence, likeliest first.
    support
        Evidence for the asserted path.
    foreign
        Full names of divisions that do not belong to the asserted path.
    has_second
        Whether another address follows the first one.
    """

    path: tuple[int, ...]
    confidence: float
    readings: tuple[tuple[tuple[int, ...], float], ...]
    support: tuple[Hit, ...]
    foreign: tuple[Hit, ...] = ()
    has_second: bool = False


def locate(text: str, gazetteer: Gazetteer) -> Located:
    """Find the divisions that a cleaned text without spaces names.

    Parameters
    ----------
    text
        Simplified Chinese without spaces.
    gazetteer
        The divisions.

    Returns
    -------
    Located
        An empty path when the text names none, or several equally well.

    Examples
    --------
    >>> from features.address.gazetteer import china
    >>> found = locate("朝阳区建国路88号", china())
    >>> found.path, len(found.readings) > 1
    ((), True)
    """
    hits = _scan(text, gazetteer)
    hits += _scan_townships(text, gazetteer, hits)
    if not hits:
        return Located((), 0.0, (), ())
    readings = sorted(
        (_read(path, hits, gazetteer) for path in _paths(hits, gazetteer)),
        key=lambda reading: (-reading.score, len(reading.path), reading.path),
    )
    readings = [reading for reading in readings if reading.score > 0]
    if not readings:
        return Located((), 0.0, (), ())
    found = _judge(readings)
    foreign = tuple(hit for hit in hits if hit not in found.support and _is_full(hit, text))
    return replace(found, foreign=foreign, has_second=_is_second(readings[0], hits))


def _is_full(hit: Hit, text: str) -> bool:
    """Tell whether a hit names a division in full."""
    whole = max(name.weight for name in hit.names) >= 1.0
    return whole and not hit.is_township and text[hit.end - 1] in _KIND and hit.end - hit.start > 2


def _scan(text: str, gazetteer: Gazetteer) -> list[Hit]:
    """Find division names from left to right, the longest first, without overlap."""
    hits: list[Hit] = []
    lengths, names = gazetteer.lengths, gazetteer.names
    detail = _DETAIL_BEGINS.search(text)
    late_from = detail.start() if detail else len(text)
    i = 0
    while i < len(text) - 1:
        for length in lengths.get(text[i : i + 2], ()):
            found = names.get(text[i : i + length])
            if found is None or len(text) < i + length:
                continue
            end, factor = _accept(text, i, i + length)
            if factor > 0:
                late = i > late_from and bool(hits)
                if late:
                    whole = text[end - 1] in _KIND and end - i > 2
                    factor *= _LATE if whole else _LATE_SHORT
                hits.append(Hit(i, end, found, factor, is_late=late))
                i = end - 1
                break
        i += 1
    return hits


def _accept(text: str, start: int, end: int) -> tuple[int, float]:
    """Weigh a name by what follows it: a road or a building of that name is no division."""
    if text[end - 1] in _KIND and end - start > 2:
        return end, 1.0
    if _ROAD_AFTER.match(text, end) or _PLACE_AFTER.match(text, end):
        return end, 0.0
    if (
        end < len(text)
        and text[end] in _KIND
        and not text.startswith(("区域", "市场", "市政"), end)
    ):
        return end + 1, 1.0
    if _INSTITUTE_AFTER.match(text, end):
        return end, _WEAK
    return end, 1.0


def _scan_townships(text: str, gazetteer: Gazetteer, hits: list[Hit]) -> list[Hit]:
    """Find names of townships outside the divisions already found."""
    found: list[Hit] = []
    owners = gazetteer.township_owners
    floor = 0
    for match in _TOWNSHIP_END.finditer(text):
        end = match.end()
        for start in range(max(floor, end - 10), end - 1):
            who = owners.get(text[start:end])
            if who is None or any(h.start < end and start < h.end for h in hits):
                continue
            shared = len(who) > _MAX_OWNERS
            names = tuple(Name(node, _TOWNSHIP, needs_parent=shared) for node in who)
            found.append(Hit(start, end, names, is_township=True))
            floor = end
            break
    return found


def _paths(hits: list[Hit], gazetteer: Gazetteer) -> list[tuple[int, ...]]:
    """List the paths worth reading: to every division that some evidence names."""
    nodes = {name.node for hit in hits if not hit.is_township for name in hit.names}
    above = {node for hit in hits if not hit.is_township for name in hit.names
             for node in gazetteer.paths[name.node]}  # fmt: skip
    is_bare = not nodes
    for hit in hits:
        if hit.is_township:
            for name in hit.names:
                if is_bare or above.intersection(gazetteer.paths[name.node][:-1]):
                    nodes.add(name.node)
    return [gazetteer.paths[node] for node in nodes]


def _read(path: tuple[int, ...], hits: list[Hit], gazetteer: Gazetteer) -> Reading:
    """Weigh all evidence for and against one path."""
    on_path = frozenset(path)
    support: list[tuple[Hit, Name]] = []
    against = 0.0
    for hit in hits:
        own = [name for name in hit.names if name.node in on_path]
        if own:
            support.append((hit, max(own, key=lambda name: name.weight)))
        else:
            strongest = max(name.weight for name in hit.names)
            against += strongest * hit.factor * _weight_against(hit, strongest)
    score = 0.0
    for hit, name in support:
        backed = not name.needs_parent or any(
            other.node != name.node and other.node in gazetteer.paths[name.node]
            for _, other in support
        )
        score += name.weight * hit.factor * (1.0 if backed else 0.7)
    return Reading(
        path, score - _CONFLICT * against, tuple(hit for hit, _ in support), _CONFLICT * against
    )


def _weight_against(hit: Hit, strongest: float) -> float:
    """Weigh a contradiction: a full name contradicts, a short one may be part of another word."""
    if hit.is_township or all(name.needs_parent for name in hit.names):
        return _DOUBTFUL
    return _SHORT if strongest <= _SHORT_WEIGHT else 1.0


def _is_second(reading: Reading, hits: list[Hit]) -> bool:
    """Tell whether full names behind the first house number name another place."""
    on_path = frozenset(reading.path)
    foreign = [
        hit
        for hit in hits
        if hit.is_late
        and not hit.is_township
        and all(name.node not in on_path for name in hit.names)
        and max(name.weight for name in hit.names) >= 1.0
    ]
    return len(foreign) >= 2


def _judge(readings: list[Reading]) -> Located:
    """Choose the best reading, or what the tied best ones share."""
    best = readings[0]
    tied = [r for r in readings if best.score - r.score < _MARGIN]
    asserted = _shared(tied, best)
    rivals = [r for r in readings if not _agree(r.path, asserted)]
    lead = best.score - rivals[0].score if rivals else 4.0
    certainty = 1.0 / (1.0 + exp(-lead / _TEMPERATURE)) if rivals else 1.0
    strength = min(best.score, 1.0) if best.score < 0.95 else 0.97 + 0.01 * min(best.score - 1, 2)
    confidence = certainty * strength * (1.0 - min(0.5 * best.conflict, 0.8))
    return Located(
        path=asserted,
        confidence=max(confidence, 0.0) if asserted else 0.0,
        readings=_ranked(readings, strength),
        support=tuple(hit for hit in best.support),
    )


def _shared(tied: list[Reading], best: Reading) -> tuple[int, ...]:
    """Keep what all tied readings have in common.

    A reading that only stops earlier does not contradict a deeper one, unless it explains the
    text just as well: of a province and a city of the same name the province is meant.
    """
    shared = best.path
    for reading in tied:
        length = 0
        for a, b in zip(shared, reading.path, strict=False):
            if a != b:
                break
            length += 1
        shared = shared[:length]
    return shared


def _agree(path: tuple[int, ...], asserted: tuple[int, ...]) -> bool:
    """Tell whether one path continues the other."""
    return all(a == b for a, b in zip(path, asserted, strict=False))


def _ranked(readings: list[Reading], strength: float) -> tuple[tuple[tuple[int, ...], float], ...]:
    """Rank the three best readings; confidences add up to at most the strength of the best."""
    top = readings[0].score
    weights = [exp((reading.score - top) / _TEMPERATURE) for reading in readings]
    total = sum(weights)
    return tuple(
        (reading.path, strength * weight / total)
        for reading, weight in zip(readings[:3], weights, strict=False)
    )


def levels_named(path: Iterable[int], support: Iterable[Hit]) -> frozenset[int]:
    """Tell which divisions of a path the text names itself."""
    named = {name.node for hit in support if not hit.is_township for name in hit.names}
    return frozenset(named.intersection(path))


__all__ = ["CITY", "COUNTY", "PROVINCE", "Hit", "Located", "levels_named", "locate"]
