"""What travels between Spark's tasks: the columns of rows, and the places of answers' parts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from features.engines.columns import line_columns
from features.engines.source import LINE_VALUES, PARCEL_VALUES
from features.windows import EVERYBODY

if TYPE_CHECKING:
    from features.feature import Feature
    from features.windows import Entity, Measure, Part

LINKS: Final = -1
"""Number of the entity under which identity links travel."""


@dataclass(frozen=True)
class Asking:
    """One entity's place: its number, its parts, and its streams by number.

    Parameters
    ----------
    number
        Its number in rows.
    entity
        The entity.
    parts
        Parts that are numbers, in the order in which answers list them.
    lasts
        Parts that are orders, likewise.
    """

    number: int
    entity: Entity
    parts: tuple[Part, ...]
    lasts: tuple[Part, ...]

    @cached_property
    def streams(self) -> tuple[str, ...]:
        """Streams that the parts look at; a row tells its stream by the place here."""
        return tuple(sorted({part.stream for part in (*self.parts, *self.lasts)}))

    def columns(self, stream: str) -> tuple[set[str], set[str]]:
        """Give the value columns and the counterpart columns that parts of a stream look at."""
        mine = [part for part in self.parts if part.stream == stream and part.column]
        others = {part.column for part in mine if part.kind == "distinct" and part.column}
        values = {part.column for part in mine if part.kind != "distinct" and part.column}
        return values, others


@dataclass(frozen=True)
class Layout:
    """Features, and everything that follows from them.

    Parameters
    ----------
    features
        The features, in the sequence of the output's columns.
    """

    features: tuple[Feature, ...]

    @cached_property
    def measures(self) -> tuple[Measure, ...]:
        """The windowed ones."""
        return tuple(f.measure for f in self.features if f.measure is not None)

    @cached_property
    def plain(self) -> tuple[Feature, ...]:
        """Those that are functions of the order itself."""
        return tuple(f for f in self.features if f.function is not None)

    @cached_property
    def links(self) -> tuple[str, ...]:
        """Names of those of identity links."""
        return tuple(f.name for f in self.features if f.link is not None)

    @cached_property
    def asking(self) -> tuple[Asking, ...]:
        """Every entity that is asked about; everybody is one of them."""
        parts = list(dict.fromkeys(part for measure in self.measures for part in measure.parts))
        found = []
        for number, entity in enumerate(dict.fromkeys(part.entity for part in parts)):
            mine = [part for part in parts if part.entity == entity]
            numbers = tuple(part for part in mine if part.kind != "last")
            lasts = tuple(part for part in mine if part.kind == "last")
            found.append(Asking(number, entity, numbers, lasts))
        return tuple(found)

    @cached_property
    def overall(self) -> Asking | None:
        """Everybody's parts, or None where no measure needs them."""
        return next((a for a in self.asking if a.entity == EVERYBODY), None)

    @cached_property
    def values(self) -> tuple[str, ...]:
        """Value columns that keyed rows have."""
        found = {c for a in self.asking for s in a.streams for c in a.columns(s)[0]}
        own = {m.column for m in self.measures if m.stream == "lines" and m.column in LINE_VALUES}
        return tuple(sorted(found | {column for column in own if column}))

    @cached_property
    def others(self) -> tuple[str, ...]:
        """Counterpart columns that keyed rows have."""
        return tuple(sorted({c for a in self.asking for s in a.streams for c in a.columns(s)[1]}))

    def looking_at(self, other: str) -> list[int]:
        """Give the numbers of the entities that look at a counterpart column."""
        return [a.number for a in self.asking if any(other in a.columns(s)[1] for s in a.streams)]

    @cached_property
    def own(self) -> tuple[str, ...]:
        """Columns of orders whose own value a measure is set against."""
        own = {m.column for m in self.measures if m.aggregate in {"zscore", "ratio"}}
        taken = {m.column for m in self.measures if m.stream in {"lines", "shipments"}}
        taken &= {*LINE_VALUES, *PARCEL_VALUES}
        return tuple(sorted({column for column in own - taken if column}))

    @cached_property
    def order_columns(self) -> tuple[str, ...]:
        """Columns of orders, or of their planned route, that functions and own values need."""
        named = {name for feature in self.plain for name in feature.order_columns}
        return tuple(sorted((named | {*self.own, "placed_at"}) - {"order_key", "received_at"}))

    @cached_property
    def line_columns(self) -> tuple[str, ...]:
        """Columns of lines that functions need."""
        return line_columns(self.plain)

    def told(self, asking: Asking) -> tuple[Part | str, ...]:
        """Tell what answers about an entity tell: its parts, and columns of lines."""
        own = LINE_VALUES if asking.entity.level == "line" else ()
        return (*asking.parts, *asking.lasts, *(name for name in own if name in self.values))

    def answers(self, asking: Asking) -> pa.Schema:
        """Columns of the answers about an entity: the order's number, and what they tell."""
        kinds = [
            pa.string() if part in asking.lasts else pa.float64() for part in self.told(asking)
        ]
        return pa.schema([("n", pa.int64()), *((str(i), kind) for i, kind in enumerate(kinds))])

    @property
    def linked(self) -> pa.Schema:
        """Columns of identity links, likewise."""
        return pa.schema([("n", pa.int64()), *((name, pa.float64()) for name in self.links)])
