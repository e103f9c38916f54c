"""What an import says, it says in Chinese too."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from features.errors import FeatureError
from features.mapping.chinese import in_chinese
from tests.features.mapping.importing import run

if TYPE_CHECKING:
    from pathlib import Path

HAN = re.compile("[\u4e00-\u9fff]")
MAPPING = """
version: 1
name: shop
files: {rows: o.csv, items: l.csv, notes: n.csv}
views:
  noted:
    from: rows
    join: [{with: notes, as: note, on: id}]
orders:
  from: noted
  columns:
    order_id: id
    placed_at: at
    paid_at: paid
    total_minor: total
    currency: currency
    status: state
    phone_key: phone
    n_units: units
  without_lines: keep
order_lines: {from: items, columns: {order_id: order, line_id: line, sku: sku, quantity: n}}
labels:
  refund:
    from: items
    when: {column: back, is: 1}
    columns: {order_id: order, line_id: told}
    known: when
    matures: 30 days
"""
ORDERS = """\
id,at,paid,total,currency,state,phone,units
1,2024-05-01,,5,CNY,paid,138****,1
1,2024-05-01,,5,CNY,paid,,1
2,2024-05-02,soon,"1,234",EUR,gone,,x
3,2024-05-02,,7,EUR,,,
4,2024-05-02,,-7,CNY,,,
5,1969-01-01,,7,CNY,,,
6,,,7,CNY,,,
7,2024-05-02,,7,Kronor,,,
1.0E+15,2024-05-02,,7,CNY,,,
8,2024-05-02
9,2024-05-02,,7,CNY,,,
10,2024-05-02,,7,CNY,,,
11,2024-05-02,,7,CNY,,,
12,2024-05-02,,7,CNY,,,
13,2024-05-02,,7,CNY,,,
"""
LINES = """\
order,line,sku,n,back,told,when
1,a,S,1,1,z,
2,a,S,0,,,
2,b,S,1,,,
99,a,S,1,1,,2024-06-01
"""


def test_every_cause_of_a_report_is_told_in_both_languages(tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text(ORDERS, "utf-8")
    (tmp_path / "l.csv").write_text(LINES, "utf-8")
    (tmp_path / "n.csv").write_text("id,text\nA1,a\nA1,b\n", "utf-8")

    found = run(MAPPING, tmp_path)

    document = found.report.to_document()
    causes = [*document["left_out"], *document["unknown"]]
    assert len(causes) > 15
    assert not [cause["what"] for cause in causes if not HAN.search(cause["what_zh"])]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("o.csv", "x.csv"), "没有文件符合"),
        (("placed_at: at", "placed_at: day"), "没有列"),
        (("placed_at: at", "placed_at: da"), "没有列"),
        (("name: shop", "name: shop\ntimezone: Mars"), "不认识时区"),
        (("name: shop", "name: shop\nnames: 1"), "此处没有这个键"),
        (("name: shop", "name: ["), "不是合格的 YAML"),
        (("name: shop", "name: shop\nbase_currency: RMB"), "币种代码；是不是 'CNY'？"),
        (("from: noted", "from: note"), "没有文件或视图 'note'；是不是 '"),
        (("matures: 30 days", "matures: 30"), "不是时长"),
        (("placed_at: at", "placed_at: {column: at, format: YYYY}"), "不是日期格式"),
        (("placed_at: at", "placed_at: {column: at, format: '%d'}"), "placed_at 缺失或读不懂"),
        (("rows: o.csv", "rows: {path: o.csv, encoding: utf-16}"), "没有字节顺序标记"),
    ],
)  # fmt: skip
def test_what_is_refused_is_told_in_chinese(
    change: tuple[str, str], said: str, tmp_path: Path
) -> None:
    (tmp_path / "o.csv").write_text(ORDERS, "utf-8")
    (tmp_path / "l.csv").write_text(LINES, "utf-8")
    (tmp_path / "n.csv").write_text("id,text\nA1,a\n", "utf-8")

    with pytest.raises(FeatureError) as refused:
        run(MAPPING.replace(*change), tmp_path)

    assert said in in_chinese(str(refused.value))


def test_a_merchants_own_reason_stays_as_it_is() -> None:
    assert in_chinese("deliveries are not in the files") == ""
