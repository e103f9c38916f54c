"""The service under demonstration: started as a process of its own, ended by its number."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from features.errors import FeatureError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from serving.settings import Settings

HOST: Final = "127.0.0.1"
READY_SECONDS: Final = 120.0
STOP_SECONDS: Final = 15.0
POLL_SECONDS: Final = 0.1
COMMAND: Final = "from serving.cli.main import run; run()"


class ServiceError(FeatureError):
    """The demonstration's service did not start, or refused an order."""


class Client:
    """One lasting connection to the service.

    Parameters
    ----------
    port
        Where it listens.
    key
        API key.
    """

    def __init__(self, port: int, key: str) -> None:
        self._connection = http.client.HTTPConnection(HOST, port, timeout=60)
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def post(self, path: str, body: Any) -> dict[str, Any]:
        """Send a document and give the answer."""
        return self.send("POST", path, body)

    def send(self, method: str, path: str, body: Any) -> dict[str, Any]:
        """Send a document by a method and give the answer.

        Raises
        ------
        ServiceError
            When the answer is a problem; the message holds the service's own words.
        """
        text = json.dumps(body, ensure_ascii=False).encode()
        self._connection.request(method, path, text, self._headers)
        response = self._connection.getresponse()
        answer: dict[str, Any] = json.loads(response.read() or b"{}")
        if response.status >= http.client.BAD_REQUEST:
            raise ServiceError(f"{path} answered {response.status}: {json.dumps(answer)[:600]}")
        return answer

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()


def free_port(wanted: int) -> int:
    """Give the wanted port, or a free one when it is taken or 0.

    Examples
    --------
    >>> free_port(0) > 0
    True
    """
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise ServiceError("no port is free on this machine")


def make_key(settings: Settings) -> str:
    """Make the API key that the demonstration prints."""
    from serving.clock import now
    from serving.opening import open_store
    from serving.security import KeyRing

    engine = open_store(settings, now)
    try:
        return KeyRing(engine, now).create("demonstration", "admin")
    finally:
        engine.dispose()


@contextmanager
def serving(port: int, log: Path) -> Iterator[None]:
    """Serve the home that the environment names while the block runs.

    Parameters
    ----------
    port
        Where to listen.
    log
        File that takes what the service prints.

    Raises
    ------
    ServiceError
        When it does not become ready; the message holds its last words.
    """
    command = [sys.executable, "-c", COMMAND, "serve", "--host", HOST, "--port", str(port)]
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603 our own command and numbers
            command, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            _wait(process, port, log)
            yield
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def beside(name: str) -> subprocess.Popen[bytes]:
    """Begin a command of ours on the home that the environment names, beside what goes on."""
    return subprocess.Popen(  # noqa: S603 our own command
        [sys.executable, "-c", COMMAND, name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Wait until the service says that it is ready."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            connection = http.client.HTTPConnection(HOST, port, timeout=5)
            connection.request("GET", "/readyz")
            if connection.getresponse().status == http.client.OK:
                return
        except OSError:
            time.sleep(POLL_SECONDS)
        finally:
            connection.close()
    words = log.read_text("utf-8", "replace")[-1500:].strip()
    raise ServiceError(f"the service did not become ready; its last words:\n{words}")
