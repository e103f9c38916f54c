"""``orderintel score``: decisions about a file of canonical orders, without a service."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 typer reads the annotation
from typing import Annotated, Any

import typer

from serving.cli.console import emit_json, fail, progress, say
from serving.settings import load_settings

SHOWN_FAULTS = 5
"""Faulty orders that are shown one by one; the rest is counted."""


def score(
    file: Annotated[
        Path,
        typer.Argument(help="Canonical orders: JSON lines, a JSON list, or Parquet.", exists=True),
    ],
    out: Annotated[Path, typer.Option(help="Parquet file to write the decisions to.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Score a file of canonical orders over the history, as the service would.

    Orders are taken in the order in which they were received, and later ones know of earlier ones.
    An order that is not well formed is reported and left out; a file that is mostly bad is refused.
    """
    from serving.scoring.files import read_orders, score_orders, write_decisions

    orders, faults = read_orders(file)
    for place, fault in faults[:SHOWN_FAULTS]:
        say(f"left out: {file}, {place}: {fault}")
    if len(faults) > len(orders):
        fail(f"{file}: {len(faults)} of {len(orders) + len(faults)} orders are not well formed")
    with progress("scoring", len(orders)) as advance:
        decisions = score_orders(load_settings(), orders, advance)
    write_decisions(out, decisions)
    counts: dict[str, Any] = {"scored": len(decisions), "left_out": len(faults), "out": str(out)}
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
