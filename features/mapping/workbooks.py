"""Excel and other workbooks, one sheet at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from features.errors import ImportRefusedError
from features.mapping.magic import why_not_opened
from features.mapping.reading import N_PEEKED, cell_text, header_names, insert_rows, joined

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb
    from python_calamine import CalamineSheet

    from features.mapping.reading import Incoming


def read_workbook(connection: duckdb.DuckDBPyConnection, incoming: Incoming) -> None:
    """Read one sheet of a workbook into ``incoming``, every value as text."""
    file, spec = incoming.file, incoming.spec
    file.unit = "row"
    sheet, others = _sheet(incoming)
    rows = sheet.to_python(skip_empty_area=False)
    head, body = rows[spec.skip : spec.skip + spec.header_rows], spec.skip + spec.header_rows
    if len(rows) <= body and others:
        raise _other_sheet(incoming, sheet.name, others)
    header = header_names(joined(head), file.name)
    incoming.check_header(header, _peeked(rows[body:], body + 1))
    if others and not any(map(incoming.is_wanted, header)):
        raise _other_sheet(incoming, sheet.name, others)
    filled = (
        (line, [cell_text(cell) for cell in row])
        for line, row in enumerate(rows[body:], start=body + 1)
        if any(cell != "" for cell in row)
    )
    insert_rows(connection, header, filled, file)


def _other_sheet(incoming: Incoming, name: str, others: list[str]) -> ImportRefusedError:
    return ImportRefusedError(
        f"{incoming.file.name}: sheet {name!r} has no column that the mapping names; write "
        f"`sheet: {others[0]}` for files.{incoming.spec.name}, or another of {', '.join(others)}"
    )


def _peeked(rows: list[list[Any]], first: int) -> Iterator[tuple[int, list[str]]]:
    for line, row in enumerate(rows[:N_PEEKED], start=first):
        yield line, [" ".join(str(cell).split()) for cell in row]


def _sheet(incoming: Incoming) -> tuple[CalamineSheet, list[str]]:
    """Give the sheet that the mapping names, and the names of the others."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(str(incoming.path))
    except (CalamineError, OSError):
        found = why_not_opened(incoming.path)
        raise ImportRefusedError(f"{incoming.file.name}: {found}") from None
    wanted, names = incoming.spec.sheet, book.sheet_names
    if isinstance(wanted, int) and 0 <= wanted < len(names):
        wanted = names[wanted]
    if wanted in names:
        return book.get_sheet_by_name(wanted), [name for name in names if name != wanted]
    raise ImportRefusedError(
        f"{incoming.file.name}: has no sheet {wanted!r}; its sheets are {', '.join(names)}"
    )
