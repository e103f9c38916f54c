"""How long each stage of a decision took."""

from __future__ import annotations

import time
from typing import Final

STAGES: Final = ("rows", "features", "judge", "address", "route", "answer", "store", "state")
"""Stages of a decision, as they follow: flatten the order, look features up, judge it by rules,
detectors, models and policy, correct the address, rank routes, put the answer together, commit,
and let the state know."""


class Laps:
    """A stopwatch that is read at the end of each stage.

    Examples
    --------
    >>> laps = Laps()
    >>> laps.lap("rows")
    >>> [stage for stage, _ in laps.seconds]
    ['rows']
    """

    __slots__ = ("_last", "began", "began_ns", "seconds")

    def __init__(self) -> None:
        self.began_ns = time.time_ns()
        self.began = self._last = time.perf_counter()
        self.seconds: list[tuple[str, float]] = []

    def lap(self, stage: str) -> None:
        """Note that a stage has ended."""
        now = time.perf_counter()
        self.seconds.append((stage, now - self._last))
        self._last = now
