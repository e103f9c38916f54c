"""What looks like a name, but is cut out of another word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from features.address.hits.signs import KIND, RURAL, RURAL_KIND, WORD_ENDS
from features.address.hits.townships import LONGEST_REST

if TYPE_CHECKING:
    from features.address.gazetteer import Gazetteer
    from features.address.hits.hit import Hit
    from features.address.meanings import Meanings

_INSTITUTES: Final = frozenset({"大学", "学院", "医院", "中学", "小学"})
"""What a name ends in that begins a sentence's word: 北理工大学 of 华北理工大学 is none."""
_PLACE_ENDS: Final = frozenset("路街道巷弄村区镇乡里院园城站旁边近侧在到市县州省")
"""Behind these another place may begin."""


def is_no_name(
    text: str, start: int, end: int, names: Meanings, hits: list[Hit], gazetteer: Gazetteer
) -> bool:
    """Tell whether what looks like a name is a part of another word.

    Parameters
    ----------
    text, start, end, names
        The text, where in it the name is, and what the name may stand for.
    hits
        What was found before it.
    gazetteer
        Every division.

    Examples
    --------
    >>> from features.address.gazetteer import china
    >>> cut = china().names["宁县"]
    >>> is_no_name("江宁县", 1, 3, cut, [], china()), is_no_name("宁县", 0, 2, cut, [], china())
    (True, False)
    """
    if end - start == 2 and (
        _is_end_of_a_county(text, start, end, hits, gazetteer)
        or _is_part_of_a_landmark(start, names, hits, gazetteer)
    ):
        return True
    return (
        _is_inside_a_word(text, start, end, hits, names)
        or (text[end - 1] in RURAL and _ends_a_township(text, start, end, hits, gazetteer))
        or (names.is_landmark and _is_of_a_namesake(start, names, hits, gazetteer))
        or (text[end - 1] in RURAL and _is_of_a_township(text[start:end], names, hits, gazetteer))
    )


def _is_part_of_a_landmark(
    start: int, names: Meanings, hits: list[Hit], gazetteer: Gazetteer
) -> bool:
    """Tell whether 东区 and the like are a part of the landmark before them: 北京大学东区."""
    if not (names.needs_parent and hits and hits[-1].end == start):
        return False
    today = [name.node for name in names.each if not name.until]
    return hits[-1].names.is_landmark and hits[-1].is_elsewhere_than(today, gazetteer)


def _is_of_a_township(name: str, names: Meanings, hits: list[Hit], gazetteer: Gazetteer) -> bool:
    """Tell whether a division called 乡 or 镇 is not meant, but a township of what precedes it.

    江西新丰乡 is not in Taiwan, and 湖北龙港镇 no city of Zhejiang.
    """
    paths = gazetteer.paths
    before = {paths[node][0] for hit in hits for node in hit.names.by_node}
    if not before or not before.isdisjoint(paths[node][0] for node in names.by_node):
        return False
    owners = gazetteer.known_townships.get(name, ())
    return not before.isdisjoint(paths[node][0] for node in owners)


def _is_inside_a_word(text: str, start: int, end: int, hits: list[Hit], names: Meanings) -> bool:
    """Tell whether a name is cut out of a longer word: 市南 of 哈市南岗区, 新城 of 沣东新城."""
    before = text[start - 1] if start else ""
    if not "\u4e00" <= before <= "\u9fff" or (hits and hits[-1].end == start):
        return False
    if before in WORD_ENDS:
        return False
    if names.is_landmark and text[end - 2 : end] in _INSTITUTES:
        return before not in _PLACE_ENDS
    if text[start] in RURAL and text[end - 1] not in KIND:
        return True
    if text[start] in "市县区" or (before != "省" and all(name.until for name in names.each)):
        return True
    is_cut = text[end - 1] not in KIND or bool(hits and hits[-1].end == start - 1)
    return end - start == 2 and names.needs_parent and is_cut


def _is_end_of_a_county(
    text: str, start: int, end: int, hits: list[Hit], gazetteer: Gazetteer
) -> bool:
    """Tell whether a short county is cut out of a longer one's name: 宁县 of 江宁县."""
    if text[end - 1] not in RURAL_KIND or not start or (hits and hits[-1].end == start):
        return False
    return text[start - 1 : end] in gazetteer.names


def _is_of_a_namesake(start: int, names: Meanings, hits: list[Hit], gazetteer: Gazetteer) -> bool:
    """Tell whether a landmark belongs to the place right before it, which is elsewhere.

    上海对外经贸大学 is not where 对外经贸大学 is.
    """
    if not hits or hits[-1].end != start or hits[-1].names.is_landmark:
        return False
    return hits[-1].is_elsewhere_than(names.by_node, gazetteer)


def _ends_a_township(
    text: str, start: int, end: int, hits: list[Hit], gazetteer: Gazetteer
) -> bool:
    """Tell whether a name is cut out of a township's: 清镇 of 钱清镇, 新乡 of 维新乡."""
    floor = max(start - LONGEST_REST, hits[-1].end if hits else 0)
    return any(text[k:end] in gazetteer.known_townships for k in range(floor, start))
