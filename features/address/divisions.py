"""Which province, city and county a Chinese text names: evidence, paths, ties.

Every name found in the text is evidence for the divisions it may stand for. A reading is a path
from a province downwards; it gains what supports it and loses what contradicts it. The best
reading wins only by a clear margin: a tie stays a tie, and only what the tied readings share is
asserted.
"""

from __future__ import annotations

import re
from math import exp
from typing import TYPE_CHECKING, Final

from features.address.hits import Hit, begins_a_longer_name, find_hits, is_before_a_road
from features.address.meanings import COUNTY, Meanings, Name
from features.address.record import Record
from features.address.romanised import find_latin_hits

if TYPE_CHECKING:
    from collections.abc import Iterable

    from features.address.gazetteer import Gazetteer

_LATIN: Final = re.compile("[A-Za-z]{4}")
_CONFLICT: Final = 0.6
"""Share of its weight that evidence against a reading takes away."""
_UNBACKED: Final = 0.7
"""Share of its weight that an everyday word keeps where no division above it is named."""

_REPEATED: Final = 0.3
"""Share of its weight that a division named once more keeps."""

_DOUBTFUL: Final = 0.1
"""Share of that which a township or an everyday word takes away."""
_SHORT: Final = 0.3
"""Share of that which a short name of a county takes away."""
_SHORT_WEIGHT: Final = 0.7
_SHARED: Final = 0.5
"""Share of that which a name of several divisions takes away: 市中区 is one of five."""
_LEAST: Final = 0.3
"""Score below which a reading is a guess, and is listed but not asserted."""
_MARGIN: Final = 0.25
"""Lead below which two readings are tied."""
_QUARTERS: Final = (4, 3, 2)
"""Characters of a township's name without its kind, the longest first."""
_KINDS: Final = frozenset("市区县州旗盟")
_QUARTER: Final = 0.5
"""Weight of one: less than that of a township named with its kind."""
_TEMPERATURE: Final = 0.22
_RANKED: Final = 40
"""Readings that share the probability; those behind have none to speak of."""


_Weighed = tuple["Hit", "dict[int, Name]", float]
"""A hit, what it stands for, and what it weighs against every other division."""


class Reading(Record, frozen=True):
    """One path of divisions with what speaks for it."""

    path: tuple[int, ...]
    score: float
    support: tuple[Hit, ...]
    conflict: float


class Located(Record, frozen=True):
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
    """Find the divisions that a cleaned text names.

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
    hits = find_hits(text, gazetteer)
    if _LATIN.search(text):
        hits += find_latin_hits(text, gazetteer)
    return judge(hits, gazetteer)


def with_quarter(text: str, found: Located, gazetteer: Gazetteer) -> Located:
    """Take a township that is named without its kind as evidence where no county is known.

    Examples
    --------
    >>> from features.address.gazetteer import china
    >>> text = "珠海吉大景山路2号"
    >>> found = with_quarter(text, locate(text, china()), china())
    >>> china().nodes[found.path[-1]].name
    '香洲区'
    """
    quarter = _quarter(text, found, gazetteer)
    return judge([*find_hits(text, gazetteer), quarter], gazetteer) if quarter else found


def _quarter(text: str, found: Located, gazetteer: Gazetteer) -> Hit | None:
    """Find a township that is named without its kind, right behind its city: 珠海吉大景山路."""
    if not found.path or gazetteer.is_deepest(found.path[-1]):
        return None
    start = max(hit.end for hit in found.support)
    for length in _QUARTERS:
        end = start + length
        stem = text[start:end]
        if text[end : end + 1] in _KINDS or not is_before_a_road(text, end):
            continue
        if begins_a_longer_name(text, start, end, gazetteer):
            # 九龙坡路 is not in a 九龙 of Qingdao.
            return None
        inside = gazetteer.children.get(found.path[-1], ())
        owners = [node for node in inside if gazetteer.has_area(node, stem)]
        if len(owners) == 1:
            return Hit(start, end, Meanings.of([Name(owners[0], _QUARTER)]), is_township=True)
    return None


def judge(hits: list[Hit], gazetteer: Gazetteer) -> Located:
    """Find the divisions that evidence speaks for.

    Examples
    --------
    >>> from features.address.gazetteer import china
    >>> found = judge(find_hits("浙江西湖区文三路", china()), china())
    >>> [china().nodes[node].name for node in found.path]
    ['浙江省', '杭州市', '西湖区']
    >>> judge([], china()).path
    ()
    """
    return _only_path(hits, gazetteer) or judge_all(hits, gazetteer)


def _only_path(hits: list[Hit], gazetteer: Gazetteer) -> Located | None:
    """Read the divisions at once where all that is named lies in one line down from a province.

    Most addresses are so; there is nothing to weigh, and the answer is that of ``judge_all``.
    """
    paths = gazetteer.paths
    path: tuple[int, ...] = ()
    province = -1
    counted: list[int] = []
    score = 0.0
    for hit in hits:
        fitting = hit.names.each
        if hit.is_township and province >= 0:
            fitting = tuple([name for name in fitting if paths[name.node][0] == province])
        if len(fitting) != 1:
            return None
        name = fitting[0]
        weight = name.weight * hit.factor
        if name.node in counted:
            weight *= _REPEATED
        elif name.needs_parent or weight <= _MARGIN:
            return None
        below = paths[name.node]
        if below[: len(path)] == path:
            path = below
        elif path[: len(below)] != below:
            return None
        if not hit.is_township:
            province = path[0]
        counted.append(name.node)
        score += weight
    if score < _LEAST:
        return None
    strength = _strength(score)
    return Located(path, strength, ((path, strength),), tuple(hits))


def judge_all(hits: list[Hit], gazetteer: Gazetteer) -> Located:
    """Weigh every reading that some evidence speaks for."""
    weighed = [(hit, hit.names.by_node, _against(hit)) for hit in hits]
    readings = [_read(path, weighed, gazetteer) for path in _paths(hits, gazetteer)]
    readings.sort(key=_rank)
    if not readings or readings[0].score <= 0:
        return Located((), 0.0, (), ())
    supporting = {hit.start for hit in readings[0].support}
    foreign = tuple([h for h in hits if h.start not in supporting and h.is_full])
    return _judge(readings, foreign, gazetteer)


def _paths(hits: list[Hit], gazetteer: Gazetteer) -> list[tuple[int, ...]]:
    """List the paths worth reading: to every division that some evidence names."""
    paths = gazetteer.paths
    nodes: set[int] = set()
    for hit in hits:
        if not hit.is_township:
            nodes.update(hit.names.by_node)
    provinces = {paths[node][0] for node in nodes}
    for hit in hits:
        if hit.is_township:
            owners = hit.names.by_node
            nodes.update([n for n in owners if not provinces or paths[n][0] in provinces])
    return [paths[node] for node in nodes]


def _against(hit: Hit) -> float:
    """Weigh a hit against what it does not name; a short name may be part of another word."""
    names = hit.names
    share = _SHORT if names.strongest <= _SHORT_WEIGHT else 1.0
    if len(names.each) > 1 and not names.is_landmark:
        share = min(share, _SHARED)
    if hit.is_township or names.is_landmark or names.needs_parent:
        share = _SHORT if hit.has_kind and not hit.is_township else _DOUBTFUL
    return names.strongest * hit.factor * share


def _read(path: tuple[int, ...], weighed: list[_Weighed], gazetteer: Gazetteer) -> Reading:
    """Weigh all evidence for and against one path."""
    support: list[tuple[Hit, Name]] = []
    against = 0.0
    several: list[tuple[Hit, list[Name]]] = []
    for hit, by_node, weight in weighed:
        own = [by_node[node] for node in path if node in by_node]
        if not own:
            against += weight
        elif len(own) == 1:
            support.append((hit, own[0]))
        else:
            several.append((hit, own))
    for hit, own in several:
        # 吐鲁番地区吐鲁番市: the second name means the county that was called so.
        taken = {name.node for _, name in support}
        fresh = [name for name in own if name.node not in taken] or own
        support.append((hit, max(fresh, key=_weight)))
    score = 0.0
    counted: list[int] = []
    for hit, name in support:
        weight = name.weight * hit.factor
        if name.node in counted:
            weight *= _REPEATED
        elif name.needs_parent and not _is_backed(name, support, gazetteer):
            # 中环 is a place in Hong Kong only where Hong Kong is named.
            weight *= 0.0 if name.is_landmark else _UNBACKED
        counted.append(name.node)
        score += weight
    conflict = _CONFLICT * against
    return Reading(path, score - conflict, tuple([hit for hit, _ in support]), conflict)


def _is_backed(name: Name, support: list[tuple[Hit, Name]], gazetteer: Gazetteer) -> bool:
    """Tell whether a division above is named too."""
    path = gazetteer.paths[name.node]
    return any(other.node != name.node and other.node in path for _, other in support)


def _rank(reading: Reading) -> tuple[float, int, tuple[int, ...]]:
    return -reading.score, len(reading.path), reading.path


def _weight(name: Name) -> float:
    return name.weight


def _judge(readings: list[Reading], foreign: tuple[Hit, ...], gazetteer: Gazetteer) -> Located:
    """Choose the best reading, or what the tied best ones share."""
    best = readings[0]
    tied = [r for r in readings if best.score - r.score < _MARGIN and r.score > 0]
    if foreign:
        tied += _contradicting(readings, foreign, gazetteer)
    asserted = _shared(tied, best) if best.score >= _LEAST else ()
    rival = _first_rival(readings, asserted)
    certainty = (
        1.0 / (1.0 + exp((rival.score - best.score) / _TEMPERATURE)) if rival is not None else 1.0
    )
    strength = _strength(best.score)
    confidence = certainty * strength * (1.0 - min(0.5 * best.conflict, 0.8))
    return Located(
        path=asserted,
        confidence=max(confidence, 0.0) if asserted else 0.0,
        readings=_ranked(readings[:_RANKED], strength),
        support=best.support,
        foreign=foreign,
        has_second=sum(hit.is_late for hit in foreign) >= 2,
    )


def _strength(score: float) -> float:
    """Tell how surely evidence of a score means a place."""
    return min(score, 1.0) if score < 0.95 else 0.97 + 0.01 * min(score - 1, 2)


def _contradicting(
    readings: list[Reading], foreign: tuple[Hit, ...], gazetteer: Gazetteer
) -> list[Reading]:
    """List the readings of divisions that are named in full and contradict the best.

    A county does so where one stands against one, 天津市朝阳区, or where it lies in the province
    but not in the city that is named: 福建省厦门市鼓楼区.
    """
    best = readings[0]
    is_lone = len(best.support) == 1
    province = best.path[0] if gazetteer.nodes[best.path[-1]].level < COUNTY else None
    nodes = {
        name.node
        for hit in foreign
        if not hit.is_late
        for name in hit.names.each
        if (
            is_lone
            or gazetteer.nodes[name.node].level < COUNTY
            or gazetteer.paths[name.node][0] == province
        )
        and not name.until
    }
    return [reading for reading in readings if nodes.intersection(reading.path)]


def _shared(tied: list[Reading], best: Reading) -> tuple[int, ...]:
    """Keep what all tied readings have in common.

    A reading that only stops earlier does not contradict a deeper one, unless it explains the
    text just as well: of a province and a city of the same name the province is meant.
    """
    shared = best.path
    for reading in tied[1:]:
        length = 0
        for a, b in zip(shared, reading.path, strict=False):
            if a != b:
                break
            length += 1
        shared = shared[:length]
    return shared


def _first_rival(readings: list[Reading], asserted: tuple[int, ...]) -> Reading | None:
    """Find the best reading that neither continues the asserted path nor stops on it."""
    for reading in readings:
        path = reading.path
        n = min(len(path), len(asserted))
        if path[:n] != asserted[:n]:
            return reading
    return None


def _ranked(readings: list[Reading], strength: float) -> tuple[tuple[tuple[int, ...], float], ...]:
    """Rank the three best readings; confidences add up to at most the strength of the best.

    One that only stops above the best is no other answer.
    """
    best = readings[0]
    others = [r for r in readings[1:] if r.score > 0 and r.path != best.path[: len(r.path)]]
    weights = [exp((reading.score - best.score) / _TEMPERATURE) for reading in (best, *others)]
    total = sum(weights)
    return tuple(
        (reading.path, strength * weight / total)
        for reading, weight in zip((best, *others[:2]), weights, strict=False)
    )


def levels_named(support: Iterable[Hit]) -> set[int]:
    """Tell which divisions the text names itself.

    Examples
    --------
    >>> from features.address.gazetteer import china
    >>> named = levels_named(find_hits("浙江西湖区文三路", china()))
    >>> sorted(china().nodes[node].name for node in named)  # one of Hangzhou, one of Nanchang
    ['浙江省', '西湖区', '西湖区']
    """
    named: set[int] = set()
    for hit in support:
        if not hit.is_township:
            named.update(hit.names.by_node)
    return named
