"""The batch engine's features of single lines, each as it was when its order came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from features.engines.buckets import ROWS, answered
from features.engines.results import plain_features
from features.engines.source import Source
from features.engines.streams import Keys
from features.windows import MICROSECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime, timedelta

    import pandas as pd
    from numpy.typing import NDArray

    from features.engines.buckets import Answers
    from features.feature import Feature
    from features.history import History
    from features.windows import Entity, Measure

    Floats = NDArray[np.float64]
    Places = NDArray[np.int32]


def compute(
    history: History,
    features: Sequence[Feature],
    *,
    placed_from: datetime | None = None,
    placed_to: datetime | None = None,
    label_delay: timedelta | None = None,
    progress: Callable[[int, int], None] | None = None,
    jobs: int = -1,
    rows: int = ROWS,
) -> pd.DataFrame:
    """Compute features for the lines of the orders placed in ``[placed_from, placed_to)``.

    A line asks at the moment of its order, so it sees no outcome of its sisters.

    Parameters
    ----------
    history
        The history; all of it is looked at, and of each order only what was known before it.
    features
        Features of lines, see `features.line.features`.
    placed_from, placed_to, label_delay, progress, jobs, rows
        As in `features.engines.batch.compute`.

    Returns
    -------
    DataFrame
        ``order_key``, ``line_id`` and a column for each feature, by order; lines with one key in
        an order share the values of its windows.
    """
    import pandas as pd

    delay_us = 0 if label_delay is None else label_delay // MICROSECOND
    source = Source(history, label_delay_us=delay_us)
    begin, end = source.span(placed_from, placed_to)
    lines = np.arange(*np.searchsorted(source.lines.order, [begin, end]))
    found: dict[str, Any] = plain_features(
        source, [f for f in features if f.function is not None], begin, end
    )
    measures = [f.measure for f in features if f.measure is not None]
    asked = _Asked(source, measures)
    for _ in answered(
        source, measures, (begin, end), asked.take, jobs=jobs, rows=rows, progress=progress
    ):
        pass
    found |= {f.name: asked.column(f.measure, lines) for f in features if f.measure is not None}
    order_keys = source.column("order_key").take(pa.array(source.lines.order[lines]))
    columns = {"order_key": order_keys.to_pandas(), "line_id": source.lines.take("line_id", lines)}
    return pd.DataFrame(columns | {f.name: found[f.name] for f in features}, copy=False)


class _Asked:
    """Answers by what asked: an order once for each key among its lines."""

    def __init__(self, source: Source, measures: Sequence[Measure]) -> None:
        self._source = source
        self._rows: dict[Entity, Places] = {}
        self._values = {m.name: np.full(len(source.lines), np.nan) for m in measures}

    def take(self, answers: Answers) -> None:
        """Keep answers; each cell is written once."""
        for measure, values in zip(answers.measures, answers.values, strict=True):
            self._values[measure.name][answers.asking] = values

    def column(self, measure: Measure, lines: NDArray[np.int64]) -> Floats:
        """Give the values of a measure for some lines; NaN where a line has no key."""
        if measure.entity not in self._rows:
            self._rows[measure.entity] = Keys(self._source, measure.entity, ()).of_lines()
        row = self._rows[measure.entity][lines]
        return np.where(row >= 0, self._values[measure.name][row], np.nan)
