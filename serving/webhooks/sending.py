"""Sends one message to a checked address: no redirect, no proxy, and never longer than it may."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from features.durations import SECOND_US

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serving.webhooks.guard import Target

DEADLINE_SECONDS: Final = 15.0
"""Seconds within which a receiver must answer; what Svix gives them (docs.svix.com/retries)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an attempt.

    Parameters
    ----------
    status
        HTTP status, or None when there was no answer.
    error
        Why there was none, in a word.
    retry_after
        Microseconds for which the receiver asked to be left alone, or None.
    """

    status: int | None
    error: str | None = None
    retry_after: int | None = None

    @property
    def is_taken(self) -> bool:
        """Whether the receiver has the message."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """Whether the receiver wants nothing any more."""
        return self.status == http.HTTPStatus.GONE


def send(
    target: Target,
    body: bytes,
    headers: Mapping[str, str],
    *,
    deadline: float = DEADLINE_SECONDS,
    context: ssl.SSLContext | None = None,
) -> Answer:
    """Post a message; only the status and ``Retry-After`` of the answer are read.

    Parameters
    ----------
    target
        Where to, with the addresses that were checked.
    body
        What to send.
    headers
        Beside those of the connection.
    deadline
        Seconds for everything together.
    context
        How TLS is checked; as the system does it unless given.
    """
    connection = _Pinned(target, deadline, context)
    over = threading.Event()

    def give_up() -> None:
        over.set()
        connection.cut()

    # The library's time limit is for each read; a receiver that drips would hold a thread for ever.
    watch = threading.Timer(deadline, give_up)
    watch.daemon = True
    watch.start()
    try:
        connection.request("POST", target.path, body, dict(headers))
        answer = connection.getresponse()
        if over.is_set():
            # The library takes headers that break off for whole ones.
            return Answer(None, "timeout")
        return Answer(answer.status, retry_after=_retry_after(answer.getheader("retry-after")))
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Answer(None, "timeout" if over.is_set() else _word(error))
    finally:
        watch.cancel()
        connection.close()


class _Pinned(http.client.HTTPConnection):
    """A connection to an address that was checked, under the host's own name."""

    def __init__(self, target: Target, deadline: float, context: ssl.SSLContext | None) -> None:
        super().__init__(target.host, target.port, timeout=deadline)
        self._target = target
        self._context = context
        self.default_port = {"https": 443, "http": 80}[target.scheme]

    def connect(self) -> None:
        """Connect to the first address that answers."""
        failed: OSError | None = None
        for address in self._target.addresses:
            try:
                self.sock = socket.create_connection((address, self._target.port), self.timeout)
                break
            except OSError as error:
                failed = error
        else:
            raise failed or OSError("no address")
        if self._target.scheme == "https":
            context = self._context or ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self._target.host)

    def cut(self) -> None:
        """End what is under way."""
        if self.sock is not None:
            with suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)


_WORDS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (TimeoutError, "timeout"),
    (ssl.SSLCertVerificationError, "certificate"),
    (ssl.SSLError, "tls"),
    (socket.gaierror, "host not found"),
    (ConnectionRefusedError, "refused"),
    (http.client.RemoteDisconnected, "closed"),
    (ConnectionError, "closed"),
    (OSError, "not reachable"),
    (http.client.HTTPException, "no HTTP"),
    (ValueError, "no HTTP"),
)
"""Kind of error to its word; the first that fits."""


def _word(error: Exception) -> str:
    return next(word for kind, word in _WORDS if isinstance(error, kind))


def _retry_after(given: str | None) -> int | None:
    """Read ``Retry-After`` in seconds; a date is left to the schedule."""
    return int(given) * SECOND_US if given is not None and given.isdecimal() else None
