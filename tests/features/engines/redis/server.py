"""A real Redis or Valkey server of one's own, on a free loopback port."""

from __future__ import annotations

import atexit
import os
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

BINARIES = ("redis-server", "valkey-server")
START_S = 120.0


def binary() -> str | None:
    """Find a server to start."""
    return next((found for name in BINARIES if (found := shutil.which(name))), None)


class Server:
    """A server that can be stopped, killed and started again on the same port and folder."""

    def __init__(self, folder: Path, *, keeps: bool = False) -> None:
        self.folder = folder
        self.keeps = keeps
        self.process: subprocess.Popen[bytes] | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def socket_url(self) -> str:
        return f"unix://{self.folder}/redis.sock"

    def start(self) -> None:
        """Start, and wait until it answers."""
        found = binary()
        assert found is not None
        self.process = subprocess.Popen(
            [
                found, "--bind", "127.0.0.1", "--port", str(self.port),
                "--unixsocket", f"{self.folder}/redis.sock", "--dir", str(self.folder),
                "--save", "", "--appendonly", "yes" if self.keeps else "no",
                "--appendfsync", "always",
            ],
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        until = time.monotonic() + START_S
        while not self._answers():
            assert self.process.poll() is None, "the server ended"
            assert time.monotonic() < until, "the server does not answer"
            time.sleep(0.02)

    def stop(self) -> None:
        """End it at once, as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


@contextmanager
def running(folder: Path, *, keeps: bool = False) -> Iterator[Server]:
    """Run a server for a while; ``keeps`` writes every change to disk before it is answered."""
    server = Server(folder, keeps=keeps)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@cache
def shared() -> Server:
    """Give the server that all tests of this process share; skip or fail where there is none."""
    if binary() is None:
        why = f"neither {' nor '.join(BINARIES)} is on the PATH"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(why)
    folder = Path(tempfile.mkdtemp(prefix="orderintel-redis-"))
    server = Server(folder)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(server.stop)
    server.start()
    return server
