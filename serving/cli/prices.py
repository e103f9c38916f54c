"""``orderintel prices``: what stock and places in the day are worth to orders still to come."""

from __future__ import annotations

from typing import Annotated

import typer

from serving.cli.console import emit_json, progress, say, table
from serving.settings import load_settings

SHOWN = 10
"""Dearest units of stock that are shown one by one."""


def prices(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Price stock and capacity by the orders expected in the next two weeks.

    A unit is worth what orders to come would cost less if there were one more of it. Routes weigh
    that beside freight and risk. A running service takes new prices up by itself, and starts this
    three times a day.
    """
    from features.history import History
    from serving import logs
    from serving.clock import now
    from serving.delivery.past_orders import newest_orders
    from serving.delivery.price_file import PriceFile
    from serving.delivery.prices import SEEN_DAYS, solve_prices
    from serving.delivery.waves import open_home

    logs.configure("ERROR")
    settings = load_settings()
    delivery = open_home(settings)
    orders = newest_orders(History(settings.history_folder), SEEN_DAYS)
    with progress("asking every way of the kinds of orders") as advance:
        found = solve_prices(delivery, orders, made_at=now(), advance=advance)
    PriceFile(settings.routing_folder).write(found)
    if as_json:
        emit_json(found.as_dict())
        return
    dearest = sorted(found.stock.items(), key=lambda item: -item[1])[:SHOWN]
    rows = [(f"{warehouse} {sku}", f"{minor:,.0f}") for (warehouse, sku), minor in dearest]
    rows += [(name, f"{minor:,.0f}") for name, minor in found.warehouse.items()]
    table(f"value, minor units of {delivery.currency}", ("unit of stock, or place", "worth"), rows)
    say(f"{len(found.stock):,} units of stock and {len(found.outlet):,} outlets have a price")
