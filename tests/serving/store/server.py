"""A real PostgreSQL server of one's own, on a free loopback port."""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from functools import cache
from itertools import count
from pathlib import Path

import pytest

from serving.store.engine import open_engine
from serving.store.migrate import migrate

START_S = 120.0
BLANK = "blank"

# What a power cut would cost does not matter here, and forcing to disk is what tests wait for.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
}


def binaries() -> Path | None:
    """Find the folder of the server's programs, where Debian puts them or on the PATH."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    return max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)


class Server:
    """A server with one database, whose tables every further database begins with."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self.folder, self.programs = folder, programs
        self.process: subprocess.Popen[bytes] | None = None
        self._numbers = count(1)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]

    def url(self, database: str) -> str:
        return f"postgresql://orderintel@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Make the cluster, start, and wait until it answers."""
        data = self.folder / "data"
        command = ["initdb", "-D", str(data), "-A", "trust", "-U", "orderintel", "-E", "UTF8"]
        subprocess.run(self._as_nobody_special(command), check=True, capture_output=True)
        options = [word for pair in SETTINGS.items() for word in ("-c", "=".join(pair))]
        command = ["postgres", "-D", str(data), "-p", str(self.port), "-k", str(self.folder)]
        self.process = subprocess.Popen(
            self._as_nobody_special(command + options),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + START_S
        while not self._answers():
            assert self.process.poll() is None, "the server ended"
            assert time.monotonic() < until, "the server does not answer"
            time.sleep(0.05)
        self._run(f"CREATE DATABASE {BLANK}")
        engine = open_engine(self.url(BLANK))
        migrate(engine)
        engine.dispose()

    def stop(self) -> None:
        """End it at once, as a power cut would."""
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait()
            self.process = None

    def fresh(self) -> str:
        """Make a database that has all tables and no row, and give its address."""
        name = f"store_{next(self._numbers)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {BLANK}")
        return self.url(name)

    def empty(self) -> str:
        """Make a database without any table, and give its address."""
        name = f"store_{next(self._numbers)}"
        self._run(f"CREATE DATABASE {name}")
        return self.url(name)

    def _answers(self) -> bool:
        command = [str(self.programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(command, check=False).returncode == 0

    def _run(self, statement: str) -> None:
        engine = open_engine(self.url("postgres"))
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(statement)
        engine.dispose()

    def _as_nobody_special(self, command: list[str]) -> list[str]:
        """Give a command of the server's; it refuses to run as the system's administrator."""
        command = [str(self.programs / command[0]), *command[1:]]
        if os.getuid() != 0:
            return command
        user = pwd.getpwnam("postgres")
        os.chown(self.folder, user.pw_uid, user.pw_gid)
        return [
            "setpriv",
            f"--reuid={user.pw_uid}",
            f"--regid={user.pw_gid}",
            "--clear-groups",
            *command,
        ]


@cache
def shared() -> Server:
    """Give the server that all tests of this process share; skip or fail where there is none."""
    programs = binaries()
    if programs is None:
        why = "PostgreSQL's programs are neither on the PATH nor in /usr/lib/postgresql"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(why)
    folder = Path(tempfile.mkdtemp(prefix="orderintel-postgresql-"))
    server = Server(folder, programs)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(server.stop)
    server.start()
    return server
