"""How surely a name is that of a division, by what follows it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from features.address.hits.landmarks import weigh_landmark
from features.address.hits.longest import is_short_child, longest
from features.address.hits.signs import (
    COUNTY_SHORT,
    DETAIL_BEGINS,
    KIND,
    PLACE_AFTER,
    ROAD_AFTER,
    ROAD_OF_NAME,
    RURAL,
    RURAL_KIND,
    WEAK,
    WHOLE_ROAD,
)
from features.address.hits.townships import begins_a_township, has_township
from features.address.meanings import PROVINCE

if TYPE_CHECKING:
    from features.address.gazetteer import Gazetteer
    from features.address.meanings import Meanings

_CALLED: Final = frozenset("市区县")
"""What a city called 州 may be: 苏州市."""
_LONGEST_CITY: Final = 3
"""Characters of 景德镇, the one city that is called like a town."""
_INSTITUTE_AFTER: Final = re.compile(
    r"[\u4e00-\u9fff]{0,4}?(?:大学(?!城|路)|学院|医院|机场|火车站(?!前)|站(?![前高])|公园)(?!路|街|大道)"
)
_NO_KIND: Final = ("区域", "市场", "市政", "市心")
"""Words that begin with a kind of division and are none."""
_UNIVERSITY: Final = 0.7
"""Share that a province or city keeps at the head of a university: nearly all of the landmarks
called so lie in it, and 河北工业大学 does not."""
_SURE: Final = 0.9
"""Weight from which a name right behind another shows that both are divisions."""


def weigh(
    text: str, start: int, end: int, names: Meanings, gazetteer: Gazetteer
) -> tuple[int, float]:
    """Weigh a name by what follows it: a road or a building of that name is no division.

    Parameters
    ----------
    text, start, end
        The text, and where in it the name is.
    names
        What the name may stand for.
    gazetteer
        Every division.

    Returns
    -------
    tuple
        Where the name ends, its kind of division included, and the share of its weight that it
        keeps: 0 when it is none of a division here, 1 when nothing speaks against it.

    Examples
    --------
    >>> from features.address.gazetteer import china
    >>> texts = "昆山市前进路", "昆山路9号", "昆山医院"
    >>> [weigh(text, 0, 2, china().names["昆山"], china()) for text in texts]
    [(3, 1.0), (2, 0.0), (2, 0.3)]
    """
    if names.is_landmark:
        return end, weigh_landmark(text, start, end, gazetteer)
    weight = _by_its_end(text, start, end, names, gazetteer)
    if weight is not None:
        return end, weight
    if _precedes_its_own(text, start, end, names, gazetteer):
        return end, 1.0
    if _gives_its_name(text, start, end, names):
        return end, 0.0
    if text[end : end + 1] in KIND and not text.startswith(_NO_KIND, end):
        fits = _may_be_called(text[end], text[start:end], gazetteer)
        return end + 1, 1.0 if fits else 0.0 if start else WEAK
    return end, _as_a_word(text, start, end, names, gazetteer)


def _by_its_end(
    text: str, start: int, end: int, names: Meanings, gazetteer: Gazetteer
) -> float | None:
    """Weigh a name by the kind of division that it says itself; None when that does not tell."""
    last, length = text[end - 1], end - start
    if text[end : end + 1] in RURAL and gazetteer.township(text[start : end + 1]):
        # 芒市镇 is a town of 芒市.
        return 0.0
    is_kind = last in KIND and not (last == "州" and length == 2 and text[end : end + 1] in _CALLED)
    if (is_kind and length > 2) or (last == "镇" and length > _LONGEST_CITY):
        return 1.0
    if not is_kind:
        return 0.0 if begins_a_township(text, start, end, names, gazetteer) else None
    names_another = _names_a_road(text, end) or (last == "州" and PLACE_AFTER.match(text, end))
    return None if names_another else 1.0


def _precedes_its_own(
    text: str, start: int, end: int, names: Meanings, gazetteer: Gazetteer
) -> bool:
    """Tell whether what follows a name shows that it is one of a division."""
    follows = longest(text, end, gazetteer)
    if follows is not None and _follows_on(text[start:end], text[end:follows], gazetteer):
        return True
    return text[end : end + 1] == "市" and is_short_child(text, end + 1, names, gazetteer)


def _gives_its_name(text: str, start: int, end: int, names: Meanings) -> bool:
    """Tell whether a name is that of the road, the estate or the shop behind it."""
    if start and names.strongest <= COUNTY_SHORT and ROAD_OF_NAME.match(text, end):
        return True
    return _names_a_road(text, end) or PLACE_AFTER.match(text, end) is not None


def _as_a_word(text: str, start: int, end: int, names: Meanings, gazetteer: Gazetteer) -> float:
    """Weigh a name without a kind, behind which nothing tells what it is.

    三江国际花园 is an estate, 昆山前进东路 is a road in 昆山. There is an 江北新区 in Nanjing, and
    江北区 in Ningbo.
    """
    is_short = names.strongest <= COUNTY_SHORT
    institute = _INSTITUTE_AFTER.match(text, end)
    if institute:
        is_city = not is_short and institute.group().endswith(("大学", "学院"))
        return _UNIVERSITY if is_city and not start else WEAK
    if start:
        return 1.0
    is_doubtful = (is_short and not DETAIL_BEGINS.search(text, end)) or (
        names.needs_parent and text.startswith("新区", end)
    )
    return WEAK if is_doubtful and not has_township(text, end, names, gazetteer) else 1.0


def _names_a_road(text: str, end: int) -> bool:
    """Tell whether a name is that of the road behind it; 云县西大街 is 西大街 in 云县."""
    road = ROAD_AFTER.match(text, end)
    if road is None:
        return False
    return text[end - 1] not in RURAL_KIND or road.end() - end < WHOLE_ROAD


def _follows_on(name: str, behind: str, gazetteer: Gazetteer) -> bool:
    """Tell whether a name shows that the one before it is a division: 唐山路北区, 澳门路环."""
    names = gazetteer.names[behind]
    if names.strongest >= _SURE:
        return True
    above = gazetteer.names[name].by_node
    return names.is_landmark and any(
        not above.keys().isdisjoint(gazetteer.paths[node]) for node in names.by_node
    )


def _may_be_called(kind: str, name: str, gazetteer: Gazetteer) -> bool:
    """Tell whether a division of a name may be of a kind: a county may be a 市, but no 区 or 省."""
    nodes = [gazetteer.nodes[node] for node in gazetteer.names[name].by_node]
    if kind == "省":
        return any(node.level == PROVINCE for node in nodes)
    return kind != "区" or any(not node.name.endswith(("县", "旗")) for node in nodes)
