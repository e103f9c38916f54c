"""A history on disk: canonical tables as Parquet, and what is true of all of them.

``HOME/history/<table>/month=YYYY-MM/part-*.parquet`` for tables with a month, and
``HOME/history/<table>/part-*.parquet`` for reference data, beside ``profile.json``.
Readers see one generation or the next, never a mixture.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from features.errors import HistoryError
from features.generations import hold
from features.queries import work_database
from features.schema import TABLES, arrow_schema

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd
    import pyarrow as pa

PROFILE_NAME: Final = "profile.json"


@dataclass(frozen=True, slots=True)
class LabelProfile:
    """How one kind of label becomes known.

    Parameters
    ----------
    kind
        An outcome kind (``fraud``, ``return``, …) or ``late``.
    maturity_days
        Days after ``placed_at`` (for ``late``: after the earlier of promise and delivery) from
        which a missing bad outcome counts as a good one.

    Examples
    --------
    >>> LabelProfile("fraud", 90).maturity
    datetime.timedelta(days=90)
    """

    kind: str
    maturity_days: float

    @property
    def maturity(self) -> timedelta:
        """The maturity as a duration."""
        return timedelta(days=self.maturity_days)


@dataclass(frozen=True, slots=True)
class DemandProfile:
    """Which demand series the history holds.

    Parameters
    ----------
    rhythm
        ``daily`` or ``weekly``.
    closed_weekdays
        Weekdays without trading, Monday = 0.
    from_sales
        Whether series come ready made from the ``sales`` table rather than from order lines.
    """

    rhythm: str = "daily"
    closed_weekdays: tuple[int, ...] = ()
    from_sales: bool = False


@dataclass(frozen=True)
class HistoryProfile:
    """What is true of a whole history and cannot be read off one row.

    Parameters
    ----------
    base_currency
        ISO 4217 code of ``value_minor``.
    timezone
        IANA zone of the merchant's days.
    day_resolution
        Whether ``placed_at`` is only known to the day, so that no shorter window means anything.
    labels
        The labels the history can teach, by kind.
    attributes
        Attribute column (``attribute__x``) to type (``float``, ``bool``, ``string``).
    line_attributes
        The same of order lines.
    entities
        Entity column (``buyer_key``, …, ``entity__x``) to the share of orders that carry it.
    given
        Channel to the orders columns that the channel ever gives.
    demand
        The demand series, or None when the history has none.
    excused
        Ability to the reason why this history cannot support it, as its mapping states.
    sources
        Name of each mapping to the digest of what was imported with it.
    rows
        Rows by table.
    bad_outcomes
        Outcome kind to how many confirm it, or None where they were not counted.
    """

    base_currency: str = "CNY"
    timezone: str = "UTC"
    day_resolution: bool = False
    labels: dict[str, LabelProfile] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)
    line_attributes: dict[str, str] = field(default_factory=dict)
    entities: dict[str, float] = field(default_factory=dict)
    given: dict[str, tuple[str, ...]] = field(default_factory=dict)
    demand: DemandProfile | None = None
    excused: dict[str, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    bad_outcomes: dict[str, int] | None = None

    def to_json(self) -> str:
        """Write the profile as a JSON document.

        Examples
        --------
        >>> HistoryProfile.from_json(HistoryProfile(timezone="Asia/Shanghai").to_json()).timezone
        'Asia/Shanghai'
        """
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> HistoryProfile:
        """Read a profile back from its JSON document.

        Examples
        --------
        >>> profile = HistoryProfile(labels={"refund": LabelProfile("refund", 60.0)})
        >>> HistoryProfile.from_json(profile.to_json()) == profile
        True
        """
        raw: dict[str, Any] = json.loads(text)
        raw["labels"] = {kind: LabelProfile(**rule) for kind, rule in raw["labels"].items()}
        raw["given"] = {channel: tuple(names) for channel, names in raw["given"].items()}
        if raw["demand"] is not None:
            closed = tuple(raw["demand"].pop("closed_weekdays"))
            raw["demand"] = DemandProfile(closed_weekdays=closed, **raw["demand"])
        return cls(**raw)


class History:
    """Read access to one generation of a history.

    Parameters
    ----------
    folder
        The history folder, usually ``HOME/history``. It is resolved once, so that a generation
        that replaces it later does not disturb this reader.

    Raises
    ------
    HistoryError
        When there is no history there.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import pyarrow as pa
    >>> from features.history_writing import write_history
    >>> rows = pa.table({"sku": ["MUG", "TEE"], "title": ["Mug", "T-shirt"]})
    >>> with TemporaryDirectory() as home:
    ...     folder = Path(home) / "history"
    ...     _ = write_history(folder, {"catalog": rows}, HistoryProfile())
    ...     history = History(folder)
    ...     titles = history.frame("catalog", columns=["sku", "title"], where="sku = 'TEE'")
    ...     second = history.rows("catalog", ["sku"], begin=1).to_pylist()
    ...     none = history.has("orders"), history.arrow("orders", columns=["order_key"]).num_rows
    >>> titles["title"].tolist(), second, none
    (['T-shirt'], [{'sku': 'TEE'}], (False, 0))
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._groups: dict[str, list[tuple[Path, list[int]]]] = {}
        if not (self.folder / PROFILE_NAME).is_file():
            raise HistoryError(
                f"no history in {folder}: run `orderintel import MAPPING.yaml` "
                "or `orderintel demo` first"
            )
        self._link = folder
        hold(self, self.folder)

    def newest(self) -> History:
        """Give the generation that stands there now; this one when it still does."""
        return self if self._link.resolve() == self.folder else History(self._link)

    @cached_property
    def profile(self) -> HistoryProfile:
        """What is true of the whole history."""
        return HistoryProfile.from_json((self.folder / PROFILE_NAME).read_text("utf-8"))

    def has(self, table: str) -> bool:
        """Tell whether the history holds any row of a table."""
        return self.profile.rows.get(table, 0) > 0

    def arrow(
        self, table: str, *, columns: Sequence[str] | None = None, where: str = ""
    ) -> pa.Table:
        """Read a table.

        Parameters
        ----------
        table
            Name of a canonical table.
        columns
            Columns to read; all canonical and open ones unless given. A canonical column that the
            files lack comes back as missing values.
        where
            A condition in DuckDB SQL over canonical columns, written by the caller's code, never
            taken from outside.

        Returns
        -------
        pa.Table
            Rows ordered by the table's month column, then by its key; no rows when it is absent.
        """
        from features import merging

        schema = self._schema(table, columns)
        names = schema.names
        if not self.has(table):
            return schema.empty_table()
        with work_database() as connection:
            glob = str(self.folder / table / "**" / "*.parquet")
            relation = connection.from_parquet(glob, union_by_name=True, hive_partitioning=False)
            present = set(relation.columns)
            picked = ", ".join(f'"{n}"' if n in present else f'NULL AS "{n}"' for n in names)
            relation.create_view("source")
            by = merging.sorting(TABLES[table])
            order = ", ".join(f'"{n}"' for n in by if n in present) or "1"
            condition = f"WHERE {where}" if where else ""
            query = f"SELECT {picked} FROM source {condition} ORDER BY {order}"  # noqa: S608 names come from the schema
            result: pa.Table = connection.sql(query).to_arrow_table()
        return result.cast(schema)

    def rows(
        self, table: str, columns: Sequence[str], begin: int = 0, end: int | None = None
    ) -> pa.Table:
        """Read the rows ``[begin, end)`` of a table, numbered as `arrow` orders them.

        The files are in that order already, so only those row groups are read that are asked for.

        Parameters
        ----------
        table
            Name of a canonical table.
        columns
            Columns to read; one that the files lack comes back as missing values.
        begin, end
            Numbers of rows, from 0; to the last row unless an end is given.

        Returns
        -------
        pa.Table
            At most ``end - begin`` rows; none when the table is absent.
        """
        import pyarrow as pa

        schema = self._schema(table, columns)
        pieces = []
        at = 0
        for path, counts in self._row_groups(table):
            after = at + sum(counts)
            if at < after and begin < after and (end is None or at < end):
                last = after if end is None else end
                pieces.append(_read_groups(path, counts, schema, begin - at, last - at))
            at = after
        return pa.concat_tables(pieces) if pieces else schema.empty_table()

    def _row_groups(self, table: str) -> list[tuple[Path, list[int]]]:
        """Files of a table, each with the rows of its groups."""
        import pyarrow.parquet as pq

        if table not in self._groups:
            self._groups[table] = [
                (path, [data.row_group(i).num_rows for i in range(data.num_row_groups)])
                for path in sorted((self.folder / table).rglob("*.parquet"))
                for data in [pq.read_metadata(path)]
            ]
        return self._groups[table]

    def _schema(self, table: str, columns: Sequence[str] | None) -> pa.Schema:
        import pyarrow as pa

        spec = TABLES[table]
        open_columns = {}
        if table == "orders":
            open_columns = self.profile.attributes | dict.fromkeys(
                (name for name in self.profile.entities if name not in spec), "string"
            )
        elif table == "order_lines":
            open_columns = dict(self.profile.line_attributes)
        elif table == "sales":
            open_columns = dict(self.profile.attributes)
        schema = arrow_schema(spec, open_columns)
        return schema if columns is None else pa.schema([schema.field(n) for n in columns])

    def frame(
        self, table: str, *, columns: Sequence[str] | None = None, where: str = ""
    ) -> pd.DataFrame:
        """Read a table as pandas; missing integers come as ``Int64``, text as pandas strings.

        Parameters
        ----------
        table, columns, where
            As for `arrow`.
        """
        import pandas as pd

        nullable = {
            "int64": pd.Int64Dtype(),
            "bool": pd.BooleanDtype(),
            "string": pd.StringDtype(na_value=pd.NA),
        }
        table_ = self.arrow(table, columns=columns, where=where)
        result: pd.DataFrame = table_.to_pandas(types_mapper=lambda kind: nullable.get(str(kind)))
        return result


def _read_groups(
    path: Path, counts: Sequence[int], schema: pa.Schema, begin: int, end: int
) -> pa.Table:
    """Read rows of one file as a schema has them; a column that it lacks is missing."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    begin, end = max(begin, 0), min(end, sum(counts))
    starts = [sum(counts[:i]) for i in range(len(counts))]
    wanted = [i for i, at in enumerate(starts) if at < end and at + counts[i] > begin]
    with pq.ParquetFile(path) as file:
        present = [name for name in schema.names if name in file.schema_arrow.names]
        found = file.read_row_groups(wanted, columns=present)
    found = found.slice(begin - starts[wanted[0]], end - begin)
    columns = [
        found[f.name].cast(f.type) if f.name in present else pa.nulls(len(found), f.type)
        for f in schema
    ]
    return pa.table(columns, schema=schema)
