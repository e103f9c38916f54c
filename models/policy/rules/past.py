"""Orders of the past as rules would have met them, and what became of those orders."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from features.durations import SECONDS_PER_DAY
from models.detectors import DETECTORS, assess_all
from models.errors import NotSupportedError
from models.policy.decision import HOLD_DELAYS, decide
from models.policy.facts import ACTIONS, OrderFacts
from models.policy.rules.columns import Columns
from models.policy.rules.fields import finding_field, model_field
from models.training.labels import LabelRule, first_known, label_by, matured_only

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from features.arrays import Flags, Floats
    from models.contracts import Predictor
    from models.policy.costs import DecisionPolicy
    from models.training.material import Material

BAD_KINDS: Final = ("fraud", "chargeback", "refusal", "cancel")
"""Outcomes that make an order bad; money sent back after a good sale does not."""

HARM_OF: Final = {"chargeback": "fraud"}
"""Outcome to the harm that prices it, where the names differ."""

MOST_DAYS: Final = 366
_STEP: Final = 2_000


@dataclass(frozen=True)
class Past:
    """Orders that rules can be tried on.

    Parameters
    ----------
    columns
        Values by field.
    order_keys
        The orders.
    is_bad
        1.0 for an order that went bad, 0.0 for one that is known to be good, NaN for one whose
        labels have not matured; shape ``(n_orders,)`` like all that follow.
    prevented_minor
        What holding (row 0) and reviewing (row 1) would have saved of it; 0 for good orders.
    handling_minor
        What holding and reviewing would have cost.
    actions
        What the models and detectors decide without any rule, as positions in ``ACTIONS``.
    given
        Fields that the history gives.
    document
        Period and counts, for people.
    """

    columns: Columns
    order_keys: tuple[str, ...]
    is_bad: Floats
    prevented_minor: Floats
    handling_minor: Floats
    actions: NDArray[np.int8]
    given: frozenset[str]
    document: dict[str, Any]

    @property
    def judged(self) -> Flags:
        """Which orders have matured."""
        return ~np.isnan(self.is_bad)


def look_back(
    material: Material,
    predictors: Mapping[str, Predictor],
    policy: DecisionPolicy,
    *,
    days: int,
    progress: Callable[[int], None] | None = None,
) -> Past:
    """Gather the last matured days of a history, and the days after them that are not judged.

    Parameters
    ----------
    material
        The history.
    predictors
        Live risk models by name.
    policy
        Costs and limits.
    days
        Matured days to judge on.
    progress
        Called with the number of further orders done.

    Raises
    ------
    NotSupportedError
        When the history knows no outcome to judge by, or holds no order in the period.
    """
    import pandas as pd

    kinds = tuple(kind for kind in BAD_KINDS if kind in material.profile.labels)
    if not kinds:
        raise NotSupportedError(
            f"the history knows none of {', '.join(BAD_KINDS)}: import outcomes to judge rules by"
        )
    maturity = max(material.profile.labels[kind].maturity for kind in kinds)
    ends_at = material.ends_at
    until = ends_at - maturity
    since = until - timedelta(days=min(days, MOST_DAYS))
    period = replace(
        material, placed_from=since.to_pydatetime(), purposes=frozenset({"risk", "abnormal"})
    )
    frame = period.frame
    orders = material.orders.loc[frame.index]
    if frame.empty:
        raise NotSupportedError(f"the history holds no order placed since {since:%Y-%m-%d}")
    losses = _losses(material, orders, kinds, maturity, policy)
    is_bad = losses.pop("is_bad")
    values, actions = _decisions(frame, orders, predictors, policy, progress)
    extra = pd.DataFrame(values, index=frame.index)
    placed = orders["placed_at"].to_numpy("datetime64[us]").astype(np.int64).astype(float)
    whole = pd.concat([frame.drop(columns=["placed_at"], errors="ignore"), extra], axis=1)
    return Past(
        columns=Columns(whole.assign(order__placed_at=placed)),
        order_keys=tuple(map(str, frame.index)),
        is_bad=is_bad,
        actions=actions,
        given=frozenset(whole.columns) | {"order__placed_at"},
        document={
            "from": since.isoformat(),
            "to": until.isoformat(),
            "maturity_days": maturity.total_seconds() / SECONDS_PER_DAY,
            "bad_kinds": list(kinds),
            "orders": int((~np.isnan(is_bad)).sum()),
            "bad": int(np.nansum(is_bad)),
            "immature": int(np.isnan(is_bad).sum()),
        },
        **losses,
    )


def _losses(
    material: Material,
    orders: pd.DataFrame,
    kinds: Sequence[str],
    maturity: timedelta,
    policy: DecisionPolicy,
) -> dict[str, Floats]:
    """Price what became of each order, and what handling it would have cost."""
    ends_at = material.ends_at
    value = orders["value_minor"].fillna(0).to_numpy(float)
    is_bad = np.zeros(len(orders))
    saved = np.zeros((2, len(orders)))
    minutes = np.zeros(len(orders))
    for kind in kinds:
        rule = LabelRule((kind,), maturity)
        found = label_by(orders, first_known(material.outcomes, rule.kinds), rule, ends_at)
        truth = matured_only(orders, found, rule, ends_at).to_numpy(float)
        is_bad = np.where(np.isnan(truth), np.nan, np.fmax(is_bad, truth))
        harm = policy.harms[HARM_OF.get(kind, kind)]
        loss = harm.fixed_minor * policy.money_scale + harm.value_share * value
        happened = np.nan_to_num(truth) * loss
        saved = np.maximum(saved, [happened * harm.hold_prevents, happened * harm.review_prevents])
        minutes = np.maximum(minutes, harm.minutes)
    work = minutes * policy.minute_minor * policy.money_scale
    delay = policy.delay_minor * policy.money_scale
    margin = policy.margin_share * value
    goodwill = policy.goodwill_minor * policy.money_scale
    good = 1.0 - np.nan_to_num(is_bad)
    handling = [
        work + HOLD_DELAYS * delay + good * policy.hold_loses * (margin + goodwill),
        work + delay + good * policy.review_loses * margin,
    ]
    return {
        "is_bad": is_bad,
        "prevented_minor": saved,
        "handling_minor": np.array(handling),
    }


def _decisions(
    frame: pd.DataFrame,
    orders: pd.DataFrame,
    predictors: Mapping[str, Predictor],
    policy: DecisionPolicy,
    progress: Callable[[int], None] | None,
) -> tuple[dict[str, Floats], NDArray[np.int8]]:
    """Ask detectors and models about every order, and decide without rules."""
    from models.contracts import Prediction

    n = len(frame)
    probability = {name: p.predict_frame(frame) for name, p in predictors.items()}
    percentile = {
        name: np.array([p.percentile(value) for value in probability[name]])  # type: ignore[attr-defined]  # every loaded risk model has it
        for name, p in predictors.items()
    }
    scores = {detector.name: np.zeros(n) for detector in DETECTORS}
    needed = [c for c in frame.columns if c != "placed_at"]
    columns = [frame[name].tolist() for name in needed]
    value = orders["value_minor"].fillna(0).tolist()
    actions = np.zeros(n, dtype=np.int8)
    for i, row in enumerate(zip(*columns, strict=True)):
        values = dict(zip(needed, row, strict=True))
        found = assess_all(values)
        for name, finding in found.items():
            scores[name][i] = finding.score
        predictions = {
            name: Prediction(float(probability[name][i]), float(percentile[name][i]))
            for name in predictors
        }
        facts = OrderFacts(
            value_minor=value[i],
            is_cod=values.get("order__is_cod") == 1.0,
            platform_risk=_text(values.get("order__platform_risk")),
        )
        actions[i] = ACTIONS.index(decide(facts, predictions, found, policy).action)
        if progress is not None and (i + 1) % _STEP == 0:
            progress(_STEP)
    known = {finding_field(name): score for name, score in scores.items()}
    known |= {model_field(name, "probability"): p for name, p in probability.items()}
    known |= {model_field(name, "percentile"): p for name, p in percentile.items()}
    return known, actions


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
