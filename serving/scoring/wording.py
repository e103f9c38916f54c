"""What a decision had to do without, in words."""

from __future__ import annotations

from typing import Final

PARTS: Final[dict[str, tuple[str, str]]] = {
    "address": ("地址解析", "address enhancement"),
    "models": ("全部模型", "every model"),
    "route": ("配送方案", "the route"),
    "rules": ("商家规则", "the merchant's rules"),
    "state": ("窗口状态", "window state"),
}
"""Part to its name, Chinese and English."""

MODEL: Final = ("模型 {}", "the model {}")

STAND_INS: Final[dict[str, str]] = {
    "detectors": "检测器",
    "freight and the other models": "运费与其余模型",
    "gates, models and detectors": "硬性规则、模型与检测器",
    "the order's own facts": "订单自身信息",
    "the other models and detectors": "其余模型与检测器",
    "what is still kept": "仍保留的数据",
    "what the channel said": "渠道提供的信息",
}
"""What stood in for a part, English to Chinese."""


def wording(part: str, stood_in: str) -> tuple[str, str]:
    """Say in Chinese and English that a part was missing, and what stood in for it.

    Examples
    --------
    >>> wording("model:fraud", "detectors")
    ('缺少模型 fraud，由检测器代替', 'without the model fraud: detectors')
    """
    kind, _, name = part.partition(":")
    zh, en = PARTS.get(kind, (part, part)) if not name else (each.format(name) for each in MODEL)
    return f"缺少{zh}，由{STAND_INS.get(stood_in, stood_in)}代替", f"without {en}: {stood_in}"
