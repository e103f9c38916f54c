"""How good a model should be by its own word, before any label is known.

Calibrated probabilities say how many orders of each score will turn out bad, and so what ranking
and flagging should reach. That holds while only the mix of orders changes. It is blind to a change
of what the features mean: a new trick that looks harmless to the model looks harmless here too.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from models.evaluation.metrics import Ranking, flagged

N_DRAWS: Final = 200
FLAGGED: Final = 0.10
LIMITS: Final[dict[str, str]] = {
    "zh": "仅在概率已校准且特征含义不变时成立；新手法看不出来，须等标签成熟后核对",
    "en": (
        "holds while probabilities are calibrated and features mean what they meant; a new trick "
        "is not seen until its labels mature"
    ),
}
"""What the estimate cannot tell, said wherever it is shown."""


def foresee(score: np.ndarray, *, seed: int = 7) -> dict[str, Any]:
    """Estimate quality without labels.

    Parameters
    ----------
    score
        Calibrated probabilities of recent orders, shape ``(n_orders,)``.
    seed
        Seed of the drawn labels.

    Returns
    -------
    dict
        ``base_rate``, ``auc``, ``ap``, ``recall_10``, ``precision_10``, each as ``{value, low,
        high}`` (95 % of what labels drawn from the scores would show); empty without orders.

    Examples
    --------
    >>> sure = foresee(np.r_[np.full(50, 0.9), np.full(950, 0.01)])
    >>> unsure = foresee(np.r_[np.full(50, 0.2), np.full(950, 0.1)])
    >>> sure["auc"]["value"] > unsure["auc"]["value"]
    True
    """
    if not len(score):
        return {}
    random = np.random.default_rng(seed)
    same = np.ones(len(score))
    draws: dict[str, list[float]] = {}
    for _ in range(N_DRAWS):
        label = (random.random(len(score)) < score).astype(int)
        if not 0 < label.sum() < len(label):
            continue
        ranking, top = Ranking(label, score), flagged(label, score, FLAGGED)
        drawn = {
            "base_rate": float(label.mean()),
            "auc": ranking.auc(same),
            "ap": ranking.ap(same),
            "recall_10": top["recall"],
            "precision_10": top["precision"],
        }
        for name, value in drawn.items():
            draws.setdefault(name, []).append(value)
    return {
        name: {
            "value": round(float(np.mean(values)), 4),
            "low": round(float(np.quantile(values, 0.025)), 4),
            "high": round(float(np.quantile(values, 0.975)), 4),
        }
        for name, values in draws.items()
    }
