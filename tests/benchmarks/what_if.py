"""How long a what-if takes: 10,000 orders under today's rules and five variants.

Run ``python -m tests.benchmarks.what_if HOME [ORDERS]`` on a home with a network and delivery
models, such as the demonstration's. Prints the seconds of CPU and of the clock, without the start.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Final

from features.history import History
from serving.cli.console import say
from serving.delivery.comparison import compare
from serving.delivery.history_stock import read_stock
from serving.delivery.past_orders import newest_orders
from serving.delivery.variants import WhatIf, worlds_of
from serving.delivery.waves import open_home
from serving.delivery.what_if import replay
from serving.settings import Settings

GOAL_S: Final = 60.0
DAYS: Final = 60


def main(home: str, n_orders: int = 10_000) -> None:
    """Measure and print."""
    settings = Settings(home=Path(home), log_level="ERROR")
    delivery = open_home(settings)
    history = History(settings.history_folder)
    orders = newest_orders(history, DAYS)[-n_orders:]
    network = delivery.reference.network
    carriers = sorted({outlet.carrier for outlet in network.outlets})
    place = network.warehouses[0].warehouse
    asked = WhatIf.model_validate(
        {
            "variants": [
                {"name": "without a carrier", "without_carriers": carriers[:1]},
                {"name": "dearer", "tariffs": [{"carrier": carriers[-1], "factor": 1.2}]},
                {"name": "late costs more", "costs": {"late": 4000}},
                {"name": "less capacity", "warehouse_capacity": {place: 100}},
                {"name": "simple rule", "rule": {"more_than": 20}},
            ]
        }
    )
    worlds = worlds_of(asked, network, delivery.costs)
    stock = read_stock(history, delivery.local_day)
    began, busy = time.perf_counter(), time.process_time()
    figures = compare(replay(delivery, orders, worlds, stock))
    taken, cpu = time.perf_counter() - began, time.process_time() - busy
    met = "met" if taken <= GOAL_S else "not reached"
    say(f"{len(orders):,} orders × {len(worlds)} variants, {len(figures)} figures")
    say(f"{taken:.1f} s, {cpu:.1f} s of CPU; goal ≤ {GOAL_S:.0f} s: {met}")


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
