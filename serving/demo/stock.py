"""Stock over time: what each warehouse held of each SKU, counted once a week."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from serving.demo.days import DAY_SECONDS, day_start
from serving.demo.draws import stream

if TYPE_CHECKING:
    from serving.demo.frames import Frame
    from serving.demo.parameters import ShopParameters

COUNT_EVERY_DAYS: Final = 7
"""Days between two counts."""

LEAD_DAYS: Final = 9
"""Days until a replenishment arrives."""


def stock(
    seed: int,
    parameters: ShopParameters,
    catalog: Frame,
    lines: Frame,
    left: Frame,
) -> Frame:
    """Count the stock.

    Parameters
    ----------
    seed
        Seed of the simulation.
    parameters
        Parameters of the shop.
    catalog, lines
        What is sold and what was ordered.
    left
        Parcels that left, with their warehouse and instant.

    Returns
    -------
    Frame
        ``warehouse`` and ``sku`` (rows), ``at`` and ``inbound_eta`` (seconds since 1970),
        ``on_hand, locked, samples, inbound``.
    """
    import pandas as pd

    draw = stream(seed, "stock")
    n_weeks = parameters.span.n_days // COUNT_EVERY_DAYS + 1
    n_houses, n_skus = len(parameters.warehouses), len(catalog)
    start = day_start(parameters.span.first_on)
    sold = np.zeros((n_weeks + 1, n_houses, n_skus))
    parcel = left.set_index("order")
    gone = lines[lines["order"].isin(parcel.index)]
    at = parcel.index.get_indexer(gone["order"])
    week = (parcel["shipped"].to_numpy()[at] - start) // DAY_SECONDS // COUNT_EVERY_DAYS
    house = parcel["warehouse"].to_numpy()[at]
    np.add.at(
        sold,
        (np.clip(week, 0, n_weeks), house, gone["sku"].to_numpy()),
        gone["quantity"].to_numpy(),
    )
    level = sold.mean(axis=0) * 3.0 + 6.0
    on_hand, due = np.round(level), np.zeros_like(level)
    counts = []
    for number in range(n_weeks):
        noon = start + number * COUNT_EVERY_DAYS * DAY_SECONDS + DAY_SECONDS // 3
        locked = np.minimum(on_hand, draw.poisson(sold[number] * 0.25))
        counts.append(_count(noon, on_hand, locked, due))
        on_hand = np.maximum(on_hand + due - sold[number], 0.0)
        # A promotion is bought in ahead of time, though never by quite enough.
        ahead = sold[number + 1] * draw.uniform(0.6, 1.1, sold[number].shape)
        due = np.round(np.maximum(level + ahead - on_hand, 0.0) * (on_hand < level))
    return pd.concat(counts, ignore_index=True)


def _count(
    at: int,
    on_hand: np.ndarray,
    locked: np.ndarray,
    due: np.ndarray,
) -> Frame:
    """Write down one count of all warehouses."""
    import pandas as pd

    house, sku = np.indices(on_hand.shape)
    return pd.DataFrame(
        {
            "warehouse": house.ravel(),
            "sku": sku.ravel(),
            "at": at,
            "on_hand": on_hand.ravel().astype(np.int64),
            "locked": locked.ravel().astype(np.int64),
            "samples": ((sku.ravel() * 13 + house.ravel()) % 40 == 0).astype(np.int64),
            "inbound": due.ravel().astype(np.int64),
            "inbound_eta": np.where(due.ravel() > 0, at + LEAD_DAYS * DAY_SECONDS, -1),
        }
    )
