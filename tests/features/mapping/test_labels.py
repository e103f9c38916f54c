"""Labels become outcomes with the moment at which each was known."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.features.mapping.importing import Outcome, run

if TYPE_CHECKING:
    from pathlib import Path

LINES = """invoice,at,customer,sku,n
1,2024-05-01 10:00,anna,A,2
2,2024-05-10 10:00,anna,A,1
3,2024-05-10 10:00,bert,A,1
4,2024-05-20 10:00,anna,B,1
C5,2024-05-15 10:00,anna,A,-1
C6,2024-06-20 10:00,anna,B,-1
"""
FOLLOWED = """
        views:
          sold: {from: lines, only: {column: invoice, not_matches: "^C"}}
          cancelling: {from: lines, only: {column: invoice, matches: "^C"}}
        orders: {from: sold, columns: {order_id: invoice, placed_at: at}}
        labels:
          cancel:
            from: sold
            followed_by: {rows: cancelling, same: [customer, sku], clock: at, within: 14 days}
            columns: {order_id: invoice}
            matures: 14 days
"""


def imported(body: str, root: Path, text: str = LINES) -> Outcome:
    (root / "l.csv").write_text(text, "utf-8")
    return run(
        f"        version: 1\n        name: shop\n        files: {{lines: l.csv}}{body}", root
    )


def outcomes(found: Outcome) -> dict[str, Any]:
    return {row["order_key"].rpartition("/")[2]: row for row in found.tables["outcomes"]}


def test_a_cancelling_invoice_names_the_earlier_ones_of_its_customer(tmp_path: Path) -> None:
    found = outcomes(imported(FOLLOWED, tmp_path))

    assert sorted(found) == ["1", "2"]
    assert found["1"]["known_at"] == datetime(2024, 5, 15, 10, tzinfo=UTC)
    assert found["1"]["kind"] == "cancel"


def test_the_window_of_a_following_row_includes_its_end(tmp_path: Path) -> None:
    late = LINES.replace("C5,2024-05-15 10:00", "C5,2024-05-15 10:01")

    assert sorted(outcomes(imported(FOLLOWED, tmp_path, late))) == ["2"]


def test_a_delay_counts_from_the_order(tmp_path: Path) -> None:
    body = """
        orders: {from: lines, columns: {order_id: invoice, placed_at: at}}
        labels:
          fraud:
            from: lines
            when: {column: customer, is: bert}
            columns: {order_id: invoice, cause: sku}
            known: 7 days
            matures: 7 days
    """

    imported_rows = imported(body, tmp_path)

    found = outcomes(imported_rows)
    assert sorted(found) == ["3"]
    assert found["3"]["occurred_at"] == datetime(2024, 5, 10, 10, tzinfo=UTC)
    assert found["3"]["known_at"] == datetime(2024, 5, 17, 10, tzinfo=UTC)
    assert found["3"]["cause"] == "A"
    assert imported_rows.profile.labels["fraud"].maturity_days == 7


def test_a_label_may_name_the_moment_it_was_known(tmp_path: Path) -> None:
    text = "id,at,told,state\n1,2024-05-01,2024-05-09 08:00,refunded\n2,2024-05-01,,\n"
    body = """
        orders: {from: lines, columns: {order_id: id, placed_at: at}}
        labels:
          refund:
            from: lines
            when: {column: state, is: refunded}
            columns: {order_id: id, amount_minor: {value: 2.5}}
            known: told
            matures: 30 days
    """

    found = outcomes(imported(body, tmp_path, text))

    assert found["1"]["known_at"] == datetime(2024, 5, 9, 8, tzinfo=UTC)
    assert found["1"]["amount_minor"] == 250


def test_nothing_is_known_before_the_order(tmp_path: Path) -> None:
    text = "id,at,told\n1,2024-05-03,2024-05-01\n"
    body = """
        orders: {from: lines, columns: {order_id: id, placed_at: at}}
        labels:
          refund:
            from: lines
            when: {column: told, missing: false}
            columns: {order_id: id}
            known: told
            matures: 30 days
    """

    found = outcomes(imported(body, tmp_path, text))

    assert found["1"]["known_at"] == datetime(2024, 5, 3, tzinfo=UTC)


def test_late_is_a_matter_of_days_and_needs_no_outcome(tmp_path: Path) -> None:
    text = (
        "id,at,promised,delivered\n"
        "1,2024-05-01,2024-05-05,2024-05-05 23:00\n"
        "2,2024-05-01,2024-05-05,2024-05-06 00:30\n"
        "3,2024-05-01,2024-05-05,\n"
    )
    body = """
        orders: {from: lines, columns: {order_id: id, placed_at: at}}
        shipments:
          from: lines
          columns:
            order_id: id
            promised_at: {column: promised, end_of_day: true}
            delivered_at: delivered
            known_at: {column: delivered, add: 1 day}
        labels: {late: {matures: 1 day}}
    """

    found = imported(body, tmp_path, text)

    late = {
        row["shipment_id"].rpartition("/")[2]: row["delivered_at"] > row["promised_at"]
        for row in found.tables["shipments"]
        if row["delivered_at"]
    }
    assert late == {"1": False, "2": True}
    assert found.profile.labels["late"].maturity_days == 1


REFUNDS = """
        files: {orders: o.csv, refunds: r.csv}
        orders: {from: orders, columns: {order_id: id, placed_at: at}}
        labels:
          refund:
            from: refunds
            when: {column: amount, above: 0}
            columns: {order_id: id, occurred_at: asked}
            known: done
            matures: 30 days
"""


def with_refunds(rows: list[str], root: Path, body: str = REFUNDS) -> Outcome:
    (root / "o.csv").write_text("id,at\n1,2026-03-01\n2,2026-03-01\n", "utf-8")
    (root / "r.csv").write_text("\n".join(["id,amount,asked,done", *rows]) + "\n", "utf-8")
    return run(f"        version: 1\n        name: shop{body}", root)


def test_rows_that_name_no_order_are_counted_with_their_cause(tmp_path: Path) -> None:
    rows = [
        "6.92E+18,5,2026-03-02,2026-03-03",
        ",5,2026-03-02,2026-03-03",
        "9,5,2026-03-02,2026-03-03",
        "9,5,2026-03-02,2026-03-03",
        "1,5,2026-03-02,2026-03-03",
    ]

    found = with_refunds(rows, tmp_path)

    assert sorted(outcomes(found)) == ["1"]
    assert [(c.where, c.count, c.example) for c in found.report.left_out] == [
        ("labels.refund", 2, "r.csv line 4"),
        ("labels.refund", 1, "r.csv line 2"),
        ("labels.refund", 1, "r.csv line 3"),
    ]


def test_what_does_not_say_when_it_was_known_is_known_when_it_matures(tmp_path: Path) -> None:
    rows = ["1,5,2026-03-02,afternoon", "2,5,2026-05-02,"]

    found = with_refunds(rows, tmp_path)

    known = {key: row["known_at"] for key, row in outcomes(found).items()}
    assert known == {
        "1": datetime(2026, 3, 31, tzinfo=UTC),
        "2": datetime(2026, 5, 2, tzinfo=UTC),
    }
    assert list(found.unknown().values()) == [2]


@pytest.mark.parametrize(
    ("known", "day"),
    [("", 2), ("known: 9 days", 10), ("known: 6 hours", 2)],
)
def test_nothing_is_known_before_it_happened(known: str, day: int, tmp_path: Path) -> None:
    body = REFUNDS.replace("known: done", known)

    found = with_refunds(["1,5,2026-03-02,x"], tmp_path, body)

    assert outcomes(found)["1"]["known_at"] == datetime(2026, 3, day, tzinfo=UTC)


def test_a_label_without_any_moment_is_known_when_it_matures(tmp_path: Path) -> None:
    body = REFUNDS.replace("known: done", "").replace(", occurred_at: asked", "")

    found = with_refunds(["1,5,2026-03-02,x"], tmp_path, body)

    assert outcomes(found)["1"]["known_at"] == datetime(2026, 3, 31, tzinfo=UTC)


def test_an_outcome_of_a_line_that_is_not_there_is_told(tmp_path: Path) -> None:
    text = "order,at,line,back\n1,2024-05-01,a,a\n2,2024-05-01,a,b\n3,2024-05-01,a,\n"
    body = """
        orders: {from: lines, columns: {order_id: order, placed_at: at}}
        order_lines: {from: lines, columns: {order_id: order, line_id: line, quantity: 1}}
        labels:
          return:
            from: lines
            when: {not: {column: back, missing: true}}
            columns: {order_id: order, line_id: back}
            known: 1 day
            matures: 7 days
"""

    found = imported(body, tmp_path, text)

    (cause,) = [one for one in found.report.unknown if one.where == "outcomes"]
    assert (cause.count, cause.example) == (1, "shop/other/main/2 line b")
    assert "names a line that the order does not have" in cause.what


def test_outcomes_of_a_file_name_the_mapping_they_came_by(tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text("id,at\no1,2024-05-01\n", "utf-8")
    (tmp_path / "r.csv").write_text("order,at\no1,2024-05-03\n", "utf-8")

    found = run(
        """
        version: 1
        name: l'atelier
        files: {orders: o.csv, returned: r.csv}
        orders: {from: orders, columns: {order_id: id, placed_at: at}}
        outcomes:
          from: returned
          columns: {order_id: order, kind: {value: return}, is_bad: {value: true}, occurred_at: at}
        """,
        tmp_path,
    )

    assert [row["source"] for row in found.tables["outcomes"]] == ["l'atelier"]
