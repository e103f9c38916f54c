"""Look into a file that no mapping describes: how it is written, and what its columns hold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import duckdb

from features.errors import ImportRefusedError
from features.mapping.document import FORMATS
from features.mapping.drafting.columns import N_VALUES, Column
from features.mapping.drafting.moments import is_moment
from features.mapping.drafting.roles import roles
from features.mapping.drafting.written import OPTIONS, form_of, list_in, sheets_in
from features.mapping.macros import install
from features.mapping.parts import FileSpec
from features.mapping.reading import INCOMING, Incoming, ReadFile, refuse_bad
from features.mapping.scope import ROW, literal, quoted
from features.mapping.sources import READERS
from features.queries import first_row, work_database

if TYPE_CHECKING:
    from collections.abc import Sequence

LOOKED: Final = "looked"
"""Table of the rows that are looked at."""
FILE: Final = "__file"
"""Hidden column: number of the file that a row stands in."""
NOTHING: Final = frozenset(
    ("-", "--", "---", "—", "——", "/", "N/A", "n/a", "#N/A", "NULL", "null", "None", "nan", "NaN",
     "undefined", r"\N")
)  # fmt: skip
"""What programs write where there is nothing."""
ENOUGH_NAMED: Final = 0.5
"""Share of a column's values that have to be in another file for the two to name each other."""


@dataclass(frozen=True)
class Peek:
    """A file as an import would read it.

    Parameters
    ----------
    paths
        The file, or several with the same columns.
    options
        What a mapping says of it beside its path, as under ``files``.
    n_rows
        Rows.
    columns
        Its columns, in order.
    sums_up
        Whether some orders of several rows have one that names no goods: it sums them up.
    once_a_sku
        Whether no order has two rows with one SKU.
    shares_parcels
        Whether some parcel holds several orders.
    """

    paths: tuple[Path, ...]
    options: dict[str, Any]
    n_rows: int
    columns: tuple[Column, ...]
    sums_up: bool = False
    once_a_sku: bool = False
    shares_parcels: bool = False

    @property
    def form(self) -> str:
        """Form of the file."""
        by_ending = FORMATS.get(self.paths[0].suffix.lower(), "csv")
        return str(self.options.get("format", by_ending))


def together(seen: Sequence[Peek]) -> list[Peek]:
    """Take files with the same columns for parts of one, in the order of their names.

    Parameters
    ----------
    seen
        Files that were looked into.

    Returns
    -------
    list of Peek
        One for files that are written alike.
    """
    alike: dict[Any, list[Peek]] = {}
    for one in seen:
        names = tuple(column.name for column in one.columns)
        alike.setdefault((repr(one.options), names), []).append(one)
    return [
        parts[0]
        if len(parts) == 1
        else _read(sorted(p for part in parts for p in part.paths), parts[0].form, parts[0].options)
        for parts in alike.values()
    ]


def peek(path: Path) -> list[Peek]:
    r"""Look into a file: each sheet with known names, and JSON also by the elements of its list.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    list of Peek
        One; further ones of a workbook's other sheets, or of the list that objects hold.

    Raises
    ------
    ImportRefusedError
        When the file cannot be read as what it seems to be.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder) / "o.csv"
    ...     _ = file.write_bytes("店铺: 一\n订单号;实付金额\n7;9.5\n8;3\n".encode("gbk"))
    ...     found = peek(file)[0]
    >>> found.options, [column.name for column in found.columns]
    ({'encoding': 'gbk', 'delimiter': ';', 'skip': 1}, ['订单号', '实付金额'])
    """
    if not path.is_file():
        raise ImportRefusedError(f"{path}: there is no such file")
    form = form_of(path)
    usual = FORMATS.get(path.suffix.lower(), "csv")
    said = {} if form == usual else {"format": form}
    options = said | OPTIONS[form](path)
    found = [_read([path], form, options)]
    if form == "jsonl" and (each := list_in(path)):
        found.append(_read([path], form, {"each": each}))
    if form == "excel":
        found += [_read([path], form, said | more) for more in sheets_in(path)[1:]]
    return found


def _read(paths: Sequence[Path], form: str, options: dict[str, Any]) -> Peek:
    """Read files as an import does, and count what their columns hold."""
    with work_database() as work, TemporaryDirectory() as scratch:
        _load(work, paths, (form, options, Path(scratch)))
        columns, told = _columns(work), dict(options)
        for option, mend in _MENDS.items():
            if found := mend(work, columns):
                columns, told[option] = _columns(work), found
        varied = _varied(work, columns)
        columns = tuple(replace(c, varies=c.name in varied) for c in columns)
        (n_rows,) = first_row(work, f"SELECT count(*) FROM {LOOKED}")
        sums_up, once_a_sku = _lines_of(work, columns)
        shares = _shares_parcels(work, columns)
    options = {key: value for key, value in told.items() if value != _USUAL.get(key)}
    return Peek(tuple(paths), options, n_rows, columns, sums_up, once_a_sku, shares)


def _load(
    work: duckdb.DuckDBPyConnection,
    paths: Sequence[Path],
    written: tuple[str, dict[str, Any], Path],
) -> None:
    """Load the rows of files, each with the number of its file."""
    install(work)
    form, options, scratch = written
    usual = {key: options.get(key, value) for key, value in _USUAL.items()}
    for number, path in enumerate(paths):
        spec = FileSpec("file", (path.name,), form, each=options.get("each"), **usual)
        file = ReadFile(path.name, 0)
        incoming = Incoming(spec, path, file, scratch, lambda _: True)
        try:
            READERS[form](work, incoming)
        except duckdb.Error as error:
            raise ImportRefusedError(f"{path.name}: cannot be read as {form}: {error}") from None
        (file.rows,) = first_row(work, f"SELECT count(*) FROM {INCOMING}")
        if not file.rows and not file.n_malformed:
            raise ImportRefusedError(f"{path.name}: holds no rows; export it again")
        refuse_bad(file)
        numbered = f'SELECT *, {number} AS "{FILE}" FROM {INCOMING}'
        make = f"INSERT INTO {LOOKED} BY NAME" if number else f"CREATE TABLE {LOOKED} AS"
        work.execute(f"{make} {numbered}; DROP TABLE {INCOMING}")


def _columns(work: duckdb.DuckDBPyConnection) -> tuple[Column, ...]:
    names = [row[0] for row in work.execute(f"DESCRIBE {LOOKED}").fetchall()]
    return tuple(_column(work, name) for name in names if not name.startswith("__"))


def _blanked(work: duckdb.DuckDBPyConnection, columns: tuple[Column, ...]) -> list[str]:
    """Blank the signs by which a program says that there is nothing; name them."""
    found = sorted({value for column in columns for value in column.values if value in NOTHING})
    if found:
        listed = ", ".join(map(literal, found))
        blanked = ", ".join(
            f"CASE WHEN {_text(c.name)} NOT IN ({listed}) THEN {quoted(c.name)} END "
            f"AS {quoted(c.name)}"
            for c in columns
            if found and not set(found).isdisjoint(c.values)
        )
        _remake(work, f"SELECT * REPLACE ({blanked}) FROM {LOOKED}")
    return found


def _filled(work: duckdb.DuckDBPyConnection, columns: tuple[Column, ...]) -> list[str]:
    """Fill the orders' number down where only the first row of an order has it."""
    order = _order_of(columns)
    goods = roles(columns, "order_lines", ("title", "sku", "product_id")).values()
    if order is None or not goods:
        return []
    value = _text(order.name)
    about = " OR ".join(f"{_text(column.name)} IS NOT NULL" for column in goods)
    lacking = f"SELECT count(*) FROM {LOOKED} WHERE {value} IS NULL AND ({about})"
    if not first_row(work, lacking)[0]:
        return []
    _remake(
        work,
        f"SELECT * REPLACE (last_value({value} IGNORE NULLS) OVER "
        f'(PARTITION BY "{FILE}" ORDER BY "{ROW}" ROWS UNBOUNDED PRECEDING) '
        f"AS {quoted(order.name)}) FROM {LOOKED}",
    )
    return [order.name]


def _remake(work: duckdb.DuckDBPyConnection, query: str) -> None:
    work.execute(
        f"CREATE TABLE remade AS {query}; "
        f"DROP TABLE {LOOKED}; ALTER TABLE remade RENAME TO {LOOKED}"
    )


def _superseded(work: duckdb.DuckDBPyConnection, columns: tuple[Column, ...]) -> list[str]:
    """Drop the rows of orders that a later file has again; name what tells such orders."""
    order = _order_of(columns)
    if order is None:
        return []
    last = f'max("{FILE}") OVER (PARTITION BY {_text(order.name)})'
    older = f'SELECT rowid FROM {LOOKED} QUALIFY "{FILE}" < {last}'
    (count,) = first_row(work, f"SELECT count(*) FROM ({older})")
    if count:
        work.execute(f"DELETE FROM {LOOKED} WHERE rowid IN ({older})")
    return [order.name] if count else []


_MENDS: Final = {"nulls": _blanked, "fill_down": _filled, "latest_by": _superseded}
"""Options of a file to what mends the rows as they do, and names what they are to say."""


def _lines_of(work: duckdb.DuckDBPyConnection, columns: tuple[Column, ...]) -> tuple[bool, bool]:
    """Tell whether rows sum orders up, and whether a SKU stands once in an order."""
    order = _order_of(columns)
    goods = roles(columns, "order_lines", ("title", "sku", "product_id"))
    if order is None or not goods:
        return False, False
    named = f"coalesce({', '.join(_text(column.name) for column in goods.values())})"
    key = _text(order.name)
    (sums_up,) = first_row(
        work,
        f"SELECT count(*) > 0 FROM (SELECT {key} FROM {LOOKED} GROUP BY {key} "
        f"HAVING count({named}) BETWEEN 1 AND count(*) - 1)",
    )
    if "sku" not in goods or order.is_unique:
        return sums_up, False
    sku = _text(goods["sku"].name)
    (twice,) = first_row(
        work,
        f"SELECT count(*) FROM (SELECT 1 FROM {LOOKED} WHERE {named} IS NOT NULL "
        f"GROUP BY {key}, {sku} HAVING count(*) > 1 OR {sku} IS NULL)",
    )
    return sums_up, not twice


def _shares_parcels(work: duckdb.DuckDBPyConnection, columns: tuple[Column, ...]) -> bool:
    """Tell whether some parcel holds several orders."""
    order = _order_of(columns)
    parcel = roles(columns, "shipments", ("shipment_id",)).get("shipment_id")
    if order is None or parcel is None or parcel.is_unique:
        return False
    (count,) = first_row(
        work,
        f"SELECT count(*) FROM (SELECT 1 FROM {LOOKED} WHERE {_text(parcel.name)} IS NOT NULL "
        f"GROUP BY {_text(parcel.name)} HAVING count(DISTINCT {_text(order.name)}) > 1)",
    )
    return bool(count)


def partner(one: Peek, other: Peek) -> tuple[str, str] | None:
    """Find the columns by which the rows of two files name each other.

    Parameters
    ----------
    one
        A file whose rows tell of orders.
    other
        The file of the orders.

    Returns
    -------
    tuple of str, or None
        A column of the first, and the column of the second that holds most of its values and no
        value twice.
    """
    told = [(c.name, value) for c in one.columns for value in c.values if not is_moment(value)]
    with work_database() as work, TemporaryDirectory() as scratch:
        _load(work, other.paths, (other.form, other.options, Path(scratch)))
        work.execute("CREATE TABLE told (name VARCHAR, value VARCHAR)")
        names, values = zip(*told, strict=True) if told else ((), ())
        work.execute("INSERT INTO told SELECT unnest(?), unnest(?)", [list(names), list(values)])
        best: tuple[float, str, str] = (ENOUGH_NAMED, "", "")
        for column in other.columns:
            if not column.is_unique:
                continue
            share, name = first_row(
                work,
                "SELECT coalesce(max(share), 0), arg_max(name, share) FROM (SELECT name, "
                f"avg((value IN (SELECT {_text(column.name)} FROM {LOOKED}))::INT) AS share "
                "FROM told GROUP BY name)",
            )
            if share > best[0]:
                best = share, name, column.name
    return best[1:] if best[1] else None


def _text(name: str) -> str:
    """Write a column's text; blanks are none."""
    return f"plain_text({quoted(name)}::VARCHAR)"


def _order_of(columns: Sequence[Column]) -> Column | None:
    return next(iter(roles(columns, "orders", ("order_id",)).values()), None)


_USUAL: Final[dict[str, Any]] = {"encoding": "utf-8", "delimiter": ",", "skip": 0, "sheet": 0}


def _column(work: duckdb.DuckDBPyConnection, name: str) -> Column:
    text = _text(name)
    counts = first_row(work, f"SELECT count({text}), count(DISTINCT {text}) FROM {LOOKED}")
    values = work.execute(
        f"SELECT {text} AS v FROM {LOOKED} WHERE v IS NOT NULL "
        f"GROUP BY v ORDER BY count(*) DESC, v LIMIT {N_VALUES}"
    ).fetchall()
    n_known, n_distinct = counts
    return Column(name, n_known, n_distinct, tuple(row[0] for row in values))


def _varied(work: duckdb.DuckDBPyConnection, columns: tuple[Column, ...]) -> set[str]:
    """Name the columns of which some order has several values, or one but not in its first row."""
    order = _order_of(columns)
    if order is None or order.is_unique:
        return set()
    counts = (
        f"count(DISTINCT {(text := _text(c.name))}) + (count({text}) > 0 AND "
        f'first({text} ORDER BY "{ROW}") IS NULL)::INT AS n{i}'
        for i, c in enumerate(columns)
    )
    largest = (f"max(n{i})" for i in range(len(columns)))
    row = first_row(
        work,
        f"SELECT {', '.join(largest)} FROM "
        f"(SELECT {', '.join(counts)} FROM {LOOKED} GROUP BY {quoted(order.name)})",
    )
    return {column.name for column, n in zip(columns, row, strict=True) if n > 1}
