"""A PostgreSQL and a Redis of one's own, to be stopped, frozen and started again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.features.engines.redis import server as redis
from tests.serving.store import server as postgresql

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE_S: Final = 60.0


class Database(postgresql.Server):
    """A server that can be started again on what it stored, and forces it to the disk."""

    def __init__(self, folder: Path, programs: Path) -> None:
        super().__init__(folder, programs)
        self.command: list[str] = []

    def again(self) -> None:
        """Start on what is stored, and wait until it answers."""
        self.process = subprocess.Popen(
            self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until = time.monotonic() + PATIENCE_S
        while not self._answers():
            assert time.monotonic() < until, "the server does not answer"
            time.sleep(0.05)


@dataclass
class Servers:
    """Both servers, and how a service is told of them."""

    database: Database
    state: redis.Server
    environment: dict[str, str]

    def processes(self, of: str) -> list[int]:
        """Give the processes of ``redis`` or ``postgresql``."""
        process = self.state.process if of == "redis" else self.database.process
        assert process is not None
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
        return [process.pid, *map(int, children.split())]

    def signal(self, of: str, number: signal.Signals) -> None:
        """Send a signal to all processes of a server."""
        for pid in self.processes(of):
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def stop(self, of: str) -> None:
        """End a server at once."""
        (self.state if of == "redis" else self.database).stop()

    def start(self, of: str) -> None:
        """Start it again."""
        if of == "redis":
            self.state.start()
        else:
            self.database.again()


@contextmanager
def own_servers(folder: Path) -> Iterator[Servers]:
    """Run both servers until the block ends."""
    programs = postgresql.binaries()
    if programs is None or redis.binary() is None:
        raise RuntimeError("install a PostgreSQL and a Redis (or Valkey) server")
    # The database server may run as another user, who cannot look into our folder.
    place = Path(tempfile.mkdtemp(prefix="orderintel-servers-"))
    database = Database(place, programs)
    (folder / "redis").mkdir()
    state = redis.Server(folder / "redis")
    try:
        database.start()
        assert database.process is not None
        database.command = [str(word) for word in database.process.args]  # type: ignore[union-attr]  # a list of words
        state.start()
        environment = {
            "ORDERINTEL_DATABASE_URL": database.fresh(),
            "ORDERINTEL_STATE_URL": state.url,
            "ORDERINTEL_SECRET_KEY": "a secret of the tenant",
        }
        yield Servers(database, state, environment)
    finally:
        for of in ("redis", "postgresql"):
            with suppress(Exception):
                servers = Servers(database, state, {})
                servers.signal(of, signal.SIGCONT)
                servers.stop(of)
        shutil.rmtree(place, ignore_errors=True)
