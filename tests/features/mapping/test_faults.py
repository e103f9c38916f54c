"""One bad row is left out by cause and the rest is imported; mostly bad files are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from features.errors import ImportRefusedError
from tests.features.mapping.importing import Outcome, run

if TYPE_CHECKING:
    from pathlib import Path

GOOD = ["1,2024-05-01 10:00,CNY,10.00,paid", "2,2024-05-01 11:00,CNY,20.00,paid"]


def imported(rows: list[str], root: Path) -> Outcome:
    (root / "o.csv").write_text("\n".join(["id,at,money,total,state", *rows]) + "\n", "utf-8")
    return run(
        """
        version: 1
        name: shop
        files: {rows: o.csv}
        orders:
          from: rows
          columns:
            order_id: id
            placed_at: at
            currency: money
            total_minor: total
            status: state
          attributes:
            total: {type: number, column: total}
        """,
        root,
    )


STATUS_WORDS = (
    "created, paid, held, partially_shipped, shipped, delivered, completed, cancel_requested, "
    "cancelled, delivery_failed, returned, disputed"
)
FORMAT = "; where it is there, say its format, such as '%d/%m/%Y %H:%M'"


@pytest.mark.parametrize(
    ("bad", "cause"),
    [
        (",2024-05-01,CNY,1,paid", "order_id is missing or unreadable"),
        ("3,,CNY,1,paid", f"placed_at is missing or unreadable{FORMAT}"),
        ("3,2024-02-30 10:00,CNY,1,paid", f"placed_at is missing or unreadable{FORMAT}"),
        ("3,0001-01-01,CNY,1,paid", "placed_at is not between 1970 and 2100"),
        ("3,9999-12-31,CNY,1,paid", "placed_at is not between 1970 and 2100"),
        ("3,2024-05-01,CNY,-0.01,paid", "total_minor is negative"),
        (
            "3,2024-05-01,RMB,1,paid",
            "currency is not an ISO 4217 code; write `table: {RMB: CNY}` for other words",
        ),
    ],
)
def test_a_bad_row_is_left_out_by_cause(bad: str, cause: str, tmp_path: Path) -> None:
    found = imported([*GOOD, bad], tmp_path)

    assert [row["order_id"] for row in found.orders] == ["1", "2"]
    assert found.left_out() == {cause: 1}
    assert found.report.left_out[0].example == "o.csv line 4"


def test_a_repeated_id_keeps_the_first_row(tmp_path: Path) -> None:
    found = imported([*GOOD, "2,2024-05-01 12:00,CNY,99,paid"], tmp_path)

    assert [row["total_minor"] for row in found.orders] == [1000, 2000]
    ((cause, count),) = found.left_out().items()
    assert count == 1
    assert "order_id stands more than once" in cause


def test_an_unreadable_value_is_unknown_and_its_row_kept(tmp_path: Path) -> None:
    found = imported([*GOOD, "3,2024-05-01,CNY,ten,lost"], tmp_path)

    assert found.orders[2]["total_minor"] is None
    assert found.orders[2]["status"] is None
    assert found.unknown() == {
        "total_minor cannot be read as an amount": 1,
        "attributes.total cannot be read as a number": 1,
        f"status cannot be read as one of its words: map it by a `table` to {STATUS_WORDS}": 1,
    }
    assert found.report.unknown[0].example == "o.csv line 4: 'ten'"


def test_a_number_with_unnamed_signs_is_told_with_the_mend(tmp_path: Path) -> None:
    found = imported([*GOOD, '3,2024-05-01,CNY,"1,234",paid'], tmp_path)

    assert list(found.unknown()) == [
        "total_minor cannot be read as an amount: name its signs, such as "
        '{thousands: ","} or {decimal: ","}',
        "attributes.total cannot be read as a number: name its signs, such as "
        '{thousands: ","} or {decimal: ","}',
    ]


def test_not_a_number_is_unknown(tmp_path: Path) -> None:
    found = imported([*GOOD, "3,2024-05-01,CNY,NaN,paid"], tmp_path)

    assert found.orders[2]["total_minor"] is None
    assert found.orders[2]["attribute__total"] is None


def test_a_mostly_bad_file_is_refused_with_its_causes(tmp_path: Path) -> None:
    bad = [f"{n},31/31/2024,CNY,1,paid" for n in range(3, 9)]

    with pytest.raises(ImportRefusedError) as caught:
        imported([*GOOD, *bad], tmp_path)

    assert "orders: 6 of 8 rows are damaged: 6 × placed_at is missing" in str(caught.value)
    assert "first: o.csv line 4" in str(caught.value)
    assert "Nothing was written" in str(caught.value)


def with_lines(rows: list[str], root: Path, extra: str = "") -> Outcome:
    (root / "o.csv").write_text("id,at\n1,2024-05-01\n2,2024-05-02\n", "utf-8")
    (root / "l.csv").write_text("\n".join(["id,sku,n,price", *rows]) + "\n", "utf-8")
    return run(
        f"""
        version: 1
        name: shop
        files: {{heads: o.csv, items: l.csv}}
        orders:
          from: heads
          {extra}
          columns: {{order_id: id, placed_at: at}}
        order_lines:
          from: items
          columns: {{order_id: id, sku: sku, quantity: n, unit_price_minor: price}}
        """,
        root,
    )


def test_an_order_without_lines_is_left_out(tmp_path: Path) -> None:
    found = with_lines(["1,A,2,5"], tmp_path)

    assert [row["order_id"] for row in found.orders] == ["1"]
    assert found.left_out() == {"the order has no lines": 1}
    assert found.report.left_out[0].example == "shop/other/main/2"


def test_an_order_without_lines_is_kept_where_the_mapping_says_so(tmp_path: Path) -> None:
    found = with_lines(["1,A,2,5"], tmp_path, "without_lines: keep")

    assert [row["n_lines"] for row in found.orders] == [1, None]


def test_a_line_of_an_unknown_order_is_left_out(tmp_path: Path) -> None:
    found = with_lines(["1,A,2,5", "2,A,1,5", "7,A,1,5"], tmp_path)

    assert len(found.tables["order_lines"]) == 2
    assert found.left_out() == {"names an order that is not imported": 1}


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("2,B,0,5", "quantity is below 1"),
        ("2,B,,5", "quantity is missing or unreadable"),
        ("2,B,1.5,5", "quantity is missing or unreadable"),
        ("2,B,1,-5", "unit_price_minor is negative"),
    ],
)
def test_a_bad_line_is_left_out_and_its_order_kept(line: str, cause: str, tmp_path: Path) -> None:
    found = with_lines(["1,A,2,5", "2,A,1,5", line], tmp_path)

    assert [row["n_lines"] for row in found.orders] == [1, 1]
    assert found.left_out() == {cause: 1}


def test_an_id_with_an_e_between_its_digits_is_an_id(tmp_path: Path) -> None:
    found = imported(["12e45,2026-03-01,CNY,1,paid", "1.2E+45,2026-03-01,CNY,1,paid"], tmp_path)

    assert [order["order_id"] for order in found.orders] == ["12e45"]


def test_a_clock_that_was_never_set_is_unknown_and_its_row_kept(tmp_path: Path) -> None:
    never = ["0001-01-01 00:00:00", "0000-00-00", "1970-01-01 08:00:00", "2026-03-01 08:00"]
    text = "".join(f"{n},2026-03-01,{moment}\n" for n, moment in enumerate(never))
    (tmp_path / "o.csv").write_text(f"id,at,paid\n{text}", "utf-8")

    found = run(
        """
        version: 1
        name: shop
        files: {rows: o.csv}
        orders: {from: rows, columns: {order_id: id, placed_at: at, paid_at: paid}}
        """,
        tmp_path,
    )

    assert [order["paid_at"] is None for order in found.orders] == [True, True, True, False]
    assert found.unknown() == {"paid_at cannot be read as a moment": 3}


def in_money(head: str, amounts: list[str], root: Path, money: str = "amount") -> Outcome:
    rows = "".join(f"{n};2026-03-01;{amount}\n" for n, amount in enumerate(amounts))
    (root / "o.csv").write_text(f"id;at;code;amount\n{rows}", "utf-8")
    return run(
        f"""
        version: 1
        name: shop
        {head}
        files: {{rows: {{path: o.csv, delimiter: ";"}}}}
        orders:
          from: rows
          columns: {{order_id: id, placed_at: at, currency: code, total_minor: {money}}}
        """,
        root,
    )


def test_points_that_may_part_thousands_are_refused_with_the_mend(tmp_path: Path) -> None:
    with pytest.raises(ImportRefusedError, match=r"amounts such as '25\.000' have three digits"):
        in_money("base_currency: IDR", ["IDR;Rp25.000", "IDR;25.000", "IDR;7"], tmp_path)


@pytest.mark.parametrize(
    ("head", "amounts", "money", "totals"),
    [
        ("", ["CNY;25.000", "CNY;7.5"], "amount", [2500, 750]),
        ("base_currency: KWD", ["KWD;25.000", "KWD;7.125"], "amount", [25000, 7125]),
        ("", ["CNY;25.000", "CNY;7.125"], '{column: amount, decimal: "."}', [2500, 712]),
        ("", ["CNY;25.000", "CNY;7.125"], '{column: amount, thousands: "."}', [2500000, 712500]),
        ("", [";25.5", "JPY;7"], "amount", [2550, 7]),
    ],
)
def test_amounts_are_read_in_their_currency(
    head: str, amounts: list[str], money: str, totals: list[int], tmp_path: Path
) -> None:
    found = in_money(head, amounts, tmp_path, money)

    assert [order["total_minor"] for order in found.orders] == totals


def test_a_currency_without_a_rate_is_told(tmp_path: Path) -> None:
    found = in_money("fx: {EUR: 8}", ["EUR;1", "JPY;7", "JPY;8"], tmp_path)

    assert [order["value_minor"] for order in found.orders] == [800, None, None]
    assert found.unknown() == {"value_minor needs a rate: write `fx: {JPY: …}`": 2}


def test_a_line_without_a_currency_says_how_to_fill_it(tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text("id,at,code,price\n1,2026-03-01,USD,2.50\n1,,,3.50\n", "utf-8")
    mapping = """
        version: 1
        name: shop
        base_currency: USD
        files: {{rows: {{path: o.csv{}}}}}
        views: {{heads: {{from: rows, group_by: id, columns: {{at: {{first: at}}}}}}}}
        orders: {{from: heads, columns: {{order_id: id, placed_at: at}}}}
        order_lines:
          from: rows
          columns: {{order_id: id, quantity: {{value: 1}}, unit_price_minor: price, currency: code}}
        """

    without, filled = (run(mapping.format(f), tmp_path) for f in ("", ", fill_down: code"))

    assert "its row has no currency" in next(iter(without.unknown()))
    assert [row["unit_price_minor"] for row in filled.tables["order_lines"]] == [250, 350]
