"""Exports of the marketplaces at home: Tmall, JD and Pinduoduo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from serving.demo import addresses
from serving.demo.exports.forms import local_text, write_csv, write_workbook, yuan
from serving.demo.identity import buyer_id, handle, mobile_masked, name_masked

if TYPE_CHECKING:
    from pathlib import Path

    from serving.demo.frames import Frame
    from serving.demo.ledger import Ledger

TMALL_STATUS: Final = {
    "created": "等待买家付款", "paid": "买家已付款,等待卖家发货",
    "shipped": "卖家已发货,等待买家确认",
    "delivered": "交易成功", "delivery_failed": "交易关闭", "cancelled": "交易关闭",
    "returned": "交易关闭",
}  # fmt: skip
JD_STATUS: Final = {
    "created": "等待付款", "paid": "等待出库", "shipped": "等待确认收货", "delivered": "完成",
    "delivery_failed": "已取消", "cancelled": "已取消", "returned": "完成",
}  # fmt: skip
PDD_STATUS: Final = {
    "created": "待支付", "paid": "待发货", "shipped": "已发货，待签收",
    "delivered": "已收货", "delivery_failed": "未发货，退款成功", "cancelled": "未发货，退款成功",
    "returned": "已收货，退款成功",
}  # fmt: skip


def people_of(ledger: Ledger, orders: Frame) -> list[int]:
    """Give who receives each order, by the number of the phone."""
    phones: list[int] = ledger.shop.people.buyers["phone"].to_numpy()[orders["buyer"]].tolist()
    return phones


def receivers(ledger: Ledger, orders: Frame, *, masked: str) -> dict[str, list[str]]:
    """Give the receiver of each order as platforms show it.

    Parameters
    ----------
    ledger
        What is known.
    orders
        The orders.
    masked
        ``line`` hides the whole street line, ``room`` all below the building.
    """
    spots = list(ledger.shop.people.addresses.take(orders["address"].to_numpy()).itertuples())
    how = addresses.styles(orders)
    parts = [addresses.division(s.place, k) for s, k in zip(spots, how, strict=True)]
    if masked == "line":
        street = ["***"] * len(spots)
    else:
        street = [
            addresses.at_home(s, k, masked_room=True) for s, k in zip(spots, how, strict=True)
        ]
    people = people_of(ledger, orders)
    return {
        "name": [name_masked(p) for p in people],
        "phone": [mobile_masked(p) for p in people],
        "province": [p[0] for p in parts],
        "city": [p[1] for p in parts],
        "district": [p[2] for p in parts],
        "town": [p[3] for p in parts],
        "street": street,
    }


def accounts(orders: Frame, channel: str) -> list[str]:
    """Give the platform's id of each buyer."""
    return [buyer_id(b, channel) for b in orders["buyer"].tolist()]


def handles(ledger: Ledger, orders: Frame, channel: str) -> list[str]:
    """Give the platform's stand-in for each receiver."""
    where = orders["address"].tolist()
    people = people_of(ledger, orders)
    return [handle(p, a, channel) for p, a in zip(people, where, strict=True)]


def write_tmall(ledger: Ledger, folder: Path) -> None:
    """Write Tmall's two reports, orders and items, as GBK text with Chinese headers."""
    orders, lines = ledger.of("tmall")
    to = receivers(ledger, orders, masked="line")
    numbers = orders["number"]
    is_live = orders["author"].to_numpy() >= 0
    write_csv(
        folder / "tmall_ExportOrderList.csv",
        {
            "订单编号": [f"'{n}" for n in numbers],
            "买家ID": accounts(orders, "tmall"),
            "买家会员名": [f"{i[3]}**{i[-1]}" for i in accounts(orders, "tmall")],
            "订单状态": orders["status"].map(TMALL_STATUS).tolist(),
            "总金额": yuan(orders["items_minor"]),
            "店铺优惠": yuan(orders["discount_minor"] - orders["coupon_minor"]),
            "优惠券": orders["coupon"].tolist(),
            "优惠券金额": yuan(orders["coupon_minor"]),
            "买家应付邮费": yuan(orders["shipping_minor"]),
            "买家实际支付金额": yuan(orders["total_minor"]),
            "收货人姓名": to["name"],
            "联系手机": [f"'{p}" for p in to["phone"]],
            "省": to["province"],
            "市": to["city"],
            "区": to["district"],
            "街道": to["town"],
            "收货地址": to["street"],
            "oaid": handles(ledger, orders, "tmall"),
            "订单创建时间": local_text(orders["at"]),
            "订单付款时间": local_text(orders["paid"]),
            "推送时间": local_text(orders["received"]),
            "最晚发货时间": local_text(orders["ship_by"]),
            "预计送达时间": local_text(deliver_by(ledger, orders)),
            "交易来源": np.where(
                is_live, "直播", np.where(orders["buyer"] % 5, "手机", "电脑")
            ).tolist(),
            "宝贝总数量": orders["n_units"].tolist(),
        },
        "gbk",
    )
    goods = ledger.shop.catalog.take(lines["sku"].to_numpy())
    of = numbers.reindex(lines["order"]).tolist()
    write_csv(
        folder / "tmall_ExportOrderDetailList.csv",
        {
            "订单编号": [f"'{n}" for n in of],
            "子订单编号": [f"'{int(n) + k}" for n, k in zip(of, lines["line"], strict=True)],
            "标题": goods["title"].tolist(),
            "商家编码": goods["sku"].tolist(),
            "销售属性": [f"颜色分类:{v}" for v in goods["variant"]],
            "价格": yuan(lines["unit_price_minor"]),
            "购买数量": lines["quantity"].tolist(),
            "优惠金额": yuan(lines["discount_minor"]),
            "实付金额": yuan(lines["total_minor"]),
        },
        "gbk",
    )


def deliver_by(ledger: Ledger, orders: Frame) -> np.ndarray:
    """Give the promised delivery of each order, in seconds since 1970."""
    promised: np.ndarray = ledger.shop.promises[orders.index.to_numpy()]
    return promised


def write_jd(ledger: Ledger, folder: Path) -> None:
    """Write JD's order report as a workbook, one row a line of an order."""
    orders, lines = ledger.of("jd")
    goods = ledger.shop.catalog.take(lines["sku"].to_numpy())
    to = receivers(ledger, orders, masked="room")
    per_order: dict[str, list[Any]] = {
        "订单号": orders["number"].tolist(),
        "下单帐号": accounts(orders, "jd"),
        "下单时间": local_text(orders["at"]),
        "付款确认时间": [
            "0001-01-01 00:00:00" if cod else paid
            for cod, paid in zip(orders["is_cod"], local_text(orders["paid"]), strict=True)
        ],
        "同步时间": local_text(orders["received"]),
        "订单状态": orders["status"].map(JD_STATUS).tolist(),
        "支付方式": np.where(orders["is_cod"], "1-货到付款", "4-在线支付").tolist(),
        "订单金额": yuan(orders["items_minor"]),
        "优惠金额": yuan(orders["discount_minor"]),
        "优惠券": orders["coupon"].tolist(),
        "优惠券金额": yuan(orders["coupon_minor"]),
        "运费金额": yuan(orders["shipping_minor"]),
        "应付金额": yuan(orders["total_minor"]),
        "锁定标识": np.where(orders["is_flagged"], "LOCKED", "").tolist(),
        "客户姓名": to["name"],
        "联系电话": to["phone"],
        "省": to["province"],
        "市": to["city"],
        "县": to["district"],
        "镇": to["town"],
        "详细地址": to["street"],
        "预计送达时间": local_text(deliver_by(ledger, orders)),
        "订单来源": np.where(orders["buyer"] % 6, "移动端订单", "PC端订单").tolist(),
    }
    at = orders.index.get_indexer(lines["order"])
    rows = {name: [cells[i] for i in at] for name, cells in per_order.items()}
    rows |= {
        "行号": lines["line"].tolist(),
        "商家SKU": goods["sku"].tolist(),
        "商品名称": goods["title"].tolist(),
        "订购数量": lines["quantity"].tolist(),
        "京东价": yuan(lines["unit_price_minor"]),
        "单品优惠": yuan(lines["discount_minor"]),
    }
    write_workbook(folder / "jd_orders.xlsx", rows, "订单")


def write_pinduoduo(ledger: Ledger, folder: Path) -> None:
    """Write Pinduoduo's order report as UTF-8 text with a byte order mark; one item an order."""
    orders, lines = ledger.of("pinduoduo")
    line = lines.drop_duplicates("order").set_index("order").reindex(orders.index)
    goods = ledger.shop.catalog.take(line["sku"].to_numpy())
    to = receivers(ledger, orders, masked="line")
    write_csv(
        folder / "pinduoduo_orders.csv",
        {
            "订单号": orders["number"].tolist(),
            "订单状态": orders["status"].map(PDD_STATUS).tolist(),
            "是否审核中": np.where(orders["is_flagged"], "是", "否").tolist(),
            "拼团": np.where(orders["buyer"] % 3, "拼单", "单独购买").tolist(),
            "商品": goods["title"].tolist(),
            "商品规格": goods["variant"].tolist(),
            "商家编码-规格维度": goods["sku"].tolist(),
            "商品数量(件)": line["quantity"].tolist(),
            "商品单价(元)": yuan(line["unit_price_minor"]),
            "商品总价(元)": yuan(orders["items_minor"]),
            "店铺优惠折扣(元)": yuan(orders["discount_minor"] - orders["coupon_minor"]),
            "平台优惠折扣(元)": yuan(orders["coupon_minor"]),
            "优惠券": orders["coupon"].tolist(),
            "邮费(元)": yuan(orders["shipping_minor"]),
            "用户实付金额(元)": yuan(orders["total_minor"]),
            "支付方式": np.where(orders["buyer"] % 4, "WEIXIN", "ALIPAY").tolist(),
            "订单成交时间": local_text(orders["at"]),
            "支付时间": local_text(orders["paid"]),
            "同步时间": local_text(orders["received"]),
            "最晚发货时间": local_text(orders["ship_by"]),
            "承诺送达时间": local_text(deliver_by(ledger, orders)),
            "收货人": to["name"],
            "手机": to["phone"],
            "省": to["province"],
            "市": to["city"],
            "区": to["district"],
            "街道": to["town"],
            "收货地址": to["street"],
            "open_address_id": handles(ledger, orders, "pinduoduo"),
        },
        "utf-8-sig",
    )
