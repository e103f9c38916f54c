"""Windowed features out of answered cells: measures that share a formula are computed together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from features.engines.formulas import apply
from features.engines.rows import number
from features.engines.source import LINE_VALUES
from features.engines.tracks import NAN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from features.engines.cells import Cells
    from features.engines.keyed_lines import Totals
    from features.engines.tracks import Ask
    from features.windows import Entity, Measure, Part

    Row = Mapping[str, Any]
    Values = dict[str, float | str | None]

_REDUCE: Final = {"max": np.fmax, "min": np.fmin}
"""Both pass over unknown values."""
_DEVIATES: Final = frozenset({"zscore", "ratio"})
"""Aggregates that set the order's own value against the past."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the windows of one order are asked, and the cells that the answers go into.

    Parameters
    ----------
    asks
        A question for each track and key; part ``c`` of its answer belongs in
        ``cells[ask.offset + c.at]`` for each cell ``c`` of the track's frames.
    cells
        Empty until answered: floats, and order keys or None where the part is ``last``.
    present
        Whether the order has a key of each of the plan's entities, by their place.
    totals
        Of each line-level entity, the units and the lowest price by key.
    """

    asks: tuple[Ask, ...]
    cells: list[Any]
    present: NDArray[np.bool_]
    totals: Mapping[Entity, Totals]


@dataclass(frozen=True)
class _Group:
    """Measures of one entity level that share a formula, so that one call computes them all."""

    aggregate: str
    names: tuple[str, ...]
    cells: NDArray[np.intp]
    own: NDArray[np.intp]
    entities: NDArray[np.intp]
    reduce: str

    @cached_property
    def last(self) -> tuple[int, ...]:
        """Cells of a group that gives orders rather than numbers."""
        return tuple(map(int, self.cells[0]))


class Formulas:
    """The formulas of measures, by what they read.

    Parameters
    ----------
    measures
        Of every level.
    entities
        All of them; their places are those of ``present`` in what was asked.
    cells
        Where each part stands.
    """

    def __init__(
        self, measures: Sequence[Measure], entities: Sequence[Entity], cells: Cells
    ) -> None:
        self._cells = cells
        of_orders = [m for m in measures if m.entity.level == "order"]
        self.own_columns = sorted(
            {m.column for m in of_orders if m.aggregate in _DEVIATES and m.column}
        )
        at = {entity: i for i, entity in enumerate(entities)}
        self._groups = _grouped(of_orders, cells.order, {}, at, self.own_columns)
        self._line_groups = {
            entity: _grouped(
                [m for m in measures if m.entity == entity], cells.order, own_cells, at, LINE_VALUES
            )
            for entity, own_cells in cells.line.items()
        }

    def values(self, order: Row, asked: Asked) -> Values:
        """Turn answered cells into every windowed feature of an order."""
        names = {cell: asked.cells[cell] for cell in self._cells.last}
        numbers = np.array(
            [0.0 if isinstance(c, str) or c is None else c for c in asked.cells], np.float64
        )
        shared = numbers[: len(self._cells.blank)]
        own = np.array([number(order.get(column)) for column in self.own_columns] + [NAN])
        result: Values = {}
        for group in self._groups:
            if group.aggregate == "last":
                result |= {n: names[c] for n, c in zip(group.names, group.last, strict=True)}
            else:
                values = apply(group.aggregate, own[group.own], shared[group.cells])
                result |= _named(group.names, np.where(asked.present[group.entities], values, NAN))
        begin = len(shared)
        for entity, totals in asked.totals.items():
            end = begin + len(totals) * len(self._cells.line_blank[entity])
            result |= self._line_values(entity, totals, numbers[begin:end], shared)
            begin = end
        return result

    def _line_values(
        self,
        entity: Entity,
        totals: Totals,
        answers: NDArray[np.float64],
        shared: NDArray[np.float64],
    ) -> Values:
        """Compute the features of a line-level entity; the worst of the order's keys counts."""
        groups = self._line_groups[entity]
        if not totals:
            return {name: None for group in groups for name in group.names}
        everyone = np.broadcast_to(shared, (len(totals), len(shared)))
        numbers = np.hstack([answers.reshape(len(totals), -1), everyone])
        own = np.array([[*map(number, amounts), NAN] for amounts in totals.values()])
        result: Values = {}
        for group in groups:
            inputs = [numbers[:, cells_of].ravel() for cells_of in group.cells]
            values = apply(group.aggregate, own[:, group.own].ravel(), inputs)
            values = values.reshape(len(totals), -1)
            result |= _named(group.names, _REDUCE[group.reduce].reduce(values, axis=0))
        return result


def _grouped(
    measures: Sequence[Measure],
    order_cells: Mapping[Part, int],
    line_cells: Mapping[Part, int],
    at: Mapping[Entity, int],
    own_columns: Sequence[str],
) -> list[_Group]:
    """_Group measures by formula; line-level cells come first in the array they will read."""
    members: dict[tuple[str, str], list[Measure]] = {}
    for measure in measures:
        members.setdefault((measure.aggregate, measure.reduce), []).append(measure)
    shift = len(line_cells)

    def cell(part: Part) -> int:
        return line_cells[part] if part in line_cells else shift + order_cells[part]

    def own(measure: Measure) -> int:
        """Place of the order's own value; the last place holds none."""
        deviates = measure.aggregate in _DEVIATES
        return own_columns.index(measure.column or "") if deviates else len(own_columns)

    return [
        _Group(
            aggregate,
            tuple(m.name for m in group),
            np.array([[cell(p) for p in m.parts] for m in group], np.intp).T.copy(),
            np.array([own(m) for m in group], np.intp),
            np.array([at[m.entity] for m in group], np.intp),
            reduce,
        )
        for (aggregate, reduce), group in members.items()
    ]


def _named(names: Sequence[str], values: NDArray[np.float64]) -> Values:
    pairs = zip(names, values.tolist(), strict=True)
    return {name: value if value == value else None for name, value in pairs}
