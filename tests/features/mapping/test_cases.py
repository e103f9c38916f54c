"""Drafts of files in which after-sales cases, refunds of lines and movements of money stand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

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
