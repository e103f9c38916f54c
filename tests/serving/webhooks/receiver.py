"""A receiver of webhooks: a real server on the loopback that takes, refuses, drips or hangs up."""

from __future__ import annotations

import hmac
import json
import threading
import time
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator


@dataclass(frozen=True)
class Got:
    """A message as it came in."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def document(self) -> Any:
        return json.loads(self.body)

    def is_signed_with(self, secret: str) -> bool:
        """Check the signature as the specification tells receivers to."""
        key = b64decode(secret.removeprefix("whsec_"))
        said = f"{self.id}.{self.headers['webhook-timestamp']}.".encode() + self.body
        wanted = "v1," + b64encode(hmac.new(key, said, "sha256").digest()).decode()
        return wanted in self.headers["webhook-signature"].split(" ")


@dataclass
class Receiver:
    """The server; its behaviour may be changed at any time."""

    port: int = 0
    got: list[Got] = field(default_factory=list)
    behave: Callable[[Handler], None] = lambda handler: handler.say(204)
    scheme: str = "http"

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/hook"

    def wait(self, n: int, seconds: float = 60.0) -> list[Got]:
        """Give what came once there are so many."""
        until = time.monotonic() + seconds
        while len(self.got) < n:
            assert time.monotonic() < until, f"{len(self.got)} of {n} messages came"
            time.sleep(0.01)
        return self.got


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    receiver: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.receiver.got.append(Got(self.path, headers, body))
        self.close_connection = True
        self.receiver.behave(self)

    def say(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("content-length", "0")
        self.end_headers()

    def write(self, content: bytes) -> None:
        self.wfile.write(content)
        self.wfile.flush()

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""


def garbage(handler: Handler) -> None:
    handler.write(b"\x00\x01 this is no HTTP\r\n\r\n")


def hang_up(_handler: Handler) -> None:
    """Close without a word."""


def drip(handler: Handler) -> None:
    """Begin an answer and come to no end within a minute."""
    handler.write(b"HTTP/1.1 200 OK\r\nx-slow: ")
    for _ in range(3000):
        try:
            handler.write(b"x")
        except OSError:
            return
        time.sleep(0.02)


def receiving(context: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Run a receiver."""
    receiver = Receiver()
    handler = type("Bound", (Handler,), {"receiver": receiver})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        receiver.scheme = "https"
    receiver.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield receiver
    server.shutdown()
    server.server_close()
    thread.join()
