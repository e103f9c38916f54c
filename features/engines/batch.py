"""The batch engine: every feature of many orders at once, each as it was when the order came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from features.engines.formulas import apply
from features.engines.source import LINE_VALUES, Keyed, Source
from features.windows import EVERYBODY, MICROSECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime, timedelta

    import pandas as pd
    from numpy.typing import NDArray

    from features.catalogue import Feature
    from features.history import History
    from features.windows import Entity, Measure, Part

    Floats = NDArray[np.float64]


def compute(
    history: History,
    features: Sequence[Feature],
    *,
    placed_from: datetime | None = None,
    placed_to: datetime | None = None,
    label_delay: timedelta | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Compute features for the orders placed in ``[placed_from, placed_to)``.

    Parameters
    ----------
    history
        The history; all of it is looked at, and of each order only what was known before it.
    features
        What `features.catalogue.declare` gave, or a part of it.
    placed_from, placed_to
        Aware instants; open ends unless given.
    label_delay
        Take no outcome as known sooner than this after its order was placed.
    progress
        Called with how many entities are done and how many there are.

    Returns
    -------
    DataFrame
        Indexed by ``order_key``, ordered by ``placed_at``; ``placed_at``, ``received_at``, then a
        column for each feature: ``float64`` with NaN for unknown, or text with None.
    """
    import pandas as pd

    from features.engines.columns import order_columns

    needed = {name for feature in features for name in feature.order_columns}
    delay_us = 0 if label_delay is None else label_delay // MICROSECOND
    source = Source(history, needed, label_delay_us=delay_us)
    selected = _selection(source, placed_from, placed_to)
    result: dict[str, Any] = {}
    plain = [feature for feature in features if feature.function is not None]
    if plain:
        columns = order_columns(source, plain, selected)
        with np.errstate(all="ignore"):
            result |= {f.name: f.function(columns) for f in plain if f.function is not None}
    windowed = [feature.measure for feature in features if feature.measure is not None]
    result |= _windows(source, windowed, selected, progress)
    orders = source.orders.select(["order_key", "placed_at", "received_at"])
    clocks: pd.DataFrame = orders.filter(selected).to_pandas().set_index("order_key")
    ordered = {feature.name: result[feature.name] for feature in features}
    computed = pd.DataFrame(ordered, index=clocks.index, copy=False)
    return pd.concat([clocks, computed], axis=1)


def _selection(
    source: Source, placed_from: datetime | None, placed_to: datetime | None
) -> NDArray[np.bool_]:
    selected = np.ones(source.n, np.bool_)
    if placed_from is not None:
        selected &= source.placed >= _micros(placed_from)
    if placed_to is not None:
        selected &= source.placed < _micros(placed_to)
    return selected


def _micros(instant: datetime) -> int:
    from datetime import UTC, datetime

    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // MICROSECOND


def _windows(
    source: Source,
    measures: Sequence[Measure],
    selected: NDArray[np.bool_],
    progress: Callable[[int, int], None] | None,
) -> dict[str, Any]:
    """Compute measures entity by entity, so that the parts of one can go before the next."""
    overall = {p for m in measures for p in m.parts if p.entity == EVERYBODY}
    shared = _parts(source, EVERYBODY, overall, selected)
    entities = list(dict.fromkeys(m.entity for m in measures))
    result: dict[str, Any] = {}
    for done, entity in enumerate(entities):
        own = [m for m in measures if m.entity == entity]
        wanted = {p for m in own for p in m.parts if p.entity == entity}
        parts = _parts(source, entity, wanted, selected) if entity != EVERYBODY else {}
        queries = source.queries(entity, selected)
        for measure in own:
            result[measure.name] = _apply(source, measure, queries, shared | parts, selected)
        if progress is not None:
            progress(done + 1, len(entities))
    return result


def _apply(
    source: Source,
    measure: Measure,
    queries: Keyed,
    parts: dict[Part, Any],
    selected: NDArray[np.bool_],
) -> Any:
    """Turn the parts of a measure into its numbers, one for each selected order."""
    position = (np.cumsum(selected) - 1)[queries.order]
    inputs = []
    for part in measure.parts:
        values = parts[part]
        spread_out = part.entity == EVERYBODY and measure.entity.level == "line"
        inputs.append(values[position] if spread_out else values)
    if measure.aggregate == "last":
        return inputs[0]
    own = _own(source, measure, queries, selected)
    values = apply(measure.aggregate, own, inputs)
    values = np.where(queries.code >= 0, values, np.nan)
    if measure.entity.level == "line":
        return _reduce(values, position, int(selected.sum()), measure.reduce)
    return values


def _own(source: Source, measure: Measure, queries: Keyed, selected: NDArray[np.bool_]) -> Floats:
    """Give the order's own value of a measure's column, NaN where there is or need be none."""
    if measure.aggregate not in {"zscore", "ratio"} or measure.column is None:
        return np.full(len(queries.code), np.nan)
    if measure.stream == "lines":
        value, valid = source.line_values(measure.entity, measure.column)
        keep = selected[source.line_keys(measure.entity).order]
        value, valid = value[keep], valid[keep]
    else:
        value, valid = source.integers(measure.column)
        value, valid = value[queries.order], valid[queries.order]
    return np.where(valid, value.astype(np.float64), np.nan)


def _reduce(values: Floats, position: NDArray[np.int64], n: int, how: str) -> Floats:
    """Reduce the keys of each order to one number; unknown ones do not count."""
    reducer, start = {"max": (np.maximum, -np.inf), "min": (np.minimum, np.inf)}[how]
    result = np.full(n, start)
    known = ~np.isnan(values)
    reducer.at(result, position[known], values[known])
    return np.where(np.isinf(result), np.nan, result)


def _parts(
    source: Source, entity: Entity, parts: Iterable[Part], selected: NDArray[np.bool_]
) -> dict[Part, Any]:
    """Compute parts of one entity; arrays as long as `Source.queries` of it."""
    result: dict[Part, Any] = {}
    by_stream: dict[str, list[Part]] = {}
    for part in sorted(parts, key=repr):
        by_stream.setdefault(part.stream, []).append(part)
    queries = source.queries(entity, selected)
    for stream, members in by_stream.items():
        result |= _Stream(source, entity, stream, queries).parts(members)
    return result


class _Stream:
    """The events of one stream and entity, sorted once for all their parts."""

    def __init__(self, source: Source, entity: Entity, stream: str, queries: Keyed) -> None:
        self.source, self.stream, self.entity = source, stream, entity
        events, asked = source.events(entity, stream)
        self.n_queries = len(queries.code)
        code = queries.code if asked is None else asked[queries.order]
        self.answers = np.flatnonzero(code >= 0)
        self.answers = self.answers[np.lexsort((queries.known[self.answers], code[self.answers]))]
        kept = np.flatnonzero(events.code >= 0)
        by_time = (events.order[kept], events.happened[kept], events.code[kept])
        kept = kept[np.lexsort(by_time)]
        self.kept = kept
        self.order = events.order[kept]
        self.happened = events.happened[kept]
        self.known = events.known[kept]
        self.code = events.code[kept]
        self.entry = np.lexsort((self.known, self.code))
        n_keys = int(max(code.max(initial=-1), events.code.max(initial=-1))) + 1
        bounds = np.arange(n_keys + 1)
        self.event_start = np.searchsorted(self.code, bounds)
        self.query_start = np.searchsorted(code[self.answers], bounds)
        self.placed = queries.happened[self.answers]
        self.received = queries.known[self.answers]

    def parts(self, members: list[Part]) -> dict[Part, Any]:
        """Compute parts; those that share a value and a counterpart share a walk."""
        result: dict[Part, Any] = {}
        counterparts = sorted({p.column for p in members if p.kind == "distinct" and p.column})
        values = sorted({p.column for p in members if p.kind in _OF_VALUE and p.column is not None})
        for k in range(max(len(values), len(counterparts), 1)):
            value = values[k] if k < len(values) else None
            counterpart = counterparts[k] if k < len(counterparts) else None
            served = [
                p
                for p in members
                if (p.kind in _OF_VALUE and p.column == value)
                or (p.kind == "distinct" and p.column == counterpart)
                or (p.kind in _OF_EVENTS and k == 0)
            ]
            result |= self._walk(served, value, counterpart)
        for value in sorted({p.column for p in members if p.kind in _EXTREMES and p.column}):
            served = [p for p in members if p.kind in _EXTREMES and p.column == value]
            result |= self._extremes(served, value)
        return result

    def _values(self, column: str) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        if self.stream == "lines" and column in LINE_VALUES:
            value, valid = self.source.line_values(self.entity, column)
        elif self.stream == "shipments":
            value, valid = self.source.parcel_values[column]
        else:
            value, valid = self.source.integers(column)
            return value[self.order], valid[self.order]
        return value[self.kept], valid[self.kept]

    def _pairs(self, column: str | None) -> tuple[NDArray[np.int64], int]:
        """Give each event the number of its key and counterpart; below 0 where it has none."""
        import pandas as pd

        if column is None:
            return np.empty(0, np.int64), 0
        other = self.source.codes((column,))[self.order]
        numbers, distinct = pd.factorize(self.code * (other.max(initial=0) + 1) + other)
        return np.where(other >= 0, numbers, -1).astype(np.int64), len(distinct)

    def _walk(
        self, parts: list[Part], value: str | None, counterpart: str | None
    ) -> dict[Part, Any]:
        from features.engines.kernel import walk

        frames = sorted({(p.span_us, p.delay_us) for p in parts})
        kinds = {p.kind for p in parts}
        n_frames, n = len(frames), len(self.answers)

        def out(wanted: bool, dtype: type) -> NDArray[Any]:
            return np.empty((n_frames, n if wanted else 0), dtype)

        wants_value = bool(kinds & set(_OF_VALUE))
        outputs: dict[str, NDArray[Any]] = {
            "n": out(True, np.int64),
            "valid": out(wants_value, np.int64),
            "total": out(wants_value, np.int64),
            "spread": out(wants_value, np.float64),
            "distinct": out("distinct" in kinds, np.int64),
            "last": out(bool(kinds & {"last", "gap"}), np.int64),
        }
        empty = np.empty(0, np.int64)
        numbers, present = self._values(value) if value else (empty, empty.astype(np.bool_))
        pair, n_pairs = self._pairs(counterpart)
        spans, delays = np.array(frames, np.int64).reshape(-1, 2).T.copy()
        walk(
            self.event_start, self.happened, self.entry, self.known, present, numbers, pair,
            n_pairs, self.query_start, self.placed, self.received, spans, delays,
            *outputs.values(),
        )  # fmt: skip
        return {
            p: self._scattered(p, outputs, frames.index((p.span_us, p.delay_us))) for p in parts
        }

    def _scattered(self, part: Part, outputs: dict[str, NDArray[Any]], frame: int) -> Any:
        """Put answers back into the order of the queries."""
        if part.kind == "last":
            at = outputs["last"][frame]
            keys = np.full(self.n_queries, None, object)
            found = at >= 0
            names = self.source.orders["order_key"].take(self.order[at[found]])
            keys[self.answers[found]] = names.to_numpy()
            return keys
        result = np.full(self.n_queries, np.nan)
        if part.kind == "gap":
            at = outputs["last"][frame]
            gap = (
                (self.placed - self.happened[at]).astype(np.float64)
                if len(self.happened)
                else np.nan
            )
            result[self.answers] = np.where(at >= 0, gap, np.nan)
        else:
            result[self.answers] = outputs[part.kind][frame]
        return result

    def _extremes(self, parts: list[Part], column: str) -> dict[Part, Any]:
        from features.engines.kernel import extremes

        frames = sorted({(p.span_us, p.delay_us) for p in parts})
        value, valid = self._values(column)
        spans, delays = np.array(frames, np.int64).T.copy()
        outputs = {kind: np.empty((len(frames), len(self.answers))) for kind in _EXTREMES}
        extremes(
            self.event_start, self.happened, self.entry, self.known, valid, value,
            self.query_start, self.placed, self.received, spans, delays, *outputs.values(),
        )  # fmt: skip
        return {
            p: self._scattered(p, outputs, frames.index((p.span_us, p.delay_us))) for p in parts
        }


_OF_VALUE = ("valid", "total", "spread")
_OF_EVENTS = ("n", "last", "gap")
_EXTREMES = ("low", "high")
