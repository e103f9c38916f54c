"""The newest weeks whose labels have matured and from which no model in question learned."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from models.errors import ImmatureError
from models.training.labels import matured_only

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from models.estimators.base import RiskEstimator
    from models.training.material import Material

WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class WeeksConfig:
    """How much judging needs.

    Parameters
    ----------
    weeks, most_weeks
        Weeks to judge on, and the most where the usual ones hold too few bad orders.
    least_days
        Days that judging needs.
    least_bad
        Bad orders that judging needs.
    """

    weeks: int = 4
    most_weeks: int = 12
    least_days: int = 7
    least_bad: int = 40


@dataclass(frozen=True, slots=True)
class JudgedWeeks:
    """The newest matured weeks from which neither model learned.

    Parameters
    ----------
    begins, ends
        First instant, and the first after them.
    n_bad
        Bad orders in them.
    excluded
        Orders that are not judged, by cause.
    """

    begins: datetime
    ends: datetime
    n_bad: int
    excluded: dict[str, int] = field(default_factory=dict)


def weeks_to_judge(
    estimator: RiskEstimator,
    material: Material,
    cut: datetime,
    champion: Mapping[str, Any] | None = None,
    config: WeeksConfig | None = None,
) -> JudgedWeeks:
    """Find the newest weeks whose labels had all matured at the cut and that are new to both.

    Parameters
    ----------
    estimator
        The model.
    material
        The history.
    cut
        The instant of the run.
    champion
        ``model.json`` of what is served, if anything is.
    config
        How much judging needs.

    Returns
    -------
    JudgedWeeks
        At least `WeeksConfig.least_days` with enough bad orders.

    Raises
    ------
    ImmatureError
        When there are none yet; the message says why and from when on there can be.
    """
    config = config or WeeksConfig()
    maturity = estimator.rule(material.profile).maturity
    ends = cut - maturity
    begins = ends - config.weeks * WEEK
    earliest = ends - config.most_weeks * WEEK
    if champion is not None:
        learned = datetime.fromisoformat(str(champion["trained_to"])) + timedelta(microseconds=1)
        earliest = max(earliest, learned)
        begins = max(begins, learned)
    least = timedelta(days=config.least_days)
    if ends - begins < least:
        ready = begins + least + maturity
        raise ImmatureError(
            f"{estimator.name}: the champion learned from orders up to {begins:%Y-%m-%d %H:%M} and "
            f"labels take {maturity / timedelta(days=1):g} days to mature, so that fewer than "
            f"{config.least_days} unseen days can be judged; run again from {ready:%Y-%m-%d}"
        )
    truth = judged_truth(estimator, material, cut)
    placed = material.orders["placed_at"]
    n_bad = 0
    while True:
        inside = (placed >= begins) & (placed < ends)
        n_bad = int((truth[inside] == 1).sum())
        if n_bad >= config.least_bad or begins <= earliest:
            break
        begins = max(begins - WEEK, earliest)
    if n_bad < config.least_bad:
        raise ImmatureError(
            f"{estimator.name}: {n_bad} bad orders with a matured label from {begins:%Y-%m-%d} to "
            f"{ends:%Y-%m-%d} that neither model learned from, at least {config.least_bad} needed"
        )
    known = truth[inside].notna()
    excluded = {
        "label_not_matured": int(((placed >= ends) & (placed < cut)).sum()),
        "label_never_known": int((~known).sum()),
        "received_after_the_cut": int((placed >= cut).sum()),
    }
    return JudgedWeeks(begins, ends, n_bad, {k: n for k, n in excluded.items() if n})


def judged_truth(
    estimator: RiskEstimator, material: Material, by: datetime, ends: datetime | None = None
) -> pd.Series:
    """Label every order as known by an instant, and forget the labels that had not matured.

    Parameters
    ----------
    estimator
        The model.
    material
        The history.
    by
        The instant.
    ends
        Refuse unless all orders placed before it had matured; nothing is refused when None.

    Returns
    -------
    pd.Series
        1 bad, 0 good, NaN unknown or not matured, by ``order_key``.

    Raises
    ------
    ImmatureError
        When weeks are asked for whose labels can still change.
    """
    rule = estimator.rule(material.profile)
    if ends is not None and ends + rule.maturity > by:
        days = rule.maturity / timedelta(days=1)
        raise ImmatureError(
            f"{estimator.name}: labels mature {days:g} days after the order, so orders until "
            f"{ends:%Y-%m-%d} cannot be judged before {ends + rule.maturity:%Y-%m-%d}; "
            f"judge orders placed before {by - rule.maturity:%Y-%m-%d}"
        )
    truth = estimator.truth(material, rule, by)
    return matured_only(material.orders, truth, rule, by)
