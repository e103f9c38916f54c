"""Sends orders to a running service at a fixed rate and times the answers."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from features.history import History
from features.order import to_document

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from serving.settings import Settings

QUANTILES: Final = (0.5, 0.9, 0.99, 0.999, 1.0)
TIMEOUT_SECONDS: Final = 30.0
PATH: Final = "/v1/orders/score"
OK: Final = 200


@dataclass(frozen=True, slots=True)
class Load:
    """How orders are sent.

    Parameters
    ----------
    url
        Address of the service.
    key
        Its API key.
    rate
        Orders a second.
    connections
        Connections at most.
    """

    url: str
    key: str
    rate: float
    connections: int = 16


@dataclass
class Report:
    """How a load was answered.

    Parameters
    ----------
    seconds
        Time from the planned instant to the answer, of every order that was decided.
    causes
        What went wrong, by cause.
    elapsed
        Seconds in all.
    """

    seconds: list[float] = field(default_factory=list)
    causes: Counter[str] = field(default_factory=Counter)
    elapsed: float = 0.0

    @property
    def failed(self) -> int:
        """Orders that were not decided."""
        return self.causes.total()

    @property
    def n(self) -> int:
        """Orders sent."""
        return len(self.seconds) + self.failed

    @property
    def rate(self) -> float:
        """Orders answered a second."""
        return self.n / self.elapsed if self.elapsed else 0.0

    def quantiles(self) -> list[float]:
        """Give the latency in milliseconds at each of ``QUANTILES``; empty when none was decided.

        Examples
        --------
        >>> Report(seconds=[0.001, 0.002, 0.010]).quantiles()
        [2.0, 10.0, 10.0, 10.0, 10.0]
        """
        ordered = sorted(self.seconds)
        last = len(ordered) - 1
        return [1000 * ordered[min(int(q * len(ordered)), last)] for q in QUANTILES if ordered]

    def document(self) -> dict[str, Any]:
        """Write the report for ``--json``."""
        names = ("p50_ms", "p90_ms", "p99_ms", "p999_ms", "max_ms")
        return {
            "orders": self.n,
            "failed": self.failed,
            "rate": round(self.rate, 2),
            **dict(zip(names, self.quantiles(), strict=False)),
            "causes": dict(self.causes),
        }


def newest_orders(settings: Settings, n: int) -> list[bytes]:
    """Write the newest orders of the history as bodies, in the order in which they were received.

    Each is a revision of this run, so that the service decides it anew.
    """
    history = History(settings.history_folder)
    profile = history.profile
    received = sorted(history.arrow("orders", columns=["received_at"])["received_at"].to_pylist())
    if not received:
        return []
    since = received[-min(n, len(received))]
    rows = history.arrow("orders", where=f"received_at >= TIMESTAMPTZ '{since.isoformat()}'")
    orders = sorted(rows.to_pylist(), key=lambda row: row["received_at"])[-n:]
    lines: dict[str, list[dict[str, Any]]] = {order["order_key"]: [] for order in orders}
    for line in history.arrow("order_lines").to_pylist():
        if line["order_key"] in lines:
            lines[line["order_key"]].append(line)
    revision = f"replay-{time.time_ns()}"
    return [
        json.dumps(
            to_document(
                order | {"revision": revision},
                lines[order["order_key"]],
                base_currency=profile.base_currency,
            )
        ).encode()
        for order in orders
    ]


def is_up(url: str) -> bool:
    """Tell whether a service answers at an address."""
    connection = _connect(url)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def send(
    load: Load, bodies: Sequence[bytes], advance: Callable[[float], None] = lambda _: None
) -> Report:
    """Send bodies at their planned instants, and time the answers from there.

    Parameters
    ----------
    load
        Where to and how fast.
    bodies
        What to send.
    advance
        Told of each answer.
    """
    waiting: SimpleQueue[tuple[float, bytes] | None] = SimpleQueue()
    report, lock = Report(), threading.Lock()
    started = time.perf_counter()
    workers = [
        threading.Thread(target=_work, args=(load, waiting, report, lock, advance), daemon=True)
        for _ in range(load.connections)
    ]
    for worker in workers:
        worker.start()
    for index, body in enumerate(bodies):
        planned = started + index / load.rate
        time.sleep(max(planned - time.perf_counter(), 0.0))
        waiting.put((planned, body))
    for _ in workers:
        waiting.put(None)
    for worker in workers:
        worker.join()
    report.elapsed = time.perf_counter() - started
    return report


def _work(
    load: Load,
    waiting: SimpleQueue[tuple[float, bytes] | None],
    report: Report,
    lock: threading.Lock,
    advance: Callable[[float], None],
) -> None:
    """Send what waits over one connection until there is no more."""
    connection = _connect(load.url)
    headers = {"Authorization": f"Bearer {load.key}", "Content-Type": "application/json"}
    while (item := waiting.get()) is not None:
        planned, body = item
        cause = _send_one(connection, headers, body)
        taken = time.perf_counter() - planned
        with lock:
            if cause is None:
                report.seconds.append(taken)
            else:
                report.causes[cause] += 1
            advance(1)
    connection.close()


def _connect(url: str) -> http.client.HTTPConnection:
    address = urlsplit(url)
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    return kind(address.hostname or "127.0.0.1", address.port, timeout=TIMEOUT_SECONDS)


def _send_one(
    connection: http.client.HTTPConnection, headers: dict[str, str], body: bytes
) -> str | None:
    """Send one order; gives the cause when it was not decided."""
    try:
        connection.request("POST", PATH, body, headers)
        answer = connection.getresponse()
        content = answer.read()
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        return type(error).__name__
    if answer.status == OK:
        return None
    try:
        return f"{answer.status} {json.loads(content)['code']}"
    except (ValueError, KeyError):
        return str(answer.status)
