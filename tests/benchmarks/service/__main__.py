"""How fast the service is: a table, each figure beside its peer from the same run.

``python -m tests.benchmarks.service HOME`` takes about ten minutes on a quiet machine; ``--seconds
10`` makes it short. HOME is one that ``orderintel demo --once`` made. ``--write docs/service.md``
puts the table of stages between its two marks there.
"""

from __future__ import annotations

import argparse
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from serving.scoring.stages import STAGES
from tests.benchmarks.service.model_server import PATH as MLFLOW_PATH
from tests.benchmarks.service.model_server import model_server
from tests.benchmarks.service.orders import NewOrders
from tests.benchmarks.service.running import (
    copy_of,
    cpu_of,
    cpu_seconds,
    free_port,
    running,
)
from tests.benchmarks.service.sending import OK, evenly, send
from tests.benchmarks.service.servers import own_servers
from tests.benchmarks.service.starting import cold_start
from tests.benchmarks.terminal import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.benchmarks.service.running import Running

FLAT_OUT: Final = 1e9
"""Calls a second of a closed loop: each connection sends as soon as it has its answer."""
CONNECTIONS: Final = 2
"""One order is decided and one waits: enough that the service never stands idle."""
TURNS: Final = 3
N_OF_MLFLOW: Final = 100
"""Calls of MLflow's server at a time: it takes some 20 ms for each."""
MARKS: Final = ("<!-- stages -->", "<!-- end of stages -->")
STAGE: Final = re.compile(r'orderintel_stage_seconds_(sum|count)\{stage="(\w+)"\} (\S+)')


@contextmanager
def floor() -> Iterator[tuple[int, int]]:
    """Serve the route that only validates; gives its port and process id."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "tests.benchmarks.service.floor:app"]
    process = subprocess.Popen(
        [*command, "--port", str(port), "--no-access-log", "--log-level", "error"]
    )
    try:
        until = time.monotonic() + 60
        while send(port, "", evenly([b"{}"], 1.0), patience_s=2).statuses[422] == 0:
            assert time.monotonic() < until, "the floor does not answer"
            time.sleep(0.1)
        yield port, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def flat_out(port: int, key: str, bodies: Sequence[bytes], path: str = "/v1/orders/score") -> float:
    """Measure the answers a second of a closed loop."""
    began = time.perf_counter()
    calls = evenly(bodies, FLAT_OUT, path)
    report = send(port, key, calls, connections=CONNECTIONS, patience_s=600)
    assert set(report.statuses) == {OK}, report.statuses
    return len(bodies) / (time.perf_counter() - began)


def throughput(service: Running, orders: NewOrders, n: int) -> None:
    """Compare whole decisions with the floor, in turns of one run.

    Answers a second are what a quiet machine gives; processor time an order is the same on a busy
    one, where both wait for a processor.
    """
    n = n // 4
    flat_out(service.port, service.key, orders.take(n))
    with floor() as (port, pid):
        flat_out(port, "", orders.take(n))
        pairs = []
        before = service.cpu_seconds(), cpu_seconds(pid)
        for _ in range(TURNS):
            part = orders.take(n)
            ours, least = flat_out(service.port, service.key, part), flat_out(port, "", part)
            pairs.append((ours / least, ours, least))
        used = service.cpu_seconds() - before[0], cpu_seconds(pid) - before[1]
    ratio, ours, least = sorted(pairs)[1]
    say(f"throughput: {ours:.0f} decisions a second, {least:.0f} validations: {ratio:.0%}")
    whole, little = (1000 * seconds / (TURNS * n) for seconds in used)
    say(f"  processor: {whole:.2f} ms a decision, {little:.2f} a validation: {little / whole:.0%}")


def beside_mlflow(service: Running, orders: NewOrders, n: int) -> None:
    """Compare whole decisions with MLflow's own server for one of the models, in turns."""
    with model_server(service.home / "models" / "fraud") as (port, body):
        few = [body] * N_OF_MLFLOW
        flat_out(port, "", few[:10], MLFLOW_PATH)
        pairs = []
        for _ in range(TURNS):
            ours = flat_out(service.port, service.key, orders.take(n // TURNS))
            least = flat_out(port, "", few, MLFLOW_PATH)
            pairs.append((ours / least, ours, least))
    ratio, ours, least = sorted(pairs)[1]
    say(f"MLflow's model server: {ours:.0f} decisions a second, {least:.0f} answers: {ratio:.0f} x")


def at_rate(service: Running, orders: NewOrders, rate: float, seconds: float) -> None:
    """Time answers at a fixed rate, open loop."""
    calls = evenly(orders.take(round(rate * seconds)), rate)
    before = service.cpu_seconds()
    report = send(service.port, service.key, calls)
    used = service.cpu_seconds() - before
    taken = " / ".join(f"{ms:.1f}" for ms in report.milliseconds(OK))
    others = len(report.answers) - report.statuses[OK]
    say(f"open loop at {rate:g} a second for {seconds:g} s: p50 / p99 / p99.9 / max ms {taken}; ")
    say(f"  {others} not decided; {1000 * used / len(report.answers):.2f} ms of processor an order")


def stages(service: Running) -> str:
    """Write where the time goes, by stage, as the service itself counts it."""
    found: dict[str, dict[str, float]] = {}
    for kind, stage, value in STAGE.findall(service.call("GET", "/metrics")[1]):
        found.setdefault(stage, {})[kind] = float(value)
    taken = {
        stage: 1e6 * found[stage]["sum"] / max(found[stage]["count"], 1)
        for stage in STAGES
        if stage in found
    }
    whole = sum(taken.values())
    lines = [f"| {stage} | {us:.0f} | {us / whole:.0%} |" for stage, us in taken.items()]
    head = "| stage | µs an order | share |\n|---|---:|---:|\n"
    return head + "\n".join([*lines, f"| whole | {whole:.0f} | 100% |"])


def write_between(file: Path, table: str) -> None:
    """Put a table between the two marks of a page."""
    before, begin, rest = file.read_text().partition(MARKS[0])
    _, end, after = rest.partition(MARKS[1])
    if not begin or not end:
        raise SystemExit(f"{file} lacks the marks {' and '.join(MARKS)}")
    file.write_text(f"{before}{begin}\n{table}\n{end}{after}")


def several_workers(home: Path, orders: NewOrders, rate: float, seconds: float) -> None:
    """Compare one, two and four workers on PostgreSQL and Redis, with processor time an order."""
    for workers in (1, 2, 4):
        with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            ours = copy_of(home, Path(folder))
            with (
                own_servers(Path(folder)) as servers,
                running(ours, workers=workers, environment=servers.environment) as service,
            ):
                send(service.port, service.key, evenly(orders.take(200), 50.0))
                sent = orders.take(round(rate * seconds))
                before = (
                    service.cpu_seconds(),
                    cpu_of("postgres"),
                    cpu_seconds(servers.processes("redis")[0]),
                )
                began = time.perf_counter()
                report = send(
                    service.port, service.key, evenly(sent, rate), connections=CONNECTIONS * workers
                )
                elapsed = time.perf_counter() - began
                after = (
                    service.cpu_seconds(),
                    cpu_of("postgres"),
                    cpu_seconds(servers.processes("redis")[0]),
                )
        n = max(report.statuses[OK], 1)
        own, database, state = (1000 * (b - a) / n for a, b in zip(before, after, strict=True))
        taken = " / ".join(f"{ms:.1f}" for ms in report.milliseconds(OK))
        say(f"{workers} workers on PostgreSQL and Redis: {n / elapsed:.0f} a second, "
            f"p50 / p99 / p99.9 / max ms {taken}")  # fmt: skip
        say(f"  processor an order, ms: workers {own:.2f}, PostgreSQL {database:.2f}, "
            f"Redis {state:.2f}; {len(report.answers) - n} not decided")  # fmt: skip


def main(arguments: Sequence[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--rate", type=float, default=300.0)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--orders", type=int, default=4_000)
    parser.add_argument("--without-servers", action="store_true")
    parser.add_argument("--write", type=Path, help="page between whose marks the stages go")
    asked = parser.parse_args(arguments)
    orders = NewOrders(asked.home)
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = copy_of(asked.home, Path(folder))
        with running(home) as service:
            throughput(service, orders, asked.orders)
            beside_mlflow(service, orders, asked.orders)
            at_rate(service, orders, asked.rate, asked.seconds)
            table = stages(service)
            say(table)
            if asked.write is not None:
                write_between(asked.write, table)
            say(f"memory: {service.megabytes():.0f} MB")
        say(cold_start(home, service.key, orders))
    if not asked.without_servers:
        several_workers(asked.home, orders, asked.rate, min(asked.seconds, 30.0))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
