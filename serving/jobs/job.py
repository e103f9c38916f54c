"""Work that is due now and then, told one time from the next by a name."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from features.errors import HistoryError
from features.history import History

if TYPE_CHECKING:
    from serving.clock import Clock
    from serving.settings import Settings

Due = tuple[str, str]


class Job(Protocol):
    """Work that is due now and then."""

    name: str

    def due(self) -> Due | None:
        """Give what is due, by which one time is told from the next, or None."""


class HistoryJob(ABC):
    """Work on a home's history; nothing is due without one.

    Parameters
    ----------
    settings
        The home.
    clock
        Gives the present in microseconds UTC.
    """

    name: str
    """The command that does it."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock

    def due(self) -> Due | None:
        """Give what is due by the history that stands there now, or None."""
        try:
            history = History(self._settings.history_folder)
        except HistoryError:
            return None
        return self.due_for(history, datetime.fromtimestamp(self._clock() / 1e6, UTC))

    @abstractmethod
    def due_for(self, history: History, now: datetime) -> Due | None:
        """Give what is due at a moment, or None."""
