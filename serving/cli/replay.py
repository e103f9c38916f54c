"""``orderintel replay``: historical orders through a running service, and how fast it answers."""

from __future__ import annotations

from typing import Annotated

import typer

from serving.cli.console import emit_json, fail, progress, say, table
from serving.settings import load_settings


def replay(
    key: Annotated[str, typer.Option(envvar="ORDERINTEL_API_KEY", help="API key of the service.")],
    rate: Annotated[float, typer.Option(min=0.1, help="Orders a second.")] = 50.0,
    orders: Annotated[int, typer.Option(min=1, help="How many, the newest of the history.")] = 1000,
    url: Annotated[str, typer.Option(help="Address of the service.")] = "http://127.0.0.1:8000",
    connections: Annotated[int, typer.Option(min=1, max=256, help="Connections at most.")] = 16,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Send historical orders through a running service, open loop, and print a latency table.

    Orders leave at their own instants whether or not earlier ones have been answered, and an answer
    is timed from when its order should have left: a service that falls behind cannot hide it.
    Every run sends the orders as a revision of its own, so that each is decided anew; windows count
    an order once, however often it is sent.
    """
    from serving.scoring.load import Load, is_up, newest_orders, send

    if not url.startswith(("http://", "https://")):
        raise typer.BadParameter(f"{url!r} does not begin with http://", param_hint="--url")
    if not is_up(url):
        fail(f"no service answers at {url}: start it with `orderintel serve`, or name it by --url")
    bodies = newest_orders(load_settings(), orders)
    if not bodies:
        fail("the history has no orders: run `orderintel import` or `orderintel demo` first")
    with progress(f"sending {len(bodies):,} orders at {rate:g} a second", len(bodies)) as advance:
        report = send(Load(url, key, rate, connections), bodies, advance)
    if as_json:
        emit_json(report.document())
    else:
        table(
            f"{report.n:,} orders, {report.rate:.1f} a second, {report.failed:,} failed",
            ("from the planned instant", "p50", "p90", "p99", "p99.9", "max"),
            [("ms", *(f"{value:.1f}" for value in report.quantiles()))],
        )
        for cause, count in report.causes.most_common():
            say(f"{count:,} × {cause}")
    if report.failed:
        fail(f"{report.failed:,} of {report.n:,} orders were not decided")
