"""Landmarks: what is called like one but lies elsewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from msgspec import structs

from features.address.hits.longest import longest
from features.address.hits.signs import (
    COUNTY_SHORT,
    KIND,
    ROAD_AFTER,
    ROAD_OF_NAME,
    TOWNSHIP_END,
    WEAK,
)
from features.address.meanings import COUNTY, Meanings
from features.address.names import short_name

if TYPE_CHECKING:
    from features.address.gazetteer import Gazetteer

_ELSEWHERE: Final = re.compile(
    "[\u4e00-\u9fff]{0,5}校区|附[属中小]|分[校院店]|第[一二三四五六](?![大街路])|医院|店"
)
"""What follows the name of a landmark when something of its name lies elsewhere."""

_CAMPUS: Final = re.compile("([\u4e00-\u9fff]{0,5})校区")


def weigh_landmark(text: str, start: int, end: int, gazetteer: Gazetteer) -> float:
    """Weigh the name of a landmark by what follows it.

    Returns
    -------
    float
        Share of its weight that it keeps: less where a division is named behind it, and 0 when
        what is meant lies elsewhere.

    Examples
    --------
    >>> from features.address.gazetteer import china
    >>> texts = "北京大学东门", "北京大学深圳医院", "北京大学第三医院"
    >>> [weigh_landmark(text, 0, 4, china()) for text in texts]
    [1.0, 0.3, 0.0]
    """
    if TOWNSHIP_END.match(text, end) or text[end : end + 1] in KIND:
        # 杭州西湖区 is a district of 杭州.
        return 0.0
    elsewhere = _ELSEWHERE.match(text, end)
    if elsewhere and _is_own_campus(text[start:end], elsewhere.group(), gazetteer):
        return 1.0
    if elsewhere or (end - start == 2 and ROAD_AFTER.match(text, end)):
        return 0.0
    return WEAK if _precedes_a_division(text, end, gazetteer) else 1.0


def _precedes_a_division(text: str, start: int, gazetteer: Gazetteer) -> bool:
    """Tell whether a division is named behind a landmark; 东区 and the like are parts of it."""
    follows = longest(text, start, gazetteer)
    if follows is None:
        return False
    behind = gazetteer.names[text[start:follows]]
    if behind.strongest <= COUNTY_SHORT or behind.needs_parent:
        return False
    return not (ROAD_AFTER.match(text, follows) or ROAD_OF_NAME.match(text, follows))


def _is_own_campus(name: str, campus: str, gazetteer: Gazetteer) -> bool:
    """Tell whether a campus is called after the county that its landmark lies in."""
    nodes = (gazetteer.nodes[node] for node in gazetteer.names[name].by_node)
    return campus.endswith("校区") and any(
        campus == f"{short_name(node.name)}校区" for node in nodes
    )


def of_campus(
    text: str, end: int, names: Meanings, gazetteer: Gazetteer
) -> tuple[int, Meanings] | None:
    """Give where the campus behind a landmark's name may be, and where its own name ends.

    It is in what it is called after, and else most likely in the city of the landmark.

    Examples
    --------
    >>> from features.address.gazetteer import china
    >>> names = china().names["天津大学"]
    >>> end, meant = of_campus("天津大学北洋园校区", 4, names, china())
    >>> end, [china().nodes[node].name for node in meant.by_node]
    (7, ['天津市'])
    >>> of_campus("天津大学卫津路92号", 4, names, china()) is None
    True
    """
    campus = _CAMPUS.match(text, end)
    if campus is None:
        return None
    named = _campus_divisions(campus[1], names, gazetteer)
    return campus.end(1), named or _cities_of(names, gazetteer)


def _campus_divisions(campus: str, names: Meanings, gazetteer: Gazetteer) -> Meanings | None:
    """Give the divisions that a campus is called after: cities, or counties of the province."""
    called = gazetteer.names.get(campus)
    if called is None:
        return None
    provinces = {gazetteer.paths[node][0] for node in names.by_node}
    fitting = [
        structs.replace(name, is_landmark=True, needs_parent=False)
        for name in called.each
        if gazetteer.nodes[name.node].level < COUNTY or gazetteer.paths[name.node][0] in provinces
    ]
    return Meanings.of(fitting) if fitting else None


def _cities_of(names: Meanings, gazetteer: Gazetteer) -> Meanings:
    """Give the cities that landmarks lie in: another campus is most likely in the same one."""
    paths = (gazetteer.paths[name.node] for name in names.each)
    above = {path[-2] if len(path) > 1 else path[-1] for path in paths}
    return Meanings.of(structs.replace(names.each[0], node=node) for node in above)
