"""Label rules of a mapping document → rows of the outcomes table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from features.durations import SECOND_US
from features.mapping.cells import IDENTITY, SCALE, WANT, base_scale, order_key_sql
from features.mapping.durations import duration
from features.mapping.expressions import Compiler, scale_sql
from features.mapping.faults import ROUNDED, ROUNDED_ID
from features.mapping.report import Cause
from features.mapping.scope import ROW, literal, plain, quoted
from features.mapping.views import scope_of
from features.queries import first_row
from features.schema import OUTCOMES

if TYPE_CHECKING:
    import duckdb

    from features.mapping.parts import FollowedBy, Label, Mapping
    from features.mapping.work import Work

OUTCOME_TYPES: Final = {
    column.name: column.type for column in OUTCOMES.columns if column.name != "outcome_id"
}
_OWN: Final = (
    "order_id",
    "channel",
    "shop_id",
    "line_id",
    "cause",
    "source",
    "trust",
    "quantity",
    "amount_minor",
    "occurred_at",
)


def add_label(work: Work, label: Label) -> None:
    """Add the outcomes of one label to ``out:outcomes``.

    A row that does not say when it became known counts as known when the label matures.

    Parameters
    ----------
    work
        The import; its work database has the views and ``out:orders``.
    label
        The label.
    """
    if label.source is None:
        return
    connection, mapping = work.connection, work.mapping
    compiler = Compiler(replace(scope_of(work, label.source), scale=SCALE))
    cells = _cells(mapping, label, compiler)
    condition = compiler.condition(label.when, (*label.path, "when")) if label.when else "true"
    source, known = f"{quoted(label.source)} WHERE {condition}", _known(label, compiler)
    unknown = "NULL::TIMESTAMPTZ"
    happened = cells.pop("occurred_at", unknown)
    if label.followed_by:
        source = _followed(work, label.followed_by, label, condition)
        known = known or '"__followed_at"'
        happened = f'coalesce({happened}, "__followed_at")'
    clock = known or (unknown if _is_delay(label.known) else happened)
    picked = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in cells.items())
    connection.execute(
        'CREATE OR REPLACE TABLE labelled AS SELECT * FROM "none:outcomes" UNION ALL BY NAME '
        f"SELECT {picked}, sane({happened}) AS happened, sane({clock}) AS known, "
        f'"{ROW}" FROM (SELECT s.*, coalesce({SCALE}, {base_scale(mapping)}) AS {SCALE} '
        f"FROM (SELECT * FROM {source}) s LEFT JOIN ({_scales()}) ON __key = {cells['order_key']})"
    )
    _report(work, label, is_dated=known is not None)
    connection.execute(
        'INSERT INTO "out:outcomes" BY NAME '
        f"SELECT {_outcome_id(label.kind)} AS outcome_id, order_key, line_id, "
        f"{literal(label.kind)} AS kind, true AS is_bad, quantity, amount_minor, "
        f"coalesce(happened, o.placed_at) AS occurred_at, "
        f"greatest({_known_at(label)}, happened, o.placed_at) AS known_at, "
        f"coalesce(source, {literal(mapping.name)}) AS source, trust, cause FROM labelled "
        'JOIN (SELECT order_key, placed_at FROM "out:orders") o USING (order_key) '
        "QUALIFY row_number() OVER (PARTITION BY outcome_id ORDER BY known_at, occurred_at) = 1"
    )


def _scales() -> str:
    """Write a query that gives the scale of each order's money."""
    return f'SELECT order_key AS __key, {scale_sql("currency")} AS {SCALE} FROM "out:orders"'


def _report(work: Work, label: Label, *, is_dated: bool) -> None:
    """Count the rows of a label that name no order, and those that name no moment."""
    connection, report, places = work.connection, work.report, work.places
    where = f"labels.{label.kind}"
    rounded = f"regexp_matches(order_id, '{ROUNDED_ID}')"
    stranger = 'order_key NOT IN (SELECT order_key FROM "out:orders")'
    counted = connection.execute(
        f"SELECT CASE WHEN order_id IS NULL THEN 'order_id is missing or unreadable' "
        f"WHEN {rounded} THEN {literal(f'order_id {ROUNDED}')} "
        f"WHEN {stranger} THEN 'names an order that is not imported' END AS what, "
        f'count(*), min("{ROW}") FROM labelled GROUP BY 1 HAVING what IS NOT NULL '
        "ORDER BY 2 DESC, 3"
    ).fetchall()
    for what, count, row in counted:
        report.left_out.append(Cause(where, what, count, places.locate(label.source or "", row)))
    if not first_row(connection, "SELECT count(*) FROM labelled")[0] and label.source:
        (count,) = first_row(connection, f"SELECT count(*) FROM {quoted(label.source)}")
        what = "no row meets its condition: compare it with what the columns hold"
        report.unknown.append(Cause(where, what, count, places.locate(label.source, 0)))
    count, row = first_row(
        connection, f'SELECT count(*), min("{ROW}") FROM labelled WHERE known IS NULL'
    )
    if count and is_dated:
        what = "known is missing or unreadable: counts as known when the label matures"
        report.unknown.append(Cause(where, what, count, places.locate(label.source or "", row)))


def _known_at(label: Label) -> str:
    """Write when a row of ``labelled`` became known, going by the moment of its order."""
    delay = duration(label.known) if _is_delay(label.known) else label.matures
    after = f"o.placed_at + to_microseconds({round(delay.total_seconds() * SECOND_US)})"
    return f"coalesce(known, {after})"


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Make an empty ``none:outcomes`` that gives a label's rows the columns they lack."""
    connection.execute(
        'CREATE TABLE "none:outcomes" (order_key VARCHAR, order_id VARCHAR, line_id VARCHAR, '
        "quantity BIGINT, amount_minor BIGINT, happened TIMESTAMPTZ, known TIMESTAMPTZ, "
        f'source VARCHAR, trust VARCHAR, cause VARCHAR, "{ROW}" BIGINT)'
    )


def _outcome_id(kind: str) -> str:
    return f"order_key || coalesce('/' || line_id, '') || {literal('#' + kind)}"


def _cells(mapping: Mapping, label: Label, compiler: Compiler) -> dict[str, str]:
    columns: dict[str, Any] = dict(label.columns)
    if "order_id" not in columns:
        orders = next((s for s in mapping.sections if s.table == "orders"), None)
        if orders is None:
            raise mapping.document.error(
                (*label.path, "columns", "order_id"),
                "is missing: name the column of the order's id",
            )
        for name in IDENTITY[1:]:
            if name in orders.columns:
                columns[name] = orders.columns[name]
    cells: dict[str, str] = {}
    for name, node in columns.items():
        path = (*label.path, "columns", name)
        if name not in _OWN:
            raise mapping.document.error(path, f"is not one of {', '.join(_OWN)}")
        want = "money" if name.endswith("_minor") else WANT[OUTCOME_TYPES.get(name, "string")]
        cells[name] = compiler.sql(node, want, path)
    identity = {
        "merchant_id": literal(mapping.merchant),
        "channel": cells.pop("channel", literal(mapping.channel)),
        "shop_id": cells.pop("shop_id", literal(mapping.shop)),
        "order_id": cells["order_id"],
    }
    return {"order_key": order_key_sql(list(identity.values()))} | cells


def _known(label: Label, compiler: Compiler) -> str | None:
    """Compile the moment at which a label is known, unless it is a delay after the order."""
    if label.known is None or _is_delay(label.known):
        return None
    return compiler.sql(label.known, "instant", (*label.path, "known"))


def _is_delay(value: Any) -> bool:
    try:
        duration(value)
    except ValueError:
        return False
    return True


def _followed(work: Work, rule: FollowedBy, label: Label, condition: str) -> str:
    """Match rows with the later rows that name them, on the local clock.

    The earliest such row tells when the label is known.
    """
    path = (*label.path, "followed_by")
    first, later = scope_of(work, label.source or ""), scope_of(work, rule.rows)
    equal = []
    for name in rule.same:
        left, right = (scope.resolve(name, (*path, "same")) for scope in (first, later))
        equal.append(f"{plain('a.' + left[0], left[1])} = {plain('b.' + right[0], right[1])}")
    clock = {"column": rule.clock}
    here = (*path, "clock")
    start, end = (Compiler(scope).sql(clock, "local", here) for scope in (first, later))
    known = Compiler(later).sql(clock, "instant", here)
    micros = round(rule.within.total_seconds() * SECOND_US)
    return (
        '(SELECT a.* EXCLUDE ("__at"), b."__followed_at" FROM '
        f'(SELECT *, {start} AS "__at" FROM {quoted(first.source)} WHERE {condition}) a '
        f'JOIN (SELECT *, {end} AS "__at", {known} AS "__followed_at" '
        f"FROM {quoted(later.source)}) b ON {' AND '.join(equal)} "
        f'AND b."__at" > a."__at" AND b."__at" <= a."__at" + to_microseconds({micros}))'
    )
