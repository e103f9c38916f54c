"""The catalogue as a list to read: each feature with its window, its cost and who gives it."""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from features import line
from features.buyer import n_identifiers
from features.catalogue import declare
from features.engines.source import PLAN
from features.feature import Both, Feature  # noqa: TC001 part of a public record
from features.queries import work_database
from features.schema import ATTRIBUTE_PREFIX, ORDER_LINES, ORDERS
from features.windows import DAY, duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import duckdb

    from features.history import History
    from features.windows import Measure

"""Chinese and English."""

GROUPS: Final[dict[str, Both]] = {
    "order": ("订单字段", "fields of the order"),
    "basket": ("购物篮", "basket"),
    "timing": ("时间", "time of the order"),
    "promise": ("承诺", "the promise"),
    "place": ("地点", "place"),
    "buyer": ("买家", "buyer"),
    "plan": ("计划路线", "planned route"),
    "lane": ("线路（发货省→收货省）", "lane"),
    "links": ("身份关联", "identity links"),
}
"""What subjects are called whose features are no windows; an entity names its own."""

LINE: Final[Both] = ("订单的单行", "single lines of the order")
"""What features of lines are about; those of the order itself are apart from them."""

OWN: Final[Both] = ("商家自有字段", "the merchant's own fields")

COSTS: Final[tuple[tuple[frozenset[str], str, Both], ...]] = (
    (frozenset({"distinct"}), "distinct", ("去重表", "distinct table")),
    (frozenset({"low", "high"}), "extremes", ("窗口极值", "extremes")),
    (frozenset({"valid", "total", "spread"}), "sums", ("滑动累计", "moving sums")),
    (frozenset({"n", "gap", "age", "last"}), "pointers", ("指针移动", "pointers")),
)
"""Kinds of parts, what an engine has to do for them and how that is called; the dearest first."""

FIELD: Final[Both] = ("自身字段", "own field")
FORMULA: Final[Both] = ("自身字段计算", "own formula")
GRAPH: Final[Both] = ("身份图", "identity graph")


@dataclass(frozen=True, slots=True)
class Cost:
    """What a feature costs an engine.

    Parameters
    ----------
    kind
        ``field``, ``formula``, ``pointers``, ``sums``, ``extremes``, ``distinct`` or ``graph``.
    words
        The same in Chinese and English.
    windows
        Windows that are kept for it; one that another feature shares is kept once.
    """

    kind: str
    words: Both
    windows: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the catalogue.

    Parameters
    ----------
    feature
        The feature.
    group
        What it is about, in Chinese and English.
    window
        Such as ``30d``, ``half-life 30d`` or ``30d, 45d old``; empty for the order itself.
    cost
        What it costs an engine.
    coverage
        Channel to the share of its orders for which the feature's inputs are given.
    """

    feature: Feature
    group: Both
    window: str
    cost: Cost
    coverage: Mapping[str, float]

    @property
    def document(self) -> dict[str, Any]:
        """The line as a JSON document."""
        f = self.feature
        return {
            "name": f.name,
            "group": dict(zip(("zh", "en"), self.group, strict=True)),
            "zh": f.zh,
            "en": f.en,
            "unit": f.unit,
            "kind": f.kind,
            "window": self.window,
            "sources": list(f.sources),
            "purposes": list(f.purposes),
            "cost": self.cost.kind,
            "windows": self.cost.windows,
            "coverage": {channel: round(share, 4) for channel, share in self.coverage.items()},
        }


def entries(history: History) -> tuple[Entry, ...]:
    """List every feature of a history; one query over its orders finds who gives what.

    Parameters
    ----------
    history
        The history.

    Returns
    -------
    tuple of Entry
        In the order of `features.catalogue.declare`, and then those of single lines.

    Examples
    --------
    >>> from datetime import UTC, datetime, timedelta
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import pyarrow as pa
    >>> from features.history import History, HistoryProfile
    >>> from features.history_writing import write_history
    >>> noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> orders = pa.table({
    ...     "order_key": ["a", "b"], "order_id": ["a", "b"], "channel": ["web", "app"],
    ...     "merchant_id": ["acme", "acme"], "shop_id": ["eu", "eu"],
    ...     "placed_at": [noon, noon], "received_at": [noon, noon], "buyer_key": ["h1:ann", None],
    ... })
    >>> with TemporaryDirectory() as home:
    ...     _ = write_history(Path(home) / "history", {"orders": orders}, HistoryProfile())
    ...     history = History(Path(home) / "history")
    ...     listed = {entry.feature.name: entry for entry in entries(history)}
    >>> one = listed["buyer__order_count__24h"]
    >>> one.window, one.cost.kind, dict(one.coverage)
    ('24h', 'pointers', {'app': 0.0, 'web': 1.0})
    """
    features = (*declare(history.profile), *line.features(history.profile))
    needs = {feature.name: need_of(feature) for feature in features}
    given = shares(history, needs.values())
    return tuple(
        Entry(f, group_of(f), window_of(f), cost_of(f), given[needs[f.name]]) for f in features
    )


def group_of(feature: Feature) -> Both:
    """Name what a feature is about.

    Examples
    --------
    >>> from features.buyer import FEATURES
    >>> group_of(FEATURES[0])
    ('买家', 'buyer')
    """
    if feature.level == "line":
        return LINE
    if feature.measure is not None:
        return feature.measure.entity.zh, feature.measure.entity.en
    return GROUPS.get(feature.subject, OWN)


def window_of(feature: Feature) -> str:
    """Write the window of a feature.

    Examples
    --------
    >>> from features.history import HistoryProfile
    >>> of = {feature.name: window_of(feature) for feature in declare(HistoryProfile())}
    >>> of["shop__order_count__24h"], of["order__total_minor"]  # the second is the order's own
    ('24h', '')
    """
    m = feature.measure
    if m is None:
        return ""
    span = duration(m.window)
    text = f"half-life {span}" if m.aggregate == "decayed" else span
    return f"{text}, {m.delay / DAY:g}d old" if m.delay else text


def cost_of(feature: Feature) -> Cost:
    """Tell what a feature costs an engine.

    Examples
    --------
    >>> from features.given import FEATURES
    >>> cost_of(FEATURES[0]).kind
    'field'
    """
    if feature.measure is not None:
        parts = feature.measure.parts
        kinds = {part.kind for part in parts}
        frames = {(p.entity, p.stream, p.span_us, p.delay_us) for p in parts}
        kind, words = next((kind, words) for of, kind, words in COSTS if of & kinds)
        return Cost(kind, words, len(frames))
    if isinstance(feature.function, itemgetter):
        return Cost("field", FIELD)
    return Cost("graph", GRAPH) if feature.function is None else Cost("formula", FORMULA)


@dataclass(frozen=True, slots=True)
class Need:
    """Columns that an order must carry for a feature to be asked about it.

    Parameters
    ----------
    columns
        Columns of the order, its planned route or one of its lines; an attribute of lines stands
        under ``order_lines.``, since orders may have one of the same name.
    any_of
        Whether one of them is enough.
    """

    columns: tuple[str, ...]
    any_of: bool = False


def need_of(feature: Feature) -> Need:
    """Tell what an order must carry.

    Examples
    --------
    >>> from datetime import timedelta
    >>> from features.entities import BUILT_IN
    >>> from features.windows import Measure
    >>> from features.wording import describe
    >>> own = Measure(BUILT_IN["ip"], "orders", "ratio", timedelta(days=1), column="value_minor")
    >>> need_of(describe(own, ("risk",))).columns
    ('ip_key', 'value_minor')
    """
    m = feature.measure
    if m is not None:
        is_of_lines = m.entity.level == "line"
        keys = (_of_line(c) if is_of_lines else c for c in m.entity.columns)
        return Need((*keys, *_own_value(m)))
    of_lines = tuple(
        _of_line(s.removeprefix(_LINES)) for s in feature.sources if s.startswith(_LINES)
    )
    columns = feature.order_columns + of_lines
    if feature.subject in {"timing", "promise"}:
        columns = tuple(c for c in columns if c != "utc_offset_min")  # the merchant's stands in
    return Need(columns, any_of=feature.function in {None, n_identifiers})


_LINES: Final = "order_lines."


def _of_line(column: str) -> str:
    """Name a column of lines so that no column of orders is meant."""
    return _LINES + column if column.startswith(ATTRIBUTE_PREFIX) else column


def _own_value(m: Measure) -> tuple[str, ...]:
    return (m.column,) if m.aggregate in {"zscore", "ratio"} and m.column else ()


def shares(history: History, needs: Iterable[Need]) -> dict[Need, dict[str, float]]:
    """Measure for which share of each channel's orders needs are met.

    Parameters
    ----------
    history
        The history.
    needs
        What features need.

    Returns
    -------
    dict
        Need to channel to share, 0 to 1; channels in alphabetical order.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import pyarrow as pa
    >>> from features.buyer import FEATURES
    >>> from features.history import History, HistoryProfile
    >>> from features.history_writing import write_history
    >>> noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> orders = pa.table({
    ...     "order_key": ["a", "b"], "order_id": ["a", "b"], "channel": ["web", "web"],
    ...     "merchant_id": ["acme", "acme"], "shop_id": ["eu", "eu"],
    ...     "placed_at": [noon, noon], "received_at": [noon, noon],
    ...     "account_created_at": [noon, None],
    ... })
    >>> need = need_of(next(f for f in FEATURES if f.name == "buyer__account_age_s"))
    >>> with TemporaryDirectory() as home:
    ...     _ = write_history(Path(home) / "history", {"orders": orders}, HistoryProfile())
    ...     shares(History(Path(home) / "history"), [need])[need]
    {'web': 0.5}
    """
    wanted = list(dict.fromkeys(needs))
    columns = {c for need in wanted for c in need.columns}
    of_lines = sorted(c for c in columns if c in ORDER_LINES and c not in ORDERS)
    own = sorted(c.removeprefix(_LINES) for c in columns if c.startswith(_LINES))
    of_route = sorted(c for c in columns if c in PLAN and c not in ORDERS)
    with work_database() as connection:
        connection.execute("SET threads = 2")
        has = {t: _view(connection, history, t) for t in ("orders", "order_lines", "shipments")}
        met = [
            _met(need, has["orders"], frozenset(of_lines), frozenset(of_route)) for need in wanted
        ]
        counts = ", ".join(f"count(*) FILTER (WHERE {condition})" for condition in met)
        lines = _grouped("order_lines", [*of_lines, *own], has["order_lines"])
        route = _grouped("shipments", of_route, has["shipments"])
        rows = connection.execute(
            f"""SELECT channel, count(*), {counts} FROM orders
            LEFT JOIN ({lines}) AS line USING (order_key)
            LEFT JOIN ({route}) AS route USING (order_key)
            GROUP BY channel ORDER BY channel"""  # noqa: S608 names come from the schema and the profile
        ).fetchall()
    return {need: {row[0]: row[i + 2] / row[1] for row in rows} for i, need in enumerate(wanted)}


def _view(connection: duckdb.DuckDBPyConnection, history: History, table: str) -> frozenset[str]:
    """Open a table as a view and give the columns that it really has."""
    if not history.has(table):
        connection.execute(f"CREATE VIEW {table} AS SELECT NULL AS order_key WHERE false")
        return frozenset()
    glob = str(history.folder / table / "**" / "*.parquet")
    relation = connection.from_parquet(glob, union_by_name=True, hive_partitioning=False)
    relation.create_view(table)
    return frozenset(relation.columns)


def _grouped(table: str, columns: Sequence[str], has: frozenset[str]) -> str:
    """Write which columns any row of an order carries."""
    given = "".join(
        f', bool_or("{c}" IS NOT NULL) AS "{c}"' if c in has else f', false AS "{c}"'
        for c in columns
    )
    return f"SELECT order_key{given} FROM {table} GROUP BY order_key"  # noqa: S608 names come from the schema


def _met(
    need: Need, has: frozenset[str], of_lines: frozenset[str], of_route: frozenset[str]
) -> str:
    def given(column: str) -> str:
        if column.startswith(_LINES) or column in of_lines:
            return f'coalesce(line."{column.removeprefix(_LINES)}", false)'
        if column in of_route:
            return f'coalesce(route."{column}", false)'
        return f'orders."{column}" IS NOT NULL' if column in has else "false"

    joined = (" OR " if need.any_of else " AND ").join(map(given, need.columns))
    return joined or "true"
