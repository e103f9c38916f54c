"""Units that an order may take: what is free, and a share of what arrives before it must leave."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Count:
    """A SKU in a warehouse as it was counted; None is unknown and counts as none.

    Parameters
    ----------
    on_hand, locked, samples, inbound
        Units in the house, of them reserved for orders and not for sale; units on their way in.
    inbound_eta
        When those arrive, microseconds since 1970 UTC.
    """

    warehouse: str
    sku: str
    on_hand: int | None = None
    locked: int | None = None
    samples: int | None = None
    inbound: int | None = None
    inbound_eta: int | None = None


@dataclass(frozen=True, slots=True)
class InboundSettings:
    """How far a merchant counts on what is on its way.

    Parameters
    ----------
    share
        Share of announced units that may be promised, 0 for none: suppliers send late and short.
    """

    share: float = 0.5

    def __post_init__(self) -> None:
        if not 0.0 <= self.share <= 1.0:
            raise ValueError(f"inbound share is a share from 0 to 1, not {self.share!r}")


def usable(
    counts: Iterable[Count], *, ship_by: int | None, settings: InboundSettings | None = None
) -> dict[tuple[str, str], int]:
    """Give what an order may take.

    Parameters
    ----------
    counts
        One a warehouse and SKU.
    ship_by
        The last moment at which the order may leave, microseconds since 1970 UTC; None: nothing
        that is still on its way counts.
    settings
        How far inbound units count.

    Returns
    -------
    dict
        Warehouse and SKU to whole units, never below zero; what is missing below zero is first
        taken from what arrives.

    Examples
    --------
    >>> counts = [Count("JX", "A", on_hand=5, locked=2, samples=1, inbound=5, inbound_eta=100)]
    >>> [usable(counts, ship_by=moment) for moment in (None, 99, 100)]
    [{('JX', 'A'): 2}, {('JX', 'A'): 2}, {('JX', 'A'): 4}]
    """
    share = (settings or InboundSettings()).share
    found = {}
    for count in counts:
        free = (count.on_hand or 0) - (count.locked or 0) - (count.samples or 0)
        arrives = (
            ship_by is not None and count.inbound_eta is not None and count.inbound_eta <= ship_by
        )
        arriving = math.floor(share * max(count.inbound or 0, 0)) if arrives else 0
        found[count.warehouse, count.sku] = max(free + arriving, 0)
    return found
