"""The trees of models asked about one order, or about the few ways it could go.

LightGBM walks every tree for every row. Here nobody walks: a tree is a word with a bit a leaf, from
left to right. A row that goes right at a node cannot end in the leaves left of it, so that the node
clears their bits; once all nodes were asked, the row ends in the leaf of the lowest bit that stays
[1]_. The nodes that ask about one column stand together in the order of their thresholds: a value
is looked up once, and all nodes below it clear their bits one after the other, without a branch.
Up to the least value of all rows they do so once for all of them.

References
----------
.. [1] C. Lucchese et al., "QuickScorer: a fast algorithm to rank documents with additive ensembles
   of regression trees", SIGIR 2015.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numba.cpython.unsafe.numbers import trailing_zeros

from features.engines.compiling import kept
from models.training.library import TextModel
from models.training.tree_text import read_trees

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from models.training.tree_text import Tree

FEW: Final = 256
"""Rows up to which asking here takes less time than asking LightGBM."""
MOST_LEAVES: Final = 32
"""Leaves of a tree, bits of a word; models with larger trees are asked through LightGBM."""

_lowest_bit: Final[Any] = trailing_zeros
"""Place of the lowest bit of a word that is set."""
_ALL: Final = np.uint32(0xFFFFFFFF)
_TOGETHER: Final = 32
"""Rows that are asked together."""
_IS_CATEGORY: Final = 1
_DEFAULT_LEFT: Final = 2
_MISSING_NONE: Final = 0
_MISSING_ZERO: Final = 1
_ZERO: Final = 1e-35
"""LightGBM's limit below which a number counts as zero."""
_WORD: Final = 32


class Forest:
    """Text models that answer few rows quickly, and many by LightGBM, to the same bits.

    Parameters
    ----------
    texts
        LightGBM text models of one output each, without averaging or linear leaves.
    columns
        For each model the columns of the matrix that it reads; None for all of them in order.

    Examples
    --------
    >>> import lightgbm
    >>> numbers = np.random.default_rng(1).normal(size=(400, 3))
    >>> data = lightgbm.Dataset(numbers, label=numbers[:, 0])
    >>> quiet = {"objective": "regression", "verbosity": -1, "num_threads": 1}
    >>> booster = lightgbm.train(quiet, data, num_boost_round=5)
    >>> ours = Forest([booster.model_to_string()]).raw(numbers[:9])
    >>> bool((ours[0] == booster.predict(numbers[:9])).all())
    True
    """

    def __init__(
        self, texts: Sequence[str], columns: Sequence[Sequence[int] | None] | None = None
    ) -> None:
        self._texts = texts
        self._columns = columns or [None] * len(texts)

    def raw(self, matrix: np.ndarray) -> np.ndarray:
        """Raw scores of encoded rows, shape ``(n_models, n_rows)``."""
        found = np.zeros((len(self._texts), len(matrix)))
        if not len(matrix):
            return found
        walked: Iterable[int] = range(len(self._texts))
        if len(matrix) <= FEW:
            laid, walked = self._laid
            _answer(np.ascontiguousarray(matrix, dtype=np.float64), *laid, found)
        for of in walked:
            columns = self._columns[of]
            read = matrix if columns is None else np.ascontiguousarray(matrix[:, columns])
            found[of] = self._models[of].predict(read)
        return found

    @cached_property
    def _models(self) -> list[TextModel]:
        return [TextModel(text) for text in self._texts]

    @cached_property
    def _laid(self) -> tuple[_Laid, tuple[int, ...]]:
        """The trees as compiled code asks them, and the models of which one is too large for it."""
        laid, walked = [], []
        for of, (text, columns) in enumerate(zip(self._texts, self._columns, strict=True)):
            trees = read_trees(text)[1]
            if any(len(tree.leaf_values) > MOST_LEAVES for tree in trees):
                walked.append(of)
            else:
                laid += [(of, columns, tree) for tree in trees]
        return _lay(laid), tuple(walked)


class _Laid(NamedTuple):
    """Trees by what they ask.

    A question is a column and what becomes of unknown values; a choice is a node that asks whether
    a category is one of a set.

    Parameters
    ----------
    questions
        Column, how missing values are told, whether they go right, first cut, number of cuts and
        first node of each, shape ``(n, 6)``.
    cuts, ends
        Thresholds of a question, ascending, and where the nodes up to each of them end.
    nodes
        Tree of a node, and a bit for each leaf that a row which goes right may end in.
    choices, words
        Column, first word, number of words, tree, and the same bits; the words are bits of codes
        that go left.
    trees
        Model and first leaf of each.
    leaves
        Values, from left to right.
    """

    questions: NDArray[np.int32]
    cuts: NDArray[np.float64]
    ends: NDArray[np.int32]
    nodes: NDArray[np.uint32]
    choices: NDArray[np.int64]
    words: NDArray[np.uint32]
    trees: NDArray[np.int32]
    leaves: NDArray[np.float64]


def _lay(trees: Sequence[tuple[int, Sequence[int] | None, Tree]]) -> _Laid:
    """Sort the nodes of trees, given with their model and its columns, by what they ask."""
    asked: defaultdict[tuple[int, int, bool], list[tuple[float, int, int]]] = defaultdict(list)
    choices: list[tuple[int, ...]] = []
    words: list[int] = []
    of_trees: list[tuple[int, int]] = []
    leaves: list[float] = []
    for number, (of, columns, tree) in enumerate(trees):
        order, staying = _from_left(tree)
        of_trees.append((of, len(leaves)))
        leaves += [tree.leaf_values[leaf] for leaf in order]
        for node, feature in enumerate(tree.feature):
            column = feature if columns is None else columns[feature]
            kind = tree.decision[node]
            if kind & _IS_CATEGORY:
                bits = tree.sets[int(tree.threshold[node])]
                choices.append((column, len(words), len(bits), number, staying[node]))
                words += bits
                continue
            missing = (kind >> 2) & 3
            goes_right = missing != _MISSING_NONE and not kind & _DEFAULT_LEFT
            asked[column, missing, goes_right].append((tree.threshold[node], number, staying[node]))
    questions: list[tuple[int, ...]] = []
    cuts: list[float] = []
    ends: list[int] = []
    nodes: list[tuple[int, int]] = []
    for question, found in sorted(asked.items()):
        found.sort()
        thresholds, counts = np.unique([threshold for threshold, *_ in found], return_counts=True)
        questions.append((*question, len(cuts), len(thresholds), len(nodes)))
        ends += (len(nodes) + np.cumsum(counts)).tolist()
        cuts += thresholds.tolist()
        nodes += [(number, stays) for _, number, stays in found]
    return _Laid(
        np.array(questions, np.int32).reshape(-1, 6),
        np.array(cuts, np.float64),
        np.array(ends, np.int32),
        np.array(nodes, np.uint32).reshape(-1, 2),
        np.array(sorted(choices), np.int64).reshape(-1, 5),
        np.array(words, np.uint32),
        np.array(of_trees, np.int32).reshape(-1, 2),
        np.array(leaves, np.float64),
    )


def _from_left(tree: Tree) -> tuple[list[int], list[int]]:
    """Give a tree's leaves from left to right, and the bits that stay where a node goes right.

    Examples
    --------
    >>> from models.training.tree_text import Tree
    >>> tree = Tree([0, 0], [1.0, 2.0], [2, 2], [(1, -1), (-2, -3)], [], [], [0.0] * 3, [])
    >>> order, staying = _from_left(tree)
    >>> order, [f"{bits & 7:03b}" for bits in staying]
    ([1, 2, 0], ['100', '110'])
    """
    order: list[int] = []
    staying = [0] * len(tree.feature)

    def visit(node: int) -> None:
        if node < 0:
            order.append(~node)
            return
        first = len(order)
        visit(tree.children[node][0])
        staying[node] = int(_ALL) ^ ((1 << len(order)) - (1 << first))
        visit(tree.children[node][1])

    visit(0 if tree.feature else ~0)
    return order, staying


@kept(nogil=True)
def _distinct(matrix: Any, begin: int, end: int, rows: Any, same: Any) -> int:
    """Find the rows that differ from all before them; gives how many there are.

    Parameters
    ----------
    rows
        Output: those rows.
    same
        Output: for each row the place among them of the one that is like it.
    """
    n = 0
    for row in range(begin, end):
        place = 0
        while place < n and not _is_like(matrix, rows[place], row):
            place += 1
        if place == n:
            rows[n] = row
            n += 1
        same[row - begin] = place
    return n


@kept(nogil=True)
def _is_like(matrix: Any, one: int, other: int) -> bool:
    """Tell whether two rows hold the same; unknown is like unknown."""
    for column in range(matrix.shape[1]):
        a, b = matrix[one, column], matrix[other, column]
        if a != b and (a == a or b == b):
            return False
    return True


@kept(nogil=True)
def _reach(questions: Any, at: int, cuts: Any, ends: Any, value: float) -> Any:
    """Find the node of a question up to which a value goes right."""
    missing, unknown_goes_right = questions[at, 1], questions[at, 2]
    first_cut, n_cuts, first_node = questions[at, 3], questions[at, 4], questions[at, 5]
    if missing == _MISSING_NONE:
        value = 0.0 if value != value else value
    elif value != value or (missing == _MISSING_ZERO and abs(value) <= _ZERO):
        return ends[first_cut + n_cuts - 1] if unknown_goes_right else first_node
    # Counting all of them takes no branch that could be foretold wrongly.
    n_below = 0
    for cut in range(first_cut, first_cut + n_cuts):
        n_below += cuts[cut] < value
    return ends[first_cut + n_below - 1] if n_below else first_node


@kept(nogil=True)
def _ask_numbers(matrix: Any, rows: Any, laid: Any, bits: Any) -> None:
    """Clear the leaves that rows cannot reach by their numbers."""
    questions, cuts, ends, nodes = laid
    common, own, is_split = bits
    upto = np.empty(rows.size, np.int32)
    for at in range(questions.shape[0]):
        column = questions[at, 0]
        low = high = upto[0] = _reach(questions, at, cuts, ends, matrix[rows[0], column])
        for i in range(1, rows.size):
            value = matrix[rows[i], column]
            if value == matrix[rows[i - 1], column]:
                upto[i] = upto[i - 1]
            else:
                upto[i] = _reach(questions, at, cuts, ends, value)
            low, high = min(low, upto[i]), max(high, upto[i])
        for node in range(questions[at, 5], low):
            common[nodes[node, 0]] &= nodes[node, 1]
        for node in range(low, high):
            is_split[nodes[node, 0]] = True
        for i in range(rows.size):
            for node in range(low, upto[i]):
                own[i, nodes[node, 0]] &= nodes[node, 1]


@kept(nogil=True)
def _ask_categories(matrix: Any, rows: Any, laid: Any, bits: Any) -> None:
    """Clear the leaves that rows cannot reach by their categories."""
    choices, words = laid
    common, own, is_split = bits
    column, is_same = -1, True
    for at in range(choices.shape[0]):
        first, n_words, tree = choices[at, 1], choices[at, 2], choices[at, 3]
        stays = np.uint32(choices[at, 4])
        if choices[at, 0] != column:
            column, is_same = choices[at, 0], True
            for row in rows:
                is_same &= matrix[row, column] == matrix[rows[0], column]
        if is_same:
            if not _is_in(words, first, n_words, matrix[rows[0], column]):
                common[tree] &= stays
            continue
        is_split[tree] = True
        for i in range(rows.size):
            if not _is_in(words, first, n_words, matrix[rows[i], column]):
                own[i, tree] &= stays


@kept(nogil=True)
def _is_in(words: Any, first: int, n_words: int, value: float) -> bool:
    """Tell whether a set holds a category; none holds one that is not known."""
    if not value > -1.0:
        return False
    code = int(value)
    word = code // _WORD
    return word < n_words and (words[first + word] >> np.uint32(code % _WORD)) & np.uint32(1) != 0


@kept(nogil=True)
def _add_leaves(trees: Any, leaves: Any, bits: Any, sums: Any) -> None:
    """Add to each row the leaf that it ends in, tree after tree as LightGBM does."""
    common, own, is_split = bits
    for tree in range(trees.shape[0]):
        of, first = trees[tree, 0], trees[tree, 1]
        if is_split[tree]:
            for i in range(sums.shape[1]):
                leaf = _lowest_bit(np.uint32(own[i, tree] & common[tree]))
                sums[of, i] += leaves[first + leaf]
        else:
            value = leaves[first + _lowest_bit(common[tree])]
            for i in range(sums.shape[1]):
                sums[of, i] += value


@kept(nogil=True)
def _answer(
    matrix: Any, questions: Any, cuts: Any, ends: Any, nodes: Any, choices: Any, words: Any,
    trees: Any, leaves: Any, found: Any,
) -> None:  # fmt: skip
    """Fill the raw scores of rows; rows that are alike are asked once."""
    n_rows, n_trees = matrix.shape[0], trees.shape[0]
    most = min(n_rows, _TOGETHER)
    rows, same = np.empty(most, np.int64), np.empty(most, np.int64)
    common, is_split = np.empty(n_trees, np.uint32), np.empty(n_trees, np.bool_)
    for begin in range(0, n_rows, most):
        end = min(begin + most, n_rows)
        n = _distinct(matrix, begin, end, rows, same)
        bits = (common, np.full((n, n_trees), _ALL), is_split)
        common[:], is_split[:] = _ALL, False
        _ask_numbers(matrix, rows[:n], (questions, cuts, ends, nodes), bits)
        _ask_categories(matrix, rows[:n], (choices, words), bits)
        sums = np.zeros((found.shape[0], n))
        _add_leaves(trees, leaves, bits, sums)
        for row in range(begin, end):
            for of in range(found.shape[0]):
                found[of, row] = sums[of, same[row - begin]]
