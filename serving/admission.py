"""Whose turn it is: orders wait in a line that is never longer than it is worth waiting in."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import asynccontextmanager
from statistics import median
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LONGEST_WAIT_S: Final = 0.05
"""Seconds that an order may have to wait for its turn: beyond, a caller is told to come back."""

REMEMBERED: Final = 21
"""Turns whose median says how long the next takes: one slow turn, such as the first of a process,
turns nobody away."""

EXPECTED_S: Final = 0.001
"""Seconds that a turn is thought to take before any was seen."""

PATHS: Final = frozenset({"/v1/orders/score", "/v1/orders/score/batch", "/v1/outcomes"})
"""Calls that wait in line; whoever comes when it is full is turned away before the body is read."""


class Line:
    """Lets one after the other at the event loop's work, first come first served.

    A decision holds the event loop from beginning to end. Without a line, all orders that arrive
    while one is decided are decided next, one behind the other, before the loop looks at its
    sockets again: nobody could be turned away in time. Here the loop comes round between any two
    turns.

    Parameters
    ----------
    longest_s
        Seconds of waiting from which the line is full.

    Examples
    --------
    >>> async def work(line: Line) -> bool:
    ...     async with line.turn():
    ...         return line.is_full
    >>> asyncio.run(work(Line()))
    False
    """

    def __init__(self, longest_s: float = LONGEST_WAIT_S) -> None:
        self.longest_s = longest_s
        self.turns_s = deque([EXPECTED_S] * REMEMBERED, maxlen=REMEMBERED)
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._is_taken = False
        self._began = 0.0

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def is_full(self) -> bool:
        """Whether whoever comes now would wait longer than it is worth."""
        return len(self._waiting) * median(self.turns_s) > self.longest_s

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for one's turn, and hold it for as long as the block runs."""
        has_waited = await self._come()
        began = time.perf_counter()
        if has_waited:
            # From turn to turn, with what the loop did in between: turning others away takes time.
            self.turns_s.append(began - self._began)
        self._began = began
        try:
            yield
        finally:
            if not self._waiting:
                self.turns_s.append(time.perf_counter() - began)
            # Not at once: the loop looks at its sockets first.
            asyncio.get_running_loop().call_soon(self._pass_on)

    async def _come(self) -> bool:
        """Wait until it is one's turn; gives whether others were before."""
        if not self._is_taken:
            self._is_taken = True
            return False
        place = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self._pass_on()  # it was our turn already
            raise
        return True

    def _pass_on(self) -> None:
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                return
        self._is_taken = False
