"""When an answer may leave: once what it says can no longer be lost.

By default a commit survives a killed process: it is with the operating system. Under ``full`` it
must survive a power cut, so it has to be on the disk. A disk takes milliseconds to say so; calls
that come meanwhile share the next such wait, so that the event loop never stands still for it.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

Durability = Literal["process", "full"]

UNSAFE: Final = {"fsync": "off", "full_page_writes": "off"}
"""Settings of a PostgreSQL server under which nothing survives a power cut."""


class DurabilityError(Exception):
    """The store cannot give the durability that was asked for."""


class Barrier:
    """Lets answers pass once everything stored before them is safe.

    Parameters
    ----------
    force
        Forces what was stored to the disk and returns when it is there; None where a commit alone
        is as safe as was asked for.

    Examples
    --------
    >>> forced = []
    >>> barrier = Barrier(lambda: forced.append("to disk"))
    >>> async def answers() -> None:
    ...     await asyncio.gather(*(barrier.passed() for _ in range(9)))
    >>> asyncio.run(answers())
    >>> len(forced)
    1
    """

    def __init__(self, force: Callable[[], object] | None = None) -> None:
        self._force = force
        self._next: asyncio.Future[None] | None = None
        self._worker: asyncio.Task[None] | None = None

    async def passed(self) -> None:
        """Wait until everything stored up to now is safe.

        Raises
        ------
        OSError
            When the disk does not take it.
        """
        if self._force is None:
            return
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
        waiting = self._next
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work(self._force))
        await asyncio.shield(waiting)

    async def _work(self, force: Callable[[], object]) -> None:
        """Force again and again while somebody waits; who comes meanwhile waits for the next."""
        while self._next is not None:
            due, self._next = self._next, None
            try:
                await asyncio.to_thread(force)
            except Exception as error:  # noqa: BLE001 those who wait are told
                due.set_exception(error)
                due.exception()  # whoever waited may have gone
            else:
                due.set_result(None)


def open_barrier(engine: Engine, durability: Durability) -> Barrier:
    """Give the barrier of a store.

    Parameters
    ----------
    engine
        The store.
    durability
        ``process`` or ``full``.

    Raises
    ------
    DurabilityError
        When the database server itself would lose commits in a power cut.
    """
    if durability == "process":
        return Barrier()
    if engine.dialect.name == "postgresql":
        _check_server(engine)
        return Barrier()
    file = engine.url.database
    if not file or file == ":memory:":
        raise DurabilityError("a store in memory does not outlive its process")
    return Barrier(_Forcing(Path(file)))


class _Forcing:
    """Forces the write-ahead log of an SQLite store to the disk.

    What ``PRAGMA synchronous=FULL`` does within each commit is done here once for many. A part of
    the log that SQLite moved into the database meanwhile was forced by SQLite itself before.
    """

    def __init__(self, file: Path) -> None:
        self._log = file.with_name(file.name + "-wal")
        self._folder = file.parent

    def __call__(self) -> None:
        try:
            _force(self._log, os.O_RDONLY)
        except FileNotFoundError:
            # The last connection was closed: SQLite has forced the database and removed the log.
            _force(self._folder, os.O_RDONLY | os.O_DIRECTORY)


def _force(path: Path, flags: int) -> None:
    opened = os.open(path, flags)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _check_server(engine: Engine) -> None:
    with engine.connect() as connection:
        found = {
            name: str(connection.execute(text(f"SHOW {name}")).scalar_one()) for name in UNSAFE
        }
    unsafe = [f"{name}={value}" for name, value in found.items() if value == UNSAFE[name]]
    if unsafe:
        raise DurabilityError(
            f"ORDERINTEL_DURABILITY=full, but the database runs with {' and '.join(unsafe)}: "
            "switch it on there, or leave ORDERINTEL_DURABILITY at `process`"
        )
