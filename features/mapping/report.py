"""What an import read, left out and could not read, by cause."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from features.mapping.chinese import in_chinese

if TYPE_CHECKING:
    from features.mapping.reading import ReadFile


@dataclass
class Cause:
    """One cause for which rows were left out or values are unknown.

    Parameters
    ----------
    where
        View or table concerned.
    what
        The cause, in words.
    count
        Rows or values.
    example
        File, row and value of one of them.
    is_fault
        Whether the rows are damaged, rather than left out on purpose.
    """

    where: str
    what: str
    count: int
    example: str = ""
    is_fault: bool = True


@dataclass
class ImportReport:
    """What one import did.

    Parameters
    ----------
    read
        Rows read by file.
    left_out
        Rows left out, by cause.
    unknown
        Values that could not be read and count as unknown, by cause; their rows are kept.
    rows
        Rows given to the history, by table.

    Examples
    --------
    >>> report = ImportReport()
    >>> report.left_out.append(Cause("orders", "placed_at is missing", 2))
    >>> report.to_document()["left_out"][0]["count"]
    2
    """

    read: dict[str, int] = field(default_factory=dict)
    left_out: list[Cause] = field(default_factory=list)
    unknown: list[Cause] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)

    def to_document(self) -> dict[str, Any]:
        """Write the report as a plain document, its causes in both languages."""
        document = asdict(self)
        for cause in (*document["left_out"], *document["unknown"]):
            cause["what_zh"] = in_chinese(cause["what"])
        return document


class Places:
    """Finds the file and row that a row number of a source belongs to.

    Examples
    --------
    >>> from features.mapping.reading import ReadFile
    >>> may, june = ReadFile("may.csv", first_row=0), ReadFile("june.csv", first_row=3)
    >>> june.place(0, 2)  # its first row stands below a header
    >>> places = Places()
    >>> places.add_source("rows", [may, june])
    >>> places.add_view("paid", "rows")
    >>> places.locate("paid", 4)
    'june.csv line 3'
    """

    def __init__(self) -> None:
        self._files: dict[str, list[ReadFile]] = {}
        self._base: dict[str, str] = {}

    def add_source(self, name: str, files: list[ReadFile]) -> None:
        """Remember the files of a source."""
        self._files[name] = files

    def add_view(self, name: str, source: str) -> None:
        """Remember what a view is made from."""
        self._base[name] = source

    def locate(self, name: str, row: int | None) -> str:
        """Say where a row of a view or source stands."""
        while name in self._base:
            name = self._base[name]
        if row is None or name not in self._files:
            return ""
        file = next(
            (item for item in reversed(self._files[name]) if item.first_row <= row),
            self._files[name][0],
        )
        return file.locate(row - file.first_row)
