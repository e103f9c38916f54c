"""Orders for the service under test."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from serving.scoring.schemas import ORDER_EXAMPLE


def order(order_id: str = "1", **changes: Any) -> dict[str, Any]:
    """Give a well-formed order of the morning of 2026-03-01."""
    return deepcopy(ORDER_EXAMPLE) | {"order_id": order_id} | changes


def locked(order_id: str = "1", **changes: Any) -> dict[str, Any]:
    """Give an order that the channel itself has locked, so that somebody must look at it."""
    return order(order_id, platform_risk={"flag": "locked"}, **changes)
