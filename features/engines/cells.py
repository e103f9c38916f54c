"""Where the number of each part of a window goes: among an order's cells, or those of a line."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from features.engines.tracks import empty_cell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from features.windows import Entity, Part


@dataclass(frozen=True)
class Cells:
    """Places of parts, counted from 0 on for an order, and anew for each entity of lines.

    Parameters
    ----------
    order
        Places of the parts of entities that an order has one key of.
    line
        Places of the parts of each entity of lines, among the cells of one key.

    Examples
    --------
    >>> from features.durations import DAY_US
    >>> from features.windows import Entity, Part
    >>> buyer = Entity("buyer", ("buyer_key",), "买家", "buyer")
    >>> sku = Entity("sku", ("sku",), "商品", "product", level="line")
    >>> of = ((buyer, "orders"), (sku, "lines"))
    >>> parts = [Part(*one, DAY_US, 0, kind, None) for one in of for kind in ("n", "gap")]
    >>> cells = Cells.of(parts)
    >>> [cells.place(part) for part in parts], cells.blank, cells.line_blank[sku]
    ([0, 1, 0, 1], [0.0, nan], [0.0, nan])
    """

    order: dict[Part, int]
    line: dict[Entity, dict[Part, int]]

    @classmethod
    def of(cls, parts: Sequence[Part]) -> Cells:
        """Give each part a place."""
        order: dict[Part, int] = {}
        line: dict[Entity, dict[Part, int]] = {}
        for part in parts:
            places = line.setdefault(part.entity, {}) if part.entity.level == "line" else order
            places[part] = len(places)
        return cls(order, line)

    def place(self, part: Part) -> int:
        """Give the place of a part."""
        places = self.line[part.entity] if part.entity.level == "line" else self.order
        return places[part]

    @cached_property
    def last(self) -> list[int]:
        """Cells of an order that hold an order's key rather than a number."""
        return [place for part, place in self.order.items() if part.kind == "last"]

    @cached_property
    def blank(self) -> list[Any]:
        """An order's cells where its windows hold nothing."""
        return [empty_cell(part.kind) for part in self.order]

    @cached_property
    def line_blank(self) -> dict[Entity, list[Any]]:
        """Cells of one key of each entity of lines where its windows hold nothing."""
        return {
            entity: [empty_cell(part.kind) for part in places]
            for entity, places in self.line.items()
        }
