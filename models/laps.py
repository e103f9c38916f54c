"""How long the stages of a piece of work take."""

from __future__ import annotations

import time


class Laps:
    """Seconds of each stage of a piece of work, to 1/100.

    Examples
    --------
    >>> laps = Laps()
    >>> laps.lap("fit")
    >>> list(laps.seconds)
    ['fit']
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        """Note the seconds since the last stage ended."""
        now = time.perf_counter()
        self.seconds[stage] = round(now - self._last, 2)
        self._last = now
