"""LightGBM's text models, read as trees."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise


def read_trees(text: str) -> tuple[int, list[Tree]]:
    r"""Give the number of features and the trees of a text model.

    Examples
    --------
    >>> read_trees("tree\nmax_feature_idx=3\n\nend of trees")
    (4, [])
    """
    header, *trees = text.partition("\nend of trees")[0].split("\nTree=")
    return int(_entries(header)["max_feature_idx"]) + 1, [Tree.read(tree) for tree in trees]


def _entries(block: str) -> dict[str, str]:
    """Read the ``name=value`` lines of a block."""
    return dict(line.split("=", 1) for line in block.splitlines() if "=" in line)


@dataclass(frozen=True, slots=True)
class Tree:
    """One tree as the text model writes it."""

    feature: list[int]
    threshold: list[float]
    decision: list[int]
    children: list[tuple[int, int]]
    counts: list[int]
    leaf_counts: list[int]
    leaf_values: list[float]
    sets: list[list[int]]
    """Words of bits, one list a category split."""

    @classmethod
    def read(cls, block: str) -> Tree:
        """Read the lines of one tree."""
        entries = _entries(block)

        def numbers(name: str) -> list[int]:
            return [int(float(word)) for word in entries.get(name, "").split()]

        bounds, words = numbers("cat_boundaries"), numbers("cat_threshold")
        return cls(
            feature=numbers("split_feature"),
            threshold=[float(word) for word in entries.get("threshold", "").split()],
            decision=numbers("decision_type"),
            children=list(zip(numbers("left_child"), numbers("right_child"), strict=True)),
            counts=numbers("internal_count"),
            leaf_counts=numbers("leaf_count"),
            leaf_values=[float(word) for word in entries["leaf_value"].split()],
            sets=[words[low:high] for low, high in pairwise(bounds)],
        )

    def count(self, node: int) -> int:
        """Training rows of a node; below 0 are the leaves."""
        return self.counts[node] if node >= 0 else self.leaf_counts[~node]
