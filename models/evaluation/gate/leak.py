"""Whether the challenger knows something that nobody knows when an order comes in.

A leak looks wonderful on matured orders. Three things give it away: one feature that is too good
alone; a strong feature whose bad side is common among matured orders and absent from recent ones,
since it is only filled in after the outcome; and a result on the judged weeks that is better than
what validation in time had promised.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from models.evaluation.gate.finding import Finding
from models.evaluation.gate.limits import AFTERWARDS, FEATURE_AUC, PROMISE, STRONG_AUC
from models.evaluation.metrics import Scored, measure

if TYPE_CHECKING:
    from models.evaluation.gate.evidence import Evidence

FEW_VALUES: Final = 20
MIN_SHARE: Final = 0.003
SAMPLE: Final = 20_000


@dataclass(frozen=True)
class Alone:
    """No feature foretells the outcome almost by itself."""

    name: str = "leak_alone"
    zh: str = "单一特征过强"
    en: str = "no feature too good alone"

    def find(self, evidence: Evidence) -> Finding:
        """Rank the judged orders by each feature alone."""
        found = strengths(evidence)
        name, auc = max(found.items(), key=lambda item: item[1], default=("", 0.5))
        return Finding(
            self.name,
            auc <= FEATURE_AUC.value,
            f"最强的单一特征 {name} AUC {auc:.3f}，上限 {FEATURE_AUC.value}",
            f"the strongest feature alone, {name}, has an AUC of {auc:.3f}, "
            f"at most {FEATURE_AUC.value}",
            auc,
            FEATURE_AUC.value,
            FEATURE_AUC.unit,
            {"strongest": dict(sorted(found.items(), key=lambda item: -item[1])[:8])},
        )


@dataclass(frozen=True)
class Afterwards:
    """No strong feature is filled in only after the outcome."""

    name: str = "leak_afterwards"
    zh: str = "事后才知道的特征"
    en: str = "no feature known only afterwards"

    def find(self, evidence: Evidence) -> Finding:
        """Look for the bad side of each strong feature among the most recent orders."""
        worst, least = {"name": "", "matured": 0.0, "recent": 0.0}, 1.0
        for name, auc in strengths(evidence).items():
            if auc >= STRONG_AUC.value:
                said = _bad_side(evidence, name)
                if said is not None and said["chance"] < least:
                    worst, least = {"name": name, **said}, said["chance"]
        passed = least >= AFTERWARDS.value
        told = ("没有强特征在近日订单中消失", "no strong feature is missing from recent orders")
        if not passed:
            told = (
                f"特征 {worst['name']} 的风险取值占成熟订单 {worst['matured']:.2%}，近日订单仅 "
                f"{worst['recent']:.2%}（偶然的概率 {least:.0e}，下限 {AFTERWARDS.value:.0e}）："
                "可能在结果之后才填写",
                f"the risky values of {worst['name']} are {worst['matured']:.2%} of matured orders "
                f"and {worst['recent']:.2%} of recent ones (by chance {least:.0e}, at least "
                f"{AFTERWARDS.value:.0e}): it may be filled in after the outcome",
            )
        return Finding(self.name, passed, *told, least, AFTERWARDS.value, AFTERWARDS.unit)


@dataclass(frozen=True)
class Promise:
    """The judged weeks are no better than validation in time had promised."""

    name: str = "leak_promise"
    zh: str = "与跨期验证相符"
    en: str = "as good as validation promised, not better"

    def find(self, evidence: Evidence) -> Finding:
        """Compare the AUC of the judged weeks with that of the validation."""
        promised = evidence.asking.document.get("metrics", {}).get("metrics", {}).get("auc")
        orders = evidence.orders
        reached = measure(Scored(orders.label, evidence.asking.score, orders.day)).get("auc")
        if not promised or not reached:
            return Finding(
                self.name, True, "验证样本过少，未作比较", "too few orders to validate on"
            )
        excess = reached.get("low", 0.0) - promised.get("high", 1.0)
        return Finding(
            self.name,
            excess <= PROMISE.value,
            f"检验周 AUC {reached['value']:.3f}，验证时 {promised['value']:.3f}；"
            f"区间之间超出 {max(excess, 0):.3f}，上限 {PROMISE.value}",
            f"AUC {reached['value']:.3f} on the judged weeks, {promised['value']:.3f} in "
            f"validation; {max(excess, 0):.3f} beyond between the intervals, "
            f"at most {PROMISE.value}",
            excess,
            PROMISE.value,
            PROMISE.unit,
        )


def strengths(evidence: Evidence) -> dict[str, float]:
    """AUC of each of the challenger's features alone, in its better direction."""
    orders = evidence.orders
    step = max(1, len(orders.label) // SAMPLE)
    label = orders.label[::step]
    found = {}
    for entry in evidence.asking.document.get("features", []):
        if entry["name"] in orders.features:
            values = _ordered(orders.features[entry["name"]].iloc[::step], label)
            if values is not None:
                auc = _auc(values, label)
                found[str(entry["name"])] = max(auc, 1 - auc)
    return found


def _ordered(column: pd.Series, label: np.ndarray) -> np.ndarray | None:
    """Turn a column into numbers to rank by; a few values are ranked by their share of bad."""
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        values = column.to_numpy(dtype=float, na_value=np.nan)
        return np.where(np.isnan(values), -np.inf, values)
    text = column.astype(object).where(column.notna(), "").astype(str)
    if text.nunique() > FEW_VALUES:
        return None
    rates = pd.Series(label).groupby(text.to_numpy()).mean()
    return np.asarray(text.map(rates), dtype=float)


def _auc(values: np.ndarray, label: np.ndarray) -> float:
    """AUC of ranks, ties counted half."""
    from scipy.stats import rankdata

    bad = label == 1
    n_bad, n_good = int(bad.sum()), int((~bad).sum())
    if not n_bad or not n_good:
        return 0.5
    ranks = rankdata(values)
    return float((ranks[bad].sum() - n_bad * (n_bad + 1) / 2) / (n_bad * n_good))


def _bad_side(evidence: Evidence, name: str) -> dict[str, Any] | None:
    """Share of risky values among matured and among recent orders, and how likely that is."""
    from scipy.stats import binom

    orders = evidence.orders
    matured, recent = orders.features[name], orders.recent_features[name]
    if not len(recent) or not pd.api.types.is_numeric_dtype(matured):
        return None
    risky, cut, sign = _split(matured.to_numpy(dtype=float, na_value=np.nan), orders.label)
    share = float(risky.mean())
    if share < MIN_SHARE:
        return None
    now = sign * recent.to_numpy(dtype=float, na_value=np.nan)
    n_now = int((now >= cut).sum())
    # Shares move from day to day more than coins do: a day counts as the few coins that would.
    spread = float(np.std([risky[orders.day == day].mean() for day in np.unique(orders.day)]))
    worth = share * (1 - share) / max(spread**2, 1e-12)
    n_worth = int(min(len(now), worth * len(np.unique(orders.recent_day))))
    chance = float(binom.cdf(round(n_now / len(now) * n_worth), n_worth, share))
    return {"matured": share, "recent": n_now / len(now), "chance": chance}


def _split(values: np.ndarray, label: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Find the cut that parts bad from good best; gives the risky orders, the cut and its side."""
    known = np.isfinite(values)
    sign = 1.0 if _auc(np.where(known, values, -np.inf), label) >= 0.5 else -1.0
    signed = sign * values
    cuts = np.unique(np.quantile(signed[known], np.linspace(0.02, 0.999, 60)))
    gains = [
        float((signed[label == 1] >= cut).mean() - (signed[label == 0] >= cut).mean())
        for cut in cuts
    ]
    cut = float(cuts[int(np.argmax(gains))])
    return signed >= cut, cut, sign
