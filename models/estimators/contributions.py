"""What each feature adds to one order's raw score: exact Shapley values of the trees, quickly.

LightGBM's own ``pred_contrib`` walks every tree once a row and takes milliseconds. Here the paths
to all leaves are laid out beforehand, and one compiled pass sums them up.

References
----------
.. [1] S. Lundberg et al., "From local explanations to global understanding with explainable AI
   for trees", Nature Machine Intelligence 2 (2020): the values, and their conditional expectation.
.. [2] G. Owen, "Multilinear extensions of games", Management Science 18 (1972): a Shapley value is
   the integral of a polynomial, which a few points of Gauss and Legendre give exactly.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from features.engines.compiling import kept
from models.training.tree_text import Tree, read_trees

_IS_CATEGORY: Final = 1
_DEFAULT_LEFT: Final = 2
_MISSING_ZERO: Final = 1
_MISSING_NAN: Final = 2
_ZERO: Final = 1e-35
"""LightGBM's limit below which a number counts as zero."""
_LEAST_SHARE: Final = 1e-12
_WORD: Final = 32


class Contributions:
    """The trees of a model, laid out to explain one order after the other.

    Parameters
    ----------
    text
        A LightGBM text model with the row counts of its nodes.

    Examples
    --------
    >>> import lightgbm
    >>> numbers = np.random.default_rng(1).normal(size=(400, 3))
    >>> data = lightgbm.Dataset(numbers, label=numbers[:, 0] + numbers[:, 1] > 0)
    >>> quiet = {"objective": "binary", "verbosity": -1, "num_threads": 1}
    >>> booster = lightgbm.train(quiet, data, num_boost_round=5)
    >>> ours = Contributions(booster.model_to_string()).of(numbers[7])
    >>> bool(np.allclose(ours, booster.predict(numbers[7:8], pred_contrib=True)[0, :-1]))
    True
    """

    def __init__(self, text: str) -> None:
        self._n_features, trees = read_trees(text)
        laid = _Paths()
        for tree in trees:
            laid.add(tree)
        self._arrays = laid.arrays()

    def of(self, row: np.ndarray) -> np.ndarray:
        """Contributions of the features to the raw score of one row, shape ``(n_features,)``."""
        found = np.zeros(self._n_features)
        _explain(np.ascontiguousarray(row, dtype=np.float64), *self._arrays, *_POINTS, found)
        return found


@dataclass
class _Paths:
    """All nodes and all paths to leaves, as flat lists.

    A path has a part for each feature on it, and a part has a step for each split on its feature.
    """

    nodes: list[tuple[int, int, int, int]] = field(default_factory=list)
    thresholds: list[float] = field(default_factory=list)
    words: list[int] = field(default_factory=list)
    leaves: list[tuple[int, int]] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    parts: list[tuple[int, int, int]] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)
    steps: list[tuple[int, int]] = field(default_factory=list)

    def add(self, tree: Tree) -> None:
        """Lay out one tree; one without splits contributes nothing."""
        first = len(self.nodes)
        for feature, threshold, decision in zip(
            tree.feature, tree.threshold, tree.decision, strict=True
        ):
            begins = len(self.words)
            if decision & _IS_CATEGORY:
                self.words += tree.sets[int(threshold)]
            self.nodes.append((feature, decision, begins, len(self.words) - begins))
            self.thresholds.append(threshold)
        waiting: list[tuple[int, list[tuple[int, int, float]]]] = []
        if tree.feature:
            waiting.append((0, []))
        while waiting:
            node, path = waiting.pop()
            if node < 0:
                self._add_leaf(tree, tree.leaf_values[~node], path, first)
                continue
            for side, child in enumerate(tree.children[node]):
                share = tree.count(child) / max(tree.count(node), 1)
                waiting.append((child, [*path, (node, side, share)]))

    def _add_leaf(
        self, tree: Tree, value: float, path: list[tuple[int, int, float]], first: int
    ) -> None:
        by_feature: dict[int, list[tuple[int, int, float]]] = {}
        for step in path:
            by_feature.setdefault(tree.feature[step[0]], []).append(step)
        self.leaves.append((len(self.parts), len(by_feature)))
        self.values.append(value)
        for feature, steps in by_feature.items():
            self.parts.append((feature, len(self.steps), len(steps)))
            share = 1.0
            for node, side, part in steps:
                share *= part
                self.steps.append((first + node, side))
            self.shares.append(max(share, _LEAST_SHARE))

    def arrays(self) -> tuple[np.ndarray, ...]:
        """Give everything as arrays, in the order in which the compiled pass takes them."""
        return (
            np.array(self.nodes, dtype=np.int32).reshape(-1, 4),
            np.array(self.thresholds, dtype=np.float64),
            np.array(self.words, dtype=np.uint32),
            np.array(self.leaves, dtype=np.int32).reshape(-1, 2),
            np.array(self.values, dtype=np.float64),
            np.array(self.parts, dtype=np.int32).reshape(-1, 3),
            np.array(self.shares, dtype=np.float64),
            np.array(self.steps, dtype=np.int32).reshape(-1, 2),
        )


def _points(most: int = 32) -> tuple[np.ndarray, np.ndarray]:
    """Points and weights on [0, 1], a row for each number of points."""
    at, weight = np.zeros((2, most + 1, most))
    for n in range(1, most + 1):
        x, w = np.polynomial.legendre.leggauss(n)
        at[n, :n], weight[n, :n] = (x + 1.0) / 2.0, w / 2.0
    return at, weight


_POINTS: Final = _points()


@kept(nogil=True)
def _goes(row: Any, nodes: Any, thresholds: Any, words: Any) -> Any:
    """Give the side that a row takes at each node, 0 for left, as LightGBM decides it."""
    goes = np.empty(len(nodes), np.int32)
    for i in range(len(nodes)):
        value, kind, missing = row[nodes[i, 0]], nodes[i, 1], (nodes[i, 1] >> 2) & 3
        is_left = False
        if kind & _IS_CATEGORY:
            if value >= 0.0:
                code = int(value)
                word = code // _WORD
                if word < nodes[i, 3]:
                    bits = words[nodes[i, 2] + word]
                    is_left = (bits >> np.uint32(code % _WORD)) & np.uint32(1) != 0
        else:
            is_missing = np.isnan(value)
            if is_missing and missing != _MISSING_NAN:
                value, is_missing = 0.0, False
            if is_missing or (missing == _MISSING_ZERO and abs(value) <= _ZERO):
                is_left = kind & _DEFAULT_LEFT != 0
            else:
                is_left = value <= thresholds[i]
        goes[i] = 0 if is_left else 1
    return goes


@kept(nogil=True, error_model="numpy")
def _explain(
    row: Any, nodes: Any, thresholds: Any, words: Any, leaves: Any, values: Any, parts: Any,
    shares: Any, steps: Any, at: Any, weights: Any, found: Any,
) -> None:  # fmt: skip
    """Add every leaf's contribution to ``found``.

    Of a leaf with value ``v``, whose path has features ``j`` with shares ``z_j`` and answers
    ``o_j`` (1 where the row takes the path's side), feature ``i`` gets the integral over ``t`` in
    [0, 1] of ``v (o_i - z_i)`` times the product over the others of ``z_j + t (o_j - z_j)``.
    """
    goes = _goes(row, nodes, thresholds, words)
    answers, sums = np.empty(len(at)), np.empty(len(at))
    for leaf in range(len(leaves)):
        begins, n = leaves[leaf, 0], leaves[leaf, 1]
        for j in range(n):
            answer = 1.0
            for k in range(parts[begins + j, 1], parts[begins + j, 1] + parts[begins + j, 2]):
                if goes[steps[k, 0]] != steps[k, 1]:
                    answer = 0.0
            answers[j] = answer - shares[begins + j]
            sums[j] = 0.0
        n_points = (n + 1) // 2
        for q in range(n_points):
            t = at[n_points, q]
            product = weights[n_points, q]
            for j in range(n):
                product *= shares[begins + j] + t * answers[j]
            for j in range(n):
                sums[j] += product / (shares[begins + j] + t * answers[j])
        for j in range(n):
            found[parts[begins + j, 0]] += values[leaf] * answers[j] * sums[j]
