"""What can turn a way down, in words; the order is that of trying. No logic."""

from __future__ import annotations

from typing import Final

CONSTRAINTS: Final[dict[str, tuple[str, str]]] = {
    "no_warehouse": ("没有登记任何仓库", "no warehouse is known"),
    "no_outlet": ("没有登记任何网点", "no outlet is known"),
    "warehouse": ("不允许从该仓库发货", "the warehouse may not send the order"),
    "stock": ("没有一个仓库有足够的可用库存", "no warehouse has enough free stock"),
    "cut_off": ("仓库来不及在最晚发货时间前发出", "the warehouse cannot send it in time"),
    "warehouse_capacity": ("仓库今天的发货能力已满", "the warehouse sends no more today"),
    "carrier": ("不允许使用该承运商", "the carrier is not allowed"),
    "service": ("不允许使用该服务", "the service is not allowed"),
    "area": ("没有网点覆盖收货地", "no outlet serves the place"),
    "weight": ("包裹超出重量限制", "the parcel is too heavy"),
    "outlet_capacity": ("网点今天的派送能力已满", "the outlet takes no more today"),
    "lane": ("仓库与网点之间没有线路", "the warehouse does not hand to the outlet"),
    "tariff": ("价目表没有该重量的价格", "the tariff has no price for the weight"),
    "cost": ("发货比不发货更贵", "sending it costs more than leaving it out"),
}
"""Constraint to what it says, in the order in which they are tried."""
