"""Which reasons a decision shows: those that explain most of the money at stake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from models.contracts import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from models.contracts import Assessment, Prediction
    from models.policy.costs import DecisionPolicy
    from models.policy.facts import Risk

_MAX_REASONS: Final = 5
_EXPLAINED: Final = 0.1
"""Share of the expected loss from which a harm's model is asked for its causes."""


def merge_reasons(
    risks: list[Risk],
    predictions: Mapping[str, Prediction],
    assessments: Mapping[str, Assessment],
    certain: Sequence[Reason],
    policy: DecisionPolicy,
    explain: Callable[[str], Sequence[Reason]] | None = None,
) -> tuple[Reason, ...]:
    """Merge the reasons of all sources: certain ones first, then by the money that each explains.

    Parameters
    ----------
    risks
        Harms that may happen.
    predictions, assessments
        Where their probabilities come from.
    certain
        Reasons of gates and rules, which stand before what is only probable.
    policy
        Which detector announces which harm.
    explain
        Gives the causes of a harm's prediction; only the harms that weigh are asked about, and
        nobody is asked when None.

    Returns
    -------
    tuple[Reason, ...]
        At most five, strongest first, one a code; shares add up to at most 1.

    Examples
    --------
    >>> from models.contracts import Prediction
    >>> from models.policy.costs import DecisionPolicy
    >>> from models.policy.facts import Risk
    >>> risk = Risk("fraud", 0.25, 50_000.0, 0.8, 0.97, 4.0)
    >>> merge_reasons([risk], {"fraud": Prediction(0.25, 99.0)}, {}, [], DecisionPolicy())[0].en
    'probability of fraud or chargeback 25.0%, higher than 99 % of recent orders'
    """
    total = sum([risk.expected_minor for risk in risks])
    best: dict[str, float] = {}
    chosen: dict[str, Reason | str] = {}
    for risk in risks:
        share = risk.expected_minor / total if total else 0.0
        asked = explain if share >= _EXPLAINED else None
        sources = _sources(risk.name, predictions, assessments, policy, asked)
        weight_sum = sum([weight for weight, _, _ in sources])
        for weight, code, source in sources if weight_sum else ():
            best[code] = best.get(code, 0.0) + share * weight / weight_sum
            chosen.setdefault(code, source)
    for reason in certain:
        best[reason.code] = 1.0
        chosen[reason.code] = reason
    ordered = sorted(best, key=lambda code: (-best[code], code))
    scale = max(sum(best.values()), 1.0)
    shown: list[Reason] = []
    for code in ordered[:_MAX_REASONS]:
        if best[code] > 0.0:
            source, share = chosen[code], round(best[code] / scale, 4)
            if isinstance(source, str):
                shown.append(_model_reason(source, predictions[source], policy, share))
            else:
                shown.append(_with_share(source, share))
    return tuple(shown)


def _with_share(r: Reason, share: float) -> Reason:
    return Reason(r.code, r.zh, r.en, r.value, r.typical, r.direction, share)


def _sources(
    harm: str,
    predictions: Mapping[str, Prediction],
    assessments: Mapping[str, Assessment],
    policy: DecisionPolicy,
    explain: Callable[[str], Sequence[Reason]] | None,
) -> list[tuple[float, str, Reason | str]]:
    """Everything that speaks for one harm: weight by the probability it gives, code, reason.

    In place of a model's reason that is worded only when it is shown stands the harm's name.
    """
    found: list[tuple[float, str, Reason | str]] = []
    prediction = predictions.get(harm)
    if prediction is not None:
        causes = prediction.reasons if explain is None else explain(harm)
        raising = [r for r in causes if r.direction == "raises" and r.share > 0]
        if raising:
            total = sum(r.share for r in raising)
            found += [(prediction.probability * r.share / total, r.code, r) for r in raising]
        else:
            found.append((prediction.probability, f"model_{harm}", harm))
    for name, finding in assessments.items():
        evidence = policy.evidence.get(name)
        if evidence is None or evidence.harm != harm or finding.score < policy.flag_score:
            continue
        weight = evidence.precision * finding.score**2
        found += [(weight * r.share, r.code, r) for r in finding.reasons]
    return found


def _model_reason(
    harm: str, prediction: Prediction, policy: DecisionPolicy, share: float
) -> Reason:
    """Say what a model thinks when it gives no reasons of its own."""
    words = policy.harms[harm]
    p, rank = f"{prediction.probability:.1%}", f"{prediction.percentile:.0f}"
    return Reason(
        code=f"model_{harm}",
        zh=f"{words.zh}概率 {p}，高于近期 {rank}% 的订单",
        en=f"probability of {words.en} {p}, higher than {rank} % of recent orders",
        value=round(prediction.probability, 6),
        share=share,
    )
