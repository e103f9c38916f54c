"""Views join, thin, compute and group rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from features.errors import MappingError
from tests.features.mapping.importing import Outcome, run

if TYPE_CHECKING:
    from pathlib import Path

LINES = """invoice,at,customer,sku,n,price
1,2024-05-01 10:00,anna,A,2,1.50
1,2024-05-01 10:00,anna,B,1,4.00
2,2024-05-02 10:00,,A,1,1.50
C3,2024-05-03 10:00,anna,B,-1,4.00
"""
SKUS = "sku,kind,weight\nA,tea,100\nB,cup,300\nB,mug,999\n"


def imported(views: str, root: Path, source: str = "v") -> Outcome:
    (root / "l.csv").write_text(LINES, "utf-8")
    (root / "s.csv").write_text(SKUS, "utf-8")
    return run(
        f"""
        version: 1
        name: shop
        files: {{lines: l.csv, skus: s.csv}}
        views: {views}
        orders:
          from: {source}
          columns: {{order_id: invoice, placed_at: at}}
          attributes:
            x: {{type: text, column: x}}
        """,
        root,
    )


def values(found: Outcome) -> list[str | None]:
    return [row["attribute__x"] for row in found.orders]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("{count: rows}", ["2", "1", "1"]),
        ("{count: {column: sku, is: B}}", ["1", "0", "1"]),
        ("{distinct: sku}", ["2", "1", "1"]),
        ("{first: sku}", ["A", "A", "B"]),
        ("{last: sku}", ["B", "A", "B"]),
        ("{first: sku, by: n}", ["B", "A", "B"]),
        ("{smallest: sku}", ["A", "A", "B"]),
        ("{largest: sku}", ["B", "A", "B"]),
        ("{any: {test: {column: sku, is: B}}}", ["true", "false", "true"]),
        ("{first: customer}", ["anna", None, "anna"]),
    ],
)
def test_rows_of_an_invoice_become_one_order(
    rule: str, expected: list[str | None], tmp_path: Path
) -> None:
    views = f"{{v: {{from: lines, group_by: invoice, columns: {{at: {{first: at}}, x: {rule}}}}}}}"

    assert values(imported(views, tmp_path)) == expected


def test_sums_over_lines_are_exact(tmp_path: Path) -> None:
    views = """
          priced: {from: lines, add: {amount: {product: [n, price]}}}
          v:
            from: priced
            group_by: invoice
            columns: {at: {first: at}, x: {total: amount}}
    """

    amounts = [float(value or 0) for value in values(imported(views, tmp_path))]

    assert amounts == [7.0, 1.5, -4.0]


def test_a_join_takes_one_row_and_tells_of_the_others(tmp_path: Path) -> None:
    views = """
          joined: {from: lines, join: {with: skus, on: sku}, add: {x: kind}}
          v: {from: joined, group_by: invoice, columns: {at: {first: at}, x: {last: x}}}
    """

    found = imported(views, tmp_path)

    assert values(found) == ["cup", "tea", "cup"]
    assert found.left_out() == {"not the first row of its sku where it is joined": 1}


def test_two_joins_of_one_file_go_by_their_own_names(tmp_path: Path) -> None:
    views = """
          v:
            from: lines
            only: {column: invoice, is: "2"}
            join: [{with: skus, as: one, on: sku}, {with: skus, as: two, on: sku}]
            add: {x: two.kind}
    """

    assert values(imported(views, tmp_path)) == ["tea"]


def test_an_ambiguous_column_asks_for_its_prefix(tmp_path: Path) -> None:
    views = """
          v:
            from: lines
            join: [{with: skus, as: one, on: sku}, {with: skus, as: two, on: sku}]
            add: {x: kind}
    """

    with pytest.raises(MappingError, match=r"write 'one\.kind' or 'two\.kind'"):
        imported(views, tmp_path)


def test_rows_left_out_are_counted_by_reason(tmp_path: Path) -> None:
    views = """
          kept:
            from: lines
            leave_out:
              - {when: {column: invoice, matches: "^C"}, because: cancelling invoice}
              - {when: {column: n, below: 1}, because: nothing sold}
          v: {from: kept, group_by: invoice, columns: {at: {first: at}, x: {first: sku}}}
    """

    found = imported(views, tmp_path)

    assert values(found) == ["A", "A"]
    assert found.left_out() == {"cancelling invoice": 1}
    assert not found.report.left_out[0].is_fault
    assert found.report.left_out[0].example == "l.csv line 5"


def test_a_range_is_found_by_its_lower_bound(tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text("invoice,at,n\n1,2024-05-01,15\n2,2024-05-01,3\n", "utf-8")
    (tmp_path / "r.csv").write_text("low,name\n5,small\n10,large\n", "utf-8")

    found = run(
        """
        version: 1
        name: shop
        files: {heads: o.csv, ranges: r.csv}
        views:
          numbers: {from: heads, add: {size: {column: n, times: 1}}}
          bounds: {from: ranges, add: {floor: {column: low, times: 1}}}
          v: {from: numbers, join: {with: bounds, at_or_below: {size: floor}}}
        orders:
          from: v
          columns: {order_id: invoice, placed_at: at}
          attributes: {x: {type: text, column: name}}
        """,
        tmp_path,
    )

    assert values(found) == ["large", None]


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        ("{column: customer, missing: true}", ["2"]),
        ("{column: customer, is: anna}", ["1", "1", "C3"]),
        ("{column: customer, is_not: anna}", []),
        ("{column: sku, in: [B, X]}", ["1", "C3"]),
        ("{column: sku, not_in: [B]}", ["1", "2"]),
        ("{column: invoice, not_matches: '^C'}", ["1", "1", "2"]),
        ("{column: price, at_least: 4}", ["1", "C3"]),
        ("{column: n, above: 1, below: 3}", ["1"]),
        ("{column: n, is: 1}", ["1", "2"]),
        ("{column: at, later_than: {value: '2024-05-02 10:00'}}", ["C3"]),
        ("{column: at, later_than: {value: '2024-05-02'}, by: day}", ["C3"]),
        ("{column: at, earlier_than: {value: '2024-05-02'}, by: day}", ["1", "1"]),
        ("{all: [{column: sku, is: B}, {column: n, above: 0}]}", ["1"]),
        ("{any: [{column: sku, is: B}, {column: n, above: 1}]}", ["1", "1", "C3"]),
        ("{not: {column: customer, is: anna}}", ["2"]),
        ("{column: sku, is_same_as: {value: B}}", ["1", "C3"]),
    ],
)
def test_conditions(condition: str, kept: list[str], tmp_path: Path) -> None:
    views = f"{{v: {{from: lines, only: {condition}, add: {{x: invoice}}}}}}"
    (tmp_path / "l.csv").write_text(LINES, "utf-8")

    found = run(
        f"""
        version: 1
        name: shop
        files: {{lines: l.csv}}
        views: {views}
        catalog:
          from: v
          columns: {{sku: {{text: "{{invoice}}/{{sku}}"}}, title: invoice}}
        """,
        tmp_path,
    )

    assert sorted(row["title"] for row in found.tables["catalog"]) == sorted(kept)


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("{column: sku}", "tests nothing"),
        ("{column: sku, equals: B}", "is no test or form"),
        ("{all: []}", "needs a list of conditions"),
        ("{column: sku, matches: '('}", "is no regular expression"),
        ("paid", "must be a condition such as"),
    ],
)
def test_conditions_that_make_no_sense_are_refused(
    condition: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(MappingError, match=r"views\.v\.only") as caught:
        imported(f"{{v: {{from: lines, only: {condition}, add: {{x: invoice}}}}}}", tmp_path)

    assert said in str(caught.value)


def test_ids_that_a_spreadsheet_wrote_join_and_group_with_those_it_did_not(tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text('id,at\n"=""0042""",2026-03-01\n', "utf-8")
    (tmp_path / "l.csv").write_text("id,sku\n0042\t,A\n'0042,B\n 0042,C\n", "utf-8")

    found = run(
        """
        version: 1
        name: shop
        files: {heads: o.csv, lines: l.csv}
        views:
          counted: {from: lines, group_by: id, columns: {n: {count: rows}}}
          joined: {from: heads, join: {with: counted, on: id}}
        orders: {from: joined, columns: {order_id: id, placed_at: at, n_lines: n}}
        """,
        tmp_path,
    )

    assert [(order["order_id"], order["n_lines"]) for order in found.orders] == [("0042", 3)]


@pytest.mark.parametrize(
    ("values", "smallest", "largest"),
    [
        (["2026/3/9 8:05", "2026/3/10 8:05", "2026/3/9 18:05"], 0, 1),
        (["9", "10", "-1"], 2, 1),
        (["b", "c", "a"], 2, 1),
    ],
)
def test_texts_are_compared_as_the_numbers_or_moments_they_are(
    values: list[str], smallest: int, largest: int, tmp_path: Path
) -> None:
    rows = zip(values, "abc", strict=True)
    text = "".join(f"1,2026-03-01,{value},{name}\n" for value, name in rows)
    (tmp_path / "l.csv").write_text(f"id,at,x,name\n{text}", "utf-8")

    (order,) = run(
        """
        version: 1
        name: shop
        files: {lines: l.csv}
        views:
          v:
            from: lines
            group_by: id
            columns:
              at: {first: at}
              least: {smallest: x}
              most: {largest: x}
              last: {last: name, by: x}
        orders:
          from: v
          columns: {order_id: id, placed_at: at}
          attributes:
            least: {type: text, column: least}
            most: {type: text, column: most}
            last: {type: text, column: last}
        """,
        tmp_path,
    ).orders

    assert order["attribute__least"] == values[smallest]
    assert order["attribute__most"] == values[largest]
    assert order["attribute__last"] == "abc"[largest]


def test_a_join_in_which_no_row_finds_its_partner_is_told(tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text("id,at\n6924567890123456789,2026-03-01\n", "utf-8")
    (tmp_path / "l.csv").write_text("id,kind\n6.92E+18,A\n", "utf-8")

    found = run(
        """
        version: 1
        name: shop
        files: {heads: o.csv, kinds: l.csv}
        views: {joined: {from: heads, join: {with: kinds, on: id}}}
        orders:
          from: joined
          columns: {order_id: id, placed_at: at}
          attributes: {kind: {type: text, column: kind}}
        """,
        tmp_path,
    )

    (lonely,) = found.report.unknown
    assert lonely.what == "no row finds its id in kinds: compare how both are written"
    assert lonely.example == "'6924567890123456789' here, '6.92E+18' there"


def test_what_cannot_be_added_up_is_told(tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text('id,at,pay\n1,2024-05-01,5\n1,2024-05-01,"1,234"\n', "utf-8")

    found = run(
        """
        version: 1
        name: shop
        files: {rows: o.csv}
        views:
          whole: {from: rows, group_by: id, columns: {at: {first: at}, pay: {total: pay}}}
        orders: {from: whole, columns: {order_id: id, placed_at: at, total_minor: pay}}
        """,
        tmp_path,
    )

    (cause,) = found.report.unknown
    assert cause.what.startswith("pay cannot be read as a number and is missing in the sum: name")
    assert cause.example == "o.csv line 3: '1,234'"
