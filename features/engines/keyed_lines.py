"""The lines of an order by the keys of their entities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from features.engines.rows import key_of, text, whole
from features.schema import ORDER_LINES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from features.windows import Entity

    Row = Mapping[str, Any]
    LineKeys = tuple[tuple[str | None, tuple[str | None, ...]], ...]
    Totals = dict[Any, tuple[int | None, int | None]]


class KeyedLines:
    """Reads the keys of lines, some of whose columns stand in the order.

    Parameters
    ----------
    entities
        Entities that windows are kept of; those of orders are passed over.

    Examples
    --------
    >>> from features.windows import Entity
    >>> sku = Entity("sku", ("sku",), "商品", "product", level="line")
    >>> lines = [{"line_id": "1", "sku": "pen", "quantity": 2, "unit_price_minor": 300},
    ...          {"line_id": "2", "sku": "pen", "quantity": 1, "unit_price_minor": 250}]
    >>> keyed = KeyedLines([sku])
    >>> keyed.totals(sku, {}, lines), keyed.keys({}, lines)
    ({'pen': (3, 250)}, (('1', ('pen',)), ('2', ('pen',))))
    """

    def __init__(self, entities: Iterable[Entity]) -> None:
        self.entities = tuple(entity for entity in entities if entity.level == "line")
        self.columns = sorted({column for entity in self.entities for column in entity.columns})
        self.of_order = [column for column in self.columns if not ORDER_LINES.accepts(column)]

    def with_order(self, order: Row, lines: Sequence[Row]) -> Sequence[Row]:
        """Lay under each line the columns of its order that entities of lines name."""
        if not self.of_order:
            return lines
        under = {name: order.get(name) for name in self.of_order}
        return [{**under, **line} for line in lines]

    def totals(self, entity: Entity, order: Row, lines: Sequence[Row]) -> Totals:
        """Units added up and the lowest unit price, by key of an entity; None is unknown."""
        result: Totals = {}
        for line in self.with_order(order, lines):
            key = key_of(entity, line)
            if key is None:
                continue
            units, price = whole(line.get("quantity")), whole(line.get("unit_price_minor"))
            if key in result:
                other_units, other_price = result[key]
                known = [u for u in (units, other_units) if u is not None]
                units = sum(known) if known else None
                price = min((p for p in (price, other_price) if p is not None), default=None)
            result[key] = (units, price)
        return result

    def keys(self, order: Row, lines: Sequence[Row]) -> LineKeys:
        """Give the id of each line and its texts, by the place of their column."""
        return tuple(
            (text(line.get("line_id")), tuple(text(line.get(c)) for c in self.columns))
            for line in self.with_order(order, lines)
        )
