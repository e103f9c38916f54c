"""Shares with their intervals."""

from __future__ import annotations

import math
from typing import Any, Final

Z_95: Final = 1.959964


def share(good: int, n: int) -> dict[str, Any] | None:
    """Share of good ones with its 95 % Wilson interval; None where there are none at all.

    Examples
    --------
    >>> share(9, 10)
    {'n': 10, 'rate': 0.9, 'low': 0.5958, 'high': 0.9821}
    >>> share(0, 0) is None
    True
    """
    if n == 0:
        return None
    rate = good / n
    centre = rate + Z_95**2 / (2 * n)
    spread = Z_95 * math.sqrt(rate * (1 - rate) / n + Z_95**2 / (4 * n**2))
    scale = 1 + Z_95**2 / n
    return {
        "n": n,
        "rate": round(rate, 4),
        "low": round(max((centre - spread) / scale, 0.0), 4),
        "high": round(min((centre + spread) / scale, 1.0), 4),
    }
