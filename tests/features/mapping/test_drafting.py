"""A draft for files that nobody has described: it is read, and gives the orders that are there."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING

import openpyxl
import pytest

from features.document import Package
from features.errors import ImportRefusedError
from features.mapping.drafting.document import draft
from features.mapping.drafting.peek import peek
from features.mapping.drafting.words import milestone, state, words
from features.schema import PAYMENT_STATUSES, STATUSES, TABLES
from tests.features.mapping.exports import book
from tests.features.mapping.importing import Outcome, run

if TYPE_CHECKING:
    from pathlib import Path

SHOPIFY = """\
Name,Created at,Total,Lineitem quantity,Lineitem price,Lineitem sku,Shipping City,Refunded Amount
#1001,2024-05-01 10:00:00 -0400,35.00,1,15.00,MUG-1,Boston,35.00
#1001,,,2,10.00,TEA-1,,
#1002,2024-05-02 11:30:00 -0400,20.00,2,10.00,TEA-1,Austin,0.00
"""
TMALL = """\
店铺：旗舰店
订单编号,买家会员名,订单状态,买家实际支付金额,收货地址,联系手机,订单创建时间,订单付款时间
="70001",云**1,交易成功,"1,019.90",杭州市西湖区文三路1号,13800138000,2024-05-01 08:00:00,
="70002",林**2,交易关闭,5.00,南京市玄武区中山路2号,13900139000,2024-05-02 09:00:00,
"""
AMAZON = """\
amazon-order-id\tpurchase-date\torder-status\tsku\tquantity\tcurrency\titem-price\tship-city\tship-postal-code\tship-country
026-1\t2024-05-01T08:00:00+00:00\tShipped - Delivered to Buyer\tA\t1\tEUR\t9.99\tKöln\t50667\tDE
026-1\t2024-05-01T08:00:00+00:00\tShipped - Delivered to Buyer\tB\t2\tEUR\t20.00\tKöln\t50667\tDE
026-2\t2024-05-02T09:00:00+00:00\tCancelled\tA\t1\tEUR\t9.99\tBonn\t53111\tDE
"""
EUROPE = """\
Order ID;Order Date;Total
1;31.12.2023 08:00;1.234,50
2;01.02.2024 09:30;3,00
"""


def drafted(root: Path, **files: bytes) -> tuple[str, Outcome]:
    """Write files, draft their mapping, and import them by it."""
    paths = []
    for name, content in files.items():
        path = root / name.replace("__", ".")
        path.write_bytes(content)
        paths.append(path)
    text = draft(paths)
    return text, run(text, root)


def test_one_row_a_line_with_the_order_in_its_first_row_only(tmp_path: Path) -> None:
    text, shop = drafted(tmp_path, orders__csv=SHOPIFY.encode())

    orders = {row["order_id"]: row for row in shop.tables["orders"]}

    assert {name: row["total_minor"] for name, row in orders.items()} == {
        "#1001": 3500,
        "#1002": 2000,
    }
    assert orders["#1001"]["placed_at"].isoformat() == "2024-05-01T14:00:00+00:00"
    assert orders["#1002"]["ship_city"] == "Austin"
    assert sorted((row["sku"], row["quantity"]) for row in shop.tables["order_lines"]) == [
        ("MUG-1", 1), ("TEA-1", 2), ("TEA-1", 2),
    ]  # fmt: skip
    assert [(row["kind"], row["amount_minor"]) for row in shop.tables["outcomes"]] == [
        ("refund", 3500)
    ]
    assert "channel: shopify" in text


def test_a_title_above_the_header_and_another_encoding(tmp_path: Path) -> None:
    text, shop = drafted(tmp_path, report__csv=TMALL.encode("gbk"))

    orders = {row["order_id"]: row for row in shop.tables["orders"]}

    assert orders["70001"]["total_minor"] == 101_990
    assert orders["70001"]["ship_adcode"] == "330106"
    assert orders["70001"]["placed_at"].isoformat() == "2024-05-01T00:00:00+00:00"
    assert [orders[name]["status"] for name in ("70001", "70002")] == ["completed", "cancelled"]
    assert [row["kind"] for row in shop.tables["outcomes"]] == ["cancel"]
    assert "encoding: gbk" in text
    assert "skip: 1" in text


def test_prices_of_lines_add_up_where_no_total_is_given(tmp_path: Path) -> None:
    _, shop = drafted(tmp_path, orders__txt=AMAZON.encode("cp1252"))

    orders = {row["order_id"]: row for row in shop.tables["orders"]}

    assert orders["026-1"]["n_units"] == 3
    assert orders["026-1"]["status"] == "delivered"
    assert orders["026-2"]["status"] == "cancelled"
    assert orders["026-1"]["ship_city"] == "Köln"
    assert orders["026-1"]["total_minor"] == 29_99
    assert sorted(row["total_minor"] for row in shop.tables["order_lines"]) == [999, 999, 2000]


def test_days_first_and_commas_for_decimals(tmp_path: Path) -> None:
    _, shop = drafted(tmp_path, orders__csv=EUROPE.encode())

    rows = shop.orders

    assert [row["total_minor"] for row in rows] == [123_450, 300]
    assert [row["placed_at"].isoformat() for row in rows] == [
        "2023-12-31T08:00:00+00:00", "2024-02-01T09:30:00+00:00",
    ]  # fmt: skip


def test_lines_within_objects_become_rows_of_their_own(tmp_path: Path) -> None:
    order = {"id": 7, "created_at": "2024-05-01T08:00:00Z", "total_price": "9.50",
             "billing_address": {"city": "Rome"}, "shipping_address": {"city": "Milan"},
             "line_items": [{"sku": "A", "quantity": 2, "price": "4.75"}]}  # fmt: skip
    _, shop = drafted(tmp_path, orders__jsonl=json.dumps(order).encode())

    assert [(row["order_id"], row["ship_city"]) for row in shop.tables["orders"]] == [
        ("7", "Milan")
    ]
    assert [(row["sku"], row["quantity"]) for row in shop.tables["order_lines"]] == [("A", 2)]


def test_the_sheet_with_the_orders_is_found(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["说明", "由系统导出"])
    sheet = book.create_sheet("数据")
    sheet.append(["订单号", "下单时间", "实付金额"])
    sheet.append(["1", "2024-05-01 08:00:00", 9.5])
    book.save(tmp_path / "o.xlsx")

    (found,) = peek(tmp_path / "o.xlsx")

    assert found.options == {"sheet": "数据"}
    assert found.n_rows == 1


def test_files_without_orders_are_refused_with_their_columns(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("colour,size\nred,M\n", "utf-8")

    with pytest.raises(ImportRefusedError, match=r"a\.csv: colour, size"):
        draft([tmp_path / "a.csv"])


def test_a_name_that_promises_a_moment_needs_moments(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("order id,date\n1,soon\n2,later\n", "utf-8")

    with pytest.raises(ImportRefusedError, match="when it"):
        draft([tmp_path / "a.csv"])


@pytest.mark.parametrize("part", ["orders", "order_lines", "shipments"])
def test_every_meaning_is_a_column_of_its_table(part: str) -> None:
    known = {column.name for column in TABLES[part].columns}

    assert words()[part].keys() <= known


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        ("买家已付款,等待卖家发货", "paid"), ("卖家已发货,等待买家确认", "shipped"),
        ("交易关闭", "cancelled"), ("已收货，退款成功", "returned"), ("unshipped", "paid"),
        ("Shipped - Delivered to Buyer", "delivered"), ("partially_shipped", "partially_shipped"),
        ("拒收", "delivery_failed"), ("Completed", "completed"), ("39", None),
        ("(删除)等待出库", "cancelled"), ("(锁定)等待出库", "paid"), ("Shipping", "shipped"),
        ("锁定", "held"), ("未支付", "created"), ("未完成", "created"), ("未发货", "paid"),
        ("申请取消", "cancel_requested"), ("已取消", "cancelled"), ("partial", "partially_shipped"),
        ("Partially Refunded", None), ("部分退款", None), ("Partially paid", "created"),
        ("Closed", "cancelled"), ("Closed complete", "completed"), ("Incomplete", "created"),
        ("Not shipped", "paid"), ("Pending shipment", "paid"),
        ("Failed delivery", "delivery_failed"),
        ("Shipped - Lost in Transit", "delivery_failed"), ("lost_by_3pl", "delivery_failed"),
        ("Shipped - Undeliverable", "delivery_failed"), ("shipped_back_success", "returned"),
        ("Cancellation requested", "cancel_requested"), ("wc-cancelled", "cancelled"),
    ],
)  # fmt: skip
def test_states_are_read_by_their_words(said: str, meaning: str | None) -> None:
    assert state(said) == meaning


def test_every_state_is_one_that_orders_have() -> None:
    assert words()["states"].keys() <= set(STATUSES)
    assert words()["payment_states"].keys() <= set(PAYMENT_STATUSES)


def test_every_milestone_is_one_that_packages_have() -> None:
    (known,) = (
        option["enum"]
        for option in Package.model_json_schema()["properties"]["state"]["anyOf"]
        if "enum" in option
    )

    assert words()["milestones"].keys() <= set(known)


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        ("签收", "delivered"), ("待签收", "out_for_delivery"), ("Delivered", "delivered"),
        ("运输中", "in_transit"), ("InTransit", "in_transit"),
        ("Out for Delivery", "out_for_delivery"),
        ("派件失败", "problem"), ("Undelivered", "problem"), ("AttemptFail", "problem"),
        ("拒收退回", "refused"), ("退签", "returned"), ("退回中", "returning"),
        ("快递柜待取", "at_locker"), ("已揽收", "picked_up"), ("InfoReceived", "label"),
        ("7", None),
    ],
)  # fmt: skip
def test_milestones_are_read_by_their_words(said: str, meaning: str | None) -> None:
    assert milestone(said) == meaning


def test_what_is_cancelled_or_unpaid_is_not_paid(tmp_path: Path) -> None:
    rows = [
        "Name,Created at,Financial Status,Fulfillment Status,Cancelled at,Total",
        "#1,2024-05-01 10:00:00 -0400,paid,fulfilled,,9",
        "#2,2024-05-01 10:00:00 -0400,paid,unfulfilled,,9",
        "#3,2024-05-01 10:00:00 -0400,voided,unfulfilled,2024-05-02 10:00:00 -0400,9",
        "#4,2024-05-01 10:00:00 -0400,refunded,unfulfilled,2024-05-03 10:00:00 -0400,9",
        "#5,2024-05-01 10:00:00 -0400,partially_refunded,fulfilled,,9",
        "#6,2024-05-01 10:00:00 -0400,pending,unfulfilled,,9",
        "#7,2024-05-01 10:00:00 -0400,refunded,fulfilled,,9",
        "#8,2024-05-01 10:00:00 -0400,paid,partial,,9",
        "#9,2024-05-01 10:00:00 -0400,voided,,,9",
    ]
    _, shop = drafted(tmp_path, shopify__csv="\n".join(rows).encode())

    assert [(row["status"], row["payment_status"]) for row in shop.orders] == [
        ("shipped", "paid"), ("paid", "paid"), ("cancelled", "voided"), ("cancelled", "refunded"),
        ("shipped", "partially_refunded"), ("created", "pending"), ("shipped", "refunded"),
        ("partially_shipped", "paid"), ("cancelled", "voided"),
    ]  # fmt: skip
    assert sorted(row["kind"] for row in shop.tables["outcomes"]) == [
        "cancel", "cancel", "cancel", "refund", "refund", "refund",
    ]  # fmt: skip


def test_a_file_that_tells_the_money_alone_gives_states(tmp_path: Path) -> None:
    rows = "订单号,下单时间,付款状态\n1,2024-05-01 08:00,已付款\n2,2024-05-01 08:00,未付款\n"

    _, shop = drafted(tmp_path, o__csv=rows.encode())

    assert [(row["status"], row["payment_status"]) for row in shop.orders] == [
        ("paid", "paid"), ("created", "pending"),
    ]  # fmt: skip


def test_parcels_beside_orders_have_their_milestones(tmp_path: Path) -> None:
    rows = (
        "订单号,下单时间,订单状态,运单号,发货时间,物流状态\n"
        "1,2024-05-01 08:00,已发货,SF1,2024-05-02 08:00,已签收\n"
        "2,2024-05-01 08:00,已发货,SF2,2024-05-02 08:00,派送中\n"
        "3,2024-05-01 08:00,已发货,SF3,2024-05-02 08:00,无此类词\n"
    )

    _, shop = drafted(tmp_path, o__csv=rows.encode())

    assert {row["shipment_id"]: row["state"] for row in shop.tables["shipments"]} == {
        "SF1": "delivered", "SF2": "out_for_delivery", "SF3": "无此类词",
    }  # fmt: skip


def test_the_status_in_a_file_of_parcels_is_theirs(tmp_path: Path) -> None:
    orders = "order id,order date,total\n1,2024-05-01 08:00,9\n2,2024-05-01 09:00,9\n"
    parcels = (
        "order id,tracking number,shipped at,status\n"
        "1,T1,2024-05-02 08:00,Delivered\n2,T2,2024-05-02 08:00,In Transit\n"
    )

    _, shop = drafted(tmp_path, orders__csv=orders.encode(), parcels__csv=parcels.encode())

    assert {row["shipment_id"]: row["state"] for row in shop.tables["shipments"]} == {
        "T1": "delivered", "T2": "in_transit",
    }  # fmt: skip


def test_a_subtotal_in_the_first_row_of_an_order_is_no_lines_total(tmp_path: Path) -> None:
    rows = (
        "Name,Created at,Subtotal,Total,Lineitem quantity,Lineitem price,Lineitem sku\n"
        "#1,2024-05-01 10:00:00 -0400,35.00,40.00,1,15.00,MUG\n"
        "#1,2024-05-01 10:00:00 -0400,,,2,10.00,TEA\n"
        "#2,2024-05-01 10:00:00 -0400,10.00,15.00,1,10.00,TEA\n"
    )

    _, shop = drafted(tmp_path, o__csv=rows.encode())

    assert {row.get("total_minor") for row in shop.tables["order_lines"]} == {None}
    assert [row["total_minor"] for row in shop.orders] == [40_00, 15_00]


def test_text_that_is_called_a_workbook_is_read_as_text(tmp_path: Path) -> None:
    rows = "订单号\t下单时间\t实付金额\n1\t2024-05-01 08:00\t9.50\n"

    text, found = drafted(tmp_path, orders__xls=rows.encode("gbk"))

    assert "format: csv" in text
    assert [row["total_minor"] for row in found.orders] == [9_50]


def test_a_workbook_that_is_called_text_is_read_as_a_workbook(tmp_path: Path) -> None:
    content = book([["订单号", "下单时间", "实付金额"], ["1", "2024-05-01 08:00", "9.50"]])

    text, found = drafted(tmp_path, orders__csv=content)

    assert "format: excel" in text
    assert [row["total_minor"] for row in found.orders] == [9_50]


def test_an_archive_is_not_taken_for_a_workbook(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "orders.csv", "w") as archive:
        archive.writestr("orders.csv", "订单号,下单时间\n1,2024-05-01\n")

    with pytest.raises(ImportRefusedError, match="a workbook or a zip archive"):
        draft([tmp_path / "orders.csv"])


def test_a_file_with_its_header_alone_is_refused_as_such(tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text("订单号,下单时间\n", "utf-8")

    with pytest.raises(ImportRefusedError, match=r"o\.csv: holds no rows"):
        draft([tmp_path / "o.csv"])


def test_a_quote_that_is_never_closed_does_not_hide_the_header(tmp_path: Path) -> None:
    long = "x" * 20_000
    rows = "".join(f"{n},2024-05-01 08:00,9.50,{'' if n else chr(34)}{long}\n" for n in range(10))

    (tmp_path / "o.csv").write_text(f"导出\n订单号,下单时间,实付金额,备注\n{rows}", "utf-8")

    assert peek(tmp_path / "o.csv")[0].options == {"skip": 1}


def test_a_file_of_broken_lines_is_refused_for_them(tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text("订单号,下单时间\n1,2024-05-01,5,7\n2\n", "utf-8")

    with pytest.raises(ImportRefusedError, match="2 of 2 lines are malformed"):
        draft([tmp_path / "o.csv"])


def test_tabs_behind_every_value_do_not_part_the_columns(tmp_path: Path) -> None:
    rows = "订单号\t,下单时间\t,实付金额\t\n1\t,2024-05-01 08:00\t,9.50\t\n"

    _, found = drafted(tmp_path, orders__csv=rows.encode())

    assert [(row["order_id"], row["total_minor"]) for row in found.orders] == [("1", 9_50)]


def test_commas_within_values_do_not_part_columns_that_tabs_do(tmp_path: Path) -> None:
    rows = "订单号\t下单时间\t实付金额\t备注\n1\t2024-05-01 08:00\t9.50\t红,大,急,轻,快\n"

    _, found = drafted(tmp_path, orders__csv=rows.encode())

    assert [(row["order_id"], row["total_minor"]) for row in found.orders] == [("1", 9_50)]


def test_moments_that_end_in_the_word_of_a_zone(tmp_path: Path) -> None:
    rows = (
        "order id\torder date\ttotal\n"
        "1\tMay 1, 2024 8:00:00 AM PDT\t9.50\n2\tJan 2, 2024 8:00:00 PM PST\t3.00\n"
    )

    _, shop = drafted(tmp_path, o__txt=rows.encode())

    assert [row["placed_at"].isoformat() for row in shop.orders] == [
        "2024-05-01T15:00:00+00:00", "2024-01-03T04:00:00+00:00",
    ]  # fmt: skip


def test_amounts_and_moments_in_full_width(tmp_path: Path) -> None:
    rows = (
        "订单号,下单时间,金额\n1,２０２４-05-01 08：00：00,￥１，０１９.９０\n"
        "2,2024-05-02 09:00,10.00\n"
    )

    _, shop = drafted(tmp_path, o__csv=rows.encode())

    assert [row["total_minor"] for row in shop.orders] == [1_019_90, 10_00]
    assert shop.orders[0]["placed_at"].isoformat() == "2024-05-01T00:00:00+00:00"


def test_the_state_of_an_order_tells_of_money_given_back(tmp_path: Path) -> None:
    rows = (
        "order_number,order_date,status,order_total\n1,2024-05-01 08:00,wc-refunded,9\n"
        "2,2024-05-01 08:00,wc-completed,9\n3,2024-05-01 08:00,wc-failed,9\n"
    )

    _, shop = drafted(tmp_path, o__csv=rows.encode())

    assert [(row["status"], row["payment_status"]) for row in shop.orders] == [
        (None, "refunded"), ("completed", None), ("created", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("day", "time", "instant"),
    [
        ("31/12/2023", "11:05 PM", "2023-12-31T23:05:00+00:00"),
        ("31/12/2023", "09:05", "2023-12-31T09:05:00+00:00"),
        ("31/12/2023", "09:05:07", "2023-12-31T09:05:07+00:00"),
        ("2023-12-31", "11:05 PM", "2023-12-31T23:05:00+00:00"),
        ("2023-12-31", "09:05", "2023-12-31T09:05:00+00:00"),
    ],
)
def test_the_time_of_day_stands_beside_the_day(
    tmp_path: Path, day: str, time: str, instant: str
) -> None:
    rows = f"Order ID,Order Date,Order Time,Order Total\n1,{day},{time},9\n"

    _, shop = drafted(tmp_path, o__csv=rows.encode())

    assert [row["placed_at"].isoformat() for row in shop.orders] == [instant]
