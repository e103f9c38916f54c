"""From a mapping document and its files to canonical tables, in one work database."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import abc
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb
import pyarrow as pa

from features.durations import SECONDS_PER_DAY
from features.history import DemandProfile, HistoryProfile, LabelProfile
from features.mapping import labels, macros, sources, tables, views
from features.mapping.report import Cause
from features.mapping.scope import SQL_TYPES, literal, quoted
from features.mapping.work import Work
from features.processes import is_running
from features.queries import first_row, work_database
from features.schema import ATTRIBUTE_PREFIX, OUTCOMES, TABLES, arrow_schema

if TYPE_CHECKING:
    from collections.abc import Callable

    from features.mapping.parts import FileSpec, Mapping
    from features.mapping.report import ImportReport
    from features.yaml_tree import Path as DocumentPath

MEMORY: Final = "1GB"
THREADS: Final = 2
BATCH: Final = 100_000
SCRATCH: Final = "import-"
"""Start of the name of a work folder; the process that owns it follows."""


class Tables(abc.Mapping[str, pa.RecordBatchReader]):
    """Canonical tables in their work database; each is read when it is asked for.

    Parameters
    ----------
    connection
        The work database.
    types
        Table to its columns and their canonical types.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, types: dict[str, dict[str, str]]
    ) -> None:
        self._connection = connection
        self._types = types

    def __getitem__(self, name: str) -> pa.RecordBatchReader:
        return _reader(self._connection, name, self._types[name])

    def __iter__(self) -> abc.Iterator[str]:
        return iter(self._types)

    def __len__(self) -> int:
        return len(self._types)


@dataclass(frozen=True)
class Imported:
    """Canonical tables that came out of a mapping, still in their work database.

    Parameters
    ----------
    tables
        Table name to a reader of its rows.
    profile
        What the mapping says of the whole history.
    report
        What was read and left out.
    """

    tables: Tables
    profile: HistoryProfile
    report: ImportReport


@contextmanager
def run_mapping(
    mapping: Mapping,
    root: Path,
    secret: bytes,
    *,
    scratch: Path | None = None,
    on_step: Callable[[str], None] = lambda step: None,
) -> abc.Iterator[Imported]:
    r"""Turn the files of a mapping into canonical tables.

    Parameters
    ----------
    mapping
        The document.
    root
        Folder that its file names start from.
    secret
        The tenant's secret, for keyed hashes.
    scratch
        Folder for work files; the system's temporary one unless given. What killed imports left
        in it is removed.
    on_step
        Called with a sentence before each longer step.

    Yields
    ------
    Imported
        Tables, profile and report; the tables can be read until the context ends.

    Raises
    ------
    MappingError
        When the mapping names columns that are not there, or makes no sense.
    ImportRefusedError
        When files are missing, unreadable or mostly damaged.

    Examples
    --------
    >>> import tempfile
    >>> from features.mapping.document import read_mapping_text
    >>> text = '''
    ... version: 1
    ... name: shop
    ... files: {rows: orders.csv}
    ... orders: {from: rows, columns: {order_id: id, placed_at: at, total_minor: total}}
    ... '''
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     rows = "id,at,total\n1,2026-03-01 08:05,12.50\n2,soon,3\n3,2026-03-02,7\n"
    ...     _ = Path(folder, "orders.csv").write_text(rows, "utf-8")
    ...     mapping = read_mapping_text(text, "shop.yaml")
    ...     with run_mapping(mapping, Path(folder), b"secret") as found:
    ...         orders = found.tables["orders"].read_all()
    >>> orders["total_minor"].to_pylist(), [cause.count for cause in found.report.left_out]
    ([1250, 700], [1])
    """
    if scratch is not None:
        scratch.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(scratch)
    folder = Path(tempfile.mkdtemp(prefix=f"{SCRATCH}{os.getpid()}-", dir=scratch))
    connection = work_database()
    try:
        yield _run(Work(connection, mapping, secret), root, folder, on_step)
    finally:
        connection.close()
        shutil.rmtree(folder, ignore_errors=True)


def _remove_abandoned(scratch: Path) -> None:
    """Remove the work folders of imports that were killed; they may hold raw personal text."""
    for folder in scratch.glob(f"{SCRATCH}*"):
        owner = folder.name.removeprefix(SCRATCH).partition("-")[0]
        if owner.isdigit() and not is_running(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)


def _run(work: Work, root: Path, folder: Path, on_step: Callable[[str], None]) -> Imported:
    connection, mapping, report = work.connection, work.mapping, work.report
    _configure(connection, folder)
    for spec in mapping.files.values():
        on_step(f"reading {spec.name}")
        _read(work, spec, root, folder)
    # From here on expressions of the document run: they read tables, no files.
    connection.execute("SET enable_external_access = false; SET lock_configuration = true")
    for view in mapping.views.values():
        on_step(f"building {view.name}")
        with _located(mapping, view.path):
            views.build(work, view)
    types = _canonical(work, on_step)
    report.rows = {name: _count(connection, name) for name in types}
    return Imported(Tables(connection, types), _profile(mapping, types), report)


def _read(work: Work, spec: FileSpec, root: Path, folder: Path) -> None:
    """Load the files of one source, and tell of their rows."""
    report = work.report
    files = sources.load(work.connection, work.mapping, spec, root, folder)
    work.places.add_source(spec.name, files)
    for file in files:
        name = f"{file.name} as {spec.name}" if file.name in report.read else file.name
        report.read[name] = file.rows
        report.left_out += [
            Cause(spec.name, f"malformed: {fault}", count, f"{file.name} line {line}")
            for fault, (count, line) in file.malformed.items()
        ]
        if file.n_older:
            what = "a later file tells of it again"
            report.left_out.append(Cause(spec.name, what, file.n_older, file.name, is_fault=False))


def _configure(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    connection.execute(f"SET memory_limit = '{MEMORY}'; SET threads = {THREADS}")
    connection.execute(f"SET temp_directory = '{(folder / 'spill').as_posix()}'")
    macros.install(connection)


def _canonical(work: Work, on_step: Callable[[str], None]) -> dict[str, dict[str, str]]:
    mapping = work.mapping
    types: dict[str, dict[str, str]] = {}
    for name in ("order_lines", "orders", *TABLES):
        if name in types or not any(section.table == name for section in mapping.sections):
            continue
        on_step(f"making {name}")
        with _located(mapping, (name,)):
            types[name] = tables.collect(work, name)
            if name == "order_lines":
                types[name] = tables.finish_lines(work, types[name])
            elif name == "orders":
                types[name] = _orders(work, types)
            else:
                types[name] = _other(work, name, types[name])
    if "order_lines" in types and "orders" in types:
        tables.drop_strangers(work, "order_lines")
        types["order_lines"] = tables.clock_lines(work.connection, types["order_lines"])
    _labels(work, types)
    tables.note_lost_lines(work)
    return types


@contextmanager
def _located(mapping: Mapping, path: DocumentPath) -> abc.Iterator[None]:
    """Say where in the document stands what the work database could not do."""
    try:
        yield
    except duckdb.Error as error:
        problem = str(error).splitlines()[0]
        raise mapping.document.error(path, f"cannot be computed: {problem}") from None


def _orders(work: Work, types: dict[str, dict[str, str]]) -> dict[str, str]:
    tables.drop_repeats(work, "orders")
    keep = all(s.keep_without_lines for s in work.mapping.sections if s.table == "orders")
    if "order_lines" in types and not keep:
        tables.drop_where(
            work,
            "orders",
            'order_key NOT IN (SELECT order_key FROM "out:order_lines")',
            "the order has no lines",
        )
    return tables.finish_orders(work, types["orders"])


def _other(work: Work, name: str, types: dict[str, str]) -> dict[str, str]:
    """Fill what the rows of a further table always have."""
    filled = {
        "shipments": {"shipment_id": "order_key"},
        "outcomes": {
            "known_at": "occurred_at",
            "outcome_id": "order_key || coalesce('/' || line_id, '') || '#' || kind",
            "line_id": "NULL",
            "source": literal(work.mapping.name),
        },
    }.get(name, {})
    found = dict(types)
    for column, sql in sorted(filled.items()):
        if column not in found:
            kind = TABLES[name][column].type
            table = quoted(f"out:{name}")
            work.connection.execute(f"ALTER TABLE {table} ADD COLUMN {column} {SQL_TYPES[kind]}")
            work.connection.execute(f"UPDATE {table} SET {column} = {sql}")
            found[column] = kind
    if "order_key" in TABLES[name]:
        tables.drop_strangers(work, name)
    tables.drop_repeats(work, name)
    return found


def _labels(work: Work, types: dict[str, dict[str, str]]) -> None:
    connection, mapping = work.connection, work.mapping
    rules = [label for label in mapping.labels if label.kind != "late"]
    if not rules:
        return
    canonical = {column.name: column.type for column in OUTCOMES.columns}
    columns = ", ".join(f"{name} {SQL_TYPES[kind]}" for name, kind in canonical.items())
    if "outcomes" not in types:
        connection.execute(f'CREATE TABLE "out:outcomes" ({columns})')
    else:
        for name in canonical.keys() - types["outcomes"].keys():
            connection.execute(
                f'ALTER TABLE "out:outcomes" ADD COLUMN {name} {SQL_TYPES[canonical[name]]}'
            )
    labels.prepare(connection)
    for label in rules:
        with _located(mapping, label.path):
            labels.add_label(work, label)
    types["outcomes"] = canonical


def _reader(
    connection: duckdb.DuckDBPyConnection, name: str, types: dict[str, str]
) -> pa.RecordBatchReader:
    spec = TABLES[name]
    extra = {
        column: kind
        for column, kind in types.items()
        if spec.accepts(column) and column not in spec
    }
    picked = [c.name for c in spec.columns if c.name in types] + sorted(extra)
    columns = ", ".join(quoted(column) for column in picked)
    query = f"SELECT {columns} FROM {quoted(f'out:{name}')}"
    reader = connection.sql(query).to_arrow_reader(BATCH)
    schema = arrow_schema(spec, extra)
    return reader.cast(pa.schema([schema.field(column) for column in picked]))


def _count(connection: duckdb.DuckDBPyConnection, name: str) -> int:
    return int(first_row(connection, f"SELECT count(*) FROM {quoted(f'out:{name}')}")[0])


def _profile(mapping: Mapping, types: dict[str, dict[str, str]]) -> HistoryProfile:
    own = {
        table: {n: kind for n, kind in found.items() if n.startswith(ATTRIBUTE_PREFIX)}
        for table, found in types.items()
    }
    demand = mapping.demand
    return HistoryProfile(
        base_currency=mapping.base_currency,
        timezone=mapping.timezone,
        day_resolution=mapping.day_resolution,
        labels={
            label.kind: LabelProfile(label.kind, label.matures.total_seconds() / SECONDS_PER_DAY)
            for label in mapping.labels
        },
        attributes=own.get("orders", {}) | own.get("sales", {}),
        line_attributes=own.get("order_lines", {}),
        demand=None
        if demand is None
        else DemandProfile(demand.rhythm, demand.closed_weekdays, demand.from_sales),
        excused=dict(mapping.excused),
    )
