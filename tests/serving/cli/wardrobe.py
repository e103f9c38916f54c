"""A shop of clothes and books whose returns name lines: what goes back hangs on the line."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

MAPPING = """
version: 1
name: wardrobe
merchant: w
base_currency: EUR
timezone: UTC
files:
  rows: {path: rows.csv}
views:
  heads:
    from: rows
    group_by: order
    columns:
      at: {first: at}
      buyer: {first: buyer}
      amount: {total: price}
orders:
  from: heads
  columns: {order_id: order, placed_at: at, buyer_key: buyer, total_minor: amount}
order_lines:
  from: rows
  columns:
    order_id: order
    line_id: line
    sku: sku
    category: kind
    quantity: 1
    unit_price_minor: price
  attributes:
    fit: {type: text, column: fit}
labels:
  return:
    from: rows
    when: {column: returned, is: yes}
    columns: {order_id: order, line_id: line}
    known: 10 days
    matures: 14 days
"""
GOES_BACK = {("dress", "tight"): 0.9, ("dress", "loose"): 0.5, ("book", "none"): 0.05}
N_ORDERS, DAYS = 900, 90
BEGINS = datetime(2026, 1, 1, tzinfo=UTC)


def write_files(folder: Path) -> list[dict[str, Any]]:
    """Write orders of up to three lines; what goes back hangs on the line and not on the order."""
    random = np.random.default_rng(3)
    rows: list[dict[str, Any]] = []
    for number, day in enumerate(np.sort(random.uniform(0, DAYS, N_ORDERS))):
        for place in range(1, int(random.integers(1, 4)) + 1):
            kind, fit = list(GOES_BACK)[int(random.integers(3))]
            rows.append(
                {
                    "order": f"W{number}", "line": f"L{place}",
                    "at": (BEGINS + timedelta(days=float(day))).isoformat(timespec="seconds"),
                    "buyer": f"b{random.integers(200)}", "kind": kind, "fit": fit,
                    "sku": f"{kind}-{random.integers(20)}", "price": int(random.integers(10, 90)),
                    "returned": "yes" if random.random() < GOES_BACK[kind, fit] else "no",
                }
            )  # fmt: skip
    with (folder / "rows.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    (folder / "wardrobe.yaml").write_text(MAPPING)
    return rows
