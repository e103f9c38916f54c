"""The tree of those who deliver: carrier, city, outlet, lane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from features.arrays import Floats


@dataclass(frozen=True)
class Tree:
    """Nodes by level, each with the node above it.

    Parameters
    ----------
    levels
        Names of the levels below the root, such as carrier, city, outlet.
    names
        Node names of each level; a name is the path from the root.
    above
        For each level the position of each node's parent in the level above, shape ``(n_nodes,)``.
    """

    levels: tuple[str, ...]
    names: tuple[tuple[tuple[str, ...], ...], ...]
    above: tuple[NDArray[np.int64], ...]

    @classmethod
    def of(cls, levels: Sequence[str], paths: Iterable[Sequence[str]]) -> Tree:
        """Build the tree that leads to some leaves.

        Parameters
        ----------
        levels
            Names of the levels below the root.
        paths
            A name for each level, for each leaf; repeated leaves count once.

        Examples
        --------
        >>> tree = Tree.of(("carrier", "outlet"), [("sf", "sf-1"), ("yd", "yd-1"), ("sf", "sf-2")])
        >>> tree.names[1]
        (('sf', 'sf-1'), ('sf', 'sf-2'), ('yd', 'yd-1'))
        >>> tree.above[1]
        array([0, 0, 1])
        """
        leaves = {tuple(path) for path in paths}
        names: list[tuple[tuple[str, ...], ...]] = []
        above = []
        for depth in range(1, len(levels) + 1):
            nodes = tuple(sorted({leaf[:depth] for leaf in leaves}))
            parents: dict[tuple[str, ...], int] = {(): 0}
            if names:
                parents = {name: place for place, name in enumerate(names[-1])}
            names.append(nodes)
            above.append(np.array([parents[node[:-1]] for node in nodes], dtype=np.int64))
        return cls(tuple(levels), tuple(names), tuple(above))

    @property
    def leaves(self) -> tuple[tuple[str, ...], ...]:
        """Names of the last level.

        Examples
        --------
        >>> Tree.of(("carrier", "outlet"), [("sf", "sf-1"), ("yd", "yd-1")]).leaves
        (('sf', 'sf-1'), ('yd', 'yd-1'))
        """
        return self.names[-1]

    def up(self, counts: Floats) -> list[Floats]:
        """Add daily counts of the leaves up the tree.

        Parameters
        ----------
        counts
            Shape ``(n_days, n_leaves)``.

        Returns
        -------
        list of NDArray
            One a level, the root first, each ``(n_days, n_nodes)``.

        Examples
        --------
        >>> tree = Tree.of(("carrier", "outlet"), [("sf", "sf-1"), ("yd", "yd-1"), ("sf", "sf-2")])
        >>> [level.tolist() for level in tree.up(np.array([[1.0, 2.0, 4.0]]))]
        [[[7.0]], [[3.0, 4.0]], [[1.0, 2.0, 4.0]]]
        """
        found = [counts]
        for parents in reversed(self.above):
            n_above = int(parents.max()) + 1 if len(parents) else 1
            summed = np.zeros((len(counts), n_above))
            for day, row in enumerate(found[0]):
                summed[day] = np.bincount(parents, weights=row, minlength=n_above)
            found.insert(0, summed)
        return found
