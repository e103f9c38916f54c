"""Every helper goes away under load and comes back: what was answered meanwhile, and how soon.

``python -m tests.benchmarks.service.chaos HOME --rate 200 --seconds 10`` runs a real service, its
Redis and its PostgreSQL (MLflow and the geocoder are away all the time), stops or freezes one thing
after the other for some seconds under load, and counts what failed, what came late, and which of
the orders that were decided without something were decided again.
"""

from __future__ import annotations

import argparse
import json
import resource
import signal
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from tests.benchmarks.service.orders import NewOrders
from tests.benchmarks.service.running import copy_of, running
from tests.benchmarks.service.sending import BUSY, OK, Apart, Report, evenly
from tests.benchmarks.service.servers import Servers, own_servers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.benchmarks.service.running import Running

DEADLINE_S: Final = 0.05
PATIENCE_S: Final = 120.0
AWAY: Final = {
    "MLFLOW_TRACKING_URI": "http://127.0.0.1:9",
    "ORDERINTEL_GEOCODER_URLS": json.dumps({"nominatim": "http://127.0.0.1:9"}),
}
"""Helpers that nothing listens for, during the whole run."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault and what it forces.

    Parameters
    ----------
    name
        What goes away.
    begin, end
        Take it away, and bring it back.
    forces
        Statuses that it forces beside decisions.
    """

    name: str
    begin: Callable[[Running, Servers | None], None]
    end: Callable[[Running, Servers | None], None]
    forces: frozenset[int] = frozenset()
    needs_servers: bool = False


@dataclass
class Found:
    """What a fault did.

    Parameters
    ----------
    fault
        The fault.
    during, after
        Answers while it lasted, and from some seconds after it ended.
    degraded
        Orders that were decided without something that may come back.
    waiting, again
        Of those, how many still wait at the end, and how many were decided again.
    """

    fault: Fault
    during: Report
    after: Report
    degraded: set[str] = field(default_factory=set)
    waiting: int = 0
    again: int = 0

    @property
    def failed(self) -> int:
        """Answers that are neither decisions nor forced by the fault."""
        wanted = {OK, *self.fault.forces}
        return sum(answer.status not in wanted for answer in self.during.answers) + sum(
            answer.status != OK for answer in self.after.answers
        )

    @property
    def late(self) -> int:
        """Decisions that came after the deadline."""
        return sum(answer.seconds > DEADLINE_S for answer in self.during.of(OK))


def _signal(number: signal.Signals, of: str) -> Callable[[Running, Servers | None], None]:
    def send(_service: Running, servers: Servers | None) -> None:
        assert servers is not None
        servers.signal(of, number)

    return send


def _stop(of: str) -> Callable[[Running, Servers | None], None]:
    def stop(_service: Running, servers: Servers | None) -> None:
        assert servers is not None
        servers.stop(of)

    return stop


def _start(of: str) -> Callable[[Running, Servers | None], None]:
    def start(_service: Running, servers: Servers | None) -> None:
        assert servers is not None
        servers.start(of)

    return start


def _fill_disk(service: Running, _servers: Servers | None) -> None:
    """Let the service's files grow no further, as on a full disk."""
    for pid in service.processes():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))


def _clear_disk(service: Running, _servers: Servers | None) -> None:
    for pid in service.processes():
        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, unlimited)


def _break_model(service: Running, _servers: Servers | None) -> None:
    """Let a model's name point to files that do not match their sums."""
    models = service.home / "models"
    link = models / "fraud"
    broken = models / ".kept" / "fraud-broken"
    broken.mkdir(exist_ok=True)
    (broken / "model.json").write_text("{}")
    _point(link, broken)


def _lose_model(service: Running, _servers: Servers | None) -> None:
    (service.home / "models" / "fraud").rename(service.home / "models" / ".fraud-away")


def _find_model(service: Running, _servers: Servers | None) -> None:
    (service.home / "models" / ".fraud-away").rename(service.home / "models" / "fraud")


def _mend_model(service: Running, _servers: Servers | None) -> None:
    kept = service.home / "models" / ".kept"
    whole = next(path for path in kept.glob("fraud-*") if path.name != "fraud-broken")
    _point(service.home / "models" / "fraud", whole)


def _point(link: Path, target: Path) -> None:
    fresh = link.with_name(".link-chaos")
    fresh.symlink_to(Path(".kept") / target.name)
    fresh.replace(link)


FAULTS: Final = (
    Fault("model lost", _lose_model, _find_model),
    Fault("model broken", _break_model, _mend_model),
    Fault("disk full", _fill_disk, _clear_disk, frozenset({BUSY})),
    Fault(
        "redis frozen", _signal(signal.SIGSTOP, "redis"), _signal(signal.SIGCONT, "redis"),
        needs_servers=True,
    ),
    Fault("redis stopped", _stop("redis"), _start("redis"), needs_servers=True),
    Fault(
        "postgresql frozen", _signal(signal.SIGSTOP, "postgresql"),
        _signal(signal.SIGCONT, "postgresql"), frozenset({BUSY}), needs_servers=True,
    ),
    Fault(
        "postgresql stopped", _stop("postgresql"), _start("postgresql"), frozenset({BUSY}),
        needs_servers=True,
    ),
)  # fmt: skip
"""Every fault of the list; those that need servers run on PostgreSQL and Redis."""


@contextmanager
def service_for(
    home: Path, folder: Path, *, needs_servers: bool
) -> Iterator[tuple[Running, Servers | None]]:
    """Run a service on a copy of a home, on SQLite and memory or on servers of its own."""
    ours = copy_of(home, folder)
    with ExitStack() as stack:
        servers = stack.enter_context(own_servers(folder)) if needs_servers else None
        environment = AWAY | (servers.environment if servers is not None else {})
        yield stack.enter_context(running(ours, environment=environment)), servers


def inject(
    service: Running,
    servers: Servers | None,
    fault: Fault,
    orders: NewOrders,
    *,
    rate: float,
    seconds: float,
    lead: float = 3.0,
) -> Found:
    """Send orders, take something away for some seconds, and bring it back."""
    before = service.call("GET", "/v1/rescorings")[1]["counts"].get("done", 0)
    sent = orders.take(round(rate * (2 * lead + 2 * seconds)))
    load = Apart(service.port, service.key, evenly(sent, rate), keep=True)
    load.until(lead)
    fault.begin(service, servers)
    load.until(lead + seconds)
    fault.end(service, servers)
    report = load.report()
    # What is back is noticed within a second or two.
    found = Found(
        fault, report.between(lead, lead + seconds), report.between(2 * lead + seconds, 1e9)
    )
    for answer in report.of(OK):
        decision = answer.document()
        if {part["part"] for part in decision["degraded"]} & {"state", "model:fraud"}:
            found.degraded.add(decision["decision_id"])
    until = time.monotonic() + PATIENCE_S
    counts = {"waiting": 1}
    while counts.get("waiting", 0) and time.monotonic() < until:
        time.sleep(0.2)
        status, listed = service.call("GET", "/v1/rescorings")
        counts = listed["counts"] if status == OK else counts
    found.waiting, found.again = counts.get("waiting", 0), counts.get("done", 0) - before
    return found


def row(found: Found) -> str:
    """Write what a fault did as a line of the table."""
    during = found.during
    taken = during.milliseconds(OK) or [0.0] * 4
    return (
        f"{found.fault.name:20} {len(during.answers):6} {len(during.of(OK)):8} "
        f"{len(during.of(BUSY)):6} {found.failed:6} {found.late:6} {taken[0]:8.1f} {taken[1]:8.1f} "
        f"{len(found.degraded):9} {found.again:7} {found.waiting:8}\n"
    )


HEAD: Final = (
    f"{'fault':20} {'orders':>6} {'decided':>8} {'503':>6} {'failed':>6} {'>50 ms':>6} "
    f"{'p50 ms':>8} {'p99 ms':>8} {'without':>9} {'again':>7} {'waiting':>8}\n"
)


def main(arguments: Sequence[str]) -> int:
    """Inject every fault and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--rate", type=float, default=200.0)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--only", default="")
    asked = parser.parse_args(arguments)
    orders = NewOrders(asked.home)
    sys.stdout.write(HEAD)
    n_bad = 0
    wanted = (fault for fault in FAULTS if asked.only in fault.name)
    for needs_servers, faults in groupby(wanted, lambda fault: fault.needs_servers):
        with (
            TemporaryDirectory(ignore_cleanup_errors=True) as folder,
            service_for(asked.home, Path(folder), needs_servers=needs_servers) as both,
        ):
            for fault in faults:
                found = inject(*both, fault, orders, rate=asked.rate, seconds=asked.seconds)
                sys.stdout.write(row(found))
                sys.stdout.flush()
                n_bad += found.failed + found.waiting + max(len(found.degraded) - found.again, 0)
    return 1 if n_bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
