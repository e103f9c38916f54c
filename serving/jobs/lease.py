"""Holding a lease while a job runs."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from features.durations import SECOND_US
from serving.jobs.repository import LeaseStore, this_process
from serving.logs import logger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from serving.clock import Clock

SECONDS: Final = 60
"""How long a lease lasts without a heartbeat."""

BEATS: Final = 4
"""Heartbeats while a lease lasts."""


class Held:
    """A lease that is held, or was lost."""

    def __init__(self) -> None:
        self._lost = threading.Event()

    @property
    def is_lost(self) -> bool:
        """Whether another process may be at work by now, so that this one must stop."""
        return self._lost.is_set()

    def lose(self) -> None:
        """Note that it could not be prolonged."""
        self._lost.set()


@contextmanager
def held(
    engine: Engine, name: str, clock: Clock, *, seconds: float = SECONDS
) -> Iterator[Held | None]:
    """Hold a lease for as long as the block runs, with a heartbeat.

    Parameters
    ----------
    engine
        The store.
    name
        The job.
    clock
        Gives the present in microseconds UTC.
    seconds
        How long it lasts without a heartbeat.

    Yields
    ------
    Held or None
        None when another process holds it.
    """
    store, holder = LeaseStore(engine), this_process()

    def take() -> bool:
        now = clock()
        return store.take(name, holder, now=now, until=now + int(seconds * SECOND_US))

    if not take():
        yield None
        return
    lease, done = Held(), threading.Event()

    def beat() -> None:
        while not done.wait(seconds / BEATS):
            try:
                if not take():
                    lease.lose()
                    return
            except Exception as error:  # noqa: BLE001 the next beat tries again until it runs out
                logger().warning("heartbeat failed", job=name, exc_info=error)

    heart = threading.Thread(target=beat, name=f"lease of {name}", daemon=True)
    heart.start()
    try:
        yield lease
    finally:
        done.set()
        heart.join()
        store.give_back(name, holder)
