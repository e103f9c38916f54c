"""The batch engine: every feature of many orders at once, each as it was when the order came."""

from __future__ import annotations

from contextlib import nullcontext
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from features.engines import kernel
from features.engines.buckets import ROWS, answered
from features.engines.links import link_features
from features.engines.results import keys_of, merging, plain_features
from features.engines.source import Source
from features.engines.spill import write
from features.windows import MICROSECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime, timedelta

    import pandas as pd
    from numpy.typing import NDArray

    from features.catalogue import Feature
    from features.engines.buckets import Answers
    from features.history import History
    from features.windows import Measure

__all__ = ["compute", "write"]


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
        Called with how many groups of measures are done and how many there are.
    jobs
        Threads; -1 for one a core.
    rows
        Rows that are worked on at once.

    Returns
    -------
    DataFrame
        Indexed by ``order_key``, ordered by ``placed_at``; ``placed_at``, ``received_at``, then a
        column for each feature: ``float64`` with NaN for unknown, or text with None.
    """
    import pandas as pd

    delay_us = 0 if label_delay is None else label_delay // MICROSECOND
    source = Source(history, label_delay_us=delay_us)
    begin, end = source.span(placed_from, placed_to)
    plain = [f for f in features if f.function is not None]
    found: dict[str, Any] = plain_features(source, plain, begin, end)
    found |= link_features(source, features, begin, end)
    measures = [f.measure for f in features if f.measure is not None]
    columns = _Columns(measures, begin, end)
    for _ in answered(
        source, measures, (begin, end), columns.take, jobs=jobs, rows=rows, progress=progress
    ):
        pass
    found |= columns.values
    references = {f.name for f in features if f.kind == "reference"}
    if references:
        order_keys = source.column("order_key")
        found |= {n: keys_of(order_keys, found[n]).to_numpy() for n in references}
    clocks = history.rows("orders", ["order_key", "placed_at", "received_at"], begin, end)
    frame: pd.DataFrame = clocks.to_pandas().set_index("order_key")
    clock_names = ("placed_at", "received_at")
    whole = {n: frame[n] for n in clock_names} | {f.name: found[f.name] for f in features}
    return pd.DataFrame(whole, index=frame.index, copy=False)


class _Columns:
    """Columns of measures for the orders ``[begin, end)``, filled by several threads.

    Of orders each cell is written once; those of lines are merged one after the other, and which
    comes first changes nothing.
    """

    def __init__(self, measures: Sequence[Measure], begin: int, end: int) -> None:
        self._column = {measure.name: i for i, measure in enumerate(measures)}
        self._table = np.empty((len(measures), end - begin))
        self._table[merging(measures) != 0] = np.nan
        self._begin = np.int32(begin)
        self._merging = Lock()

    @property
    def values(self) -> dict[str, NDArray[np.float64]]:
        """Each measure's column."""
        return {name: self._table[i] for name, i in self._column.items()}

    def take(self, answers: Answers) -> None:
        """Put answers where they belong."""
        how = merging(answers.measures)
        which = np.array([self._column[measure.name] for measure in answers.measures])
        with self._merging if how.any() else nullcontext():
            kernel.fill(self._table, which, how, answers.order - self._begin, answers.values)
