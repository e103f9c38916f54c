"""Where outcomes name lines, every line is a row: its key, its features, its label, its money."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from features.history import History, HistoryProfile, LabelProfile
from features.history_writing import write_history
from features.schema import TABLES, arrow_schema
from models.training.labels import LabelRule, first_known, label_by
from models.training.lines import LineMaterial, is_per_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Row = dict[str, Any]

OPENED = datetime(2026, 1, 5, 9, tzinfo=UTC)
RULE = LabelRule(("return",), timedelta(days=14))


def order(number: int, day: int, **columns: Any) -> Row:
    at = OPENED + timedelta(days=day)
    own = {"order_key": f"m/web/main/{number}", "order_id": str(number), "buyer_key": "h1:b"}
    where = {"merchant_id": "m", "channel": "web", "shop_id": "main", "value_minor": 1_000}
    return {**own, **where, "placed_at": at, "received_at": at, **columns}


def line(number: int, line_id: str, day: int, sku: str, total: int | None, **columns: Any) -> Row:
    at = OPENED + timedelta(days=day)
    row = {"order_key": f"m/web/main/{number}", "line_id": line_id, "placed_at": at, "sku": sku}
    return row | {"quantity": 1, "total_minor": total} | columns


def returned(number: int, line_id: str | None, day: int) -> Row:
    at = OPENED + timedelta(days=day)
    own = {"outcome_id": f"{number}/{line_id}", "order_key": f"m/web/main/{number}"}
    what = {"line_id": line_id, "kind": "return", "is_bad": True}
    return {**own, **what, "occurred_at": at, "known_at": at}


ORDERS = [order(0, 0), order(1, 30), order(2, 31)]
LINES = [
    line(0, "a", 0, "pen", 250),
    line(0, "b", 0, "ink", 750),
    line(1, "a", 30, "ink", None),
    line(1, "b", 30, "pen", 400),
]


def written(folder: Path, outcomes: Sequence[Row], lines: Sequence[Row] = LINES) -> History:
    """Write the first two orders with two lines each, and the third with none."""
    given = {"orders": ORDERS, "order_lines": lines, "outcomes": outcomes}
    tables = {}
    for name, rows in given.items():
        schema = arrow_schema(TABLES[name])
        sparse = [{c: row.get(c) for c in schema.names} for row in rows]
        tables[name] = pa.Table.from_pylist(sparse, schema)
    labels = {"return": LabelProfile("return", 14.0)}
    write_history(folder, tables, HistoryProfile(timezone="UTC", labels=labels))
    return History(folder)


@pytest.fixture
def lines(tmp_path: Path) -> LineMaterial:
    told = [returned(0, "b", 6), returned(1, None, 40), returned(0, "zz", 7)]
    return LineMaterial(written(tmp_path / "history", told), purposes=frozenset({"risk"}))


def test_each_line_is_a_row_and_so_is_an_order_without_lines(lines: LineMaterial) -> None:
    assert lines.orders["order_id"].tolist() == ["0/a", "0/b", "1/a", "1/b", "2"]
    assert lines.frame.index.tolist() == lines.orders.index.tolist() == [
        "m/web/main/0/a", "m/web/main/0/b", "m/web/main/1/a", "m/web/main/1/b", "m/web/main/2",
    ]  # fmt: skip


def test_a_line_has_its_part_of_the_orders_money(lines: LineMaterial) -> None:
    """One line of the second order has no price, so that nobody knows either part."""
    assert lines.orders["value_minor"].fillna(-1).tolist() == [250, 750, -1, -1, 1_000]


def test_lines_that_cost_nothing_share_their_orders_money_equally(tmp_path: Path) -> None:
    free = [line(0, "a", 0, "pen", 0), line(0, "b", 0, "ink", 0)]

    made = LineMaterial(written(tmp_path / "history", [returned(0, "b", 6)], free))

    assert made.orders["value_minor"].iloc[:2].tolist() == [500, 500]


def test_a_line_has_its_orders_features_and_its_own(lines: LineMaterial) -> None:
    frame = lines.frame

    assert frame["order__value_minor"].tolist() == [1_000.0] * 5
    assert frame["line__sku"].fillna("").tolist() == ["pen", "ink", "ink", "pen", ""]
    ink, pen = frame["line_sku__return_rate__matured_365d"].iloc[2:4]
    assert ink > pen > 0
    assert frame["sku__return_rate__matured_365d"].iloc[2:4].tolist() == [ink, ink]


def test_an_outcome_is_of_the_line_it_names_or_of_all(lines: LineMaterial) -> None:
    bad = first_known(lines.outcomes, RULE.kinds)

    soon = label_by(lines.orders, bad, RULE, OPENED + timedelta(days=15))
    late = label_by(lines.orders, bad, RULE, OPENED + timedelta(days=60))

    assert soon.fillna(-1).tolist() == [0, 1, -1, -1, -1]
    assert late.tolist() == [0, 1, 1, 1, 0]


def test_outcomes_of_lines_that_are_not_there_are_counted(lines: LineMaterial) -> None:
    assert lines.notes[1] == "1 outcomes name a line that their order does not have"


def test_every_feature_has_a_definition_and_a_column(lines: LineMaterial) -> None:
    names = [feature.name for feature in lines.features]

    assert set(names) == set(lines.definitions) <= set(lines.frame.columns)
    assert len(names) == len(set(names))


@pytest.mark.parametrize("other", [None, "of another numbering"])
@pytest.mark.parametrize(
    ("n_named", "n_others", "expected"),
    [(19, 1, True), (18, 2, False), (0, 3, False), (0, 0, False)],
)
def test_a_label_is_of_lines_where_nearly_all_outcomes_name_one_of_their_order(
    tmp_path: Path, n_named: int, n_others: int, expected: bool, other: str | None
) -> None:
    told = [returned(0, "a", 6) | {"outcome_id": f"named {n}"} for n in range(n_named)]
    told += [returned(0, other, 7) | {"outcome_id": f"other {n}"} for n in range(n_others)]

    history = written(tmp_path / "history", told)

    assert is_per_line(history, ("return",)) is expected
    assert is_per_line(history, ("fraud",)) is False


def test_without_order_lines_no_label_is_of_lines(tmp_path: Path) -> None:
    assert is_per_line(written(tmp_path / "history", [returned(0, "a", 6)], ()), ("return",)) is (
        False
    )
