"""What everybody did before each order, which shares of few are drawn towards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from features.engines import kernel
from features.engines.parts import Asked, Queries, Timeline, by_stream
from features.engines.streams import Keys
from features.windows import EVERYBODY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from features.engines.source import Source
    from features.windows import Measure, Part

    Places = NDArray[np.int32]
    Floats = NDArray[np.float64]


class Overall:
    """What everybody did before each order, which shares of few are drawn towards.

    Every entity asks for it, so it is computed once for all orders. Rates need whole numbers only:
    events, those with a value, and totals.
    """

    def __init__(
        self, source: Source, measures: Sequence[Measure], span: tuple[int, int], rows: int
    ) -> None:
        wanted = {p for m in measures if m.entity != EVERYBODY for p in m.parts}
        parts = [part for part in wanted if part.entity == EVERYBODY]
        self._begin, end = span
        # Half as wide while they fit: these are as many as the orders, times the parts.
        self._values: dict[Part, NDArray[Any]] = {
            part: np.empty(end - self._begin, np.int32) for part in parts
        }
        streams = Keys(source, EVERYBODY, parts).streams()
        for name, members in by_stream(parts).items():
            code = streams[name].code
            events = streams[name].events(source, np.arange(len(code), dtype=np.int32), code)
            timeline = Timeline(events, 1, skew=source.skew)
            for first in range(self._begin, end, rows):
                turn = slice(first, min(first + rows, end))
                placed, received = source.placed[turn], source.received[turn]
                asked = Asked(Queries(np.zeros(len(placed), np.int32), placed, received), 1)
                at = slice(turn.start - self._begin, turn.stop - self._begin)
                for part, values in timeline.parts(asked, members).items():
                    if np.abs(values).max() > np.iinfo(np.int32).max:
                        self._values[part] = self._values[part].astype(np.float64, copy=False)
                    self._values[part][at] = values

    def parts(self, order: Places, wanted: Sequence[Part]) -> dict[Part, Floats]:
        """Give parts of everybody for the orders in some rows."""
        at = order - np.int32(self._begin)
        return {part: kernel.take(self._values[part], at).astype(np.float64) for part in wanted}
