"""The same metrics for parts of the orders: channels, amounts, buyers seen before or not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from models.evaluation.metrics import Scored, measure

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

MIN_ROWS: Final = 200
AMOUNT_BANDS: Final = ((0.0, 0.5, "lower half"), (0.5, 0.9, "to the 90th"), (0.9, 1.0, "top tenth"))


def slice_rows(orders: pd.DataFrame) -> dict[str, np.ndarray]:
    """Name parts of the orders worth a figure of their own.

    Parameters
    ----------
    orders
        Columns ``channel``, ``value_minor`` and ``is_known_buyer`` (True, False or missing).

    Returns
    -------
    dict[str, np.ndarray]
        Slice name to a mask, shape ``(n_orders,)``.

    Examples
    --------
    >>> import pandas as pd
    >>> orders = pd.DataFrame(
    ...     {"channel": ["jd", "web"], "value_minor": [10, 20], "is_known_buyer": [True, None]}
    ... )
    >>> slice_rows(orders)["buyer: seen before"].tolist()
    [True, False]
    """
    masks = {
        f"channel: {channel}": (orders["channel"] == channel).to_numpy(dtype=bool)
        for channel in sorted(orders["channel"].dropna().unique())
    }
    known = orders["is_known_buyer"]
    masks["buyer: seen before"] = known.eq(True).fillna(value=False).to_numpy(dtype=bool)
    masks["buyer: new"] = known.eq(False).fillna(value=False).to_numpy(dtype=bool)
    rank = orders["value_minor"].astype("Float64").rank(pct=True, method="first")
    for low, high, name in AMOUNT_BANDS:
        band = (rank > low) & (rank <= high)
        masks[f"amount: {name}"] = band.fillna(value=False).to_numpy(dtype=bool)
    return {name: mask for name, mask in masks.items() if 0 < mask.sum() < len(mask)}


def measure_slices(scored: Scored, masks: dict[str, np.ndarray]) -> dict[str, dict[str, Any]]:
    """Rows, base rate, AUC, AP and calibration gap of each slice, without intervals.

    Examples
    --------
    >>> import numpy as np
    >>> label = np.tile([0.0, 0.0, 0.0, 1.0], 100)
    >>> scored = Scored(label=label, score=label * 0.8 + 0.1, block=np.arange(400))
    >>> masks = {"channel: jd": np.arange(400) < 300, "channel: web": np.arange(400) >= 300}
    >>> found = measure_slices(scored, masks)  # 100 orders are too few for a figure
    >>> {name: (part["rows"], part["auc"]) for name, part in found.items()}
    {'channel: jd': (300, 1.0)}
    """
    report: dict[str, dict[str, Any]] = {}
    for name, mask in masks.items():
        part = replace(
            scored, label=scored.label[mask], score=scored.score[mask], block=scored.block[mask]
        )
        if len(part.label) < MIN_ROWS or not part.is_decidable:
            continue
        whole = measure(part, n_resamples=0)
        report[name] = {
            "rows": len(part.label),
            "base_rate": whole["base_rate"]["value"],
            "auc": whole["auc"]["value"],
            "ap": whole["ap"]["value"],
            "mean_score": whole["mean_score"],
        }
    return report
