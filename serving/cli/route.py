"""``orderintel route``: warehouse, carrier and outlet for a file of orders planned together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from serving.cli.console import claim, emit_json, progress, say, table
from serving.cli.order_file import read_order_file
from serving.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from features.order import OrderRows
    from models.routing.wave import WavePlan
    from serving.settings import Settings


def route(
    orders: Annotated[
        Path | None,
        typer.Argument(help="Canonical orders: JSON lines, a JSON list, or Parquet.", exists=True),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Parquet file for the routes; with --what-if .html or .parquet."),
    ] = None,
    what_if: Annotated[
        Path | None,
        typer.Option(help="YAML file of variants to compare instead.", exists=True, dir_okay=False),
    ] = None,
    within: Annotated[
        float, typer.Option(min=1.0, help="Seconds after which the best plan so far is taken.")
    ] = 10.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Assign a wave of orders to warehouses, carriers and outlets under stock and capacity.

    With --what-if it replays ORDERS, or those of the last month of the history, under other
    carriers, tariffs, warehouses, costs or rules, and compares what they would have cost.
    """
    from serving import logs

    logs.configure("ERROR")
    settings = load_settings()
    if what_if is not None:
        from serving.cli.what_if import compare

        compare(settings, what_if, orders, out, as_json=as_json)
        return
    if orders is None or out is None:
        say("Usage: orderintel route ORDERS --out FILE, or orderintel route --what-if FILE.yaml")
        raise SystemExit(2)
    claim(out)
    found, n_faults = read_order_file(settings, orders)
    _plan(settings, found, out, within, n_faults, as_json=as_json)


def _plan(
    settings: Settings,
    orders: Sequence[OrderRows],
    out: Path,
    within: float,
    n_faults: int,
    *,
    as_json: bool,
) -> None:
    """Plan, write and tell."""
    from models.routing.wave import WaveSettings
    from serving.delivery.waves import open_home, route_orders
    from serving.scoring.files import write_decisions

    delivery = open_home(settings)
    for part in delivery.missing:
        say(f"without {part.part}: {part.why}")
    with progress("asking every way", len(orders)) as advance:
        rows, plan = route_orders(delivery, orders, WaveSettings(within_s=within), advance)
    write_decisions(out, rows)
    told = _told(orders, plan, delivery.currency, n_faults, out)
    told["without"] = [part.part for part in delivery.missing]
    if as_json:
        emit_json(told)
    else:
        _say(told)


def _told(
    orders: Sequence[OrderRows], plan: WavePlan, currency: str, n_faults: int, out: Path
) -> dict[str, Any]:
    """Sum a plan up."""
    parcels = [parcel for found in plan.plans.values() for parcel in found.parcels]
    binding: dict[str, int] = {}
    for why in plan.unserved.values():
        binding[why.code] = binding.get(why.code, 0) + 1
    return {
        "orders": len(orders),
        "left_out": n_faults,
        "served": len(plan.plans),
        "unserved": len(plan.unserved),
        "binding": binding,
        "parcels": len(parcels),
        "split": sum(len(found.parcels) > 1 for found in plan.plans.values()),
        "cost_minor": round(plan.minor),
        "one_after_the_other_minor": round(plan.sequential_minor),
        "currency": currency,
        "gap": plan.gap,
        "out": str(out),
    }


def _say(told: dict[str, Any]) -> None:
    """Tell a person what was planned."""
    from features.money import in_major

    currency = told["currency"]
    cost = in_major(told["cost_minor"], currency)
    saved = in_major(told["one_after_the_other_minor"] - told["cost_minor"], currency)
    say(
        f"{told['orders']:,} orders: {told['served']:,} served in {told['parcels']:,} parcels "
        f"({told['split']:,} split), {told['unserved']:,} not served, {told['left_out']:,} left out"
    )
    say(
        f"expected cost {cost} {currency}, {saved} less "
        f"than one after the other; at most {told['gap']:.2%} above the best there could be"
    )
    if told["binding"]:
        from models.routing.constraints import CONSTRAINTS

        rows = [(n, *CONSTRAINTS[code]) for code, n in sorted(told["binding"].items())]
        table("not served", ("orders", "原因", "why"), rows)
    say(f"written to {told['out']}")
