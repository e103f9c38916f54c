"""The trees of a model asked about the few ways one order could go.

LightGBM walks every tree for every row and takes 20 microseconds before it begins. The ways of one
order differ in some columns only: here all rows walk a tree together, as bits of a word.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from features.engines.compiling import kept
from models.training.library import TextModel
from models.training.tree_text import read_trees

if TYPE_CHECKING:
    from models.training.tree_text import Tree

FEW: Final = 256
"""Rows up to which walking trees here takes less time than asking LightGBM."""

_IS_CATEGORY: Final = 1
_DEFAULT_LEFT: Final = 2
_MISSING_NONE: Final = 0
_MISSING_ZERO: Final = 1
_ZERO: Final = 1e-35
"""LightGBM's limit below which a number counts as zero."""
_WORD: Final = 32
_SPREADING: Final = np.uint64(0x03F79D71B4CB0A89)
"""A de Bruijn sequence: its product with a power of two has in its first six bits which one."""
_PLACES: Final = np.zeros(64, np.int64)
_PLACES[[(0x03F79D71B4CB0A89 << i & (1 << 64) - 1) >> 58 for i in range(64)]] = np.arange(64)


class Forest:
    """A text model that answers few rows quickly, and many by LightGBM, to the same bits.

    Parameters
    ----------
    text
        A LightGBM text model of one output, without averaging or linear leaves.

    Examples
    --------
    >>> import lightgbm
    >>> numbers = np.random.default_rng(1).normal(size=(400, 3))
    >>> data = lightgbm.Dataset(numbers, label=numbers[:, 0])
    >>> quiet = {"objective": "regression", "verbosity": -1, "num_threads": 1}
    >>> booster = lightgbm.train(quiet, data, num_boost_round=5)
    >>> ours = Forest(booster.model_to_string()).raw(numbers[:9])
    >>> bool((ours == booster.predict(numbers[:9])).all())
    True
    """

    def __init__(self, text: str) -> None:
        self._text = text

    def raw(self, matrix: np.ndarray) -> np.ndarray:
        """Raw scores of encoded rows, shape ``(n_rows,)``."""
        if len(matrix) > FEW:
            return self._trees.predict(matrix)
        found = np.zeros(len(matrix))
        if len(matrix):
            _walk(np.ascontiguousarray(matrix, dtype=np.float64), *self._arrays, found)
        return found

    @cached_property
    def _trees(self) -> TextModel:
        return TextModel(self._text)

    @cached_property
    def _arrays(self) -> tuple[np.ndarray, ...]:
        """Nodes of all trees, one after the other, and where each tree ends; below 0 are leaves."""
        nodes: list[tuple[int, ...]] = []
        thresholds: list[float] = []
        words: list[int] = []
        leaves: list[float] = []
        ends: list[tuple[int, int]] = []
        for tree in read_trees(self._text)[1]:
            first, first_leaf = len(nodes), len(leaves)
            for at, feature in enumerate(tree.feature):
                begins = len(words)
                words += _set_of(tree, at)
                children = [
                    first + child if child >= 0 else ~(first_leaf + ~child)
                    for child in tree.children[at]
                ]
                n_words = len(words) - begins
                nodes.append((feature, tree.decision[at], *children, begins, n_words))
            thresholds += tree.threshold
            leaves += tree.leaf_values
            ends.append((len(nodes), len(leaves)))
        return (
            np.array(nodes, np.int32).reshape(-1, 6),
            np.array(thresholds, np.float64),
            np.array(words, np.uint32),
            np.array(leaves, np.float64),
            np.array(ends, np.int64).reshape(-1, 2),
            np.unique(np.array([node[0] for node in nodes], np.int64)),
            _PLACES,
        )


def _set_of(tree: Tree, node: int) -> list[int]:
    """Words of bits of a node that splits by category."""
    if not tree.decision[node] & _IS_CATEGORY:
        return []
    return tree.sets[int(tree.threshold[node])]


@kept(nogil=True)
def _bit(word: Any, places: Any) -> Any:
    """Give the position of the only bit of a word."""
    return places[(word * _SPREADING) >> np.uint64(58)]


@kept(nogil=True)
def _goes_left(row: Any, n: int, unknown: Any, kind: int, threshold: float, bits: Any) -> Any:
    """Tell by a bit each which rows go left at a node, as LightGBM decides it."""
    left = np.uint64(0)
    if kind & _IS_CATEGORY:
        for i in range(n):
            value = row[i]
            if value >= 0.0:
                code = int(value)
                if code // _WORD < bits.size:
                    chosen = (bits[code // _WORD] >> np.uint32(code % _WORD)) & np.uint32(1)
                    left |= np.uint64(chosen) << np.uint64(i)
        return left
    for i in range(n):
        left |= np.uint64(row[i] <= threshold) << np.uint64(i)
    missing = (kind >> 2) & 3
    missed = unknown
    if missing == _MISSING_ZERO:
        for i in range(n):
            missed |= np.uint64(abs(row[i]) <= _ZERO) << np.uint64(i)
    by_default = kind & _DEFAULT_LEFT != 0
    if missing == _MISSING_NONE:
        by_default = threshold >= 0.0
    return left | missed if by_default else left & ~missed


@kept(nogil=True)
def _walk(  # noqa: C901 one pass over rows, trees and nodes
    matrix: Any, nodes: Any, thresholds: Any, words: Any, leaves: Any, ends: Any, used: Any,
    places: Any, found: Any,
) -> None:  # fmt: skip
    """Add every tree's leaf to each row, tree after tree; nodes come after their parents.

    Which rows are at a node stands in the bits of a word, so that one comparison moves all rows
    of which the column says the same.
    """
    n_columns, (n_rows, most) = matrix.shape[1], (matrix.shape[0], 64)
    columns = np.empty((n_columns, most))
    unknown = np.zeros(n_columns, np.uint64)
    varies = np.zeros(n_columns, np.bool_)
    here = np.zeros(max(len(nodes), 1), np.uint64)
    for begin in range(0, n_rows, most):
        n = min(most, n_rows - begin)
        everyone = ~np.uint64(0) >> np.uint64(most - n)
        for column in used:
            missed = np.uint64(0)
            differs = False
            for i in range(n):
                value = matrix[begin + i, column]
                columns[column, i] = value
                missed |= np.uint64(value != value) << np.uint64(i)
                differs |= value != columns[column, 0]
            unknown[column] = missed
            varies[column] = differs and missed != everyone
        node = leaf = 0
        for tree in range(len(ends)):
            if node == ends[tree, 0]:
                for i in range(n):
                    found[begin + i] += leaves[leaf]
                leaf = ends[tree, 1]
                continue
            here[node] = everyone
            for at in range(node, ends[tree, 0]):
                there = here[at]
                left = np.uint64(0)
                if there:
                    column = nodes[at, 0]
                    bits = words[nodes[at, 4] : nodes[at, 4] + nodes[at, 5]]
                    asked = n if varies[column] else 1
                    left = _goes_left(
                        columns[column], asked, unknown[column], nodes[at, 1], thresholds[at], bits
                    )
                    if asked == 1 and left & np.uint64(1):
                        left = there
                    elif asked == 1:
                        left = np.uint64(0)
                    left &= there
                for side in range(2):
                    child = nodes[at, 2 + side]
                    rows = left if side == 0 else there & ~left
                    if child >= 0:
                        here[child] = rows
                    elif rows == everyone:
                        for i in range(n):
                            found[begin + i] += leaves[~child]
                    else:
                        while rows:
                            lowest = rows & (~rows + np.uint64(1))
                            found[begin + _bit(lowest, places)] += leaves[~child]
                            rows ^= lowest
            node, leaf = ends[tree, 0], ends[tree, 1]
