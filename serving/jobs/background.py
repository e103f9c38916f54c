"""A thread that works off what is due, away from every order."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from typing import ClassVar

from serving.logs import logger


class Background(ABC):
    """Works until it is stopped; what it leaves undone is due again later."""

    name: ClassVar[str]
    failed: ClassVar[str]
    """What the log says of work that failed."""
    idle_seconds: ClassVar[float] = 1.0
    """Between two looks when nothing was due."""
    between_seconds: ClassVar[float] = 0.0
    """Between two looks when something was."""
    stop_seconds: ClassVar[float] = 10.0
    """Most that `stop` waits for the work under way."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the work under way."""
        self._stopping.set()
        self._thread.join(self.stop_seconds)

    @abstractmethod
    def work(self) -> int:
        """Do some of what is due; tells how much was done."""

    def close(self) -> None:  # noqa: B027 most hold nothing
        """Let go of what the work held; called in the thread, at its end."""

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                n_done = self.work()
            except Exception as error:  # noqa: BLE001 the store may be away; the next look tries again
                logger().error(self.failed, error=type(error).__name__)
                n_done = 0
            self._stopping.wait(self.between_seconds if n_done else self.idle_seconds)
        self.close()
