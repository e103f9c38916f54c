"""A real service in processes of its own, on a copy of a home, and what it uses meanwhile."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

RUN: Final = (sys.executable, "-c", "from serving.cli.main import run; run()")
PATIENCE_S: Final = 900.0
"""Seconds for a start, the first of which on a machine compiles the engines."""
CLOCK_TICKS: Final = os.sysconf("SC_CLK_TCK")
PAGE: Final = os.sysconf("SC_PAGE_SIZE")
MEGABYTE: Final = 1e6


@dataclass
class Running:
    """A service that runs.

    Parameters
    ----------
    home
        Its home.
    port
        Where it listens.
    key
        An admin's key.
    process
        Its first process.
    seconds
        From the start to the first answer.
    """

    home: Path
    port: int
    key: str
    process: subprocess.Popen[str]
    seconds: float = 0.0
    extra: dict[str, Any] = field(default_factory=dict)

    def call(self, method: str, path: str, document: Any = None) -> tuple[int, Any]:
        """Send a request over a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        try:
            body = None if document is None else json.dumps(document)
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            read = answer.read()
            kind = answer.headers.get("Content-Type", "")
            return answer.status, json.loads(read) if "json" in kind else read.decode()
        finally:
            connection.close()

    def processes(self) -> list[int]:
        """Give the service's processes, the first one first."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [self.process.pid, *map(int, children.read_text().split())]

    def megabytes(self) -> float:
        """Memory of all its processes, resident, in MB."""
        found = 0.0
        for pid in self.processes():
            found += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE / MEGABYTE
        return found

    def cpu_seconds(self) -> float:
        """Processor time of all its processes so far."""
        return sum(map(cpu_seconds, self.processes()))


def cpu_seconds(pid: int) -> float:
    """Processor time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


def cpu_of(name: str) -> float:
    """Processor time of all processes of a name so far, those that ended not counted."""
    found = 0.0
    for each in Path("/proc").glob("[0-9]*"):
        try:
            if (each / "comm").read_text().strip() == name:
                found += cpu_seconds(int(each.name))
        except OSError:
            continue
    return found


def copy_of(home: Path, folder: Path) -> Path:
    """Copy a home without what its own service stored and knows."""
    ours = folder / "home"
    stored = ("orderintel.db*", "state", "demonstration", "demo", "import", "mlflow*")
    shutil.copytree(home, ours, symlinks=True, ignore=shutil.ignore_patterns(*stored))
    return ours


def free_port() -> int:
    """Find a port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@contextmanager
def running(
    home: Path,
    *,
    workers: int = 1,
    environment: Mapping[str, str] | None = None,
    limits: tuple[str, ...] = (),
    jobs: bool = False,
) -> Iterator[Running]:
    """Run a service until the block ends.

    Parameters
    ----------
    home
        Its home.
    workers
        Its processes.
    environment
        Further variables.
    limits
        A command in front of it that limits what it may use.
    jobs
        Whether it does the work beside the orders.
    """
    service = start(home, free_port(), workers, environment or {}, limits, jobs=jobs)
    try:
        yield service
    finally:
        stop(service)


def start(
    home: Path,
    port: int,
    workers: int = 1,
    environment: Mapping[str, str] | None = None,
    limits: tuple[str, ...] = (),
    *,
    jobs: bool = False,
    key: str = "",
) -> Running:
    """Start a service and wait for its first answer; its key is the one it made, or the given."""
    command = [*limits, *RUN, "serve", "--port", str(port), "--workers", str(workers)]
    own = {
        "ORDERINTEL_HOME": str(home),
        "ORDERINTEL_LOG_LEVEL": "ERROR",
        # As where it is installed: what Python made of the sources is kept for the next start.
        "PYTHONDONTWRITEBYTECODE": "",
    }
    began = time.monotonic()
    with (home / "service.log").open("a") as log:
        at = log.tell()
        process = subprocess.Popen(
            command if jobs else [*command, "--no-jobs"],
            env={**os.environ, "ORDERINTEL_RATE_LIMIT": "0", **own, **(environment or {})},
            stdout=log,
            stderr=log,
            text=True,
        )
    service = Running(home, port, key, process)
    while not _answers(service):
        told = (home / "service.log").read_text()[at:]
        if process.poll() is not None or time.monotonic() > began + PATIENCE_S:
            stop(service)
            raise RuntimeError(f"the service did not start: {told}")
        time.sleep(0.02)
    service.seconds = time.monotonic() - began
    shown = re.search(r"oi_\S+", (home / "service.log").read_text()[at:])
    if shown is not None:
        service.key = shown.group()
    return service


def stop(service: Running) -> None:
    """End a service as an administrator would, and wake it where it was frozen."""
    if service.process.poll() is None:
        service.process.send_signal(signal.SIGCONT)
        service.process.terminate()
        try:
            service.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            service.process.kill()
            service.process.wait()


def _answers(service: Running) -> bool:
    try:
        return service.call("GET", "/livez")[0] == http.client.OK
    except OSError:
        return False
