"""The tree of a YAML document: plain values, and the line and column of everything in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable

Path = tuple[str | int, ...]
"""Keys and positions from the root of the document to a place in it."""

Marks = dict[Path, tuple[int, int]]
"""Path to its line and column, counted from 1; a key's own place, not its value's."""


class TreeBuilder:
    """Builds plain dicts, lists and scalars from nodes, and remembers where each stood.

    Parameters
    ----------
    scalar
        Gives the value of a scalar node.
    flaw
        Is told the path and the kind of what no document may hold: ``itself`` for a part that
        contains itself, ``twice`` for a key that stands a second time, ``too_large`` once.
    most
        Parts that a document may have; the rest of a larger one is None.

    Examples
    --------
    >>> flaws = []
    >>> tree = TreeBuilder(lambda node: node.value, lambda *flaw: flaws.append(flaw))
    >>> tree.build(yaml.compose("a: [x, y]", Loader=yaml.SafeLoader)), tree.marks["a", 1]
    ({'a': ['x', 'y']}, (1, 8))
    >>> tree.build(yaml.compose("b: &b [*b]", Loader=yaml.SafeLoader)), flaws
    ({'b': [None]}, [(('b', 0), 'itself')])
    """

    def __init__(
        self,
        scalar: Callable[[yaml.Node], Any],
        flaw: Callable[[Path, str], None],
        *,
        most: int | None = None,
    ) -> None:
        self.marks: Marks = {}
        self._scalar = scalar
        self._flaw = flaw
        self._most = most
        self._open: set[int] = set()
        self._n = 0

    def build(self, node: yaml.Node, path: Path = ()) -> Any:
        """Build the value of a node that stands at a path."""
        self._n += 1
        if self._most is not None and self._n >= self._most:
            if self._n == self._most:
                self._flaw((), "too_large")
            return None
        self.marks.setdefault(path, _mark(node))
        if id(node) in self._open:
            self._flaw(path, "itself")
            return None
        self._open.add(id(node))
        try:
            return self._value(node, path)
        finally:
            self._open.remove(id(node))

    def _value(self, node: yaml.Node, path: Path) -> Any:
        if isinstance(node, yaml.SequenceNode):
            return [self.build(child, (*path, index)) for index, child in enumerate(node.value)]
        if not isinstance(node, yaml.MappingNode):
            return self._scalar(node)
        result: dict[str, Any] = {}
        for key_node, child in node.value:
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "?"
            here = (*path, key)
            self.marks[here] = _mark(key_node)
            if key in result:
                self._flaw(here, "twice")
            result[key] = self.build(child, here)
        return result


def nearest(marks: Marks, path: Path) -> tuple[int, int]:
    """Give line and column of a path, or of the innermost known place around it.

    Examples
    --------
    >>> nearest({(): (1, 1), ("a",): (3, 2)}, ("a", "b", 0)), nearest({}, ("a",))
    ((3, 2), (1, 1))
    """
    while path and path not in marks:
        path = path[:-1]
    return marks.get(path, (1, 1))


def _mark(node: yaml.Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1
