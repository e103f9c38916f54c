"""What an import says, it says in Chinese too."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import features.mapping
from features.errors import FeatureError
from features.mapping.chinese import in_chinese
from features.mapping.magic import SIGNATURES, why_not_opened
from tests.features.mapping.importing import run

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
        (("from: noted", "form: noted"), "缺少：请写 `from: …`，而不是 `form`"),
        (("order_id: id", "order_id: Buyer's id"), "没有列 \"Buyer's id\""),
        (("order_id: id", "order_id: ''"), "没有列 ''"),
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


ROOM = Path(features.mapping.__file__).parent
REFUSING = {"ImportRefusedError", "MappingError", "error"}
SHOWN_AS = "7"
"""Stands in messages for what the code puts there: a name, a number, a list."""


def worded(node: ast.expr) -> str | None:
    """The text of a message in the code; None where it is made elsewhere."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value)
            if isinstance(part, ast.Constant)
            else repr(SHOWN_AS)
            if getattr(part, "conversion", -1) == ord("r")
            else SHOWN_AS
            for part in node.values
        )
    return None


def refusals() -> list[tuple[str, str]]:
    """Every message with which this room refuses a file or a mapping, and where it stands."""
    found = []
    for path in sorted(ROOM.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            said = worded(node.args[-1]) if name in REFUSING else None
            if said is not None and said != f"{SHOWN_AS}, line {SHOWN_AS}, {SHOWN_AS}: {SHOWN_AS}":
                said = said if name != "error" else f"shop.yaml, line 7, orders.from: {said}"
                found.append((f"{path.name}:{node.lineno}", said))
    return found


def test_every_refusal_in_the_code_has_its_chinese() -> None:
    found = refusals()

    lacking = [
        (place, said)
        for place, said in found
        if said not in {"7: 7", "shop.yaml, line 7, orders.from: 7"}
        and not HAN.search(in_chinese(said).replace("第", "").replace("行", ""))
    ]

    assert len(found) > 70
    assert lacking == []


def test_what_nobody_put_into_chinese_is_noticed() -> None:
    said = "shop.yaml, line 7, orders.from: is the wrong colour"

    assert in_chinese(said) == ""


@pytest.mark.parametrize("found", [*SIGNATURES.values(), why_not_opened(Path(__file__))])
def test_what_a_file_is_instead_is_told_in_chinese(found: str) -> None:
    assert HAN.search(in_chinese(f"o.csv: {found}"))


@pytest.mark.parametrize(
    ("said", "zh"),
    [
        (
            "29 bad and 310 good orders with a matured label: at least 50 of each are needed",
            "标签成熟的订单里，坏的 29 单、好的 310 单；两类各至少要 50 单",
        ),
        (
            "late is not supported by this history: the history promises no delivery, so nothing "
            "can be late",
            "这份历史数据不支持 late：历史数据里没有承诺的送达时间",
        ),
        ("eta: no parcel had been delivered by then", "到那时还没有包裹签收"),
        (
            "refund: no order placed before 2024-01-01 has a matured label (after 30 days); "
            "choose a later date",
            "2024-01-01 以前的订单没有标签成熟的（须满 30 天）；请选更晚的日期",
        ),
    ],
)
def test_why_a_model_is_not_trained_is_told_in_chinese(said: str, zh: str) -> None:
    assert in_chinese(said) == zh


def test_names_with_blanks_and_signs_are_told_as_they_are() -> None:
    said = in_chinese("shop.yaml, line 3, views.my lines: is not a key of this place")

    assert said == "shop.yaml 第 3 行，views.my lines：此处没有这个键"
