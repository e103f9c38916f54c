"""Limits of the promotion gate, as data. No judgement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit that a challenger has to keep.

    Parameters
    ----------
    zh, en
        What is limited, as a person would say it.
    value
        The limit.
    unit
        Its unit.
    """

    zh: str
    en: str
    value: float
    unit: str


SURENESS: Final = Limit(
    "重抽样中候选模型花费更少的比例", "resamples in which the challenger costs less", 0.90, "share"
)
"""Where several challengers were fitted, what is left to doubt is shared among them."""

CALIBRATION: Final = Limit("校准误差", "calibration error", 0.005, "share")
"""An error below it never matters; above it, chance and the champion's error are allowed."""

CALIBRATION_CHANCE: Final = Limit(
    "完全校准时该误差出现的概率", "chance of such an error in a calibrated model", 0.01, "share"
)
CALIBRATION_GROWTH: Final = Limit(
    "与现用模型校准误差之比", "calibration error, champion = 1", 1.1, "×"
)

SLICE_DOUBT: Final = Limit(
    "所有分群合计的误报概率", "chance of a false finding over all slices", 0.05, "share"
)
SLICE_LOSS: Final = Limit(
    "单一分群多花的费用", "extra cost within a slice, champion = 1", 0.02, "share"
)
SLICE_AUC: Final = Limit("单一分群 AUC 下降", "fall of AUC within a slice", 0.02, "AUC")

LATENCY: Final = Limit("单笔打分 CPU 时间（中位数）", "CPU time of one score, median", 500.0, "µs")
LATENCY_GROWTH: Final = Limit("与现用模型耗时之比", "time of one score, champion = 1", 4.0, "×")
"""A fast challenger may be many times slower than a faster champion; see `LATENCY_FREE`."""
LATENCY_FREE: Final = Limit("不计倍数的耗时", "time that is never too much", 150.0, "µs")

SIZE: Final = Limit("模型文件大小", "size of the artifact", 25.0, "MB")

PARITY: Final = Limit(
    "逐笔与批量打分不一致的订单", "orders scored differently one by one", 0.0, "orders"
)

SHIFT: Final = Limit(
    "近日订单拦审比例之变", "change of the share of recent orders not released", 0.03, "share"
)
SHIFT_GROWTH: Final = Limit("拦审比例倍数", "share not released, champion = 1", 1.5, "×")
"""A change must exceed both to count: small shares double easily."""

FEATURE_AUC: Final = Limit("单一特征 AUC", "AUC of one feature alone", 0.95, "AUC")
STRONG_AUC: Final = Limit("强特征的 AUC", "AUC from which a feature counts as strong", 0.70, "AUC")
AFTERWARDS: Final = Limit(
    "近日订单中该特征如此罕见的概率",
    "chance that recent orders show so little of a strong feature",
    1e-4,
    "share",
)
PROMISE: Final = Limit(
    "超出跨期验证的 AUC", "AUC beyond what validation in time promised", 0.03, "AUC"
)

LABEL_SILENCE: Final = Limit("最近一次标签距今", "time since a label last became known", 14.0, "d")
LABEL_RHYTHM: Final = Limit(
    "与平时标签间隔之比", "gap between labels, usual long gap = 1", 3.0, "×"
)
"""Rare labels come with long gaps: the silence must exceed both."""
LEARNED_AGE: Final = Limit(
    "最新训练订单超龄",
    "age of the newest order learned from, beyond what maturing takes",
    21.0,
    "d",
)
