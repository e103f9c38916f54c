"""Rows join a history: a new generation, seen as a whole or not at all."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from features.errors import HistoryError
from features.generations import new_generation
from features.history import PROFILE_NAME, History, HistoryProfile
from features.queries import work_database
from features.reference import leave_copies
from features.schema import ENTITY_PREFIX, TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import duckdb

    from features import merging


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What an import did to a history.

    Parameters
    ----------
    changed
        Whether a new generation was written; False when the rows were all there already.
    profile
        The profile that holds now.
    """

    changed: bool
    profile: HistoryProfile


def write_history(
    folder: Path,
    tables: Mapping[str, merging.Rows],
    profile: HistoryProfile,
    *,
    source: str = "import",
    source_digest: str = "",
    is_whole: bool = True,
    on_step: Callable[[str], None] = lambda step: None,
) -> WriteResult:
    """Add rows to a history, or start one.

    Rows replace older rows under the same key; the lines of an order are replaced as a whole. The
    new generation is built beside the current one and becomes visible in one step, so a reader
    never sees a mixture and a killed writer leaves the current generation as it was. Rows that are
    all there already change no byte.

    Parameters
    ----------
    folder
        The history folder, usually ``HOME/history``.
    tables
        Canonical table to its rows.
    profile
        What is true of these rows; it is joined with what the history knows already. Its
        ``entities``, ``given``, ``rows`` and ``bad_outcomes`` are counted from the rows.
    source
        Name of the mapping the rows come from.
    source_digest
        Digest of what was imported, kept in the profile.
    is_whole
        Whether the rows are everything that the source knows of their orders, so that an outcome
        it reported earlier and not now is gone.
    on_step
        Called with a sentence before each longer step.

    Returns
    -------
    WriteResult
        Whether anything changed, and the profile.

    Raises
    ------
    HistoryError
        When the profile contradicts the history, or another import is running.
    SchemaError
        When a table has columns that no canonical table has.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from tempfile import TemporaryDirectory
    >>> from pathlib import Path
    >>> rows = pa.table({"sku": ["TEE"], "title": ["T-shirt"]})
    >>> with TemporaryDirectory() as home:
    ...     first = write_history(Path(home) / "history", {"catalog": rows}, HistoryProfile())
    ...     again = write_history(Path(home) / "history", {"catalog": rows}, HistoryProfile())
    ...     print(first.changed, again.changed, again.profile.rows)
    True False {'catalog': 1}
    """
    from features import merging

    with new_generation(folder) as staging:
        old = History(folder) if folder.exists() else None
        joined = _join_profiles(old.profile if old else None, profile)
        joined.sources[source] = source_digest
        with work_database() as connection:
            connection.execute("SET memory_limit = '1GB'; SET threads = 2")
            connection.execute(f"SET temp_directory = '{(staging.folder / 'spill').as_posix()}'")
            for name, rows in tables.items():
                on_step(f"staging {name}")
                merging.stage(connection, name, rows)
            for name in TABLES:
                on_step(f"writing {name}")
                reporter = source if is_whole else None
                _write_table(connection, name, staging.folder, old, reporter, name in tables)
                joined.rows[name] = _rows(staging.folder / name)
        shutil.rmtree(staging.folder / "spill", ignore_errors=True)
        whole = replace(
            joined,
            rows={name: count for name, count in joined.rows.items() if count},
            bad_outcomes=_bad_outcomes(staging.folder / "outcomes"),
            **_counted(staging.folder / "orders"),
        )
        text = whole.to_json()
        same = old is not None and merging.digest(old.folder) == merging.digest(staging.folder)
        if old is not None and same and (old.folder / PROFILE_NAME).read_text("utf-8") == text:
            staging.discarded = True
        (staging.folder / PROFILE_NAME).write_text(text, "utf-8")
        leave_copies(History(staging.folder))
        return WriteResult(changed=not staging.discarded, profile=whole)


def _write_table(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    target: Path,
    old: History | None,
    source: str | None,
    is_new: bool,
) -> None:
    """Merge a table into the new generation, or link its files when nothing was added."""
    from features import merging

    before = old.folder / name if old and (old.folder / name).is_dir() else None
    if is_new:
        query = merging.merge(connection, name, before, source)
        merging.write(connection, name, query, target / name)
    elif before is not None:
        shutil.copytree(before, target / name, copy_function=os.link)


def _rows(folder: Path) -> int:
    import pyarrow.parquet as pq

    return sum(pq.read_metadata(path).num_rows for path in folder.rglob("*.parquet"))


def _counted(folder: Path) -> dict[str, Any]:
    """Count what the orders carry: the share of each entity, and what each channel gives."""
    from features import merging

    if not any(folder.rglob("*.parquet")):
        return {"entities": {}, "given": {}}
    glob = str(folder / "**" / "*.parquet")
    with work_database() as connection:
        orders = connection.from_parquet(glob, union_by_name=True, hive_partitioning=False)
        columns = orders.columns
        orders.create_view("orders")
        counts = ", ".join(f'count("{column}")' for column in columns)
        rows = connection.execute(
            f"SELECT channel, count(*), {counts} FROM orders GROUP BY channel ORDER BY channel"  # noqa: S608 schema names
        ).fetchall()
    total = sum(row[1] for row in rows)
    sums = {c: sum(row[index + 2] for row in rows) for index, c in enumerate(columns)}
    entities = [c for c in columns if c in merging.KEY_COLUMNS or c.startswith(ENTITY_PREFIX)]
    return {
        "entities": {c: round(sums[c] / total, 6) for c in entities if sums[c]},
        "given": {
            row[0]: tuple(sorted(c for i, c in enumerate(columns) if row[i + 2])) for row in rows
        },
    }


def _bad_outcomes(folder: Path) -> dict[str, int]:
    """Count the outcomes that confirm their kind; one without a verdict does."""
    if not any(folder.rglob("*.parquet")):
        return {}
    glob = str(folder / "**" / "*.parquet")
    with work_database() as connection:
        outcomes = connection.from_parquet(glob, union_by_name=True, hive_partitioning=False)
        if "is_bad" in outcomes.columns:
            outcomes = outcomes.filter("is_bad IS DISTINCT FROM false")
        counts = outcomes.aggregate("kind, count(*)", "kind").order("kind").fetchall()
    return {str(kind): int(count) for kind, count in counts}


def _join_profiles(old: HistoryProfile | None, new: HistoryProfile) -> HistoryProfile:
    """Join what is known of a history with what an import says of its rows."""
    if old is None:
        return replace(new, rows={}, sources=dict(new.sources))
    for name in ("base_currency", "timezone"):
        if getattr(old, name) != getattr(new, name):
            raise HistoryError(
                f"the history counts in {name} {getattr(old, name)}, the mapping in "
                f"{getattr(new, name)}; use one for both, or another ORDERINTEL_HOME"
            )
    _check_types(old.attributes, new.attributes)
    _check_types(old.line_attributes, new.line_attributes)
    labels = dict(old.labels)
    for kind, label in new.labels.items():
        known = labels.get(kind, label)
        labels[kind] = max(known, label, key=lambda item: item.maturity_days)
    return replace(
        new,
        day_resolution=old.day_resolution or new.day_resolution,
        labels=labels,
        attributes=old.attributes | new.attributes,
        line_attributes=old.line_attributes | new.line_attributes,
        demand=new.demand or old.demand,
        excused=old.excused | new.excused,
        sources=dict(old.sources),
        rows={},
    )


def _check_types(known: Mapping[str, str], given: Mapping[str, str]) -> None:
    """Refuse an attribute that an import gives another type than it has."""
    for name, kind in given.items():
        if known.get(name, kind) != kind:
            raise HistoryError(
                f"{name} is {known[name]} in the history and {kind} in the mapping; "
                "give the attribute another name"
            )
