"""Feature values of the ways that one order could go: what they share is computed once."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np
from xxhash import xxh3_128_digest

from features.engines.online import OnlineState
from features.engines.online_columns import RowColumns
from features.engines.source import PLAN
from features.engines.state.packing import pack_order
from features.engines.state.writing import answer_ways

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from features.feature import Feature
    from features.history import HistoryProfile

    Row = Mapping[str, Any]
    Value = float | str | None

_NONE: Final = bytes(16)


@dataclass(frozen=True)
class WayNames:
    """Features of the ways of orders, by position: shared by all ways, planned, measured."""

    shared: tuple[str, ...] = ()
    planned: tuple[str, ...] = ()
    measured: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ways:
    """Feature values of the ways of one order.

    Parameters
    ----------
    n
        How many ways.
    names
        The features; the same object with every order of one reader.
    shared
        Values that all ways have in common.
    planned
        Of each planned feature a value for each way; None is unknown.
    numbers
        Of each way the numbers of the windows, shape ``(n, n_measured)``; NaN is unknown.
    """

    n: int
    names: WayNames
    shared: Sequence[Value] = ()
    planned: Sequence[Sequence[Value]] = ()
    numbers: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 0)))

    def one(self, way: int) -> dict[str, Value]:
        """Give the values of one way by feature, as an engine gives those of an order."""
        read = (v if v == v else None for v in self.numbers[way].tolist())
        values: dict[str, Value] = dict(zip(self.names.shared, self.shared, strict=True))
        values.update(zip(self.names.planned, (c[way] for c in self.planned), strict=True))
        values.update(zip(self.names.measured, read, strict=True))
        return values


class Answers(Protocol):
    """What computes the features of an order."""

    def values(self, order: Row, lines: Sequence[Row]) -> Mapping[str, Value]:
        """Compute the features of an order."""
        ...


class WayReader(Protocol):
    """What computes the features of the ways of an order."""

    def read(
        self,
        order: Row,
        lines: Sequence[Row],
        plans: Sequence[Row],
        known: Mapping[str, Value] | None = None,
    ) -> Ways:
        """Compute them.

        Parameters
        ----------
        order, lines
            The order and its lines.
        plans
            The planned columns of each way; all name the same ones.
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
    >>> from features.history import HistoryProfile
    >>> profile = HistoryProfile()
    >>> reader = way_reader(OnlineState([], profile), [], profile)
    >>> order = {"order_key": "a", "placed_at": 1, "received_at": 1}
    >>> reader.read(order, [], [{"carrier": "sf"}, {"carrier": "yd"}]).n
    2
    """
    chosen = [f for f in features if wanted is None or f.name in wanted]
    state = getattr(engine, "engine", engine)
    if isinstance(state, OnlineState) and state.has_numbers_only:
        return _InProcess(state, tuple(chosen), profile)
    return _OneByOne(engine, frozenset(f.name for f in chosen))


@dataclass(frozen=True)
class _OneByOne:
    """Asks an engine about each way by itself, wherever its state lives."""

    engine: Answers
    wanted: frozenset[str]

    def read(
        self,
        order: Row,
        lines: Sequence[Row],
        plans: Sequence[Row],
        known: Mapping[str, Value] | None = None,
    ) -> Ways:
        """See `WayReader.read`."""
        del known
        found = [self.engine.values({**order, **plan}, lines) for plan in plans]
        names = tuple(name for name in (found[0] if found else ()) if name in self.wanted)
        columns = [[values[name] for values in found] for name in names]
        numbers = np.empty((len(plans), 0))
        return Ways(len(plans), WayNames(planned=names), planned=columns, numbers=numbers)


@dataclass(frozen=True)
class _InProcess:
    """Reads the windows of all ways in one compiled call."""

    state: OnlineState
    features: tuple[Feature, ...]
    profile: HistoryProfile

    def read(
        self,
        order: Row,
        lines: Sequence[Row],
        plans: Sequence[Row],
        known: Mapping[str, Value] | None = None,
    ) -> Ways:
        """See `WayReader.read`."""
        if not plans:
            return Ways(0, self.names)
        return Ways(
            len(plans),
            self.names,
            self._common(order, lines, known),
            self._planned(order, plans),
            self._measured(order, lines, plans),
        )

    def _common(
        self, order: Row, lines: Sequence[Row], known: Mapping[str, Value] | None
    ) -> Sequence[Value]:
        """Give what all ways have in common, from what is known where that says it all."""
        if known is not None:
            try:
                return [known[name] for name in self.names.shared]
            except KeyError:
                pass
        found = self._shared.values(order, lines)
        return [found[name] for name in self.names.shared]

    def _measured(
        self, order: Row, lines: Sequence[Row], plans: Sequence[Row]
    ) -> NDArray[np.float64]:
        state = self.state
        packed = pack_order(state.program, order, lines)
        texts = np.repeat(packed.texts, len(plans), axis=0)
        for at, name in enumerate(state.program.texts):
            if name in plans[0]:
                texts[:, at] = _fingerprints(tuple(plan[name] for plan in plans))
        numbers = np.empty((len(plans), len(state.measured)))
        answer_ways(
            state.arrays, texts, packed.amounts, packed.clocks, packed.line_texts,
            packed.line_amounts, packed.lines, numbers,
        )  # fmt: skip
        return numbers

    def _planned(self, order: Row, plans: Sequence[Row]) -> Sequence[Sequence[Value]]:
        """Compute what looks at the plan, on arrays."""
        known = {name: order.get(name) for name in self._read_by_planned}
        found = self._plan_columns.many([{**known, **plan} for plan in plans])
        return [found[name] for name in self.names.planned]

    @cached_property
    def names(self) -> WayNames:
        """The features, by position."""
        shared, planned = (tuple(f.name for f in part) for part in self._split)
        return WayNames(shared, planned, self.state.measured)

    @cached_property
    def _split(self) -> tuple[list[Feature], list[Feature]]:
        """Features of the order alone, and those that look at the plan."""
        plain = [f for f in self.features if f.function is not None]
        planned = [f for f in plain if not PLANNED.isdisjoint(f.order_columns)]
        return [f for f in plain if f not in planned], planned

    @cached_property
    def _shared(self) -> RowColumns:
        return RowColumns(self._split[0], self.profile)

    @cached_property
    def _plan_columns(self) -> RowColumns:
        return RowColumns(self._split[1], self.profile)

    @cached_property
    def _read_by_planned(self) -> tuple[str, ...]:
        names = {name for f in self._split[1] for name in f.order_columns}
        return tuple(sorted(names | {"placed_at", "utc_offset_min"}))


PLANNED: Final = frozenset(PLAN)
"""Columns of an order that its planned route decides."""


@lru_cache(maxsize=4_096)
def _fingerprints(texts: tuple[Any, ...]) -> NDArray[np.uint64]:
    """Fingerprints of one column of the ways; the same few come with every order."""
    joined = b"".join(
        xxh3_128_digest(t.encode("utf-8", "surrogatepass")) if isinstance(t, str) else _NONE
        for t in texts
    )
    return np.frombuffer(joined, np.uint64).reshape(-1, 2)
