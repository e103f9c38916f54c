"""``orderintel score``: decisions about a file of canonical orders, without a service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from serving.cli.console import claim, emit_json, progress, say
from serving.cli.order_file import read_order_file
from serving.settings import load_settings


def score(
    file: Annotated[
        Path,
        typer.Argument(
            help="Canonical orders (docs/orders.md): JSON lines, a JSON list, or Parquet.",
            exists=True,
        ),
    ],
    out: Annotated[Path, typer.Option(help="Parquet file to write the decisions to.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Score a file of canonical orders over the history, as the service would.

    Orders are taken in the order in which they were received, and later ones know of earlier ones.
    An order that is not well formed is reported and left out, and so is an older state of an order
    that stands in the file twice; a file that is mostly bad is refused.
    """
    from serving import logs
    from serving.scoring.files import score_orders, write_decisions

    logs.configure("ERROR")  # what is missing is told once, below
    settings = load_settings()
    claim(out)
    orders, n_faults = read_order_file(settings, file)
    with progress("scoring", len(orders)) as advance:
        decisions, missing = score_orders(settings, orders, advance)
    for part in missing:
        say(f"without {part.part}: {part.why}")
    write_decisions(out, decisions)
    counts: dict[str, Any] = {"scored": len(decisions), "left_out": n_faults, "out": str(out)}
    counts["without"] = [part.part for part in missing]
    for action in ("release", "review", "hold"):
        counts[action] = sum(decision["action"] == action for decision in decisions)
    if as_json:
        emit_json(counts)
    else:
        say(
            f"{counts['scored']:,} orders scored, {counts['left_out']:,} left out: "
            f"{counts['release']:,} release, {counts['review']:,} review, {counts['hold']:,} hold"
        )
        say(f"written to {out}")
