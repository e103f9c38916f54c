"""The thread that sends messages, away from every order."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from serving.jobs.background import Background

if TYPE_CHECKING:
    from serving.webhooks.deliveries import Deliveries

FORGET_SECONDS: Final = 3_600.0


class WebhookWorker(Background):
    """Sends messages, or leaves them to their claims.

    Parameters
    ----------
    deliveries
        The work.
    """

    name = "webhooks"
    failed = "messages were not sent"
    idle_seconds = 0.5
    stop_seconds = 20.0

    def __init__(self, deliveries: Deliveries) -> None:
        super().__init__()
        self._deliveries = deliveries
        self._forget_at = time.monotonic()

    def work(self) -> int:
        """Send what is due, and forget now and then what was sent long ago."""
        n_done = self._deliveries.work()
        if time.monotonic() >= self._forget_at:
            self._forget_at = time.monotonic() + FORGET_SECONDS
            self._deliveries.forget()
        return n_done

    def close(self) -> None:
        """End what sends."""
        self._deliveries.stop()
