"""Excel and other workbooks, one sheet at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.errors import ImportRefusedError
from features.mapping.reading import cell_text, header_names, insert_rows

if TYPE_CHECKING:
    import duckdb
    from python_calamine import CalamineSheet

    from features.mapping.reading import Incoming


def read_workbook(connection: duckdb.DuckDBPyConnection, incoming: Incoming) -> None:
    """Read one sheet of a workbook into ``incoming``, every value as text."""
    rows = iter(_sheet(incoming).to_python(skip_empty_area=False)[incoming.spec.skip :])
    header = header_names(list(next(rows, [])), incoming.file.name)
    filled = (row for row in rows if any(cell != "" for cell in row))
    insert_rows(connection, header, ([cell_text(cell) for cell in row] for row in filled))


def _sheet(incoming: Incoming) -> CalamineSheet:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(str(incoming.path))
    except (CalamineError, OSError) as error:
        raise ImportRefusedError(f"{incoming.file.name}: is no Excel workbook: {error}") from None
    wanted, names = incoming.spec.sheet, book.sheet_names
    if isinstance(wanted, int) and wanted < len(names):
        return book.get_sheet_by_index(wanted)
    if isinstance(wanted, str) and wanted in names:
        return book.get_sheet_by_name(wanted)
    raise ImportRefusedError(
        f"{incoming.file.name}: has no sheet {wanted!r}; its sheets are {', '.join(names)}"
    )
