"""The file of orders that a command decides about or plans together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from serving.cli.console import fail, say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from features.order import OrderRows
    from serving.settings import Settings

SHOWN_FAULTS: Final = 5
"""Faulty orders that are shown one by one; the rest is counted."""


def read_order_file(settings: Settings, file: Path) -> tuple[Sequence[OrderRows], int]:
    """Read a file of orders, tell of the faulty ones, and refuse it when it is mostly bad."""
    from serving.scoring.files import fit_orders, read_orders

    orders, faults = fit_orders(settings, read_orders(file))
    for place, fault in faults[:SHOWN_FAULTS]:
        say(f"left out: {file}, {place}: {fault}")
    if not orders and not faults:
        fail(f"{file} holds no order")
    if len(faults) > len(orders):
        fail(f"{file}: {len(faults)} of {len(orders) + len(faults)} orders are not well formed")
    return orders, len(faults)
