"""Features of where the order goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from features.feature import Columns, Feature

if TYPE_CHECKING:
    from features.arrays import Floats


def is_abroad(columns: Columns) -> Floats:
    """1 where the bill goes to another country than the goods, 0 where to the same.

    Examples
    --------
    >>> is_abroad({
    ...     "ship_country": np.array(["CN", "CN", None], object),
    ...     "bill_country": np.array(["CN", "US", "US"], object),
    ... })
    array([ 0.,  1., nan])
    """
    pairs = zip(columns["ship_country"], columns["bill_country"], strict=True)
    return np.array([np.nan if a is None or b is None else float(a != b) for a, b in pairs])


FEATURES: Final = (
    Feature(
        "place__is_abroad",
        "账单国家与收货国家不同",
        "the billing country is not the country of delivery",
        "yes = 1",
        sources=("orders.ship_country", "orders.bill_country"),
        function=is_abroad,
    ),
)
