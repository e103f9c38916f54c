"""Files of every form and encoding give the same rows, and broken files say what is broken."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import ImportRefusedError, MappingError
from tests.features.mapping.importing import Outcome, run

if TYPE_CHECKING:
    from pathlib import Path

HEADER = ["订单编号", "创建时间", "总金额"]
ROWS = [["900719925474099301", "2024-05-01 08:00:00", "19.99"], ["A-2", "2024-05-02", "5"]]


def imported(file: str, root: Path) -> Outcome:
    return run(
        f"""
        version: 1
        name: shop
        timezone: Asia/Shanghai
        files:
          rows: {file}
        orders:
          from: rows
          columns: {{order_id: 订单编号, placed_at: 创建时间, total_minor: 总金额}}
        """,
        root,
    )


def csv_text(delimiter: str = ",") -> str:
    return "\n".join(delimiter.join(row) for row in [HEADER, *ROWS]) + "\n"


def write_csv(root: Path) -> str:
    (root / "o.csv").write_text(csv_text(), "utf-8")
    return "o.csv"


def write_gbk(root: Path) -> str:
    (root / "o.csv").write_bytes(csv_text(";").encode("gbk"))
    return "{path: o.csv, encoding: gbk, delimiter: ';'}"


def write_bom(root: Path) -> str:
    (root / "o.csv").write_bytes(csv_text().encode("utf-8-sig"))
    return "o.csv"


def write_titled_csv(root: Path) -> str:
    (root / "o.csv").write_text("订单报表\n\n" + csv_text(), "utf-8")
    return "{path: o.csv, skip: 2}"


def write_excel(root: Path) -> str:
    book = openpyxl.Workbook()
    sheet = book.create_sheet("订单")
    for row in [HEADER, *ROWS]:
        sheet.append(row)
    book.save(root / "o.xlsx")
    return "{path: o.xlsx, sheet: 订单}"


def write_parquet(root: Path) -> str:
    columns = [list(column) for column in zip(*ROWS, strict=True)]
    pq.write_table(pa.table(dict(zip(HEADER, columns, strict=True))), root / "o.parquet")
    return "o.parquet"


def write_jsonl(root: Path) -> str:
    lines = [json.dumps(dict(zip(HEADER, row, strict=True)), ensure_ascii=False) for row in ROWS]
    (root / "o.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    return "o.jsonl"


def write_json_list(root: Path) -> str:
    rows = [dict(zip(HEADER, row, strict=True)) for row in ROWS]
    (root / "o.json").write_text(json.dumps(rows, ensure_ascii=False, indent=2), "utf-8")
    return "o.json"


def write_parts(root: Path) -> str:
    for index, row in enumerate(ROWS):
        text = ",".join(HEADER) + "\n" + ",".join(row) + "\n"
        (root / f"part-{index}.csv").write_text(text, "utf-8")
    return "{path: 'part-*.csv'}"


@pytest.mark.parametrize(
    "write",
    [
        write_csv,
        write_gbk,
        write_bom,
        write_titled_csv,
        write_excel,
        write_parquet,
        write_jsonl,
        write_json_list,
        write_parts,
    ],
)
def test_every_form_gives_the_same_orders(write, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    found = imported(write(tmp_path), tmp_path)

    assert [row["order_id"] for row in found.orders] == ["900719925474099301", "A-2"]
    assert [row["total_minor"] for row in found.orders] == [1999, 500]
    assert [row["placed_at"].isoformat() for row in found.orders] == [
        "2024-05-01T00:00:00+00:00",
        "2024-05-01T16:00:00+00:00",
    ]
    assert not found.report.left_out


def test_lists_in_json_lines_become_rows(tmp_path: Path) -> None:
    document = {"id": 7, "at": "2024-05-01", "lines": [{"sku": "A", "n": 2}, {"sku": "B", "n": 1}]}
    (tmp_path / "o.jsonl").write_text(json.dumps(document) + "\n", "utf-8")

    found = run(
        """
        version: 1
        name: shop
        files:
          orders_file: {path: o.jsonl}
          lines: {path: o.jsonl, each: lines}
        orders: {from: orders_file, columns: {order_id: id, placed_at: at}}
        order_lines: {from: lines, columns: {order_id: id, sku: lines.sku, quantity: lines.n}}
        """,
        tmp_path,
    )

    lines = sorted(found.tables["order_lines"], key=lambda row: row["line_id"])
    assert [(row["sku"], row["quantity"]) for row in lines] == [("A", 2), ("B", 1)]
    assert found.orders[0]["n_units"] == 3


def test_numbers_in_json_keep_every_digit(tmp_path: Path) -> None:
    (tmp_path / "o.jsonl").write_text(
        '{"订单编号": 900719925474099301, "创建时间": "2024-05-01", "总金额": 0.285}\n', "utf-8"
    )

    found = imported("o.jsonl", tmp_path)

    assert found.orders[0]["order_id"] == "900719925474099301"
    assert found.orders[0]["total_minor"] == 28


@pytest.mark.parametrize("number", [1e15, 123456789012345678])
def test_an_id_that_a_spreadsheet_rounded_is_refused(number: float, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in [
        HEADER,
        [number, "2024-05-01", 1],
        ["A-2", "2024-05-01", 1],
        ["A-3", "2024-05-01", 1],
    ]:
        sheet.append(row)
    book.save(tmp_path / "o.xlsx")

    found = imported("o.xlsx", tmp_path)

    assert [row["order_id"] for row in found.orders] == ["A-2", "A-3"]
    (what,) = found.left_out()
    assert "format the column as text and export again" in what
    assert found.report.left_out[0].example == "o.xlsx row 2"


def test_a_whole_number_in_a_workbook_is_an_id_without_a_point(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in [HEADER, [1001.0, "2024-05-01", 1]]:
        book.worksheets[0].append(row)
    book.save(tmp_path / "o.xlsx")

    assert imported("o.xlsx", tmp_path).orders[0]["order_id"] == "1001"


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_bytes(b"")

    with pytest.raises(ImportRefusedError, match=r"o\.csv: the file is empty; export it again"):
        imported("o.csv", tmp_path)


def test_a_file_with_only_a_header_is_refused(tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text(",".join(HEADER) + "\n", "utf-8")

    with pytest.raises(ImportRefusedError, match=r"o\.csv: holds no rows"):
        imported("o.csv", tmp_path)


def test_a_missing_file_is_named_with_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "order.csv").write_text("x", "utf-8")

    with pytest.raises(ImportRefusedError, match=r"no file matches .*there is: order\.csv"):
        imported("o.csv", tmp_path)


def test_the_wrong_encoding_names_line_and_mend(tmp_path: Path) -> None:
    text = "id,时间\n1,x\n".encode() + "2,天猫\n".encode("gbk")
    (tmp_path / "o.csv").write_bytes(text)

    with pytest.raises(ImportRefusedError, match=r"line 3 is not utf-8; it reads '2,天猫' in gbk"):
        imported("o.csv", tmp_path)


def test_a_missing_column_suggests_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text("订单号,创建时间,总金额\n1,2024-05-01,1\n", "utf-8")

    with pytest.raises(MappingError) as caught:
        imported("o.csv", tmp_path)

    assert "orders.columns.order_id: rows has no column '订单编号'" in str(caught.value)
    assert "did you mean '订单号'" in str(caught.value)


def test_a_malformed_line_is_left_out_and_counted(tmp_path: Path) -> None:
    lines = [*(",".join(row) for row in [HEADER, *ROWS]), "3,2024-05-01"]
    (tmp_path / "o.csv").write_text("\n".join(lines) + "\n", "utf-8")

    found = imported("o.csv", tmp_path)

    assert len(found.orders) == 2
    assert [(cause.count, cause.example) for cause in found.report.left_out] == [
        (1, "o.csv line 4")
    ]


def test_a_file_that_is_mostly_malformed_is_refused(tmp_path: Path) -> None:
    (tmp_path / "o.jsonl").write_text('{"订单编号": 1}\n{broken\n[1]\n{"a": NaN}\n', "utf-8")

    with pytest.raises(ImportRefusedError, match="3 of 4 lines are malformed"):
        imported("o.jsonl", tmp_path)


def test_a_missing_sheet_is_named_with_those_that_are_there(tmp_path: Path) -> None:
    openpyxl.Workbook().save(tmp_path / "o.xlsx")

    with pytest.raises(ImportRefusedError, match="has no sheet '订单'; its sheets are Sheet"):
        imported("{path: o.xlsx, sheet: 订单}", tmp_path)


@pytest.mark.parametrize(("file", "form"), [("o.xlsx", "is no workbook"), ("o.parquet", "parquet")])
def test_a_file_that_is_not_what_its_name_says_is_refused(
    file: str, form: str, tmp_path: Path
) -> None:
    (tmp_path / file).write_bytes(b"these are no rows")

    with pytest.raises(ImportRefusedError, match=form):
        imported(file, tmp_path)


def test_words_for_unknown_are_blank_everywhere(tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text(
        "订单编号,创建时间,总金额\n1,2024-05-01,N/A\n2,2024-05-01,3\n", "utf-8"
    )

    found = imported("{path: o.csv, nulls: ['N/A']}", tmp_path)

    assert [row["total_minor"] for row in found.orders] == [None, 300]
    assert not found.report.unknown


def test_an_order_that_a_later_file_tells_again_is_read_from_there(tmp_path: Path) -> None:
    (tmp_path / "2024-04.csv").write_text(
        "订单编号,创建时间,总金额\n1,2024-04-01,1\n2,2024-04-30,2\n,,\n"
    )
    (tmp_path / "2024-05.csv").write_text(
        "订单编号,创建时间,总金额\n2,2024-04-30,5\n3,2024-05-02,3\n"
    )

    found = imported("{path: '*.csv', latest_by: 订单编号}", tmp_path)

    assert [(row["order_id"], row["total_minor"]) for row in found.orders] == [
        ("1", 100), ("2", 500), ("3", 300),
    ]  # fmt: skip
    assert found.left_out() == {"a later file tells of it again": 1}
    assert found.report.left_out[0].example == "2024-04.csv"
