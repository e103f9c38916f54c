"""A second look at a name that what follows it seems to use up: 锦江东大街, 宁波镇海."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from features.address.hits.longest import longest
from features.address.hits.signs import LONGEST_TOWNSHIP, ROAD_AFTER, TOWNSHIP_END, WHOLE_ROAD
from features.address.hits.townships import is_above_a_township
from features.address.meanings import PROVINCE

if TYPE_CHECKING:
    from features.address.gazetteer import Gazetteer
    from features.address.hits.hit import Hit

_SIDES_OF_ROADS: Final = frozenset("侧边段面方口头首端")
"""Behind these 唐山路南 is where on a road, and no 路南区 of 唐山."""
_ROAD_SIGNS: Final = frozenset("路街")


def heads_road(text: str, start: int, end: int, hits: list[Hit], gazetteer: Gazetteer) -> bool:
    """Tell whether a short name stands before a whole road: 锦江 and 东大街, 澳门 and 新马路.

    Examples
    --------
    >>> from features.address.gazetteer import china
    >>> heads_road("澳门新马路", 0, 2, [], china()), heads_road("澳门路9号", 0, 2, [], china())
    (True, False)
    """
    road = ROAD_AFTER.match(text, end)
    if road is None or road.end() - end < WHOLE_ROAD:
        return False
    nodes = [gazetteer.nodes[node] for node in gazetteer.names[text[start:end]].by_node]
    if start == 0:
        return any(node.level == PROVINCE for node in nodes)
    if not hits or hits[-1].end != start or hits[-1].has_kind:
        return False
    return hits[-1].is_above(gazetteer.names[text[start:end]].by_node, gazetteer)


def is_above_the_next(
    text: str, start: int, end: int, hits: list[Hit], gazetteer: Gazetteer
) -> bool:
    """Tell whether a name stands before a county or town of its own: 宁波镇海, 云南三街镇.

    Else its first character would make a road or a town of what precedes it.

    Examples
    --------
    >>> from features.address.gazetteer import china
    >>> texts = "宁波镇海区", "云南三街镇", "宁波路9号"
    >>> [is_above_the_next(text, 0, 2, [], china()) for text in texts]
    [True, True, False]
    """
    may_follow = text[end : end + 2] in gazetteer.lengths or TOWNSHIP_END.search(
        text, end + 1, end + LONGEST_TOWNSHIP
    )
    if not may_follow:
        return False
    above = gazetteer.names[text[start:end]].by_node
    if start and not (hits and hits[-1].end == start and hits[-1].is_above(above, gazetteer)):
        return False
    if is_above_a_township(text, end, above, gazetteer):
        return True
    follows = longest(text, end, gazetteer)
    if follows is None or text[follows : follows + 1] in _SIDES_OF_ROADS:
        return False
    # There is a 河北路 in many cities, and 路北区 in Hebei: of a road only the city decides.
    n_above = -2 if text[end] in _ROAD_SIGNS else 0
    return any(
        not (name.is_landmark or name.until)
        and not above.keys().isdisjoint(gazetteer.paths[name.node][n_above:-1])
        for name in gazetteer.names[text[end:follows]].each
    )
