"""On which day an order leaves a warehouse, by its cut-off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.durations import DAY_US, MINUTE_US

if TYPE_CHECKING:
    from models.routing.network import Warehouse


def leaving_day(warehouse: Warehouse, at: int) -> int:
    """Give the local day on which an order of a moment leaves.

    Parameters
    ----------
    at
        Microseconds since 1970 UTC.

    Returns
    -------
    int
        Days since 1970 on the warehouse's clock: the same day up to and with the cut-off, else
        the next.

    Examples
    --------
    >>> from models.routing.network import Warehouse
    >>> noon = 12 * 60 * MINUTE_US
    >>> [leaving_day(Warehouse("JX", cutoff_min=cut), noon) for cut in (None, 720, 719)]
    [0, 0, 1]
    """
    day, within = divmod(at + warehouse.utc_offset_min * MINUTE_US, DAY_US)
    is_late = warehouse.cutoff_min is not None and within > warehouse.cutoff_min * MINUTE_US
    return day + is_late


def is_too_late(warehouse: Warehouse, at: int | None, ship_by: int | None) -> bool:
    """Tell whether an order of a moment leaves after the last day on which it may.

    Examples
    --------
    >>> from models.routing.network import Warehouse
    >>> noon = 12 * 60 * MINUTE_US
    >>> is_too_late(Warehouse("JX", cutoff_min=719), noon, noon), is_too_late(
    ...     Warehouse("JX", cutoff_min=719), noon, None)
    (True, False)
    """
    if at is None or ship_by is None:
        return False
    last, _ = divmod(ship_by + warehouse.utc_offset_min * MINUTE_US, DAY_US)
    return leaving_day(warehouse, at) > last
