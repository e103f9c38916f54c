"""An open-loop load: calls leave at their own instants, however long earlier ones take.

An answer is timed from the instant at which its call should have left, so that a service that
stands still cannot hide the calls that would have come meanwhile (coordinated omission). One event
loop keeps many connections; where all are busy a call waits here, and its clock runs.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

OK: Final = 200
BUSY: Final = 503
QUANTILES: Final = (0.5, 0.99, 0.999, 1.0)
LOST: Final = 0
"""Status of a call whose connection broke before it was answered."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call and what makes it.

    Parameters
    ----------
    at
        Seconds after the beginning at which it leaves.
    body
        What is sent.
    path
        Where to.
    """

    at: float
    body: bytes
    path: str = "/v1/orders/score"


@dataclass(frozen=True, slots=True)
class Answer:
    """How a call was answered.

    Parameters
    ----------
    at
        Seconds after the beginning at which the call should have left.
    seconds
        From then to the answer.
    status
        HTTP status; ``LOST`` when there was none.
    body
        The answer, where it was asked to be kept.
    """

    at: float
    seconds: float
    status: int
    body: bytes = b""

    def document(self) -> Any:
        """Read the answer."""
        return json.loads(self.body)


@dataclass
class Report:
    """All answers of a load."""

    answers: list[Answer] = field(default_factory=list)

    def of(self, *statuses: int) -> list[Answer]:
        """Give the answers of some statuses."""
        return [answer for answer in self.answers if answer.status in statuses]

    @property
    def statuses(self) -> Counter[int]:
        """Count the answers by status."""
        return Counter(answer.status for answer in self.answers)

    def between(self, start: float, end: float) -> Report:
        """Give the answers to calls of a part of the load."""
        return Report([answer for answer in self.answers if start <= answer.at < end])

    def milliseconds(self, *statuses: int) -> list[float]:
        """Give the latency at each of ``QUANTILES``, in ms; empty when there was no such answer.

        Examples
        --------
        >>> Report([Answer(0.0, 0.002, 200), Answer(0.1, 0.004, 503)]).milliseconds(200)
        [2.0, 2.0, 2.0, 2.0]
        """
        taken = sorted(answer.seconds for answer in self.of(*(statuses or (OK,))))
        last = len(taken) - 1
        return [1000 * taken[min(int(q * len(taken)), last)] for q in QUANTILES if taken]


def evenly(bodies: Sequence[bytes], rate: float, path: str = "/v1/orders/score") -> list[Call]:
    """Plan one call a body at a fixed rate.

    Examples
    --------
    >>> [call.at for call in evenly([b"a", b"b", b"c"], rate=100)]
    [0.0, 0.01, 0.02]
    """
    return [Call(number / rate, body, path) for number, body in enumerate(bodies)]


def send(
    port: int,
    key: str,
    calls: Sequence[Call],
    *,
    connections: int = 128,
    keep: bool = False,
    patience_s: float = 30.0,
) -> Report:
    """Send calls at their instants and wait for every answer.

    Parameters
    ----------
    port
        Of a service on this machine.
    key
        Its API key.
    calls
        By instant.
    connections
        Connections at most.
    keep
        Whether to keep the answers' bodies.
    patience_s
        Seconds to wait for the last answers.
    """
    return asyncio.run(_Sender(port, key, connections, keep=keep).run(calls, patience_s))


class Apart:
    """A load sent by a process of its own, so that it does not share this one's interpreter.

    Parameters
    ----------
    port, key, calls, settings
        As for :func:`send`.
    """

    def __init__(self, port: int, key: str, calls: Sequence[Call], **settings: Any) -> None:
        context = multiprocessing.get_context("forkserver")
        # What programs that send loads import is imported once.
        context.set_forkserver_preload([__name__, "serving.runtime"])
        self._ours, theirs = context.Pipe()
        self._process = context.Process(
            target=_send_apart, args=(theirs, port, key, settings), daemon=True
        )
        self._process.start()
        # Only the other process holds its end now: if it fails, receiving ends, too.
        theirs.close()
        self._ours.send(list(calls))
        self._ours.recv()
        self.began = time.monotonic()

    def until(self, seconds: float) -> None:
        """Wait until so many seconds after the beginning."""
        time.sleep(max(self.began + seconds - time.monotonic(), 0.0))

    def report(self) -> Report:
        """Wait for the end."""
        found: Report = self._ours.recv()
        self._process.join()
        return found


def _send_apart(pipe: Any, port: int, key: str, settings: dict[str, Any]) -> None:
    calls = pipe.recv()
    pipe.send("ready")
    pipe.send(send(port, key, calls, **settings))


class _Sender:
    def __init__(self, port: int, key: str, connections: int, *, keep: bool) -> None:
        self.port, self.key, self.connections, self.keep = port, key, connections, keep
        self.idle: list[_Connection] = []
        self.waiting: deque[Call] = deque()
        self.answers: list[Answer] = []
        self.n_open = 0
        self.n_calls = 0
        self.began = 0.0
        self.done = asyncio.Event()
        self.opening: set[asyncio.Task[None]] = set()

    async def run(self, calls: Sequence[Call], patience_s: float) -> Report:
        self.n_calls = len(calls)
        self.began = time.perf_counter()
        for call in calls:
            wait = self.began + call.at - time.perf_counter()
            if wait > 0:
                await asyncio.sleep(wait)
            self.give(call)
        try:
            async with asyncio.timeout(patience_s):
                await self.done.wait()
        except TimeoutError:
            pass
        for connection in self.idle:
            connection.close()
        missing = self.n_calls - len(self.answers)
        never = [Answer(calls[-1].at, patience_s, LOST)] * missing
        return Report([*self.answers, *never])

    def give(self, call: Call) -> None:
        if self.idle:
            self.idle.pop().send(call)
            return
        self.waiting.append(call)
        if self.n_open < self.connections:
            self.n_open += 1
            task = asyncio.ensure_future(self._open())
            self.opening.add(task)
            task.add_done_callback(self.opening.discard)

    async def _open(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: _Connection(self), "127.0.0.1", self.port)
        except OSError:
            self.n_open -= 1
            if self.waiting:
                self.answered(self.waiting.popleft(), LOST, b"")

    def free(self, connection: _Connection) -> None:
        if self.waiting:
            connection.send(self.waiting.popleft())
        else:
            self.idle.append(connection)

    def lost(self, connection: _Connection, call: Call | None) -> None:
        self.n_open -= 1
        if connection in self.idle:
            self.idle.remove(connection)
        if call is not None:
            self.answered(call, LOST, b"")
        if self.waiting:
            self.give(self.waiting.popleft())

    def answered(self, call: Call, status: int, body: bytes) -> None:
        taken = time.perf_counter() - self.began - call.at
        self.answers.append(Answer(call.at, taken, status, body if self.keep else b""))
        if len(self.answers) == self.n_calls:
            self.done.set()


class _Connection(asyncio.Protocol):
    """Sends one call at a time over one connection and reads its answer."""

    def __init__(self, sender: _Sender) -> None:
        self.sender = sender
        self.call: Call | None = None
        self.data = b""
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.sender.free(self)

    def connection_lost(self, _error: Exception | None) -> None:
        self.sender.lost(self, self.call)
        self.call = None

    def close(self) -> None:
        self.transport.close()

    def send(self, call: Call) -> None:
        self.call, self.data = call, b""
        head = (
            f"POST {call.path} HTTP/1.1\r\nhost: service\r\ncontent-type: application/json\r\n"
            f"authorization: Bearer {self.sender.key}\r\ncontent-length: {len(call.body)}\r\n\r\n"
        )
        self.transport.write(head.encode() + call.body)

    def data_received(self, data: bytes) -> None:
        self.data += data
        head, found, body = self.data.partition(b"\r\n\r\n")
        if not found or self.call is None:
            return
        lines = head.lower().split(b"\r\n")
        length = next(
            int(line.partition(b":")[2]) for line in lines if line.startswith(b"content-length:")
        )
        if len(body) < length:
            return
        call, self.call = self.call, None
        self.sender.answered(call, int(lines[0].split()[1]), body)
        if b"connection: close" in lines:
            self.transport.close()
        else:
            self.sender.free(self)
