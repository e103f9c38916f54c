"""The thread that explains decisions, away from every order."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from serving.logs import logger

if TYPE_CHECKING:
    from serving.explanations.service import Explanations

IDLE_SECONDS: Final = 1.0
"""Seconds between two looks when nothing was due."""
BETWEEN_SECONDS: Final = 0.02
"""Pause after each batch, so that orders that come in do not wait for it."""
STOP_SECONDS: Final = 10.0


class ExplanationWorker:
    """Explains decisions until it is stopped.

    Parameters
    ----------
    explanations
        The work.
    """

    def __init__(self, explanations: Explanations) -> None:
        self._explanations = explanations
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="explanations", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the batch under way."""
        self._stopping.set()
        self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                n_done = self._explanations.work()
            except Exception as error:  # noqa: BLE001 the store may be away; the next look tries again
                logger().error("decisions were not explained", error=type(error).__name__)
                n_done = 0
            self._stopping.wait(BETWEEN_SECONDS if n_done else IDLE_SECONDS)
