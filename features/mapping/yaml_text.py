"""YAML as people write it: every key located, nothing guessed, nothing silently overwritten."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from features.errors import MappingError

Path = tuple[str | int, ...]

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
    r"""A YAML document with the line of each of its keys.

    Parameters
    ----------
    value
        Plain dicts, lists and scalars.
    lines
        Line of each path, counted from 1.
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
    lines: dict[Path, int] = field(repr=False)
    source: str

    def error(self, path: Path, problem: str) -> MappingError:
        """Build the error that names file, line and key."""
        known = path
        while known and known not in self.lines:
            known = known[:-1]
        where = ".".join(str(part) for part in path) or "the document"
        return MappingError(f"{self.source}, line {self.lines.get(known, 1)}, {where}: {problem}")


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
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        builder = _Builder(loader, source)
        value = None if node is None else builder.build(node, ())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f", line {mark.line + 1}" if mark else ""
        raise MappingError(f"{source}{where}: not valid YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        problem = str(error).splitlines()[0]
        raise MappingError(f"{source}: not valid YAML: {problem}") from None
    except RecursionError:
        raise MappingError(f"{source}: is nested too deeply for a mapping") from None
    return Located(value, builder.lines, source)


class _Builder:
    """Builds plain values from nodes and remembers where each key stood."""

    def __init__(self, loader: _Loader, source: str) -> None:
        self.lines: dict[Path, int] = {}
        self._loader = loader
        self._source = source
        self._open: set[int] = set()

    def build(self, node: yaml.Node, path: Path) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if id(node) in self._open:
            raise self._error(path, "contains itself; write it out")
        self._open.add(id(node))
        try:
            return self._value(node, path)
        finally:
            self._open.remove(id(node))

    def _value(self, node: yaml.Node, path: Path) -> Any:
        if isinstance(node, yaml.SequenceNode):
            return [self.build(child, (*path, index)) for index, child in enumerate(node.value)]
        if not isinstance(node, yaml.MappingNode):
            return self._loader.construct_object(node)
        result: dict[str, Any] = {}
        for key_node, child in node.value:
            key = str(key_node.value)
            here = (*path, key)
            self.lines[here] = key_node.start_mark.line + 1
            if key in result:
                raise self._error(here, "stands twice; keep one of them")
            result[key] = self.build(child, here)
        return result

    def _error(self, path: Path, problem: str) -> MappingError:
        return Located(None, self.lines, self._source).error(path, problem)
