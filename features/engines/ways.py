"""Feature values of the ways that one order could go: what they share is computed once."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, Protocol, runtime_checkable

import numpy as np

from features.engines.online import OnlineState
from features.engines.online_columns import RowColumns
from features.engines.plans import BRINGING, LEAVING, Plans
from features.engines.rows import number, picker, text
from features.engines.state.packing import fingerprints, pack_order
from features.engines.state.writing import answer_ways
from features.schema import ORDERS, SHIPMENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from features.feature import Columns, Feature, Values
    from features.history import HistoryProfile

    Row = Mapping[str, Any]
    Value = float | str | None
    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class WayNames:
    """Features of the ways of orders, by position.

    Parameters
    ----------
    shared
        Those of the order alone, which all its ways share.
    fields
        Planned columns as they stand: of each side of the ways (`Plans.sides`) its features.
    numbers
        Those computed of the plan and the order, then those of the windows.
    """

    shared: tuple[str, ...] = ()
    fields: tuple[tuple[Feature, ...], ...] = ()
    numbers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ways:
    """Feature values of the ways of one order.

    Parameters
    ----------
    names
        The features; the same object with every order of one reader.
    plans
        The planned columns of the ways.
    shared
        Values that all ways have in common.
    numbers
        Of each way its numbers, shape ``(n, n_numbers)``; NaN is unknown.
    """

    names: WayNames
    plans: Plans
    shared: Sequence[Value] = ()
    numbers: Floats = field(default_factory=lambda: np.empty((0, 0)))

    def of_all(self, name: str) -> Value:
        """Give a value that all ways have in common; None where it is unknown."""
        names = self.names.shared
        return self.shared[names.index(name)] if name in names else None

    def one(self, way: int) -> dict[str, Value]:
        """Give the values of one way by feature, as an engine gives those of an order."""
        plan = self.plans.one(way)
        read = (v if v == v else None for v in self.numbers[way].tolist())
        values: dict[str, Value] = dict(zip(self.names.shared, self.shared, strict=True))
        values.update((f.name, field_value(plan, f)) for of in self.names.fields for f in of)
        values.update(zip(self.names.numbers, read, strict=True))
        return values


def field_value(plan: Row, feature: Feature) -> Value:
    """Give a feature that is a planned column as it stands."""
    value = plan.get(feature.order_columns[0])
    if feature.kind == "category":
        return text(value)
    amount = number(value)
    return amount if amount == amount else None


class Answers(Protocol):
    """What computes the features of an order."""

    def values(self, order: Row, lines: Sequence[Row]) -> Mapping[str, Value]:
        """Compute the features of an order."""
        ...


@runtime_checkable
class AnswersWays(Protocol):
    """What computes the features of all ways of an order at once."""

    def values_of_ways(
        self, orders: Sequence[Row], lines: Sequence[Row]
    ) -> Sequence[Mapping[str, Value]]:
        """Compute the features of an order, given once for each way with its planned columns."""
        ...


class WayReader(Protocol):
    """What computes the features of the ways of an order."""

    @property
    def names(self) -> WayNames:
        """The features, by position."""
        ...

    def read(
        self,
        order: Row,
        lines: Sequence[Row],
        plans: Plans,
        known: Mapping[str, Value] | None = None,
    ) -> Ways:
        """Compute them.

        Parameters
        ----------
        order, lines
            The order and its lines.
        plans
            The planned columns of each way.
        known
            Features of this very order that were computed before.
        """
        ...


def way_reader(
    engine: Answers,
    features: Sequence[Feature],
    profile: HistoryProfile,
    wanted: Collection[str] | None = None,
) -> WayReader:
    """Give what computes the features of the ways of an order.

    Parameters
    ----------
    engine
        The window state.
    features, profile
        The same as the engine's.
    wanted
        Features that are needed; all of them unless given.

    Examples
    --------
    >>> from features.engines.plans import Ends, Plans, Side
    >>> from features.history import HistoryProfile
    >>> profile, warehouses, outlets = HistoryProfile(), Ends(), Ends()
    >>> begin = Side(warehouses, warehouses.places(("JX", "JX"), lambda _: {"warehouse": "JX"}))
    >>> end = Side(outlets, outlets.places(("sf-1", "yd-1"), lambda _: {}))
    >>> reader = way_reader(OnlineState([], profile), [], profile)
    >>> order = {"order_key": "a", "placed_at": 1, "received_at": 1}
    >>> reader.read(order, [], Plans((begin, end))).plans.n
    2
    """
    chosen = tuple(f for f in features if wanted is None or f.name in wanted)
    state = getattr(engine, "engine", engine)
    if isinstance(state, OnlineState) and state.has_numbers_only:
        return _InProcess(state, chosen, profile)
    return _ByValues(engine, chosen)


SIDES: Final = (LEAVING, BRINGING)
"""Planned columns by the end of a way that decides them, in the order of `Plans.sides`."""


@dataclass(frozen=True)
class _Kinds:
    """Features by what they look at; see `WayNames`."""

    shared: list[Feature]
    fields: tuple[tuple[Feature, ...], ...]
    computed: list[Feature]
    measured: list[Feature]

    @property
    def functions(self) -> list[Callable[[Columns], Values]]:
        """Functions of the computed features."""
        return [f.function for f in self.computed if f.function is not None]

    @classmethod
    def of(cls, features: Sequence[Feature]) -> _Kinds:
        """Sort features."""
        plain = [f for f in features if f.function is not None]
        planned = [f for f in plain if not {*LEAVING, *BRINGING}.isdisjoint(f.order_columns)]
        fields = [f for f in planned if isinstance(f.function, itemgetter)]
        return cls(
            [f for f in plain if f not in planned],
            tuple(tuple(f for f in fields if f.order_columns[0] in side) for side in SIDES),
            [f for f in planned if f not in fields],
            [f for f in features if f.function is None and f.kind == "number"],
        )


@dataclass(frozen=True)
class _ByValues:
    """Asks an engine about each way as if it were an order, wherever its state lives."""

    engine: Answers
    features: tuple[Feature, ...]

    def read(
        self,
        order: Row,
        lines: Sequence[Row],
        plans: Plans,
        known: Mapping[str, Value] | None = None,
    ) -> Ways:
        """See `WayReader.read`."""
        del known
        found = self._values([{**order, **plans.one(way)} for way in range(plans.n)], lines)
        names = self.names
        rows = [[values[name] for name in names.numbers] for values in found]
        numbers = np.array(rows, np.float64).reshape(plans.n, len(names.numbers))
        shared = [found[0][name] for name in names.shared] if found else []
        return Ways(names, plans, shared, numbers)

    def _values(self, orders: Sequence[Row], lines: Sequence[Row]) -> Sequence[Mapping[str, Value]]:
        if isinstance(self.engine, AnswersWays):
            return self.engine.values_of_ways(orders, lines)
        return [self.engine.values(order, lines) for order in orders]

    @cached_property
    def names(self) -> WayNames:
        """The features, by position."""
        kinds = _Kinds.of(self.features)
        numbers = (f.name for f in (*kinds.measured, *kinds.computed))
        return WayNames(tuple(f.name for f in kinds.shared), kinds.fields, tuple(numbers))


@dataclass(frozen=True, eq=False)
class _InProcess:
    """Reads the windows of all ways in one call."""

    state: OnlineState
    features: tuple[Feature, ...]
    profile: HistoryProfile

    def read(
        self,
        order: Row,
        lines: Sequence[Row],
        plans: Plans,
        known: Mapping[str, Value] | None = None,
    ) -> Ways:
        """See `WayReader.read`."""
        numbers = np.empty((plans.n, len(self.names.numbers)))
        self._measure(order, lines, plans, numbers)
        if self._kinds.computed:
            columns = self._columns(order, plans)
            for at, function in enumerate(self._kinds.functions, len(self.state.measured)):
                numbers[:, at] = function(columns)
        return Ways(self.names, plans, self._common(order, lines, known or {}), numbers)

    def _common(
        self, order: Row, lines: Sequence[Row], known: Mapping[str, Value]
    ) -> Sequence[Value]:
        """Give what all ways have in common; only what is not known is computed."""
        lacking = tuple([name for name in self.names.shared if name not in known])
        if not lacking:
            return self._pick(known)
        own = self._columns_of(lacking).values(order, lines)
        return [own[name] if name in own else known[name] for name in self.names.shared]

    def _columns_of(self, names: tuple[str, ...]) -> RowColumns:
        """Give what computes some of the shared features; the same few are asked for each time."""
        if names not in self._made:
            chosen = [f for f in self._kinds.shared if f.name in names]
            self._made[names] = RowColumns(chosen, self.profile)
        return self._made[names]

    def _measure(self, order: Row, lines: Sequence[Row], plans: Plans, numbers: Floats) -> None:
        """Fill in the numbers of the windows."""
        state = self.state
        packed = pack_order(state.program, order, lines)
        texts = plans.once(self, self._planned).copy()
        texts[:, : self._n_own] = packed.texts[0, : self._n_own]
        answer_ways(
            state.arrays, texts, packed.amounts, packed.clocks, packed.line_texts,
            packed.line_amounts, packed.lines, numbers,
        )  # fmt: skip

    def _planned(self, plans: Plans) -> NDArray[np.uint64]:
        """Lay out the texts of the ways with those of their plans alone."""
        texts = np.zeros((plans.n, len(self.state.program.texts), 2), np.uint64)
        for side, (into, work) in zip(plans.sides, self._printed, strict=True):
            texts[:, into] = side.ends.each(work, side.places)
        return texts

    def _columns(self, order: Row, plans: Plans) -> dict[str, Any]:
        """Lay out what computed features look at: columns of the order, and of each way's plan."""
        own, *sides = self._looked_at
        columns: dict[str, Any] = {c.name: np.full(plans.n, c.read(order), c.type) for c in own}
        for side, looked_at in zip(plans.sides, sides, strict=True):
            for column in looked_at:
                found = side.ends.each(column.read, side.places)
                columns[column.name] = found
        return columns

    @cached_property
    def names(self) -> WayNames:
        """The features, by position."""
        kinds = self._kinds
        numbers = (*self.state.measured, *(f.name for f in kinds.computed))
        return WayNames(tuple(f.name for f in kinds.shared), kinds.fields, numbers)

    @cached_property
    def _kinds(self) -> _Kinds:
        return _Kinds.of(self.features)

    @cached_property
    def _pick(self) -> Callable[[Mapping[str, Value]], Sequence[Value]]:
        return picker(self.names.shared)

    @cached_property
    def _made(self) -> dict[tuple[str, ...], RowColumns]:
        return {}

    @cached_property
    def _n_own(self) -> int:
        """How many of a state's texts are of the order itself; those of its plan stand behind."""
        return sum(not any(name in side for side in SIDES) for name in self.state.program.texts)

    @cached_property
    def _printed(self) -> tuple[tuple[NDArray[np.intp], Callable[[Row], Any]], ...]:
        """Of each side the places of its columns among a state's texts, and their fingerprints."""
        texts = self.state.program.texts
        names = [[name for name in texts if name in side] for side in SIDES]
        return tuple(
            (np.array([texts.index(name) for name in side], np.intp), partial(_prints, side))
            for side in names
        )

    @cached_property
    def _looked_at(self) -> tuple[tuple[_Column, ...], ...]:
        """Columns that computed features look at: the order's own, then those of each side."""
        types = {c.name: c.type for c in (*SHIPMENTS.columns, *ORDERS.columns)}
        types |= self.profile.attributes
        names = dict.fromkeys(name for f in self._kinds.computed for name in f.order_columns)
        columns = [_Column.of(name, types.get(name, "string")) for name in names]
        own = [c for c in columns if not any(c.name in side for side in SIDES)]
        return tuple(own), *(tuple(c for c in columns if c.name in side) for side in SIDES)


@dataclass(frozen=True)
class _Column:
    """A column, how a row's value is read, and what the array of its values is made of."""

    name: str
    read: Callable[[Row], Any]
    type: type

    @classmethod
    def of(cls, name: str, type_: str) -> _Column:
        """Tell texts from numbers."""
        if type_ == "string":
            return cls(name, partial(_text, name), object)
        return cls(name, partial(_number, name), float)


def _text(name: str, row: Row) -> NDArray[Any]:
    return np.array(text(row.get(name)), object)


def _number(name: str, row: Row) -> float:
    return number(row.get(name))


def _prints(names: Sequence[str], row: Row) -> NDArray[np.uint64]:
    return fingerprints([row.get(name) for name in names], len(names))
