"""Workbooks as people make them: titles, merged heads, merged orders, totals, several sheets."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from features.errors import ImportRefusedError
from tests.features.mapping.importing import Outcome, run

if TYPE_CHECKING:
    from pathlib import Path

SHEET: list[list[Any]] = [
    ["某某公司销售明细"],
    ["订单号", "下单时间", "金额", None, "商品", "数量"],
    [None, None, "应付", "实付", None, None],
    ["S1", datetime.fromisoformat("2026-03-01T08:05:00"), "￥1,200.00", 1100, "A", 2],
    [None, None, None, None, "B", 1],
    [None] * 6,
    ["S2", "2026/3/2 9:05", "￥80.00", 80, "A", 1],
    ["合计", None, None, 1180, None, 4],
]


def imported(sheets: dict[str, list[list[Any]]], file: str, root: Path) -> Outcome:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(root / "o.xlsx")
    (root / "~$o.xlsx").write_text("another program has it open", "utf-8")
    return run(
        f"""
        version: 1
        name: erp
        files: {{rows: {{path: "*.xlsx", {file}}}, notes: {{path: o.xlsx, sheet: 明细, skip: 1}}}}
        views:
          heads:
            from: rows
            group_by: 订单号
            columns: {{at: {{first: 下单时间}}, paid: {{first: 实付}}}}
        orders: {{from: heads, columns: {{order_id: 订单号, placed_at: at, total_minor: paid}}}}
        order_lines: {{from: rows, columns: {{order_id: 订单号, sku: 商品, quantity: 数量}}}}
        """,
        root,
    )


def test_merged_heads_and_merged_orders_are_read(tmp_path: Path) -> None:
    file = "sheet: 明细, skip: 1, header_rows: 2, fill_down: 订单号"

    found = imported({"说明": [["x"]], "明细": SHEET}, file, tmp_path)

    assert [(o["order_id"], o["total_minor"], o["n_lines"]) for o in found.orders] == [
        ("S1", 110000, 2),
        ("S2", 8000, 1),
    ]
    assert found.report.read == {"o.xlsx": 4, "o.xlsx as notes": 5}
    assert [(c.where, c.example) for c in found.report.left_out] == [
        ("orders", "o.xlsx row 8"),
        ("order_lines", "erp/other/main/合计"),
    ]


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("sheet: 0", "sheet '说明' has no column that the mapping names; write `sheet: 明细`"),
        ("sheet: 明细", "stand in row 2; write `skip: 1`"),
        ("sheet: 5", "has no sheet 5; its sheets are 说明, 明细"),
    ],
)
def test_the_wrong_place_in_a_workbook_names_the_right_one(
    file: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(ImportRefusedError, match=said):
        imported({"说明": [["x"]], "明细": SHEET}, file, tmp_path)
