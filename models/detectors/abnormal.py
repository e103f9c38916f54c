"""All detectors together as one model that can be asked to predict the past.

It learns nothing, so nothing can leak; what a history knows of outcomes only says how much more
often the flagged orders went wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from models.contracts import BacktestResult
from models.detectors import DETECTORS
from models.detectors.frames import assess_frame
from models.detectors.grading import FLAG_SCORE
from models.evaluation.report import report
from models.support import check_supported
from models.training.labels import LabelRule, first_known, label_by

if TYPE_CHECKING:
    import pandas as pd

    from features.history import HistoryProfile
    from models.contracts import BacktestRequest
    from models.training.material import Material

_HARMS: Final = ("fraud", "chargeback", "cancel", "refusal", "refund", "return")


class Abnormal:
    """The combined score of all detectors.

    Examples
    --------
    >>> from features.history import HistoryProfile
    >>> Abnormal().needs(HistoryProfile())
    'the history has no orders'
    >>> Abnormal().needs(HistoryProfile(rows={"orders": 5})) is None
    True
    """

    name = "abnormal"
    purposes = frozenset({"abnormal"})

    def needs(self, profile: HistoryProfile) -> str | None:
        """Say why a history cannot support the detectors, or None when it can."""
        if self.name in profile.excused:
            return profile.excused[self.name]
        return None if profile.rows.get("orders") else "the history has no orders"

    def backtest(self, material: Material, request: BacktestRequest) -> BacktestResult:
        """Score every order placed from ``test_from``, with what was known at its moment."""
        import pandas as pd

        check_supported(self, material.profile)
        frame = material.frame
        asked = frame["placed_at"] >= pd.Timestamp(request.test_from)
        if request.test_to is not None:
            asked &= frame["placed_at"] < pd.Timestamp(request.test_to)
        test = frame[asked]
        found = assess_frame(test)
        orders = material.orders.loc[test.index]
        document = _flags(found) | {
            "blind": [d.name for d in DETECTORS if not d.needs.intersection(test.columns)],
            "outcomes": _outcomes(material, orders, found, request),
        }
        rows = pd.DataFrame(
            {"id": orders["order_id"].astype(str).to_numpy(), "score": found["score"].to_numpy()}
        )
        return BacktestResult(rows, document)


def _flags(found: pd.DataFrame) -> dict[str, Any]:
    """Count the flagged orders, in all and by detector, with an example of each."""
    by_detector = {}
    for detector in DETECTORS:
        hit = found[detector.name] >= FLAG_SCORE
        best = found.loc[hit].sort_values(detector.name, ascending=False)
        by_detector[detector.name] = {
            "flagged": int(hit.sum()),
            "share": round(float(hit.mean()), 6) if len(found) else None,
            "example": str(best["reason"].iloc[0]) if len(best) else None,
        }
    flagged = found["score"] >= FLAG_SCORE
    return {
        "orders": len(found),
        "flagged": int(flagged.sum()),
        "flagged_share": round(float(flagged.mean()), 6) if len(found) else None,
        "by_detector": by_detector,
    }


def _outcomes(
    material: Material, orders: pd.DataFrame, found: pd.DataFrame, request: BacktestRequest
) -> dict[str, Any]:
    """Compare flagged with other orders by each kind of outcome that the history knows."""
    compared: dict[str, Any] = {}
    for kind in _HARMS:
        if kind not in material.profile.labels:
            continue
        delay = request.label_delay or material.profile.labels[kind].maturity
        rule = LabelRule((kind,), delay)
        bad_at = first_known(material.outcomes, rule.kinds)
        truth = label_by(material.orders, bad_at, rule, material.ends_at).loc[orders.index]
        flagged = (found["score"] >= FLAG_SCORE).to_numpy()
        known = truth.notna().to_numpy()
        compared[kind] = {
            "rate_flagged": _rate(truth[flagged & known]),
            "rate_others": _rate(truth[~flagged & known]),
            **report(orders, truth, found["score"].to_numpy()),
        }
    return compared


def _rate(truth: pd.Series) -> float | None:
    return round(float(truth.mean()), 6) if len(truth) else None


ABNORMAL: Final = Abnormal()
