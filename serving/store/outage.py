"""Noticing that a database server is away, and that it is back.

While it is away calls are turned away at once: none of them tries by itself and makes all others
wait. One thread asks until it answers again.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import event, text
from sqlalchemy.exc import SQLAlchemyError

from serving.logs import logger
from serving.store.engine import IS_AWAY

if TYPE_CHECKING:
    from sqlalchemy import Engine

PAUSE_S: Final = 0.5
"""Seconds between two questions whether it is back."""

SHUTTING: Final = frozenset({"57P01", "57P02", "57P03"})
"""What PostgreSQL says while it stops or starts."""


class Outage:
    """Tells whether the database server is away.

    Parameters
    ----------
    engine
        The store. SQLite has no server and is never away.

    Examples
    --------
    >>> from serving.store.engine import open_engine
    >>> Outage(open_engine("sqlite://")).is_on
    False
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self.is_on = False
        if engine.dialect.name == "postgresql":
            event.listen(engine, "handle_error", self._look)
            engine.update_execution_options(**{IS_AWAY: lambda: self.is_on})

    def _look(self, context: Any) -> None:
        """Look at what went wrong with a statement or a connection."""
        error = context.original_exception
        state = getattr(error, "sqlstate", "")
        if type(error).__name__ in {"OperationalError", "AdminShutdown", "CannotConnectNow"} and (
            state is None or state in SHUTTING
        ):
            self._begin(error)

    def _begin(self, error: Exception) -> None:
        with self._lock:
            if self.is_on:
                return
            self.is_on = True
        logger().warning("the database is away", why=type(error).__name__)
        threading.Thread(target=self._wait, name="database", daemon=True).start()

    def _wait(self) -> None:
        """Ask until the database answers, off the event loop."""
        pause = threading.Event()
        while True:
            pause.wait(PAUSE_S)
            if self._answers():
                self.is_on = False
                logger().info("the database is back")
                return

    def _answers(self) -> bool:
        try:
            with self._engine.connect() as connection:
                connection.execute(text("SELECT 1"))
        except SQLAlchemyError:
            return False
        return True
