"""The thread that works unsure addresses off, away from every order."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from serving.logs import logger

if TYPE_CHECKING:
    from serving.addresses.updates import AddressUpdates

IDLE_SECONDS: Final = 1.0
"""Seconds between two looks when nothing was due."""
STOP_SECONDS: Final = 10.0


class AddressWorker:
    """Works addresses off until it is stopped; what it leaves undone is due again later.

    Parameters
    ----------
    updates
        The work.
    """

    def __init__(self, updates: AddressUpdates) -> None:
        self._updates = updates
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="addresses", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the address under way, or leave it to its lease."""
        self._stopping.set()
        self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                n_done = self._updates.work()
            except Exception as error:  # noqa: BLE001 the store may be away; the next look tries again
                logger().error("addresses were not worked off", error=type(error).__name__)
                n_done = 0
            if not n_done:
                self._stopping.wait(IDLE_SECONDS)
