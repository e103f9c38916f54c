"""YAML as people write it: every key located, nothing guessed, nothing silently overwritten."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import yaml

from features.errors import MappingError
from features.yaml_tree import TreeBuilder, nearest

if TYPE_CHECKING:
    from features.yaml_tree import Marks, Path

_FLAWS: Final = {
    "itself": "contains itself; write it out",
    "twice": "stands twice; keep one of them",
}
_BOOLEAN: Final = "tag:yaml.org,2002:bool"
_TIMESTAMP: Final = "tag:yaml.org,2002:timestamp"


class _Loader(yaml.SafeLoader):
    """SafeLoader in which only true/false are booleans and dates stay text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, rule) for tag, rule in rules if tag not in {_BOOLEAN, _TIMESTAMP}]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_BOOLEAN, re.compile(r"^(?:true|false)$"), list("tf"))


@dataclass(frozen=True)
class Located:
    r"""A YAML document with the place of each of its keys.

    Parameters
    ----------
    value
        Plain dicts, lists and scalars.
    marks
        Line and column of each path.
    source
        Name of the document, for messages.

    Examples
    --------
    >>> document = parse("a:\n  on: [2019-11-31, no]", "shop.yaml")
    >>> document.value
    {'a': {'on': ['2019-11-31', 'no']}}
    >>> print(document.error(("a", "on"), "is odd"))
    shop.yaml, line 2, a.on: is odd
    """

    value: Any
    marks: Marks = field(repr=False)
    source: str

    def error(self, path: Path, problem: str) -> MappingError:
        """Build the error that names file, line and key."""
        line, _ = nearest(self.marks, path)
        where = ".".join(str(part) for part in path) or "the document"
        return MappingError(f"{self.source}, line {line}, {where}: {problem}")


def parse(text: str, source: str) -> Located:
    """Read one YAML document.

    Parameters
    ----------
    text
        The document.
    source
        Its name, for messages.

    Returns
    -------
    Located
        Its value and the lines of its keys.

    Raises
    ------
    MappingError
        When the text is no YAML, or a key stands twice in one place.
    """

    def refuse(path: Path, flaw: str) -> None:
        raise Located(None, tree.marks, source).error(path, _FLAWS[flaw])

    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        tree = TreeBuilder(loader.construct_object, refuse)
        value = None if node is None else tree.build(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f", line {mark.line + 1}" if mark else ""
        raise MappingError(f"{source}{where}: not valid YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        problem = str(error).splitlines()[0]
        raise MappingError(f"{source}: not valid YAML: {problem}") from None
    except RecursionError:
        raise MappingError(f"{source}: is nested too deeply for a mapping") from None
    return Located(value, tree.marks, source)
