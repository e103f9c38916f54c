"""Four times as many orders as can be decided: who is let in is answered soon, the rest at once.

``python -m tests.benchmarks.service.overload HOME --seconds 60`` finds out how many orders a second
the service decides, sends four times as many for a minute, and then a third of what it can decide.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from tests.benchmarks.service.orders import NewOrders
from tests.benchmarks.service.running import copy_of, running
from tests.benchmarks.service.sending import BUSY, OK, Apart, Report, evenly, send

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.benchmarks.service.running import Running

TIMES: Final = 4
FLAT_OUT: Final = 1e9
WARM: Final = 300
SAMPLE: Final = 900
"""Orders sent before, and orders by which the capacity is found."""
CONNECTIONS: Final = 2
"""One order is decided and one waits: enough that the service never stands idle."""
RECOVERY_S: Final = 5.0
ACCEPTED_MS: Final = 100.0


@dataclass(frozen=True)
class Overload:
    """What an overload did.

    Parameters
    ----------
    capacity
        Orders decided a second when more than enough come.
    during
        Answers of the overload.
    after
        Answers of the load afterwards, from the recovery on.
    memory_mb
        Resident memory before, and at most during the overload.
    """

    capacity: float
    during: Report
    after: Report
    memory_mb: tuple[float, float]

    def faults(self) -> list[str]:
        """Say what was not as it should be."""
        during, after = self.during.statuses, self.after.statuses
        found = []
        if set(during) - {OK, BUSY}:
            found.append(f"other answers under overload: {dict(during)}")
        if set(after) != {OK}:
            found.append(f"not back to normal after {RECOVERY_S:g} s: {dict(after)}")
        if self.during.milliseconds(OK)[1] > ACCEPTED_MS:
            found.append(f"p99 of accepted orders above {ACCEPTED_MS:g} ms")
        return found


def capacity_of(service: Running, bodies: Sequence[bytes]) -> float:
    """Measure how many orders a second are decided in a closed loop."""
    report = send(service.port, service.key, evenly(bodies, FLAT_OUT), connections=CONNECTIONS)
    last = max(answer.at + answer.seconds for answer in report.answers)
    return len(report.of(OK)) / last


def overload(service: Running, orders: NewOrders, seconds: float) -> Overload:
    """Send four times what can be decided, then a third of it."""
    send(service.port, service.key, evenly(orders.take(WARM), 100.0))
    capacity = capacity_of(service, orders.take(SAMPLE))
    many = round(TIMES * capacity * seconds)
    sent = orders.take(many)
    before = service.megabytes()
    load = Apart(service.port, service.key, evenly(sent, TIMES * capacity), connections=256)
    most = before
    for second in range(int(seconds)):
        load.until(second + 1)
        most = max(most, service.megabytes())
    during = load.report()
    calm = orders.take(round(capacity / 3 * 2 * RECOVERY_S))
    later = send(service.port, service.key, evenly(calm, capacity / 3))
    return Overload(capacity, during, later.between(RECOVERY_S, 1e9), (before, most))


def show(found: Overload) -> None:
    """Print what an overload did."""
    statuses = found.during.statuses
    accepted, refused = found.during.milliseconds(OK), found.during.milliseconds(BUSY)
    say = sys.stdout.write
    say(f"capacity {found.capacity:.0f} orders a second; {TIMES} times as many sent\n")
    say(f"decided {statuses[OK]:,}, turned away {statuses[BUSY]:,}, others ")
    say(f"{sum(statuses.values()) - statuses[OK] - statuses[BUSY]:,}\n")
    for name, row in (("decided", accepted), ("turned away", refused)):
        say(f"{name:12} p50 / p99 / p99.9 / max ms: {' / '.join(f'{ms:.1f}' for ms in row)}\n")
    say(f"memory {found.memory_mb[0]:.0f} MB before, {found.memory_mb[1]:.0f} MB at most\n")
    after = found.after.milliseconds(OK)
    say(f"{RECOVERY_S:g} s later p50 / p99 ms: {after[0]:.1f} / {after[1]:.1f}\n")


def main(arguments: Sequence[str]) -> int:
    """Overload a service and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--seconds", type=float, default=60.0)
    asked = parser.parse_args(arguments)
    with TemporaryDirectory() as folder, running(copy_of(asked.home, Path(folder))) as service:
        found = overload(service, NewOrders(asked.home), asked.seconds)
    show(found)
    for fault in found.faults():
        sys.stdout.write(f"FAULT {fault}\n")
    return 1 if found.faults() else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
