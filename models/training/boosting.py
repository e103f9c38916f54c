"""Fitting gradient boosted trees that are plain, seeded and averaged into one text model."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from models.training.trees import BINNING, TreeShape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.training.splits import Split
    from models.training.trees import Binned


@dataclass(frozen=True, slots=True)
class BoostingConfig(TreeShape):
    """How boosters of risk models are grown.

    Parameters
    ----------
    category_l2
        Orders that a category's value is drawn towards the others by.
    max_rounds
        Most trees of one booster.
    patience
        Trees without gain after which growing stops.
    n_seeds
        Boosters that are averaged.

    Examples
    --------
    >>> told = BoostingConfig(num_leaves=8).parameters(seed=7)
    >>> told["num_leaves"], told["objective"], told["seed"]
    (8, 'binary', 7)
    """

    learning_rate: float = 0.1
    num_leaves: int = 31
    min_rows_in_leaf: int = 50
    l2: float = 5.0
    category_l2: float = 20.0
    max_rounds: int = 400
    patience: int = 25
    n_seeds: int = 1

    def parameters(self, seed: int) -> dict[str, Any]:
        """Say the same in LightGBM's words."""
        return self.settings("binary", seed) | {
            "cat_smooth": self.category_l2,
            "cat_l2": self.category_l2,
            "max_cat_threshold": 16,
            "min_data_per_group": 50,
        }


SIZES: Final[tuple[tuple[int, dict[str, Any]], ...]] = (
    (
        400,
        {"learning_rate": 0.08, "num_leaves": 4, "min_rows_in_leaf": 40, "l2": 20.0, "n_seeds": 5},
    ),
    (
        2_000,
        {"learning_rate": 0.08, "num_leaves": 8, "min_rows_in_leaf": 50, "l2": 20.0, "n_seeds": 5},
    ),
    (
        16_000,
        {"learning_rate": 0.08, "num_leaves": 15, "min_rows_in_leaf": 80, "l2": 10.0, "n_seeds": 3},
    ),
)
"""Up to this many bad orders: what keeps a history from being learned by heart.

Where the last line ends was measured on card payments of a week in July, from the fifty days before
it: one booster of 15 leaves found fraud with an average precision of .768, one of 31 leaves .759,
each at its best number of trees; three of 15 leaves together .770, at half as many trees each."""


def sized(config: BoostingConfig, n_bad: int) -> BoostingConfig:
    """Make a configuration fit the evidence: the fewer bad orders, the simpler the trees.

    Examples
    --------
    >>> sized(BoostingConfig(), 100).num_leaves < sized(BoostingConfig(), 50_000).num_leaves
    True
    """
    for most, changes in SIZES:
        if n_bad <= most:
            return replace(config, **changes)
    return config


def grow(
    binned: Binned,
    label: np.ndarray,
    config: BoostingConfig,
    *,
    rounds: int,
    seed: int,
    rows: np.ndarray | None = None,
) -> str:
    """Fit on all rows, or on some, with a fixed number of trees.

    Parameters
    ----------
    binned
        All rows.
    label
        1 for bad, 0 for good, one for each of all rows.
    config
        How trees are grown.
    rounds
        Trees of one booster.
    seed
        Seed of everything random.
    rows
        Positions of the rows to learn from, ascending; all when None.

    Returns
    -------
    str
        One LightGBM text model whose raw score is the mean over the seeds.
    """
    known = label if rows is None else label[rows]
    texts = [
        binned.grow(known, config.parameters(seed + number), rounds, rows=rows)
        for number in range(config.n_seeds)
    ]
    return average_models(texts)


@dataclass(frozen=True, slots=True)
class Judged:
    """What held-back folds said: how many trees are best, and raw scores out of time."""

    rounds: int
    rows: np.ndarray
    raw: np.ndarray


def judge(
    binned: Binned,
    label: np.ndarray,
    config: BoostingConfig,
    *,
    splits: Sequence[Split],
    seed: int,
) -> Judged:
    """Grow on each fold's past until its future stops gaining.

    Parameters
    ----------
    binned
        All rows.
    label
        1 for bad, 0 for good.
    config
        How trees are grown.
    splits
        Folds in time order.
    seed
        Seed of everything random.

    Returns
    -------
    Judged
        The number of trees with the lowest mean loss over the folds, and the raw scores of all
        judged rows at that number.
    """
    curves, boosters = [], []
    for split in splits:
        booster, curve = _grow_until(binned, label, config, split, seed)
        curves.append(curve)
        boosters.append(booster)
    longest = max(len(curve) for curve in curves)
    weights = np.array([len(split.judge) for split in splits], dtype=float)
    padded = np.array([np.r_[curve, np.full(longest - len(curve), curve[-1])] for curve in curves])
    rounds = int(np.argmin(np.average(padded, axis=0, weights=weights))) + 1
    raw = [
        booster.predict(binned.matrix[split.judge], raw_score=True, num_iteration=rounds)
        for booster, split in zip(boosters, splits, strict=True)
    ]
    return Judged(rounds, np.concatenate([split.judge for split in splits]), np.concatenate(raw))


def _grow_until(
    binned: Binned, label: np.ndarray, config: BoostingConfig, split: Split, seed: int
) -> tuple[Any, np.ndarray]:
    """Fit one booster with early stopping; give it and its loss by number of trees."""
    import lightgbm

    learn, held = np.sort(split.learn), np.sort(split.judge)
    curve: dict[str, Any] = {}
    booster = lightgbm.train(
        config.parameters(seed) | BINNING | {"metric": "binary_logloss"},
        binned.part(label[learn], learn),
        num_boost_round=config.max_rounds,
        valid_sets=[binned.part(label[held], held)],
        valid_names=["held"],
        callbacks=[
            lightgbm.early_stopping(config.patience, verbose=False),
            lightgbm.record_evaluation(curve),
        ],
    )
    return booster, np.asarray(curve["held"]["binary_logloss"])


_SCALED: Final = ("leaf_value=", "internal_value=")


def average_models(texts: Sequence[str], weights: Sequence[float] | None = None) -> str:
    """Join several LightGBM text models into one whose raw score is their mean.

    Trees are concatenated and their values divided by the number of models, or weighted.

    Parameters
    ----------
    texts
        Models of the same features and objective.
    weights
        What each model counts, none of them 0; all the same unless given.

    Returns
    -------
    str
        A LightGBM text model.

    Examples
    --------
    >>> import lightgbm
    >>> value = np.arange(200.0)[:, None]
    >>> settings = {"objective": "binary", "num_threads": 1, "verbosity": -1}
    >>> def booster(leaves):
    ...     data = lightgbm.Dataset(value, label=value[:, 0] > 120)
    ...     return lightgbm.train(settings | {"num_leaves": leaves}, data, 3)
    >>> two = [booster(leaves) for leaves in (2, 5)]
    >>> joined = lightgbm.Booster(model_str=average_models([one.model_to_string() for one in two]))
    >>> said = [one.predict(value, raw_score=True) for one in (*two, joined)]
    >>> bool(np.allclose(said[2], (said[0] + said[1]) / 2))
    True
    """
    if len(texts) == 1:
        return texts[0]
    parts = [float(len(texts))] * len(texts) if weights is None else [1 / w for w in weights]
    head, _, _ = texts[0].partition("Tree=0\n")
    _, _, tail = texts[0].partition("end of trees\n")
    trees: list[tuple[str, float]] = []
    for text, part in zip(texts, parts, strict=True):
        _, first, body = text.partition("Tree=0\n")
        body = (first + body).partition("end of trees\n")[0]
        found = re.split(r"(?=^Tree=\d+\n)", body, flags=re.MULTILINE)[1:]
        trees += [(tree, part) for tree in found]
    scaled = [_scaled(tree, number, part) for number, (tree, part) in enumerate(trees)]
    sizes = " ".join(str(len(tree.encode())) for tree in scaled)
    head = re.sub(r"^tree_sizes=.*$", f"tree_sizes={sizes}", head, flags=re.MULTILINE)
    return head + "".join(scaled) + "end of trees\n" + tail


def _scaled(tree: str, number: int, part: float) -> str:
    """Renumber a tree and divide its values."""
    lines = tree.split("\n")
    lines[0] = f"Tree={number}"
    for place, line in enumerate(lines):
        for key in _SCALED:
            if line.startswith(key):
                values = (float(value) / part for value in line.removeprefix(key).split())
                lines[place] = key + " ".join(repr(value) for value in values)
    return "\n".join(lines)
