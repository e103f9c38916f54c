"""How much warnings change, learned from the parcels that travelled under past ones.

Each past warning is compared with what was expected of its parcels without one: the rates of their
carrier and area at other times. The warnings of a kind are then joined in a random-effects mean
(storms differ), and drawn towards the merchant's own default by how little they say. Sizes are per
level of severity, so that three levels share what is known of a kind.

References
----------
1. R. DerSimonian and N. Laird, Meta-analysis in clinical trials, 1986.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from features.windows import DAY
from models.delivery.alerts import KINDS, SEVERITIES, Effect

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from models.delivery.alerts import Alert

LEAST_PARCELS: Final = 20
"""Parcels under a warning from which it is compared at all."""

BASE_PULL: Final = 50.0
"""Parcels of its carrier that an area's own rate is pulled by."""

LARGEST_LOGIT: Final = 4.0
"""Most that one warning may say, where few parcels were late before it."""

GROUP: Final = ["carrier", "ship_region"]


USUAL: Final = Effect(late_logit=0.5, attempt_logit=-0.1, delay_days=0.25)
"""What a merchant expects of a warning per level of severity, unless he says otherwise, before
anything is learned. It is taken to be as uncertain as it is large: as likely as not, nothing
happens or twice as much."""

LEAST_DOUBT: Final = 0.05
"""Uncertainty of an expected size of 0."""

SIZES: Final = ("late_logit", "attempt_logit", "delay_days")


def learn_effects(
    parcels: pd.DataFrame,
    alerts: Sequence[Alert],
    *,
    as_of: pd.Timestamp,
    expected: Effect = USUAL,
) -> dict[tuple[str, int, str], Effect]:
    """Learn what warnings change.

    Parameters
    ----------
    parcels
        ``placed_at, promised_at, delivered_at, known_at, first_attempt_ok, carrier, origin_region,
        origin_city, ship_region, ship_city``.
    alerts
        Warnings, past and present.
    as_of
        The present; only parcels whose promise had passed and whose fate was known count.
    expected
        What the merchant expects of a warning, per level of severity.

    Returns
    -------
    dict
        Kind, severity and end to the effect, for every kind.
    """
    rows = _matured(parcels, as_of)
    under = {end: _under(rows, alerts, end) for end in ("from", "to")}
    none = np.zeros(len(rows), dtype=bool)
    calm = ~np.any([none, *under["from"].values(), *under["to"].values()], axis=0)
    rows = _expected(rows, calm) if len(rows) else rows
    learned: dict[tuple[str, int, str], Effect] = {}
    for kind in sorted({*KINDS, *(alert.kind for alert in alerts)}):
        for end, masks in under.items():
            past = [(alert, rows[mask]) for alert, mask in masks.items() if alert.kind == kind]
            size = _join([_compare(alert, some) for alert, some in past], expected)
            for severity in SEVERITIES:
                learned[kind, severity, end] = size.times(severity)
    return learned


def expected_effects(
    alerts: Sequence[Alert], expected: Effect = USUAL
) -> dict[tuple[str, int, str], Effect]:
    """Give what the merchant expects of warnings, where nothing was learned yet.

    Parameters
    ----------
    alerts
        Warnings; kinds that only they have are covered, too.
    expected
        What the merchant expects of a warning, per level of severity.

    Examples
    --------
    >>> expected_effects(())["storm", 2, "to"]
    Effect(late_logit=1.0, attempt_logit=-0.2, delay_days=0.5, n_parcels=0)
    """
    return {
        (kind, severity, end): expected.times(severity)
        for kind in sorted({*KINDS, *(alert.kind for alert in alerts)})
        for end in ("from", "to")
        for severity in SEVERITIES
    }


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a past warning changed per level: value and variance of each size, and its parcels."""

    late_logit: tuple[float, float]
    attempt_logit: tuple[float, float]
    delay_days: tuple[float, float]
    n_parcels: int


def _matured(parcels: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    arrived = parcels["delivered_at"].notna() & (parcels["known_at"] < as_of)
    due = parcels["promised_at"] < as_of
    rows = parcels[due & parcels["placed_at"].notna()].copy()
    rows["late"] = (~arrived | (rows["delivered_at"] > rows["promised_at"])).astype(float)
    rows["ok"] = rows["first_attempt_ok"].astype("float64")
    took = (rows["delivered_at"] - rows["placed_at"]).dt.total_seconds()
    rows["days"] = (took / DAY.total_seconds()).where(arrived)
    return rows


def _under(rows: pd.DataFrame, alerts: Sequence[Alert], end: str) -> dict[Alert, np.ndarray]:
    """Mark the parcels of each warning that had enough of them.

    At the origin it must touch the day after placing, at the destination the time until the
    promise. The delivery itself must not decide: a late parcel would meet more warnings.
    """
    import pandas as pd

    region, city = (
        ("origin_region", "origin_city") if end == "from" else ("ship_region", "ship_city")
    )
    begins = rows["placed_at"]
    ends = begins + DAY if end == "from" else rows["promised_at"]
    found = {}
    for alert in alerts:
        starts, over = (
            pd.Timestamp(at, unit="us", tz="UTC") for at in (alert.starts_at, alert.ends_at)
        )
        mask = (rows[region] == alert.region) & (begins < over) & (ends > starts)
        if alert.city is not None:
            mask &= rows[city] == alert.city
        if mask.sum() >= LEAST_PARCELS:
            found[alert] = mask.fillna(value=False).to_numpy(dtype=bool)
    return found


def _expected(rows: pd.DataFrame, calm: np.ndarray) -> pd.DataFrame:
    """Add what was usual of each parcel's carrier and area at other times."""
    import pandas as pd

    base = rows[calm] if calm.any() else rows
    for name in ("late", "ok", "days"):
        carrier = base.groupby("carrier")[name].mean()
        area = base.groupby(GROUP)[name].agg(["sum", "count"])
        wide = rows["carrier"].map(carrier).fillna(base[name].mean()).astype(float)
        own = area.reindex(pd.MultiIndex.from_frame(rows[GROUP])).fillna(0.0)
        pulled = (own["sum"].to_numpy() + BASE_PULL * wide) / (own["count"].to_numpy() + BASE_PULL)
        rows[f"usual_{name}"] = pulled
    return rows


def _compare(alert: Alert, rows: pd.DataFrame) -> _Seen:
    """Compare a warning's parcels with what was expected of them, per level of severity."""
    return _Seen(
        _logit_step(rows["late"], rows["usual_late"], alert.severity),
        _logit_step(rows["ok"], rows["usual_ok"], alert.severity),
        _mean_step(rows["days"] - rows["usual_days"], alert.severity),
        len(rows),
    )


def _logit_step(seen: pd.Series, usual: pd.Series, severity: int) -> tuple[float, float]:
    """Give the change in log odds by one scoring step, with its variance."""
    known = seen.notna()
    p = usual[known].clip(0.005, 0.995).to_numpy()
    information = float((p * (1 - p)).sum())
    if information == 0.0:
        return 0.0, np.inf
    step = float(seen[known].sum() - p.sum()) / information
    kept = float(np.clip(step, -LARGEST_LOGIT, LARGEST_LOGIT))
    return kept / severity, 1 / information / severity**2


def _mean_step(beyond: pd.Series, severity: int) -> tuple[float, float]:
    known = beyond.dropna()
    if len(known) < 2:
        return 0.0, np.inf
    return float(known.mean()) / severity, float(known.var()) / len(known) / severity**2


def _join(seen: Sequence[_Seen], expected: Effect) -> Effect:
    """Join past warnings and what is expected into a size per level."""
    sizes = {}
    for name in SIZES:
        towards = float(getattr(expected, name))
        values = [getattr(each, name) for each in seen]
        sizes[name] = _random_effects(values, towards, max(abs(towards), LEAST_DOUBT))
    return Effect(**sizes, n_parcels=sum(each.n_parcels for each in seen))


def _random_effects(seen: Sequence[tuple[float, float]], towards: float, doubt: float) -> float:
    """Mean of estimates whose own sizes differ, drawn towards a default by its doubt.

    Examples
    --------
    >>> _random_effects([], 0.5, 0.5)
    0.5
    >>> round(_random_effects([(1.0, 0.01), (1.0, 0.01), (1.0, 0.01)], 0.5, 0.5), 2)
    0.99
    """
    known = [
        (value, variance) for value, variance in seen if np.isfinite(variance) and variance > 0
    ]
    if not known:
        return towards
    value, variance = (np.array(part) for part in zip(*known, strict=True))
    weight = 1 / variance
    centre = (weight * value).sum() / weight.sum()
    excess = (weight * (value - centre) ** 2).sum() - (len(value) - 1)
    scale = weight.sum() - (weight**2).sum() / weight.sum()
    between = max(excess / scale, 0.0) if scale > 0 else 0.0
    weight = 1 / (variance + between)
    prior = 1 / doubt**2
    return float((prior * towards + (weight * value).sum()) / (prior + weight.sum()))
