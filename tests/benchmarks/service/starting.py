"""How long a service takes from its start to a first real decision, and what memory it then has.

``python -m tests.benchmarks.service.starting HOME``: once where window state has to be filled from
the history, then ``--times`` starts on the state that was kept. HOME is one that ``orderintel demo
--once`` made; on a quiet machine.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.benchmarks.service.orders import NewOrders
from tests.benchmarks.service.running import copy_of, free_port, running, start, stop
from tests.benchmarks.service.sending import evenly, send

if TYPE_CHECKING:
    from collections.abc import Sequence


def cold_start(home: Path, key: str, orders: NewOrders) -> str:
    """Time a start to its first decision, about an order that was never sent; gives what to say."""
    began = time.monotonic()
    service = start(home, free_port(), key=key)
    listening = time.monotonic() - began
    try:
        report = send(service.port, service.key, evenly(orders.take(1), 1.0), keep=True)
        taken = time.monotonic() - began
        return (
            f"cold start: {listening:.1f} s to listen, {taken:.1f} s to the first decision "
            f"({report.answers[0].status}); {service.cpu_seconds():.1f} s of processor; "
            f"{service.megabytes():.0f} MB"
        )
    finally:
        stop(service)


def main(arguments: Sequence[str]) -> int:
    """Start, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--times", type=int, default=3)
    asked = parser.parse_args(arguments)
    orders = NewOrders(asked.home)
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = copy_of(asked.home, Path(folder))
        with running(home) as service:  # makes the store, and compiles what is not compiled yet
            key = service.key
            send(service.port, key, evenly(orders.take(1), 1.0))
        shutil.rmtree(home / "state")
        for number in range(asked.times + 1):
            said = cold_start(home, key, orders)
            sys.stdout.write(f"{'state kept' if number else 'state filled'}: {said}\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
