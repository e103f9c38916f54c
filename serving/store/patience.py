"""How long the event loop waits for a PostgreSQL server that stands still.

A server that is frozen, or cut off without a word, never answers and never hangs up; its own
timeouts stand still with it. Whoever waits on the event loop holds up every order, so there the
wait itself ends.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final

from psycopg import Connection, Error, OperationalError

if TYPE_CHECKING:
    from collections.abc import Generator

LONGEST_S: Final = 1.0
"""Seconds that one statement may take on the event loop."""


class ImpatientConnection(Connection[Any]):
    """A connection that gives up, and is given up, when a statement takes too long on the loop."""

    def wait(
        self, gen: Generator[Any, Any, Any], interval: float = 0.1, timeout: float | None = None
    ) -> Any:
        """Wait for the server."""
        if timeout is not None or not is_on_loop():
            return super().wait(gen, interval, timeout)
        began = time.monotonic()
        try:
            return super().wait(gen, interval, LONGEST_S)
        except Error as error:
            if time.monotonic() - began < LONGEST_S:
                raise
            self.pgconn.finish()  # what it still answers belongs to nobody
            why = f"the database did not answer within {LONGEST_S:g} s"
            raise OperationalError(why) from error


def is_on_loop() -> bool:
    """Tell whether whoever waits here holds up the event loop.

    Examples
    --------
    >>> is_on_loop()
    False
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
