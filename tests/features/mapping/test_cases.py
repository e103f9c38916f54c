"""Drafts of files in which after-sales cases, refunds of lines and movements of money stand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import openpyxl

from features.mapping.drafting.document import draft
from tests.features.mapping.importing import Outcome, run

if TYPE_CHECKING:
    from pathlib import Path

ORDERS = """\
订单号,下单时间,订单状态,实付金额,商品名称,商家编码,数量
1,2024-05-01 08:00:00,完成,30.00,茶,TEA,1
1,2024-05-01 08:00:00,完成,30.00,杯,CUP,2
2,2024-05-02 08:00:00,完成,10.00,茶,TEA,1
3,2024-05-03 08:00:00,完成,10.00,茶,TEA,1
4,2024-05-04 08:00:00,完成,10.00,茶,TEA,1
5,2024-05-05 08:00:00,完成,10.00,茶,TEA,1
6,2024-05-06 08:00:00,完成,10.00,茶,TEA,1
"""
CASES = """\
售后单号,订单号,售后类型,售后状态,申请时间,完结时间,退款金额
a,1,退货退款,售后完成,2024-05-05 08:00:00,2024-05-09 08:00:00,10.00
b,2,仅退款,售后完成,2024-05-06 08:00:00,2024-05-07 08:00:00,5.00
c,3,退货退款,售后关闭,2024-05-06 08:00:00,2024-05-08 08:00:00,10.00
d,4,换货,售后完成,2024-05-06 08:00:00,2024-05-08 08:00:00,0.00
"""


def imported(root: Path, **files: str) -> tuple[str, Outcome]:
    """Draft a mapping of files, and import them by it as it stands."""
    paths = []
    for name, text in files.items():
        paths.append(root / f"{name}.csv")
        paths[-1].write_text(text, "utf-8")
    text = draft(paths)
    return text, run(text, root)


def outcomes(found: Outcome, kind: str) -> dict[str, dict[str, Any]]:
    """The outcomes of one kind, by order and line."""
    ids = {order["order_key"]: order["order_id"] for order in found.orders}
    return {
        "/".join(filter(None, (ids[row["order_key"]], row["line_id"]))): row
        for row in found.tables["outcomes"]
        if row["kind"] == kind
    }


def test_cases_that_came_to_nothing_are_no_labels(tmp_path: Path) -> None:
    _, found = imported(tmp_path, orders=ORDERS, 售后单=CASES)

    assert outcomes(found, "return").keys() == {"1"}
    assert outcomes(found, "refund").keys() == {"1", "2"}
    assert outcomes(found, "refund")["2"]["amount_minor"] == 5_00


def test_what_came_of_a_case_is_known_when_it_ended(tmp_path: Path) -> None:
    _, found = imported(tmp_path, orders=ORDERS, 售后单=CASES)

    case = outcomes(found, "return")["1"]
    assert case["known_at"] == datetime(2024, 5, 9, 0, 0, tzinfo=UTC)
    assert case["occurred_at"] == datetime(2024, 5, 5, 0, 0, tzinfo=UTC)


def test_what_came_of_a_case_is_not_known_when_it_was_opened(tmp_path: Path) -> None:
    text, found = imported(tmp_path, orders=ORDERS, 售后单=CASES.replace("完结时间", "备注时刻"))

    case = outcomes(found, "return")["1"]
    assert case["known_at"] - case["occurred_at"] == timedelta(days=7)
    assert "申请时间 tells when a case was opened" in text


def test_cases_without_kind_or_state_all_count(tmp_path: Path) -> None:
    cases = "订单号,申请时间\n1,2024-05-05 08:00:00\n3,2024-05-06 08:00:00\n"

    text, found = imported(tmp_path, orders=ORDERS, 售后单=cases)

    assert outcomes(found, "return").keys() == {"1", "3"}
    assert "when a case was opened" not in text


def test_a_refund_of_a_later_line_is_seen_with_its_amount(tmp_path: Path) -> None:
    rows = ORDERS.splitlines()
    back = ["退款状态,退款金额", "无退款,0.00", "退款成功,20.00", *["无退款,0.00"] * 5]

    _, found = imported(
        tmp_path, orders="\n".join(f"{a},{b}" for a, b in zip(rows, back, strict=True))
    )

    assert outcomes(found, "refund").keys() == {"1/CUP"}
    assert outcomes(found, "refund")["1/CUP"]["amount_minor"] == 20_00


def test_a_refund_of_the_whole_order_stays_one(tmp_path: Path) -> None:
    rows = ORDERS.splitlines()
    back = ["退款金额", "7.00", "7.00", *["0.00"] * 5]

    _, found = imported(
        tmp_path, orders="\n".join(f"{a},{b}" for a, b in zip(rows, back, strict=True))
    )

    assert outcomes(found, "refund").keys() == {"1"}
    assert outcomes(found, "refund")["1"]["amount_minor"] == 7_00


def test_refunds_among_the_movements_of_an_account_are_labels(tmp_path: Path) -> None:
    moved = (
        "transaction-type,order-id,amount-description,amount,posted-date-time,sku,quantity\n"
        + "".join(f"Order,{n},Principal,10.00,2024-05-0{n} 09:00:00,TEA,7\n" for n in range(1, 7))
        + "Refund,2,Principal,-10.00,2024-05-08 09:00:00,TEA,\n"
        + "Refund,2,Commission,1.50,2024-05-08 09:00:00,TEA,\n"
    )

    _, found = imported(tmp_path, orders=ORDERS, settlement=moved)

    assert outcomes(found, "refund").keys() == {"2"}
    assert outcomes(found, "refund")["2"]["known_at"] == datetime(2024, 5, 8, 1, 0, tzinfo=UTC)
    assert [order["n_units"] for order in found.orders] == [3, 1, 1, 1, 1, 1]


def test_a_parcel_of_two_orders_is_a_shipment_of_each(tmp_path: Path) -> None:
    rows = ORDERS.splitlines()
    sent = ["运单号,发货时间", *[f"YT1,2024-05-0{n} 20:00:00" for n in (2, 2, 3, 4, 5, 6, 7)]]

    _, found = imported(
        tmp_path, orders="\n".join(f"{a},{b}" for a, b in zip(rows, sent, strict=True))
    )

    assert len(found.tables["shipments"]) == 6
    assert found.left_out() == {}


def test_prices_are_read_where_only_the_first_row_names_the_currency(tmp_path: Path) -> None:
    _, found = imported(
        tmp_path,
        orders="Name,Created at,Currency,Total,Lineitem sku,Lineitem name,Lineitem quantity,"
        "Lineitem price\n"
        "#1,2024-05-01 08:00:00 -0400,JPY,1500,TEA,Tea,1,500\n"
        "#1,,,,CUP,Cup,1,1000\n"
        "#2,2024-05-01 08:00:00 -0400,USD,5.00,TEA,Tea,1,5.00\n",
    )

    prices = sorted(line["unit_price_minor"] for line in found.tables["order_lines"])
    assert prices == [500, 500, 1000]
    assert found.unknown().keys() == {"value_minor needs a rate: write `fx: {USD: …}`"}


SALES = """\
Order No,Date,Item code,Qty,Unit price,Type
1,2024-05-01 08:00,TEA,3,5.00,Sale
1,2024-05-01 08:00,CUP,1,7.00,Sale
1,2024-05-20 09:00,TEA,-1,5.00,Refund
2,2024-05-02 08:00,TEA,1,5.00,Sale
"""


def test_rows_that_give_money_back_are_labels_and_no_part_of_the_order(tmp_path: Path) -> None:
    _, found = imported(tmp_path, sales=SALES)

    assert [order["total_minor"] for order in found.orders] == [22_00, 5_00]
    assert [order["n_units"] for order in found.orders] == [4, 1]
    assert outcomes(found, "refund").keys() == {"1"}
    assert outcomes(found, "refund")["1"]["known_at"] == datetime(2024, 5, 20, 9, 0, tzinfo=UTC)
    assert found.left_out() == {}


def test_negative_quantities_are_returns(tmp_path: Path) -> None:
    _, found = imported(tmp_path, sales=SALES.replace(",Type", ",Note").replace(",Refund", ",x"))

    assert [order["n_units"] for order in found.orders] == [4, 1]
    assert outcomes(found, "return").keys() == {"1"}


def test_a_return_without_a_date_of_its_own_is_not_known_when_the_order_is_placed(
    tmp_path: Path,
) -> None:
    _, found = imported(tmp_path, sales=SALES.replace("2024-05-20 09:00", "2024-05-01 08:00"))

    order, back = found.orders[0], outcomes(found, "refund")["1"]
    assert back["known_at"] - order["placed_at"] == timedelta(days=30)


def test_orders_without_anything_taken_back_are_read_as_they_stand(tmp_path: Path) -> None:
    rows = [line for line in SALES.splitlines() if "Refund" not in line]

    text, found = imported(tmp_path, sales="\n".join(rows))

    assert "sold" not in text
    assert "outcomes" not in found.tables


def test_parcels_of_a_carrier_are_late_by_the_promise_of_the_order(tmp_path: Path) -> None:
    text, found = imported(
        tmp_path,
        orders="订单编号,下单时间,实付金额,预计送达时间\n"
        "1,2024-05-01 08:00,5.00,2024-05-03\n2,2024-05-01 09:00,5.00,2024-05-04\n",
        快递100="运单编号,快递公司,订单号,揽收时间,签收时间\n"
        "YT1,圆通,1,2024-05-01 20:00:00,2024-05-03 18:00:00\n"
        "YT2,圆通,2,2024-05-01 20:00:00,\n",
    )

    promised = [order["deliver_by"] for order in found.orders]
    delivered = {row["shipment_id"]: row["delivered_at"] for row in found.tables["shipments"]}
    assert "late: {matures: 1 day}" in text
    assert delivered["YT1"] < promised[0] == datetime(2024, 5, 3, 15, 59, 59, 999999, tzinfo=UTC)
    assert delivered["YT2"] is None


def test_further_sheets_are_looked_at_and_those_alike_are_told(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    order = ["订单号", "下单时间", "实付金额"]
    sheets = {
        "说明": [["请勿修改"]],
        "五月": [[*order, "备注"]],
        "三月": [order, ["1", "2024-03-01 08:00", "5.00"], ["2", "2024-03-02 08:00", "6.00"]],
        "四月": [order, ["3", "2024-04-01 08:00", "5.00"]],
        "退款": [["订单号", "退款金额", "退款时间"], ["2", "6.00", "2024-03-09 10:00"]],
    }
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(tmp_path / "book.xlsx")

    text = draft([tmp_path / "book.xlsx"])
    found = run(text, tmp_path)

    assert [row["order_id"] for row in found.orders] == ["1", "2"]
    assert outcomes(found, "refund")["2"]["amount_minor"] == 6_00
    assert "sheet 四月 of book.xlsx has the columns of another sheet" in text


def test_what_is_assumed_of_lines_and_shops_is_told(tmp_path: Path) -> None:
    rows = [line.rpartition(",")[0] for line in ORDERS.splitlines()]
    shops = ["店铺名称", "一店", "一店", "二店", *["一店"] * 4]

    text, _ = imported(
        tmp_path, orders="\n".join(f"{a},{b}" for a, b in zip(rows, shops, strict=True))
    )

    assert "no column of orders says how many units" in text
    assert "店铺名称 names 2 shops" in text


def test_what_came_after_the_order_is_not_offered_as_an_attribute(tmp_path: Path) -> None:
    rows = ORDERS.splitlines()
    more = ["流量来源,关闭类型", *["直播,甲", "短视频,乙"] * 3, "直播,甲"]

    text, _ = imported(
        tmp_path, orders="\n".join(f"{a},{b}" for a, b in zip(rows, more, strict=True))
    )

    assert "column: 流量来源" in text
    assert "column: 关闭类型" not in text
