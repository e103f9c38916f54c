"""YAML (and so JSON) as people write it, with the line and column of everything in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import yaml

from features.yaml_tree import TreeBuilder, nearest
from models.policy.rules.faults import ERROR, MESSAGES, Fault

if TYPE_CHECKING:
    from features.yaml_tree import Marks, Path

MAX_CHARACTERS: Final = 500_000
MAX_PARTS: Final = 50_000

_INT: Final = re.compile(r"^[-+]?[0-9]{1,18}$")
_FLOAT: Final = re.compile(r"^[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?$")
_WORDS: Final = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass
class Located:
    r"""A document, where its parts stand in the text, and what is wrong with it so far.

    Parameters
    ----------
    value
        Plain dicts, lists and scalars; None when the text is no YAML.
    marks
        Line and column of each path.
    faults
        What is wrong; checks add to it.

    Examples
    --------
    >>> found = locate("rules:\n  - id: x\n    wen: []")
    >>> found.fault(("rules", 0, "wen"), "empty")
    >>> [(fault.code, fault.line, fault.rule) for fault in found.faults]
    [('empty', 3, 'x')]
    """

    value: Any = None
    marks: Marks = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, path: Path, code: str, severity: str = ERROR, **words: Any) -> None:
        """Note a fault at a place."""
        line, column = nearest(self.marks, path)
        zh, en = (text.format(**words) for text in MESSAGES[code])
        self.faults.append(Fault(code, severity, path, line, column, self._rule(path), zh, en))

    def flaw(self, path: Path, kind: str) -> None:
        """Note what no document may hold, as the builder of the tree tells it."""
        self.fault(path, kind, key=path[-1] if path else "", most=f"{MAX_PARTS:,}")

    def _rule(self, path: Path) -> str | None:
        """Name the rule that a place belongs to: by its id, else by its position."""
        if len(path) < 2 or path[0] != "rules":
            return None
        try:
            return str(self.value["rules"][path[1]]["id"])
        except (KeyError, IndexError, TypeError):
            return f"#{int(path[1]) + 1}"


def locate(text: str) -> Located:
    r"""Read one YAML document.

    Only true and false are booleans, days stay text, and a country ``NO`` is not false.

    Examples
    --------
    >>> found = locate("rules:\n  - id: x\n    in: [NO, 2026-11-11, 1.5]")
    >>> found.value["rules"][0]["in"], found.marks["rules", 0, "in"]
    (['NO', '2026-11-11', 1.5], (3, 5))
    >>> locate("a: [1").faults[0].code
    'not_yaml'
    """
    located = Located()
    if len(text) > MAX_CHARACTERS:
        located.fault((), "too_large", most=f"{MAX_CHARACTERS:,}")
        return located
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except RecursionError:
        located.fault((), "not_yaml", why="nested too deeply")
        return located
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        if mark is not None:
            located.marks[()] = (mark.line + 1, mark.column + 1)
        why = getattr(error, "problem", None) or str(error).partition("\n")[0]
        located.fault((), "not_yaml", why=why)
        return located
    if node is not None:
        tree = TreeBuilder(_scalar, located.flaw, most=MAX_PARTS)
        located.marks = tree.marks
        located.value = tree.build(node)
    return located


def _scalar(node: yaml.Node) -> Any:
    text: str = node.value
    if getattr(node, "style", None):
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INT.match(text):
        return int(text)
    return float(text) if _FLOAT.match(text) else text
