"""The longest name that begins at a place of a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from features.address.hits.signs import OTHER_ROAD_SOON

if TYPE_CHECKING:
    from features.address.gazetteer import Gazetteer
    from features.address.meanings import Meanings

_TOWN_WORDS: Final = frozenset("心民府")
"""What makes a road's name behind 市: the middle, the people and the seat of a town."""


def longest(text: str, start: int, gazetteer: Gazetteer) -> int | None:
    """Find where the longest name that begins at a place ends; None when none begins there.

    Examples
    --------
    >>> from features.address.gazetteer import china
    >>> longest("青岛市北区", 0, china()), longest("青岛市南京路", 0, china())
    (2, 3)
    >>> longest("文三路", 0, china()) is None
    True
    """
    names, left = gazetteer.names, len(text) - start
    for length in gazetteer.lengths.get(text[start : start + 2], ()):
        if length <= left and text[start : start + length] in names:
            end = start + length
            if text[end - 1] == "市" and _begins_the_next(text, start, end, gazetteer):
                return end - 1
            return end
    return None


def begins_a_longer_name(text: str, start: int, end: int, gazetteer: Gazetteer) -> bool:
    """Tell whether the name of a division or landmark reaches over an end.

    Examples
    --------
    >>> from features.address.gazetteer import china
    >>> [begins_a_longer_name(road, 0, 2, china()) for road in ("九龙坡路9号", "九龙路9号")]
    [True, False]
    """
    found = longest(text, start, gazetteer)
    return found is not None and found > end


def _begins_the_next(text: str, start: int, end: int, gazetteer: Gazetteer) -> bool:
    """Tell whether the 市 at the end of a name belongs to what follows it.

    青岛市北区 is 青岛 and 市北区; 萧山 has been no 市 for long, but has a 市心中路.
    """
    names = gazetteer.names
    child = names.get(text[end - 1 : end + 2])
    city = names.get(text[start : end - 1])
    if city and (_is_child(child, city, gazetteer) or is_short_child(text, end, city, gazetteer)):
        return True
    return (
        city is not None
        and text[end : end + 1] in _TOWN_WORDS
        and all(name.until for name in names[text[start:end]].each)
        and OTHER_ROAD_SOON.match(text, end) is not None
    )


def _is_child(child: Meanings | None, city: Meanings, gazetteer: Gazetteer) -> bool:
    nodes = gazetteer.nodes
    return child is not None and any(nodes[node].parent in city.by_node for node in child.by_node)


def is_short_child(text: str, end: int, city: Meanings, gazetteer: Gazetteer) -> bool:
    """Tell whether the 市 before an end begins the short name of a district of a city.

    It does in 青岛市南香港中路, but not in 青岛市南京路: a name must follow it, and none begin with
    what follows 市.

    Examples
    --------
    >>> from features.address.gazetteer import china
    >>> texts = "青岛市南香港中路", "青岛市南京路"
    >>> [is_short_child(text, 3, china().names["青岛"], china()) for text in texts]
    [True, False]
    """
    starts = gazetteer.lengths
    if text[end : end + 2] in starts or text[end + 1 : end + 3] not in starts:
        return False
    child = gazetteer.names.get(text[end - 1 : end + 1])
    return _is_child(child, city, gazetteer) and longest(text, end + 1, gazetteer) is not None
