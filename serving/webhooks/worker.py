"""The thread that sends messages, away from every order."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

from serving.logs import logger

if TYPE_CHECKING:
    from serving.webhooks.deliveries import Deliveries

IDLE_SECONDS: Final = 0.5
"""Seconds between two looks when nothing was due."""
STOP_SECONDS: Final = 20.0
FORGET_SECONDS: Final = 3_600.0


class WebhookWorker:
    """Sends messages until it is stopped; what it leaves undone is due again later.

    Parameters
    ----------
    deliveries
        The work.
    """

    def __init__(self, deliveries: Deliveries) -> None:
        self._deliveries = deliveries
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)
        self._forget_at = time.monotonic()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the messages under way, or leave them to their claims."""
        self._stopping.set()
        self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                n_done = self._deliveries.work()
                if time.monotonic() >= self._forget_at:
                    self._forget_at = time.monotonic() + FORGET_SECONDS
                    self._deliveries.forget()
            except Exception as error:  # noqa: BLE001 the store may be away; the next look tries again
                logger().error("messages were not sent", error=type(error).__name__)
                n_done = 0
            if not n_done:
                self._stopping.wait(IDLE_SECONDS)
        self._deliveries.stop()
