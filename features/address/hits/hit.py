"""A name found in a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from features.address.hits.signs import OTHER_ROAD_SOON, ROAD_AFTER, WHOLE_ROAD
from features.address.meanings import COUNTY, Meanings
from features.address.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from features.address.gazetteer import Gazetteer

_GROUNDS: Final = frozenset({"古城", "古镇", "景区", "校区", "机场"})
"""What a road of its own begins behind."""


class Hit(Record, frozen=True):
    """A name found in the text: ``text[start:end]``.

    Examples
    --------
    >>> from features.address.gazetteer import china
    >>> found = Hit(0, 2, china().names["昆山"])
    >>> found.is_named, found.is_full, found.stands_before_road("昆山前进东路", china())
    (True, False, True)
    >>> suzhou = Hit(0, 3, china().names["苏州市"], has_kind=True)
    >>> suzhou.is_above(found.names.by_node, china()), suzhou.is_elsewhere_than([0], china())
    (True, True)
    """

    start: int
    end: int
    names: Meanings
    factor: float = 1.0
    is_township: bool = False
    is_late: bool = False
    has_kind: bool = False

    @property
    def is_named(self) -> bool:
        """Tell whether it names a division, and no estate that is called like one."""
        is_division = not (self.is_township or self.names.is_landmark)
        return is_division and (self.has_kind or not self.is_late)

    def stands_before_road(self, text: str, gazetteer: Gazetteer) -> bool:
        """Tell whether a road follows which the name is no part of.

        中关村南大街 is one road; 钟楼 and 汉口 reach over several counties and name no road, nor
        does an old town: 平遥古城西大街.
        """
        soon = OTHER_ROAD_SOON.match(text, self.end)
        own = ROAD_AFTER.match(text, self.end)
        if soon is None or own is None:
            return soon is not None
        is_area = text[self.end - 2 : self.end] in _GROUNDS or all(
            gazetteer.nodes[node].level < COUNTY for node in self.names.by_node
        )
        return is_area and own.end() - self.end >= WHOLE_ROAD

    @property
    def is_full(self) -> bool:
        """Tell whether the text names a division in full here."""
        whole = self.has_kind and self.end - self.start > 2
        return whole and not self.is_township and self.names.strongest >= 1.0

    def is_above(self, nodes: Iterable[int], gazetteer: Gazetteer) -> bool:
        """Tell whether one of some divisions lies in what it names, or is that itself."""
        own = self.names.by_node.keys()
        return any(not own.isdisjoint(gazetteer.paths[node]) for node in nodes)

    def is_elsewhere_than(self, nodes: Iterable[int], gazetteer: Gazetteer) -> bool:
        """Tell whether it names nothing in the provinces of some divisions."""
        own = {gazetteer.paths[node][0] for node in self.names.by_node}
        return own.isdisjoint(gazetteer.paths[node][0] for node in nodes)
