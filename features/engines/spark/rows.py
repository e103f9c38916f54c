"""The history as rows in Spark: who asks about which key, and what happened to it."""

from __future__ import annotations

from functools import cached_property, reduce
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 the name that everybody knows it by
from pyspark.sql.pandas.types import from_arrow_schema

from features.engines.source import LINE_VALUES, is_planned
from features.schema import ORDER_LINES, SHIPMENTS, TABLES, arrow_type
from features.windows import outcome_kinds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from pyspark.sql import Column, SparkSession

    from features.engines.spark.layout import Asking, Layout
    from features.history import History

ROUTE: Final = tuple(c.name for c in SHIPMENTS.columns if is_planned(c.name))
_LINE: Final = tuple(c.name for c in ORDER_LINES.columns)
_RANK: Final = "row"
"""Number of a row in its table, as `History.rows` counts them."""


class Rows:
    """The rows of a history in Spark.

    Parameters
    ----------
    spark
        The session.
    history
        The history.
    layout
        What is computed.
    period
        Numbers of the orders that ask, and of the order after the last.
    label_delay_us
        Take no outcome as known sooner than this after its order was placed, microseconds.
    folder
        Where to put aside what several entities read.
    """

    def __init__(
        self,
        spark: SparkSession,
        history: History,
        layout: Layout,
        period: tuple[int, int],
        *,
        label_delay_us: int,
        folder: Path,
    ) -> None:
        self._spark, self._history, self._layout = spark, history, layout
        self._folder = folder
        self._begin, self._end = period
        self._label_delay_us = label_delay_us

    @cached_property
    def orders(self) -> DataFrame:
        """Orders with their number ``n``, both clocks in microseconds and their planned route."""
        keys = {c for a in self._layout.asking for c in a.entity.columns}
        columns = {*keys, *self._layout.values, *self._layout.others, *self._layout.order_columns}
        columns |= {"order_key", "deliver_by"}
        open_columns = {*self._history.profile.attributes, *self._history.profile.entities}
        own = sorted(c for c in columns if c in TABLES["orders"] or c in open_columns)
        orders = self._table("orders", {*own, "placed_at", "received_at"})
        orders = orders.select(
            F.col(_RANK).alias("n"),
            F.unix_micros("placed_at").alias("placed"),
            F.unix_micros("received_at").alias("received"),
            *(F.col(name) for name in own),
        )
        planned = sorted(c for c in columns if is_planned(c))
        if not planned:
            return orders
        first = F.min_by(F.struct(*planned), "shipment_id").alias("first")
        parcels = self._table("shipments", {"order_key", "shipment_id", *planned})
        route = parcels.groupBy("order_key").agg(first)
        routed = orders.join(route, "order_key", "left")
        routed = routed.select(
            *orders.columns, *(F.col(f"first.{name}").alias(name) for name in planned)
        )
        # Every entity reads it; the join is made once.
        routed.write.parquet(str(self._folder / "orders"))
        return self._spark.read.parquet(str(self._folder / "orders"))

    @cached_property
    def lines(self) -> DataFrame:
        """Lines beside the columns of their order."""
        wanted = {c for a in self._layout.asking for c in a.entity.columns if c in _LINE}
        wanted |= {*LINE_VALUES, *self._layout.line_columns, "line_id"}
        lines = self._table("order_lines", {"order_key", *wanted})
        theirs = [F.col(name).alias(f"line:{name}") for name in sorted(wanted)]
        lines = lines.select("order_key", F.col(_RANK).alias("line"), *theirs)
        return lines.join(self.orders, "order_key")

    @cached_property
    def parcels(self) -> DataFrame:
        """Parcels that arrived or were tried, beside the columns of their order."""
        own = sorted(c.name for c in TABLES["shipments"].columns if c.name != "order_key")
        parcels = self._table("shipments", {"order_key", *own})
        parcels = parcels.select("order_key", *(F.col(c).alias(f"parcel:{c}") for c in own))
        joined = parcels.join(self.orders, "order_key")
        arrived = F.col("parcel:delivered_at")
        at = F.coalesce(arrived, F.col("parcel:first_attempt_at"), F.col("parcel:known_at"))
        promised = F.coalesce(F.col("parcel:promised_at"), F.col("deliver_by"))
        late = F.unix_micros(arrived) - F.unix_micros(promised)
        known = F.unix_micros(F.coalesce(F.col("parcel:known_at"), at))
        return joined.where(at.isNotNull()).select(
            "*",
            F.unix_micros(at).alias("happened"),
            F.greatest(known, F.col("received")).alias("known"),
            (F.unix_micros(arrived) - F.col("placed")).alias("value:transit_log"),
            late.alias("value:late_log"),
            (late > 0).cast("long").alias("value:is_late"),
            (1 - F.col("parcel:first_attempt_ok").cast("long")).alias("value:attempt_failed"),
        )

    @cached_property
    def bad(self) -> DataFrame:
        """Bad outcomes, beside the columns of their order."""
        names = ("order_key", "line_id", "kind", "is_bad", "occurred_at", "known_at")
        outcomes = self._table("outcomes", set(names))
        outcomes = outcomes.where(F.coalesce("is_bad", F.lit(True)))
        outcomes = outcomes.withColumnRenamed("line_id", "named")
        delayed = F.col("placed") + self._label_delay_us
        known = F.greatest(F.unix_micros("known_at"), F.col("received"), delayed)
        occurred = F.unix_micros("occurred_at").alias("occurred")
        joined = outcomes.join(self.orders, "order_key")
        named = ("named", "kind", known.alias("known"), occurred)
        return joined.select(*named, *self.orders.columns)

    def keyed(self) -> DataFrame:
        """Give the rows of all keys of all entities: who asks, and what happened.

        Each table is read once, and each of its rows taken once for every entity. An order (or a
        key of its lines) that asks is also what happened, in one row.
        """
        found = [self._keyed_orders()]
        if any(a.entity.level == "line" for a in self._layout.asking):
            found.append(self._keyed_lines())
        streams = {s.partition(":")[0] for a in self._layout.asking for s in a.streams}
        if "shipments" in streams:
            found.append(self._keyed_parcels())
        if streams & {"outcome", "cohort"}:
            found += self._keyed_outcomes()
        whole: DataFrame = reduce(DataFrame.unionByName, found)
        return whole

    def assembled(self) -> DataFrame:
        """Give the rows that the output is put together from, beside the answers."""
        columns = [F.col(name).alias(f"order:{name}") for name in self._order_columns()]
        clocks = ["n", "order_key", "placed", "received"]
        orders = self._asked(self.orders).select(*clocks, *columns)
        if not self._layout.line_columns:
            return orders
        theirs = [F.col(f"line:{name}") for name in self._layout.line_columns]
        lines = self._asked(self.lines).select("n", "line", *theirs)
        return orders.unionByName(lines, allowMissingColumns=True)

    def _order_columns(self) -> list[str]:
        return [name for name in self._layout.order_columns if name != "placed_at"]

    def _asked(self, rows: DataFrame) -> DataFrame:
        return rows.where(F.col("n").between(self._begin, self._end - 1))

    def _keyed_orders(self) -> DataFrame:
        entries = [
            _entry(a, a.streams.index("orders") if "orders" in a.streams else None, ())
            for a in self._layout.asking
            if a.entity.level == "order"
        ]
        rows = self._taken(self.orders, entries)
        asks = F.col("n").between(self._begin, self._end - 1)
        rows = rows.where(asks | F.col("stream").isNotNull())
        return self._laid(rows, asks, F.col("placed"), F.col("received"))

    def _keyed_lines(self) -> DataFrame:
        """Give one row for each order and distinct key of its lines: units, the lowest price."""
        entries = [
            _entry(a, a.streams.index("lines") if "lines" in a.streams else None, _LINE)
            for a in self._layout.asking
            if a.entity.level == "line"
        ]
        of_line = {
            "quantity": F.sum("line:quantity"),
            "unit_price_minor": F.min("line:unit_price_minor"),
        }
        own = [of_line[c].alias(f"value:{c}") for c in LINE_VALUES]
        rows = self._together(self._taken(self.lines, entries), own)
        asks = F.col("n").between(self._begin, self._end - 1)
        return self._laid(rows, asks, F.col("placed"), F.col("received"))

    def _keyed_parcels(self) -> DataFrame:
        entries = [
            _entry(a, a.streams.index("shipments"), ROUTE, prefix="parcel:")
            for a in self._layout.asking
            if "shipments" in a.streams
        ]
        rows = self._taken(self.parcels, entries)
        return self._laid(rows, F.lit(False), F.col("happened"), F.col("known"))

    def _keyed_outcomes(self) -> Iterator[DataFrame]:
        """Find when each order (and key) first became known to be bad, by kind."""
        for level in ("order", "line"):
            entries = [
                _entry(a, number, _LINE if level == "line" else ())
                for a in self._layout.asking
                if a.entity.level == level
                for number, stream in enumerate(a.streams)
                if ":" in stream
            ]
            if not entries:
                continue
            bad = self.bad
            if level == "line":
                keys = {c for a in self._layout.asking for c in a.entity.columns}
                own = [f"line:{c}" for c in sorted(keys | {"line_id"}) if c in _LINE]
                lines = self.lines.select(F.col("n").alias("of"), *own)
                named = F.coalesce(F.col("named") == F.col("line:line_id"), F.lit(True))
                bad = bad.join(lines, (F.col("of") == F.col("n")) & named)
            first = F.min(F.struct("known", "occurred")).alias("first")
            rows = self._together(self._taken(bad, entries), [first])
            happened = F.when(F.col("by_order"), F.col("placed")).otherwise(F.col("first.occurred"))
            yield self._laid(rows, F.lit(False), happened, F.col("first.known"))

    def _taken(self, rows: DataFrame, entries: Sequence[Column]) -> DataFrame:
        """Take each row once for every entity that it has a key of."""
        taken = rows.withColumn("entry", F.explode(F.array(*entries)))
        taken = taken.where(F.col("entry.key").isNotNull())
        return taken.select("*", "entry.*")

    def _together(self, rows: DataFrame, aggregates: Sequence[Column]) -> DataFrame:
        """Make one row of those of an order that share a key."""
        by = ("n", "entity", "key", "stream", "by_order")
        kept = {"order_key", "placed", "received", *self._layout.values, *self._layout.others}
        kept &= set(self.orders.columns)
        return rows.groupBy(*by).agg(*aggregates, *(F.first(c).alias(c) for c in sorted(kept)))

    def _laid(self, rows: DataFrame, asks: Column, happened: Column, known: Column) -> DataFrame:
        """Lay rows out with the columns that all keyed rows have."""
        refer = [a.number for a in self._layout.asking if a.lasts]
        present = set(rows.columns)
        taken = ("n", "entity", "key", "stream")
        columns = [*(F.col(name) for name in taken), asks.alias("asks")]
        columns += [happened.alias("happened"), known.alias("known")]
        columns.append(_only_of(refer, "order_key").alias("order_key"))
        for name in self._layout.values:
            named = f"value:{name}" if f"value:{name}" in present else name
            value = F.col(named) if named in present else F.lit(None)
            columns.append(value.cast("long").alias(f"value:{name}"))
        for name in self._layout.others:
            other = _only_of(self._layout.looking_at(name), name)
            columns.append(other.cast("string").alias(f"other:{name}"))
        return rows.select(*columns)

    def _table(self, name: str, columns: set[str]) -> DataFrame:
        """Read a table; a column that its files lack is missing, as is a whole table."""
        spec, open_columns = TABLES[name], self._history.profile.attributes
        kinds = {c: spec[c].type if c in spec else open_columns.get(c, "string") for c in columns}
        schema = pa.schema([(c, arrow_type(kind)) for c, kind in sorted(kinds.items())])
        if not self._history.has(name):
            numbered = schema.append(pa.field(_RANK, pa.int64()))
            return self._spark.createDataFrame(numbered.empty_table())
        read = self._spark.read.schema(from_arrow_schema(schema))
        read = read.option("recursiveFileLookup", True)
        files = read.parquet(str(self._history.folder / name))
        file = F.substring_index("_metadata.file_path", "/", -2).alias("file")
        rows = files.select(*schema.names, file, F.col("_metadata.row_index").alias("at"))
        begins = self._spark.createDataFrame(_first_rows(self._history, name))
        rows = rows.join(F.broadcast(begins), "file")
        return rows.select(*schema.names, (F.col("begin") + F.col("at")).alias(_RANK))


def _first_rows(history: History, table: str) -> pa.Table:
    """Give each file of a table (folder and name) and the number of its first row."""
    files = sorted((history.folder / table).rglob("*.parquet"))
    lengths = [pq.read_metadata(path).num_rows for path in files]
    return pa.table(
        {
            "file": [f"{path.parent.name}/{path.name}" for path in files],
            "begin": np.cumsum([0, *lengths[:-1]]),
        }
    )


def _only_of(entities: Sequence[int], column: str) -> Column:
    """Leave a text out of the rows of entities that do not look at it: it need not travel."""
    return F.when(F.col("entity").isin(*entities), F.col(column))


def _entry(
    asking: Asking,
    stream: int | None,
    own: Iterable[str],
    *,
    prefix: str = "line:",
) -> Column:
    """Write what a row is to an entity: its key, null where it has none, and its stream."""
    entity = asking.entity
    named = [f"{prefix}{name}" if name in own else name for name in entity.columns]
    texts = [F.col(name).cast("string") for name in named]
    # One text that no other key gives: each but a lone one is told its length.
    spelt = [piece for text in texts for piece in (F.length(text).cast("string"), F.lit(":"), text)]
    key = texts[0] if len(texts) == 1 else F.concat(*spelt) if texts else F.lit("")
    name = "" if stream is None else asking.streams[stream]
    source, _, kind = name.partition(":")
    if kind:
        key = F.when(F.col("kind").isin(*outcome_kinds(kind)), key)
    return F.struct(
        F.lit(asking.number).cast("int").alias("entity"),
        key.alias("key"),
        F.lit(stream).cast("int").alias("stream"),
        F.lit(source == "cohort").alias("by_order"),
    )
