"""The batch engine: every feature of many orders at once, each as it was when the order came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from features.engines.formulas import apply
from features.engines.parts import Events, Queries, parts
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
    source: Source, entity: Entity, wanted: Iterable[Part], selected: NDArray[np.bool_]
) -> dict[Part, Any]:
    """Compute parts of one entity; arrays as long as `Source.queries` of it."""
    result: dict[Part, Any] = {}
    by_stream: dict[str, list[Part]] = {}
    for part in wanted:
        by_stream.setdefault(part.stream, []).append(part)
    queries = source.queries(entity, selected)
    for stream, members in by_stream.items():
        keyed, asked = source.events(entity, stream)
        code = queries.code if asked is None else asked[queries.order]
        events = Events(
            keyed.code,
            keyed.order,
            keyed.happened,
            keyed.known,
            {
                c: _values(source, entity, stream, keyed, c)
                for c in {p.column for p in members if p.kind != "distinct" and p.column}
            },
            {
                c: source.codes((c,))[keyed.order]
                for c in {p.column for p in members if p.kind == "distinct" and p.column}
            },
        )
        result |= parts({stream: events}, Queries(code, queries.happened, queries.known), members)
    for part in result:
        if part.kind == "last":
            at = result[part]
            keys = np.full(len(at), None, object)
            found = at >= 0
            names = source.orders["order_key"].take(pa.array(at[found].astype(np.int64)))
            keys[found] = names.to_numpy()
            result[part] = keys
    return result


def _values(source: Source, entity: Entity, stream: str, keyed: Keyed, column: str) -> Any:
    if stream == "lines" and column in LINE_VALUES:
        return source.line_values(entity, column)
    if stream == "shipments":
        return source.parcel_values[column]
    value, valid = source.integers(column)
    return value[keyed.order], valid[keyed.order]
