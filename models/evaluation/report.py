"""What is said about a set of predictions once the truth is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from features.durations import DAY_US
from models.evaluation.metrics import Scored, measure
from models.evaluation.slices import measure_slices, slice_rows

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


def report(orders: pd.DataFrame, truth: pd.Series, score: np.ndarray) -> dict[str, Any]:
    """Report base rate, metrics and slices of the orders whose label is known.

    Parameters
    ----------
    orders
        Columns ``placed_at``, ``channel``, ``value_minor``, ``is_known_buyer``.
    truth
        1 bad, 0 good, NaN unknown, shape ``(n_orders,)``.
    score
        Probabilities, shape ``(n_orders,)``.

    Returns
    -------
    dict
        ``base_rate``, ``metrics`` (see `measure`) and ``slices``; empty metrics when only one
        class is known.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> orders = pd.DataFrame(
    ...     {
    ...         "placed_at": pd.date_range("2026-01-01", periods=40, unit="us", tz="UTC"),
    ...         "channel": "web",
    ...         "value_minor": 100,
    ...         "is_known_buyer": True,
    ...     }
    ... )
    >>> truth = pd.Series(np.arange(40) % 2, dtype=float)
    >>> told = report(orders, truth, 0.2 + 0.6 * truth.to_numpy())
    >>> told["base_rate"], told["metrics"]["auc"]["value"]
    (0.5, 1.0)
    """
    known = truth.notna().to_numpy()
    day = (orders["placed_at"].astype("int64") // DAY_US).to_numpy()
    scored = Scored(truth.to_numpy()[known], score[known], day[known])
    metrics = measure(scored)
    masks = {name: mask[known] for name, mask in slice_rows(orders).items()}
    return {
        "base_rate": float(scored.label.mean()) if known.any() else None,
        "metrics": metrics,
        "slices": measure_slices(scored, masks) if metrics else {},
    }
