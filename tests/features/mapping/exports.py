"""Small exports of shops and channels, written as their programs write them, quirks and all."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import openpyxl

if TYPE_CHECKING:
    from collections.abc import Sequence

Row = list[str]


def book(rows: Sequence[Row], *, sheet: str = "orders", above: Sequence[Row] = ()) -> bytes:
    """Write a workbook of one sheet, with lines above its header."""
    made = openpyxl.Workbook()
    made.worksheets[0].title = sheet
    for row in (*above, *rows):
        made.worksheets[0].append(row)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def text(rows: Sequence[Row], sign: str = ",", *, encoding: str = "utf-8") -> bytes:
    """Write delimited text with every value quoted."""
    lines = (sign.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    return ("\r\n".join(lines) + "\r\n").encode(encoding)


def columns(rows: dict[str, str]) -> list[Row]:
    """Turn columns, their cells parted by ``|``, into rows."""
    table = [[name, *cells.split("|")] for name, cells in rows.items()]
    return [list(row) for row in zip(*table, strict=True)]


SHOPEE_INDONESIA = columns(
    {
        "No. Pesanan": "A1|A1|A2",
        "Status Pesanan": "Selesai|Selesai|Batal",
        "Status Pembatalan/ Pengembalian": "Permintaan Disetujui|Permintaan Disetujui|",
        "No. Resi": "SPX1|SPX1|",
        "Waktu Pengiriman Diatur": "2024-05-02 09:00|2024-05-02 09:00|",
        "Waktu Pesanan Dibuat": "2024-05-01 08:05|2024-05-01 08:05|2024-05-02 13:30",
        "Metode Pembayaran": "ShopeePay|ShopeePay|COD",
        "Nomor Referensi SKU": "KAOS|TOPI|TOPI",
        "Nama Produk": "Kaos 👕|Topi|Topi",
        "Harga Setelah Diskon": "45.000|30.000|30.000",
        "Jumlah": "2|1|1",
        "Total Diskon": "10.000|0|0",
        "Total Pembayaran": "1.129.000|1.129.000|30.000",
        "Username (Pembeli)": "budi88|budi88|siti",
    }
)
SHOPEE_VIETNAM = columns(
    {
        "Mã đơn hàng": "V1|V1",
        "Ngày đặt hàng": "2024-05-01 08:05|2024-05-01 08:05",
        "Trạng Thái Đơn Hàng": "Hoàn thành|Hoàn thành",
        "SKU phân loại hàng": "AO|MU",
        "Tên sản phẩm": "Áo|Mũ",
        "Số lượng": "2|1",
        "Tổng số tiền Người mua thanh toán": "198000.00|15000.00",
        "Tổng số tiền người mua thanh toán": "228000.00|228000.00",
    }
)
TIKTOK = [
    ["Order ID", "Order Status", "Seller SKU", "Quantity", "SKU Subtotal After Discount",
     "Order Amount", "Created Time", "Cancelled Time", "Cancel Reason"],
    ["Platform unique order ID.", "Current status.", "", "Sold.", "", "What the buyer paid.",
     "When it was created.", "", ""],
    ["5764001\t", "Completed", "MUG", "2", "$18.00", "$24.49", "05/01/2024 8:05:10 AM\t", "", ""],
    ["5764001\t", "Completed", "TEA", "1", "$5.00", "$24.49", "05/01/2024 8:05:10 AM\t", "", ""],
    ["5764002\t", "Canceled", "TEA", "1", "$5.00", "$8.99", "05/02/2024 1:30:00 PM\t",
     "05/02/2024 2:00:00 PM\t", "Changed mind"],
]  # fmt: skip
EBAY = [
    ["", "", "", "", "", "", "", ""],
    ["Sales Record Number", "Order Number", "Item Number", "Custom Label", "Quantity", "Sold For",
     "Total Price", "Sale Date"],
    ["", "", "", "", "", "", "", ""],
    ["11", "18-1", "", "", "3", "$25.00", "$1,030.00", "May-01-24"],
    ["11", "18-1", "4071", "MUG", "2", "$20.00", "", "May-01-24"],
    ["11", "18-1", "4072", "TEA", "1", "$5.00", "", "May-01-24"],
    ["12", "18-2", "4072", "TEA", "1", "$5.00", "$9.00", "Dec-13-24"],
]  # fmt: skip
EBAY_FOOTER = b"\r\n2,record(s) downloaded,\r\nSeller ID : shop_1\r\n"
MERCADO = [
    ["N.º de venda", "Data da venda", "Estado", "Unidades", "Receita por produtos (BRL)",
     "Cancelamentos e reembolsos (BRL)", "Total (BRL)", "SKU", "# de anúncio"],
    ["21", "1 de maio de 2024 08:05 hs.", "Entregue", "2", "99.8", "0", "77.9", "CAM", "MLB1"],
    ["22", "2 de maio de 2024 13:30 hs.", "Pacote de 2 produtos", "", "50", "0", "44", "", ""],
    ["23", "13 de dezembro de 2024 20:15 hs.", "Venda cancelada", "1", "25", "-25", "0", "BON",
     "MLB2"],
]  # fmt: skip
OZON = columns(
    {
        "Номер заказа": "1-1|1-1|2-1",
        "Номер отправления": "1-1-1|1-1-2|2-1-1",
        "Принят в обработку": "2024-05-01 08:05:10|2024-05-01 08:05:10|2024-05-02 13:30:00",
        "Статус": "Доставлен|Доставлен|Отменён",
        "Дата доставки": "2024-05-04 13:30:00|2024-05-05 13:30:00|",
        "Сумма отправления": "1998.00|500.00|500.00",
        "Артикул": "MUG|TEA|TEA",
        "Количество": "2|1|1",
    }
)
NAVER = columns(
    {
        "상품주문번호": "1001|1002|1003",
        "주문번호": "501|501|502",
        "주문일시": "2024-05-01 08:05:10|2024-05-01 08:05:10|2024-05-02 13:30:00",
        "주문상태": "구매확정|구매확정|취소",
        "상품명": "머그컵|차|차",
        "옵션관리코드": "MUG|TEA|TEA",
        "수량": "2|1|1",
        "최종 상품별 총 주문금액": "20000|5000|5000",
    }
)
RAKUTEN = columns(
    {
        "注文番号": "3012-1|3012-1",
        "注文日時": "2024-05-01 08:05:10|2024-05-01 08:05:10",
        "サブステータス": "キャンセル|キャンセル",
        "請求金額": "25500|25500",
        "商品名": "マグカップ|お茶",
        "商品番号": "MUG|TEA",
        "個数": "2|1",
    }
)
KUAISHOU = columns(
    {
        "订单号": "2412001|2412002",
        "订单创建时间": "2024-05-01 08:05:10|2024-05-02 13:30:00",
        "订单状态": "交易成功|已收货",
        "实付款": "￥1,099.00|￥20.00",
        "成交数量": "2|1",
        "SKU编码": "MUG|TEA",
        "售后状态": "-|售后成功",
        "支付方式": "微信|-",
    }
)
ALIBABA_1688 = [
    ["订单编号", "订单创建时间", "订单状态", "实付款(元)", "货品标题", "货号", "数量", "单价(元)"],
    ["2165", "2024-05-01 08:05:10", "交易成功", "110.00", "杯子", "MUG", "2", "40.00"],
    ["", "", "", "", "茶", "TEA", "1", "20.00"],
    ["2166", "2024-05-02 13:30:00", "交易关闭", "20.00", "茶", "TEA", "1", "20.00"],
]
JUSHUITAN = [
    [
        "订单号",
        "下单时间",
        "状态",
        "应付金额",
        "子订单编号",
        "商品编码",
        "数量",
        "是否赠品",
        "实退数量",
    ],
    ["147", "2024-05-01 08:05:10", "已发货", "100.00", "c1", "MUG", "2", "否", "1"],
    ["147", "2024-05-01 08:05:10", "已发货", "100.00", "c2", "GIFT", "1", "是", "0"],
    ["148", "2024-05-02 13:30:00", "取消", "20.00", "c3", "TEA", "1", "否", "0"],
    ["合计", "", "", "120.00", "", "", "4", "", ""],
]  # fmt: skip
WILDBERRIES = json.dumps(
    [
        {"date": "2024-05-01T08:05:10", "supplierArticle": "MUG", "gNumber": "g1", "srid": "s1",
         "totalPrice": 1200, "finishedPrice": 799.5, "cancelDate": "0001-01-01T00:00:00"},
        {"date": "2024-05-01T08:05:10", "supplierArticle": "MUG", "gNumber": "g1", "srid": "s2",
         "totalPrice": 1200, "finishedPrice": 799.5, "cancelDate": "0001-01-01T00:00:00"},
        {"date": "2024-05-02T13:30:00", "supplierArticle": "TEA", "gNumber": "g2", "srid": "s3",
         "totalPrice": 600, "finishedPrice": 500, "cancelDate": "2024-05-03T10:00:00"},
    ]
).encode()  # fmt: skip
