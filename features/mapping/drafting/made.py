"""A mapping document as it comes about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from features.mapping.drafting.homes import Home
    from features.mapping.drafting.peek import Peek
    from features.mapping.drafting.roles import Roles


@dataclass
class Made:
    """The sections that are written, and what is to be told beside them.

    Parameters
    ----------
    files
        Name to what a file is and holds.
    views, tables, labels
        Sections of the document.
    used
        Columns that the document uses, by file.
    remarks
        What a person has to check, in Chinese and English.
    by_day
        Whether orders are only known to the day.
    where
        The channel, if it is known.
    at_home
        Where the shop is at home.
    lines_of
        The file of the lines, and the column that names a line of an order.

    Examples
    --------
    >>> made = Made(files={"heads": None})
    >>> made.fresh("heads"), made.fresh("lines")
    ('heads_2', 'lines')
    """

    files: dict[str, Peek | None]
    views: dict[str, Any] = field(default_factory=dict)
    tables: dict[str, Any] = field(default_factory=dict)
    labels: dict[str, Any] = field(default_factory=dict)
    used: dict[str, set[str]] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    by_day: bool = False
    where: str | None = None
    at_home: Home | None = None
    lines_of: tuple[str, str] | None = None

    def fresh(self, name: str) -> str:
        """Give a name that no file or view has."""
        number, found = 1, name
        while found in self.files or found in self.views:
            number += 1
            found = f"{name}_{number}"
        return found

    def fresh_column(self, view: str, name: str) -> str:
        """Give a name that no column of a view has."""
        number, found = 1, name
        while found in self.views[view]["columns"]:
            number += 1
            found = f"{name}_{number}"
        return found

    def reads(self, table: str, name: str) -> bool:
        """Tell whether a table is read from a file as it stands, or from some of its rows."""
        source = self.tables.get(table, {}).get("from")
        view = self.views.get(source, {"group_by": None})
        return source == name or (view.get("from") == name and "group_by" not in view)

    def take(self, name: str, found: Roles) -> None:
        """Note that the document uses columns of a file."""
        self.used.setdefault(name, set()).update(column.name for column in found.values())

    def remark(self, text: str) -> None:
        """Note what has to be checked, once."""
        if text not in self.remarks:
            self.remarks.append(text)
