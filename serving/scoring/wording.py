"""What a decision had to do without, in words."""

from __future__ import annotations

from typing import Final

PARTS: Final[dict[str, tuple[str, str]]] = {
    "address": ("地址解析", "address enhancement"),
    "lines": ("各行的概率", "probabilities of single lines"),
    "models": ("全部模型", "every model"),
    "route": ("配送方案", "the route"),
    "rules": ("商家规则", "the merchant's rules"),
    "state": ("窗口状态", "window state"),
}
"""Part to its name, Chinese and English."""

ACTIONS_ZH: Final[dict[str, str]] = {"release": "放行", "review": "人工审核", "hold": "拦截"}
"""Action of a decision to its name in Chinese."""

MODELS: Final[dict[str, str]] = {
    "attempt": "首次派送", "cancel": "取消", "demand": "需求", "eta": "送达时间", "fraud": "欺诈",
    "late": "延误", "refund": "退款", "refusal": "拒收", "return": "退货",
}  # fmt: skip
"""Model to its name in Chinese."""

STAND_INS: Final[dict[str, str]] = {
    "detectors": "检测器",
    "freight and the other models": "运费与其余模型",
    "gates, models and detectors": "硬性规则、模型与检测器",
    "the order's own facts": "订单自身信息",
    "the probability of the whole order": "整单的概率",
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
    ('缺少欺诈模型，由检测器代替', 'without the model fraud: detectors')
    """
    kind, _, name = part.partition(":")
    zh, en = PARTS.get(kind, (part, part))
    if name:
        zh, en = f"{MODELS.get(name, name)}模型", f"the model {name}"
    return f"缺少{zh}，由{STAND_INS.get(stood_in, stood_in)}代替", f"without {en}: {stood_in}"
