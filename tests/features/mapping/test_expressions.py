"""What an expression of a mapping gives, and what is said of one that makes no sense."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from features.errors import MappingError
from tests.features.mapping.importing import run, value_of

if TYPE_CHECKING:
    from pathlib import Path


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("expression", "csv", "expected"),
    [
        ("{type: number, column: x}", "x\n1.5", 1.5),
        ("{type: number, value: 3}", "x\n1", 3.0),
        ("{type: text, value: fixed}", "x\n1", "fixed"),
        ("{type: text, text: '{x}|{y}'}", "x,y\n7,8", "7|8"),
        ("{type: text, text: '{x}|{y}'}", "x,y\n7,", None),
        ("{type: number, row_number: true}", "x\n1", 0.0),
        ("{type: text, first_of: [x, y]}", "x,y\n,second", "second"),
        ("{type: number, sum: [x, y, 1]}", "x,y\n0.1,0.2", 1.3),
        ("{type: number, difference: [x, y]}", "x,y\n0.3,0.1", 0.2),
        ("{type: number, product: [x, y]}", "x,y\n3,2.55", 7.65),
        ("{type: number, ratio: [x, y]}", "x,y\n1,4", 0.25),
        ("{type: number, ratio: [x, y]}", "x,y\n1,0", None),
        ("{type: number, days_between: [x, y]}", "x,y\n2024-02-28,2024-03-01", 2.0),
        ("{type: number, days_between: [x, y]}", "x,y\n2024-03-01 23:00,2024-03-02 01:00", 1.0),
        ("{type: number, hours_between: [x, y]}", "x,y\n2024-03-01 23:00,2024-03-02 00:30", 1.5),
        (
            "{type: number, hours_between: [x, y], times: 60}",
            "x,y\n2024-03-01 23:00,2024-03-01 23:01",
            1.0,
        ),
        ("{type: text, if: {column: x, above: 5}, then: y, else: {value: low}}", "x,y\n6,hi", "hi"),
        ("{type: text, if: {column: x, above: 5}, then: y, else: {value: low}}", "x,y\n,hi", "low"),
        ("{type: boolean, test: {column: x, is: yes}}", "x\nyes", True),
        ("{type: boolean, column: x}", "x\n是", True),
        ("{type: boolean, column: x}", "x\n0", False),
    ],
)
def test_forms(expression: str, csv: str, expected: Any, tmp_path: Path) -> None:
    assert value_of(expression, "attribute__a", csv, tmp_path) == expected


@pytest.mark.parametrize(
    ("expression", "csv", "expected"),
    [
        ("{type: text, column: x, nulls: ['?', n/a]}", "x\n?", None),
        ("{type: text, column: x}", 'x\n"=""0042"""', "0042"),
        ("{type: text, column: x}", "x\n'2600123", "2600123"),
        ("{type: text, column: x}", "x\n'90s tee", "'90s tee"),
        ("{type: text, column: x}", 'x\n"\t 2600\u3000\t"', "2600"),
        ("{type: text, column: x, nulls_like: '^4746'}", "x\n4746-12-31", None),
        (
            "{type: text, column: x, replace: {'2019-11-31': '2019-12-01'}}",
            "x\n2019-11-31T08",
            "2019-12-01T08",
        ),
        ("{type: text, column: x, correct: {brwon: brown}}", "x\nbrwon", "brown"),
        ("{type: text, column: x, correct: {brwon: brown}}", "x\nbrwonish", "brwonish"),
        ("{type: text, column: x, case: lower}", "x\nXL", "xl"),
        ("{type: text, column: x, match: '^(\\d+)\\+?$'}", "x\n42+", "42"),
        ("{type: text, column: x, match: '^(\\d+)\\+?$'}", "x\nunsized", None),
        ("{type: text, column: x, table: {A: first}}", "x\nA", "first"),
        ("{type: text, column: x, table: {A: first}}", "x\nB", None),
        ("{type: text, column: x, table: {A: first}, otherwise: keep}", "x\nB", "B"),
        ("{type: text, column: x, table: {A: first}, otherwise: other}", "x\nB", "other"),
        ("{type: text, column: x, table: {A: first}, otherwise: other}", "x\n", None),
        ("{type: number, column: x, decimal: ',', thousands: '.'}", 'x\n"1.234,5"', 1234.5),
        ("{type: number, column: x, times: 1000, round: true}", "x\n0.0125", 12.0),
    ],
)
def test_modifiers(expression: str, csv: str, expected: Any, tmp_path: Path) -> None:
    assert value_of(expression, "attribute__a", csv, tmp_path) == expected


@pytest.mark.parametrize(
    ("expression", "csv", "expected"),
    [
        ("paid", "paid\n2024-05-02T01:02:03Z", utc(2024, 5, 2, 1, 2, 3)),
        ("paid", "paid\n2024-05-02T01:02:03+08:00", utc(2024, 5, 1, 17, 2, 3)),
        ("paid", "paid\n2024-05-02 08:00", utc(2024, 5, 2, 0, 0)),
        ("paid", "paid\n2024-05-02 01:02:03 -0500", utc(2024, 5, 2, 6, 2, 3)),
        ("paid", "paid\n2024-05-02 01:02:03 UTC", utc(2024, 5, 2, 1, 2, 3)),
        ("paid", "paid\n2024/5/2 8:05", utc(2024, 5, 2, 0, 5)),
        ("paid", "paid\n2024年5月2日 08:05:09", utc(2024, 5, 2, 0, 5, 9)),
        ("paid", "paid\n2024.05.02", utc(2024, 5, 1, 16)),
        ("paid", "paid\n2024-05-02 8:05 PM", None),
        ("paid", "paid\n2024-05-02 08:05 CEST", utc(2024, 5, 2, 6, 5)),
        ("paid", "paid\n2024-05-02 08:05:00 PST", utc(2024, 5, 2, 16, 5)),
        ("paid", "paid\n2024-05-02 08:05 CST", None),
        ("paid", "paid\n２０２４／０５／０２　０８：０５", utc(2024, 5, 2, 0, 5)),
        ("paid", "paid\n02/05/2024", None),
        ("{column: paid, format: '%d.%m.%Y'}", "paid\n02.05.2024", utc(2024, 5, 1, 16)),
        ("{column: paid, format: ['%d/%m/%y', '%d-%b-%y']}", "paid\n2-Jun-24", utc(2024, 6, 1, 16)),
        ("{column: paid, format: epoch_s}", "paid\n1714608000", utc(2024, 5, 2)),
        (
            "{column: paid, format: epoch_ms}",
            "paid\n1714608000500",
            utc(2024, 5, 2, 0, 0, 0, 500_000),
        ),
        ("{column: paid, add: 2 days}", "paid\n2024-05-02", utc(2024, 5, 3, 16)),
        ("{column: paid, add: {days: n, hours: 1}}", "paid,n\n2024-05-02,3", utc(2024, 5, 4, 17)),
        ("{value: '2009-01-01', add: {days: fold}}", "fold\n7", utc(2009, 1, 7, 16)),
        (
            "{column: paid, end_of_day: true}",
            "paid\n2024-05-02",
            utc(2024, 5, 2, 15, 59, 59, 999_999),
        ),
        ("{earliest: [a, b]}", "a,b\n2024-05-03,2024-05-02", utc(2024, 5, 1, 16)),
        ("{latest: [a, b], add: 1 day}", "a,b\n2024-05-03,2024-05-02", utc(2024, 5, 3, 16)),
    ],
)
def test_moments_are_read_in_the_shops_zone(
    expression: str, csv: str, expected: datetime | None, tmp_path: Path
) -> None:
    head = "timezone: Asia/Shanghai"

    assert value_of(expression, "paid_at", csv, tmp_path, head=head) == expected


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ("2024-03-10 01:59:59", utc(2024, 3, 10, 6, 59, 59)),
        ("2024-03-10 03:00:00", utc(2024, 3, 10, 7, 0, 0)),
        ("2024-11-03 00:59:59", utc(2024, 11, 3, 4, 59, 59)),
        ("2024-11-03 02:00:00", utc(2024, 11, 3, 7, 0, 0)),
    ],
)
def test_daylight_saving_moves_the_offset(local: str, expected: datetime, tmp_path: Path) -> None:
    expression = "{column: paid, zone: America/New_York}"

    assert value_of(expression, "paid_at", f"paid\n{local}", tmp_path) == expected


@pytest.mark.parametrize(
    ("expression", "csv", "expected"),
    [
        ("x", "x\n19.99", 1999),
        ("x", "x\n2.675", 268),
        ("x", "x\n2.665", 266),
        ("{column: x, unit: minor}", "x\n1999", 1999),
        ("{column: x, times: 100, unit: minor}", "x\n111981.20", 11198120),
        ("{product: [n, x]}", "n,x\n3,2.55", 765),
        ("{sum: [n, x]}", "n,x\n0.1,0.2", 30),
        ("{column: x, decimal: ',', thousands: '.'}", 'x\n"1.234,56"', 123456),
        ("{column: x, decimal: ',', thousands: '.'}", 'x\n"1.234,56 €"', 123456),
        ("x", 'x\n"￥1,000.50"', 100050),
        ("x", 'x\n"US$1,234,567"', 123456700),
        ("x", "x\nCNY 12.50", 1250),
        ("x", "x\n12.5元", 1250),
        ("x", "x\n１２．５０", 1250),
    ],
)
def test_money_becomes_minor_units_exactly(
    expression: str, csv: str, expected: int, tmp_path: Path
) -> None:
    assert value_of(expression, "total_minor", csv, tmp_path) == expected


@pytest.mark.parametrize("text", ['"1,234"', '"12,34"', '"1.234,50"', "SKU12", "(5.00)"])
def test_what_may_be_one_amount_or_another_is_none(text: str, tmp_path: Path) -> None:
    assert value_of("x", "total_minor", f"x\n{text}", tmp_path) is None


def test_each_currency_has_its_own_minor_unit_and_rate(tmp_path: Path) -> None:
    rows = "id,at,money,total\n1,2024-05-01,CNY,10.5\n2,2024-05-01,JPY,10.5\n3,2024-05-01,KWD,10.5"
    (tmp_path / "orders.csv").write_text(rows, "utf-8")

    found = run(
        """
        version: 1
        name: shop
        base_currency: CNY
        fx: {JPY: 0.0475, KWD: 23.3333}
        files: {rows: orders.csv}
        orders:
          from: rows
          columns: {order_id: id, placed_at: at, currency: money, total_minor: total}
        """,
        tmp_path,
    )

    assert [row["total_minor"] for row in found.orders] == [1050, 10, 10500]
    assert [row["value_minor"] for row in found.orders] == [1050, 48, 24500]


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("{type: number, colum: x}", "did you mean 'column'"),
        ("{type: number, column: x, value: 1}", "has 2 forms"),
        ("{type: number, column: prize}", "rows has no column 'prize'; did you mean 'price'"),
        ("{type: number, total: x}", "belongs to a view with `group_by`"),
        ("{type: number, ratio: [x]}", "needs two numbers"),
        ("{type: number, days_between: [x]}", "needs two moments"),
        ("{type: text, column: x, match: '('}", "is no regular expression"),
        ("{type: text, column: x, table: {}}", "set of `old value: new value`"),
        ("{type: number, column: x, times: many}", "must be a number"),
        ("{type: text, column: x, case: title}", "must be lower or upper"),
        ("{type: money, column: x}", "is not one of number, boolean, text"),
    ],
)
def test_nonsense_is_refused_at_its_place(expression: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(MappingError, match=r"shop\.yaml, line") as caught:
        value_of(expression, "attribute__a", "x,price\n1,2", tmp_path)

    assert said in str(caught.value)
    assert "orders.attributes.a" in str(caught.value)


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("{column: paid, zone: Asia/Shangai}", "did you mean 'Asia/Shanghai'"),
        ("{column: paid, format: dd.mm.yyyy}", "is not a pattern such as %d.%m.%Y"),
        ("{column: paid, add: soon}", "is not a length of time"),
        ("{column: paid, add: {moons: 1}}", "is not one of weeks, days"),
        ("{column: paid, start_of_day: true, end_of_day: true}", "keep one"),
    ],
)
def test_moments_that_make_no_sense_are_refused(expression: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(MappingError) as caught:
        value_of(expression, "paid_at", "paid\n2024-05-01", tmp_path)

    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("20260301", "", utc(2026, 2, 28, 16)),
        ("20260301080511", "", utc(2026, 3, 1, 0, 5, 11)),
        ("20260301T080511", "", utc(2026, 3, 1, 0, 5, 11)),
        ("46082", "", utc(2026, 2, 28, 16)),
        ("46082.336805556", "", utc(2026, 3, 1, 0, 5)),
        ("20261301", "", None),
        ("1772323511", "", None),
        ("2026/3/1 下午 3:05", "%Y/%m/%d %p %I:%M", utc(2026, 3, 1, 7, 5)),
        ("01.03.2026 10:00:00 UTC", "%d.%m.%Y %H:%M:%S %Z", utc(2026, 3, 1, 10)),
        ("01.03.2026 10:00", "%d.%m.%Y %H:%M", utc(2026, 3, 1, 2)),
        ("May 1 2026 8:00:00 AM PDT", "%b %d %Y %I:%M:%S %p %Z", utc(2026, 5, 1, 15)),
        ("May 1 2026 8:00:00 AM UTC", "%b %d %Y %I:%M:%S %p %Z", utc(2026, 5, 1, 8)),
        ("０１．０３．２０２６ １０：００", "%d.%m.%Y %H:%M", utc(2026, 3, 1, 2)),
    ],
)
def test_moments_as_exports_write_them(
    text: str, form: str, expected: datetime | None, tmp_path: Path
) -> None:
    formats = f', format: ["%d.%m.%Y %H:%M %z", "{form}"]' if form else ""
    halves = "replace: {上午: AM, 下午: PM}, " if form else ""
    expression = f"{{{halves}column: x{formats}}}"

    found = value_of(expression, "paid_at", f"x\n{text}", tmp_path, head="timezone: Asia/Shanghai")

    assert found == expected


@pytest.mark.parametrize(
    ("amount", "minor"),
    [("1 234.50", 1234_50), ("1\u202f234", 1234_00), ("1'234.50", 1234_50), ("12 34", None),
     ("500 руб.", 500_00), ("12.50 zł", 12_50), ("₽9", 9_00), ("5.00 kr", 5_00)],
)  # fmt: skip
def test_amounts_are_read_with_the_signs_of_their_country(
    amount: str, minor: int | None, tmp_path: Path
) -> None:
    assert value_of("x", "total_minor", f"x\n{amount}", tmp_path) == minor


def test_a_clock_that_was_never_set_is_missing(tmp_path: Path) -> None:
    test = "{type: boolean, test: {column: x, missing: true}}"

    assert value_of(test, "attribute__open", "x\n0001-01-01T00:00:00", tmp_path) is True
    assert value_of(test, "attribute__open", "x\n2024-05-01", tmp_path) is False
