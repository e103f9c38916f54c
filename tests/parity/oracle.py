"""Windowed features in DuckDB SQL, written from their declaration alone: the oracle of the engines.

What an order sees is a join: events of its key that were known strictly before it was received and
happened in its window. Where every event is known by the time the window's near edge reaches it,
the known clock decides nothing; running totals up to either edge and RANGE frames over whole
microseconds then give the same numbers, and stay feasible with a million orders on one key.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any, Final

import duckdb
import numpy as np

from features.windows import EVERYBODY, RINGS, SHRINKAGE
from tests.parity.oracle_tables import LINES, asked, create_tables, events

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from features.history import History
    from features.windows import Entity, Measure, Part


def oracle(
    history: History, measures: Sequence[Measure], *, always_join: bool = False
) -> dict[str, NDArray[Any]]:
    """Compute windowed features of every order.

    Parameters
    ----------
    history
        The history.
    measures
        What to compute.
    always_join
        Join even where the known clock decides nothing.

    Returns
    -------
    dict
        Values by name, by ``placed_at`` and ``order_key``: floats with NaN for unknown, or texts
        with None.
    """
    with duckdb.connect() as connection:
        connection.execute("SET threads = 2; SET memory_limit = '5GB'")
        create_tables(connection, history, measures)
        found: dict[str, NDArray[Any]] = {}
        everybody = _Answers(connection, EVERYBODY, always_join=always_join)
        everybody.add(p for m in measures for p in m.parts if p.entity == EVERYBODY)
        for entity in dict.fromkeys(m.entity for m in measures):
            wanted = [m for m in measures if m.entity == entity]
            answers = everybody
            if entity != EVERYBODY:
                answers = _Answers(connection, entity, always_join=always_join)
                answers.add(p for m in wanted for p in m.parts if p.entity == entity)
            table = connection.sql(_values(wanted, answers, everybody)).to_arrow_table()
            found |= {m.name: _column(table[m.name], m) for m in wanted}
            if answers is not everybody:
                answers.drop()
        return found


def _column(column: pa.ChunkedArray, measure: Measure) -> NDArray[Any]:
    if measure.aggregate == "last":
        texts: NDArray[Any] = column.to_numpy()
        return texts
    numbers: NDArray[Any] = column.to_numpy().astype(np.float64)
    return numbers


class _Answers:
    """The parts of one entity, in tables with a row for each order (and key) that asks."""

    _numbers = count()

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, entity: Entity, *, always_join: bool
    ) -> None:
        self._connection, self._entity, self._always_join = connection, entity, always_join
        self.column: dict[Part, str] = {}
        self.tables: list[str] = []
        self.asked = self._table(f"SELECT row_number() OVER () AS q, * FROM ({asked(entity)})")

    def _table(self, query: str) -> str:
        name = f"t{next(self._numbers)}"
        self._connection.execute(f"CREATE TABLE {name} AS {query}")
        return name

    def drop(self) -> None:
        """Drop the tables."""
        for name in (self.asked, *self.tables):
            self._connection.execute(f"DROP TABLE {name}")

    def add(self, parts: Iterator[Part]) -> None:
        """Compute parts."""
        by_stream: dict[str, list[Part]] = {}
        for part in dict.fromkeys(parts):
            by_stream.setdefault(part.stream, []).append(part)
        for stream, members in by_stream.items():
            columns = {p.column for p in members if p.column is not None}
            columns |= {"order_key"} if any(p.kind == "last" for p in members) else set()
            happened = self._table(events(self._entity, stream, columns))
            lag = self._lag(happened)
            prompt = [p for p in members if lag is not None and lag <= p.delay_us]
            late = [p for p in members if p not in prompt]
            framed = [p for p in prompt if p.kind in {"low", "high", "distinct"}]
            self._keep(late, self._joined(happened, late))
            self._keep(framed, self._framed(happened, framed))
            rest = [p for p in prompt if p not in framed]
            if rest:
                self._sum(happened, rest)
            self._connection.execute(f"DROP TABLE {happened}")

    def _keep(self, parts: Sequence[Part], query: str) -> None:
        if parts:
            self.tables.append(self._table(query))
            self.column |= {p: f"{self.tables[-1]}.p{i}" for i, p in enumerate(parts)}

    def _lag(self, happened: str) -> int | None:
        """How long after it happened an event was known at most; None to go by the known clock."""
        question = f"""SELECT (SELECT coalesce(max(known - happened), 0) FROM {happened}),
                              (SELECT coalesce(bool_and(received >= placed), true) FROM orders)"""
        ((lag, is_punctual),) = self._connection.execute(question).fetchall()
        return int(lag) if is_punctual and not self._always_join else None

    def _joined(self, happened: str, parts: Sequence[Part]) -> str:
        """Write the parts as a join; every equals sign of the definition stands here."""
        far = max((p.delay_us + p.span_us for p in parts), default=0)
        near = min((p.delay_us for p in parts), default=0)
        aggregated = ", ".join(f"{_of_rows(p)} AS p{i}" for i, p in enumerate(parts))
        return f"""
            SELECT q.q, {aggregated} FROM {self.asked} q LEFT JOIN {happened} e
              ON e.key = q.key AND e.known < q.received
              AND e.happened >= q.placed - {far} AND e.happened < q.placed - {near}
            GROUP BY q.q"""

    def _framed(self, happened: str, parts: Sequence[Part]) -> str:
        """Write the parts as RANGE frames over events and those who ask."""
        columns = sorted({p.column for p in parts if p.column})
        values = "".join(f', "{c}"' for c in columns)
        nothing = "".join(f', NULL AS "{c}"' for c in columns)
        frames = {_frame(p): p for p in parts}
        windows = ", ".join(
            f"{name} AS (PARTITION BY key ORDER BY happened RANGE BETWEEN "
            f"{p.delay_us + p.span_us} PRECEDING AND {p.delay_us + 1} PRECEDING)"
            for name, p in frames.items()
        )
        selected = ", ".join(
            f"{_FRAMED[p.kind].format(p.column)} OVER {_frame(p)} AS p{i}"
            for i, p in enumerate(parts)
        )
        return f"""
            SELECT * FROM (
              SELECT q, {selected} FROM (
                SELECT NULL AS q, key, happened {values} FROM {happened}
                UNION ALL SELECT q, key, placed {nothing} FROM {self.asked}
              ) WINDOW {windows}
            ) WHERE q IS NOT NULL"""

    def _sum(self, happened: str, parts: Sequence[Part]) -> None:
        """Keep the parts as differences of running totals, and events next to the edges."""
        columns = sorted({p.column for p in parts if p.column})
        at_once = "".join(
            f""", count("{c}") AS "n {c}", sum("{c}") AS "sum {c}",
                  sum("{c}"::HUGEINT * "{c}") AS "squares {c}" """
            for c in columns
        )
        at_once += ", max(order_key) AS order_key" if any(p.kind == "last" for p in parts) else ""
        running = [f"{what} {c}" for c in columns for what in ("n", "sum", "squares")]
        so_far = "".join(f', sum(coalesce("{c}", 0)) OVER upto AS "{c}"' for c in ("n", *running))
        totals = f"""(
            SELECT * EXCLUDE ("n" {"".join(f', "{c}"' for c in running)}) {so_far}
            FROM (
              SELECT key, happened, count(*) AS n {at_once} FROM {happened} GROUP BY key, happened)
            WINDOW upto AS (PARTITION BY key ORDER BY happened ROWS UNBOUNDED PRECEDING))"""
        self._connection.execute(f"CREATE TABLE totals AS {totals}")
        before = {p.delay_us for p in parts} | {p.delay_us + p.span_us for p in parts}
        since = {p.delay_us + p.span_us for p in parts if p.kind == "age"}
        edges = [(f"before_{us}", "<", us) for us in sorted(before)]
        edges += [(f"since_{us}", ">=", us) for us in sorted(since)]
        # One narrow join at a time: chained, they would carry every column through every sort.
        for name, side, us in edges:
            self._connection.execute(
                f"""CREATE TABLE {name} AS SELECT q.q, t.* EXCLUDE (key) FROM {self.asked} q
                    ASOF JOIN totals t ON t.key = q.key AND t.happened {side} q.placed - {us}"""
            )
        self._connection.execute("DROP TABLE totals")
        selected = ", ".join(f"{_of_totals(p)} AS p{i}" for i, p in enumerate(parts))
        joins = "".join(f" LEFT JOIN {name} USING (q)" for name, _, _ in edges)
        self._keep(parts, f"SELECT q.q, {selected} FROM {self.asked} q {joins}")
        for name, _, _ in edges:
            self._connection.execute(f"DROP TABLE {name}")


def _frame(part: Part) -> str:
    return f"frame_{part.span_us}_{part.delay_us}"


_FRAMED: Final = {"low": 'min("{}")', "high": 'max("{}")', "distinct": 'count(DISTINCT "{}")'}


def _of_rows(part: Part) -> str:
    """Write a part over the rows that a join found."""
    inside = (
        f"FILTER (WHERE e.happened >= q.placed - {part.delay_us + part.span_us}"
        f" AND e.happened < q.placed - {part.delay_us})"
    )
    value = f'e."{part.column}"'
    valid, total = f"count({value}) {inside}", f"coalesce(sum({value}) {inside}, 0)"
    squares = f"coalesce(sum({value}::HUGEINT * {value}) {inside}, 0)"
    return {
        "n": f"count(e.happened) {inside}",
        "valid": valid,
        "total": total,
        "spread": f"{valid} * {squares} - {total} * {total}",
        "low": f"min({value}) {inside}",
        "high": f"max({value}) {inside}",
        "distinct": f"count(DISTINCT {value}) {inside}",
        "gap": f"any_value(q.placed) - max(e.happened) {inside}",
        "age": f"any_value(q.placed) - min(e.happened) {inside}",
        "last": f"arg_max(e.order_key, row(e.happened, e.order_key)) {inside}",
    }[part.kind]


def _of_totals(part: Part) -> str:
    """Write a part from what had happened before either edge."""
    near, far = part.delay_us, part.delay_us + part.span_us

    def between(name: str) -> str:
        return (
            f'(coalesce(before_{near}."{name}", 0) - coalesce(before_{far}."{name}", 0))::HUGEINT'
        )

    valid, total = between(f"n {part.column}"), between(f"sum {part.column}")
    last = f"CASE WHEN before_{near}.happened >= q.placed - {far} THEN"
    return {
        "n": between("n"),
        "valid": valid,
        "total": total,
        "spread": f"{valid} * {between(f'squares {part.column}')} - {total} * {total}",
        "gap": f"{last} q.placed - before_{near}.happened END",
        "age": f"""CASE WHEN since_{far}.happened < q.placed - {near}
                        THEN q.placed - since_{far}.happened END""",
        "last": f"{last} before_{near}.order_key END",
    }[part.kind]


def _values(measures: Sequence[Measure], answers: _Answers, everybody: _Answers) -> str:
    """Write the values of one entity's measures, one row for each order of the history."""
    column = everybody.column | answers.column
    selected = []
    for measure in measures:
        parts = [column[part] for part in measure.parts]
        if measure.aggregate != "last":
            parts = [f"{part}::DOUBLE" for part in parts]
        reduce = measure.reduce if measure.entity.level == "line" else "any_value"
        selected.append(f'{reduce}({_formula(measure, parts)}) AS "{measure.name}"')
    joins = [f" LEFT JOIN {name} USING (q)" for name in answers.tables]
    if answers is not everybody:
        joins += [
            f" LEFT JOIN (SELECT n AS of, {name}.* FROM {name} JOIN {everybody.asked} USING (q))"
            f" AS {name} ON {name}.of = a.n"
            for name in everybody.tables
        ]
    return f"""
        SELECT {", ".join(selected)}
        FROM orders o LEFT JOIN {answers.asked} a USING (n) {"".join(joins)}
        GROUP BY o.n ORDER BY o.n"""


def _formula(measure: Measure, p: Sequence[str]) -> str:
    """Write the number that the parts of a window become."""
    is_of_line = measure.stream == "lines" and measure.column in LINES
    own = f'{"a" if is_of_line else "o"}."{measure.column}"'
    match measure.aggregate:
        case "since" | "since_first":
            return f"{p[0]} / 1e6"
        case "mean" | "share":
            return f"CASE WHEN {p[0]} > 0 THEN {p[1]} / {p[0]} END"
        case "std":
            return f"CASE WHEN {p[0]} > 1 THEN {_deviation(p)} END"
        case "zscore":
            deviates = f"({own} - {p[1]} / {p[0]}) / {_deviation(p)}"
            return f"CASE WHEN {p[0]} > 1 AND {p[2]} > 0 THEN {deviates} END"
        case "ratio":
            return f"CASE WHEN {p[0]} > 0 AND {p[1]} > 0 THEN {own} / ({p[1]} / {p[0]}) END"
        case "rate":
            return _shrunk(*p)
        case "decayed":
            return _shrunk(*(_faded(p[kind::4]) for kind in range(4)))
        case _:
            return p[0]


def _deviation(p: Sequence[str]) -> str:
    return f"sqrt({p[2]} / ({p[0]} * ({p[0]} - 1)))"


def _shrunk(n: str, bad: str, n_all: str, bad_all: str) -> str:
    prior = f"{SHRINKAGE}::DOUBLE"
    share = f"({bad} + {prior} * ({bad_all} / {n_all})) / ({n} + {prior})"
    return f"CASE WHEN {n} > 0 AND {n_all} > 0 THEN {share} END"


def _faded(upto: Sequence[str]) -> str:
    """Weigh what lies between one half-life and the next by halves."""
    rings = (upto[0], *(f"({upto[i]} - {upto[i - 1]})" for i in range(1, RINGS)))
    return "(" + " + ".join(f"{ring} / {2.0**i}::DOUBLE" for i, ring in enumerate(rings)) + ")"
