"""A draft for each channel's export is imported as it is, and gives what the export says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from features.mapping.drafting.document import draft
from tests.features.mapping import exports
from tests.features.mapping.importing import Outcome, run

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Export:
    """A file as a channel writes it, and what it says.

    Parameters
    ----------
    file, content
        Its name and bytes.
    orders
        Order id, the moment it was placed (UTC), and its total in minor units.
    lines
        Order id, SKU and quantity.
    outcomes
        Order id and kind.
    said
        What the draft says, beside the columns.
    """

    file: str
    content: bytes
    orders: list[tuple[str, str, int]]
    lines: list[tuple[str, str, int]]
    outcomes: list[tuple[str, str]]
    said: tuple[str, ...] = ()


EXPORTS = {
    "shopee in Indonesia: points for thousands": Export(
        "Order.all.xlsx",
        exports.book(exports.SHOPEE_INDONESIA),
        [("A1", "2024-05-01 01:05:00", 1_129_000_00), ("A2", "2024-05-02 06:30:00", 30_000_00)],
        [("A1", "KAOS", 2), ("A1", "TOPI", 1), ("A2", "TOPI", 1)],
        [("A1", "refund"), ("A2", "cancel")],
        ("base_currency: IDR", "timezone: Asia/Jakarta", "is_cod", "thousands: ."),
    ),
    "shopee in Vietnam: two names that differ by a capital": Export(
        "Order.toship.xlsx",
        exports.book(exports.SHOPEE_VIETNAM),
        [("V1", "2024-05-01 01:05:00", 228_000)],
        [("V1", "AO", 2), ("V1", "MU", 1)],
        [],
        ("base_currency: VND",),
    ),
    "tiktok: a row that describes the columns, tabs, halves of the day": Export(
        "All order.xlsx",
        exports.book(exports.TIKTOK),
        [("5764001", "2024-05-01 08:05:10", 24_49), ("5764002", "2024-05-02 13:30:00", 8_99)],
        [("5764001", "MUG", 2), ("5764001", "TEA", 1), ("5764002", "TEA", 1)],
        [("5764002", "cancel")],
    ),
    "ebay: a row that sums the order up, days alone, a footer": Export(
        "eBay-OrdersReport.csv",
        exports.text(exports.EBAY).replace(b'"","","","","","","",""', b",,,,,,,", 1)
        + exports.EBAY_FOOTER,
        [("18-1", "2024-05-01 00:00:00", 1_030_00), ("18-2", "2024-12-13 00:00:00", 9_00)],
        [("18-1", "MUG", 2), ("18-1", "TEA", 1), ("18-2", "TEA", 1)],
        [],
        ("day_resolution: true", "'%b-%d-%y'"),
    ),
    "mercado livre: lines above, months by name, refunds with a minus": Export(
        "Vendas_BR_Mercado_Libre.xlsx",
        exports.book(exports.MERCADO, above=[["Vendas"], [], ["Estado das vendas"]]),
        [("21", "2024-05-01 11:05:00", 99_80), ("23", "2024-12-13 23:15:00", 25_00)],
        [("21", "CAM", 2), ("23", "BON", 1)],
        [("23", "cancel"), ("23", "refund")],
        ("base_currency: BRL", "times: -1"),
    ),
    "ozon: semicolons, several parcels an order": Export(
        "orders.csv",
        exports.text(exports.OZON, ";", encoding="utf-8-sig"),
        [("1-1", "2024-05-01 05:05:10", 2_498_00), ("2-1", "2024-05-02 10:30:00", 500_00)],
        [("1-1", "MUG", 2), ("1-1", "TEA", 1), ("2-1", "TEA", 1)],
        [("2-1", "cancel")],
        ("base_currency: RUB", "channel: ozon"),
    ),
    "wildberries: a clock that was never set is no cancellation": Export(
        "orders.json",
        exports.WILDBERRIES,
        [("g1", "2024-05-01 08:05:10", 1_599_00), ("g2", "2024-05-02 13:30:00", 500_00)],
        [("g1", "MUG", 1), ("g1", "MUG", 1), ("g2", "TEA", 1)],
        [("g2", "cancel")],
    ),
    "naver: a note above the header, money without decimals": Export(
        "smartstore.xlsx",
        exports.book(exports.NAVER, above=[["개인정보가 포함되어 있습니다."]]),
        [("501", "2024-04-30 23:05:10", 25_000), ("502", "2024-05-02 04:30:00", 5_000)],
        [("501", "MUG", 2), ("501", "TEA", 1), ("502", "TEA", 1)],
        [("502", "cancel")],
        ("base_currency: KRW", "skip: 1"),
    ),
    "rakuten: shift_jis, whose bytes read as Chinese too": Export(
        "rakuten.csv",
        exports.text(exports.RAKUTEN, encoding="cp932"),
        [("3012-1", "2024-04-30 23:05:10", 25_500)],
        [("3012-1", "MUG", 2), ("3012-1", "TEA", 1)],
        [("3012-1", "cancel")],
        ("encoding: shift_jis", "base_currency: JPY"),
    ),
    "kuaishou: signs for nothing, the state of the case": Export(
        "订单.csv",
        exports.text(exports.KUAISHOU, encoding="gb18030"),
        [("2412001", "2024-05-01 00:05:10", 1_099_00), ("2412002", "2024-05-02 05:30:00", 20_00)],
        [("2412001", "MUG", 2), ("2412002", "TEA", 1)],
        [("2412002", "refund")],
        ("nulls: ['-']", "微信: wechat"),
    ),
    "1688: the order in its first row only": Export(
        "1688订单.xlsx",
        exports.book(exports.ALIBABA_1688),
        [("2165", "2024-05-01 00:05:10", 110_00), ("2166", "2024-05-02 05:30:00", 20_00)],
        [("2165", "MUG", 2), ("2165", "TEA", 1), ("2166", "TEA", 1)],
        [("2166", "cancel")],
        ("channel: alibaba_1688", "fill_down: [订单编号]"),
    ),
    "jushuitan: a title, a row of totals, returns by line": Export(
        "聚水潭.xlsx",
        exports.book(exports.JUSHUITAN, above=[["名称：订单"]]),
        [("147", "2024-05-01 00:05:10", 100_00), ("148", "2024-05-02 05:30:00", 20_00)],
        [("147", "GIFT", 1), ("147", "MUG", 2), ("148", "TEA", 1)],
        [("147", "return"), ("148", "cancel")],
        ("line_id: 子订单编号", "is_gift: 是否赠品"),
    ),
}  # fmt: skip


def drafted(root: Path, **files: bytes) -> tuple[str, Outcome]:
    """Draft the mapping of files, named with two underscores for the point, and import them."""
    paths = []
    for name, content in files.items():
        paths.append(root / name.replace("__", "."))
        paths[-1].write_bytes(content)
    text = draft(paths)
    return text, run(text, root)


def ids(found: Outcome) -> dict[str, str]:
    """Give the order id of each order key."""
    return {row["order_key"]: row["order_id"] for row in found.orders}


def told(found: Outcome) -> list[tuple[str, str]]:
    """Give order and kind of each outcome."""
    rows = found.tables.get("outcomes", [])
    return sorted((ids(found)[row["order_key"]], row["kind"]) for row in rows)


@pytest.mark.parametrize("export", EXPORTS.values(), ids=EXPORTS.keys())
def test_an_export_is_drafted_and_imported_as_it_is(export: Export, tmp_path: Path) -> None:
    (tmp_path / export.file).write_bytes(export.content)

    text = draft([tmp_path / export.file])
    found = run(text, tmp_path)

    assert [
        (row["order_id"], f"{row['placed_at']:%Y-%m-%d %H:%M:%S}", row["total_minor"])
        for row in found.orders
    ] == export.orders
    assert (
        sorted(
            (ids(found)[row["order_key"]], row["sku"], row["quantity"])
            for row in found.tables["order_lines"]
        )
        == export.lines
    )
    assert told(found) == export.outcomes
    assert not [words for words in export.said if words not in text]


def test_returns_of_a_file_of_their_own_name_the_line_by_its_sku(tmp_path: Path) -> None:
    orders = exports.text(
        exports.columns(
            {
                "amazon-order-id": "1|1|2",
                "purchase-date": "2024-05-01T08:05:10Z|2024-05-01T08:05:10Z|2024-05-02T08:05:10Z",
                "sku": "MUG|TEA|TEA",
                "quantity": "2|1|0",
                "item-price": "20.00|5.00|",
                "order-status": "Shipped|Shipped|Cancelled",
            }
        ),
        "\t",
    )
    returns = exports.text(
        exports.columns(
            {
                "return-date": "2024-05-20T10:00:00Z",
                "order-id": "1",
                "sku": "TEA",
                "quantity": "1",
                "reason": "DEFECTIVE",
            }
        ),
        "\t",
    )

    _, found = drafted(tmp_path, allorders__txt=orders, returns__txt=returns)

    assert [row["total_minor"] for row in found.orders] == [25_00, None]
    (back,) = [row for row in found.tables["outcomes"] if row["kind"] == "return"]
    assert (back["line_id"], back["cause"]) == ("TEA", "DEFECTIVE")
    assert f"{back['known_at']:%Y-%m-%d}" == "2024-05-20"
    assert {row["line_id"] for row in found.tables["order_lines"]} == {"MUG", "TEA"}
    assert told(found) == [("1", "return"), ("2", "cancel")]


def test_disputes_that_name_the_charge_find_the_order_of_the_charge(tmp_path: Path) -> None:
    payments = (
        b"id,Created date (UTC),Amount,Currency,order_id (metadata)\n"
        b"ch_1,2024-05-01 08:05:10,25.00,usd,A1\nch_2,2024-05-02 08:05:10,9.00,usd,A2\n"
    )
    disputes = b"id,Charge ID,Dispute Created (UTC),Reason\ndp_1,ch_2,2024-06-10 10:00,fraudulent\n"

    text, found = drafted(tmp_path, payments__csv=payments, disputes__csv=disputes)

    assert told(found) == [("A2", "chargeback")]
    assert f"{found.tables['outcomes'][0]['known_at']:%Y-%m-%d}" == "2024-06-10"
    assert [row["currency"] for row in found.orders] == ["USD", "USD"]
    assert "matures: 120 days" in text


def test_a_label_without_a_date_is_known_when_it_matures(tmp_path: Path) -> None:
    _, found = drafted(
        tmp_path,
        orders__csv=b"order id,order date,total\n1,2024-05-01 08:00,5\n2,2024-05-02 08:00,5\n",
        chargebacks__csv=b"order id,amount\n2,5.00\n",
    )

    assert told(found) == [("2", "chargeback")]
    assert f"{found.tables['outcomes'][0]['known_at']:%Y-%m-%d}" == "2024-08-30"


@pytest.mark.parametrize(
    ("name", "content", "moments"),
    [
        ("transactions.csv", b"TransactionID,TransactionDT,TransactionAmt,isFraud\n"
         b"2987000,86400,68.5,0\n2987001,86460,29,1\n",
         ["2024-01-02 00:00:00", "2024-01-02 00:01:00"]),
        ("paysim.csv", b"step,amount,isFraud\n1,9.5,0\n25,3,1\n",
         ["2024-01-01 01:00:00", "2024-01-02 01:00:00"]),
    ],
)  # fmt: skip
def test_time_from_an_unknown_day_is_told_and_counted(
    name: str, content: bytes, moments: list[str], tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)

    text = draft([tmp_path / name])
    found = run(text, tmp_path)

    assert [f"{row['placed_at']:%Y-%m-%d %H:%M:%S}" for row in found.orders] == moments
    assert told(found) == [(found.orders[1]["order_id"], "fraud")]
    assert "unknown day" in text
    assert "相对时间" in text


def test_monthly_exports_that_overlap_tell_each_order_once(tmp_path: Path) -> None:
    head = "Order ID,Order Date,Total,Status\n"
    text, found = drafted(
        tmp_path,
        april__csv=f"{head}1,2024-04-01 08:00,1\n".replace(",1\n", ",1,paid\n").encode()
        + b"2,2024-04-30 08:00,2,pending\n",
        may__csv=f"{head}2,2024-04-30 08:00,2,completed\n3,2024-05-01 08:00,3,paid\n".encode(),
    )

    assert [(row["order_id"], row["status"]) for row in found.orders] == [
        ("1", "paid"), ("2", "completed"), ("3", "paid"),
    ]  # fmt: skip
    assert "latest_by: [Order ID]" in text


def test_a_file_called_as_a_view_would_be_is_drafted(tmp_path: Path) -> None:
    text, found = drafted(
        tmp_path, heads__csv=b"order id,order date,sku,price\n1,2024-05-01,A,5\n1,2024-05-01,B,6\n"
    )

    assert "from: heads_2" in text
    assert [row["total_minor"] for row in found.orders] == [11_00]


def test_a_time_of_day_beside_the_day_is_part_of_the_moment(tmp_path: Path) -> None:
    _, found = drafted(
        tmp_path,
        orders__csv=b"order id,order date,order time,total\n"
        b"1,31/12/2023,08:05:10,5\n2,01/01/2024,20:15:00,5\n",
    )

    assert [f"{row['placed_at']:%d.%m. %H:%M:%S}" for row in found.orders] == [
        "31.12. 08:05:10", "01.01. 20:15:00",
    ]  # fmt: skip


def test_the_years_of_the_thai_calendar_are_read(tmp_path: Path) -> None:
    content = "เลขที่คำสั่งซื้อ,วันที่สั่งซื้อ,ยอดรวม\n1,29/02/2567 08:05,฿1100.00\n"
    text, found = drafted(tmp_path, sales__csv=content.encode("utf-8-sig"))

    assert f"{found.orders[0]['placed_at']:%Y-%m-%d %H:%M}" == "2024-02-29 01:05"
    assert "base_currency: THB" in text


def test_own_columns_are_offered_with_their_types(tmp_path: Path) -> None:
    text, _ = drafted(
        tmp_path,
        orders__csv=b"order id,order date,total,V1,Gift wrap,Note\n"
        b"1,2024-05-01 08:00,5,-1.3,yes,ring\n2,2024-05-02 08:00,5,2,no,\n",
    )

    assert "#     v1: {type: number, column: V1}" in text
    assert "#     gift_wrap: {type: boolean, column: Gift wrap}" in text
    assert "#     note" not in text


def test_a_drafted_shop_has_a_series_for_each_sku(tmp_path: Path) -> None:
    _, found = drafted(
        tmp_path,
        orders__csv=b"order id,order date,sku,quantity\n1,2024-05-01,A,2\n1,2024-05-01,B,1\n",
    )

    assert found.profile.demand is not None
    assert [row["series_id"] for row in found.tables["order_lines"]] == ["A", "B"]


def test_a_column_without_any_refund_is_no_label(tmp_path: Path) -> None:
    text, _ = drafted(
        tmp_path, orders__csv=b"order id,order date,total,refund amount\n1,2024-05-01,5,0.00\n"
    )

    assert "labels:" not in text


def test_a_file_about_all_orders_is_no_list_of_bad_ones(tmp_path: Path) -> None:
    text, found = drafted(
        tmp_path,
        orders__csv=b"order id,order date,total\n1,2024-05-01 08:00,5\n2,2024-05-02 08:00,5\n",
        lines_with_returns__csv=b"order id,sku,quantity\n1,A,1\n2,B,3\n",
    )

    assert "labels:" not in text
    assert [row["n_units"] for row in found.orders] == [1, 3]
