"""The columns that an expression may name, and how a name is found among them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from features.mapping.keyed import near

if TYPE_CHECKING:
    from features.mapping.yaml_text import Located
    from features.yaml_tree import Path

PLACE: Final = re.compile(r"\{([^{}]+)\}")
"""A column that stands in a text, such as ``{store}|{dept}``."""

ROW: Final = "__row"
"""Hidden column: number of the row among all rows of its files, from 0."""

SQL_TYPES: Final = {
    "string": "VARCHAR",
    "int": "BIGINT",
    "float": "DOUBLE",
    "bool": "BOOLEAN",
    "instant": "TIMESTAMPTZ",
    "date": "DATE",
}
"""Canonical type to DuckDB's."""


def quoted(name: str) -> str:
    """Write a name as SQL.

    Examples
    --------
    >>> print(quoted('a "b" c'))
    "a ""b"" c"
    """
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Write a text as SQL.

    Examples
    --------
    >>> literal("l'eau")
    "'l''eau'"
    """
    return "'" + text.replace("'", "''").replace("\0", "") + "'"


def plain(sql: str, kind: str) -> str:
    """Write a key so that what surrounds an id in one file does not part it from another file.

    Examples
    --------
    >>> plain('"id"', "text"), plain('"id"', "int")
    ('plain_text("id")', '"id"')
    """
    return f"plain_text({sql})" if kind == "text" else sql


def family(duck_type: str) -> str:
    """Sort a DuckDB type into the few families that conversions tell apart.

    Examples
    --------
    >>> [family(name) for name in ("TINYINT", "DECIMAL(18,3)", "TIMESTAMP_NS", "VARCHAR[]")]
    ['int', 'decimal', 'local', 'other']
    """
    for kind, pattern in _FAMILIES.items():
        if pattern.fullmatch(duck_type):
            return kind
    return "other"


_FAMILIES: Final = {
    "text": re.compile(r"VARCHAR|UUID|ENUM\(.*\)"),
    "int": re.compile(r"U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER"),
    "float": re.compile(r"DOUBLE|FLOAT"),
    "decimal": re.compile(r"DECIMAL\(.*\)"),
    "bool": re.compile(r"BOOLEAN"),
    "local": re.compile(r"TIMESTAMP(_NS|_MS|_S)?|DATE"),
    "instant": re.compile(r"TIMESTAMP WITH TIME ZONE"),
}


@dataclass(frozen=True)
class Scope:
    """The columns of one source.

    Parameters
    ----------
    document
        The mapping document, for errors.
    source
        What the columns belong to, for messages: a file or view.
    columns
        Column name to its DuckDB type.
    zone
        Time zone of instants that name none.
    scale
        SQL of the number of minor units in one unit of money.
    """

    document: Located
    source: str
    columns: dict[str, str]
    zone: str = "UTC"
    scale: str = "CAST(100 AS DECIMAL(5,0))"

    def resolve(self, name: str, path: Path) -> tuple[str, str]:
        """Find a column.

        Parameters
        ----------
        name
            Its name; the prefix of a joined view may be left away when no other column ends so.
        path
            Where the mapping names it.

        Returns
        -------
        tuple of str
            Its SQL and the family of its type.
        """
        squeezed = " ".join(name.split())  # as the names of headers are
        for given in (name, squeezed):
            if given in self.columns:
                return quoted(given), family(self.columns[given])
        ends = [column for column in self.columns if column.endswith(f".{name}")]
        if len(ends) == 1:
            return quoted(ends[0]), family(self.columns[ends[0]])
        if ends:
            choices = " or ".join(repr(end) for end in ends)
            raise self.document.error(path, f"{name!r} is in several joined views; write {choices}")
        shown = [column for column in self.columns if not column.startswith("__")]
        hint = near(name, shown, ", ".join(shown[:30]))
        raise self.document.error(path, f"{self.source} has no column {name!r}{hint}")
