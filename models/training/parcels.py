"""What became of parcels, as known by an instant: the labels of the delivery models."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from features.durations import SECONDS_PER_DAY
from features.windows import DAY

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd

    from models.training.material import Material

COLUMNS: Final = (
    "shipment_id",
    "order_key",
    "carrier",
    "outlet",
    "shipped_at",
    "promised_at",
    "first_attempt_at",
    "first_attempt_ok",
    "delivered_at",
    "known_at",
)
OVERDUE_DAYS: Final = (0.0, 2.0, 5.0, 10.0, 20.0, 40.0)
"""Edges of how long a parcel has been overdue, in days."""
MATURE_SHARE: Final = 0.95
"""Quantile of the time until news comes that a placement day must be old."""
LEAST_SHARE: Final = 0.5
"""Overdue parcels count as late while at least this share of such parcels still arrives."""
LOOK_BACK_DAYS: Final = 60.0
"""Promises at least this old tell how many overdue parcels still arrived."""


def read_parcels(material: Material) -> pd.DataFrame:
    """Read the first parcel of every order, with what was promised and when news came.

    Parameters
    ----------
    material
        Any history with shipments.

    Returns
    -------
    DataFrame
        Indexed by ``order_key`` in order of placing: ``order_id``, ``placed_at``, ``promised_at``
        (the parcel's, else the order's), ``delivered_at``, ``known_at`` (never before it),
        ``attempt_ok``, ``attempt_known_at``, ``carrier``, ``outlet``, ``cancelled_at`` (when the
        order was known to be cancelled). Missing is unknown, or has not happened.
    """
    orders = material.history.frame("orders", columns=("order_key", "deliver_by"))
    parcels = material.history.frame("shipments", columns=COLUMNS)
    parcels = parcels.sort_values(["order_key", "shipped_at", "shipment_id"], kind="stable")
    first = parcels.drop_duplicates("order_key").set_index("order_key")
    rows = material.orders[["order_id", "placed_at"]].join(first)
    due = orders.set_index("order_key")["deliver_by"].reindex(rows.index)
    known = rows["known_at"].where(rows["known_at"].notna(), rows["delivered_at"])
    rows["promised_at"] = rows["promised_at"].where(rows["promised_at"].notna(), due)
    rows["known_at"] = known.where(~(known < rows["delivered_at"]), rows["delivered_at"])
    tried = rows["first_attempt_at"].fillna(rows["delivered_at"])
    rows["attempt_known_at"] = tried.fillna(rows["known_at"])
    rows["attempt_ok"] = rows["first_attempt_ok"].astype("float64")
    outcomes = material.outcomes
    cancelled = outcomes[(outcomes["kind"] == "cancel") & outcomes["is_bad"].fillna(value=True)]
    rows["cancelled_at"] = cancelled.groupby("order_key")["known_at"].min()
    return rows.drop(columns=["shipment_id", "first_attempt_ok"])


def ends_at(material: Material, parcels: pd.DataFrame) -> pd.Timestamp:
    """Give the last instant of which the history knows anything, parcels included."""
    import pandas as pd

    last = parcels["known_at"].max()
    return material.ends_at if pd.isna(last) else max(material.ends_at, last)


def late_by(parcels: pd.DataFrame, by: datetime, maturity: timedelta) -> pd.DataFrame:
    """Label parcels as late or in time, with what was known by an instant.

    The label of a parcel is known at the earlier of promise and delivery, plus the maturity. A
    parcel that is overdue then is late. Where fewer than half of the parcels that were overdue as
    long ever arrived, it is rather lost or never sent, and left out.

    Parameters
    ----------
    parcels
        Result of `read_parcels`.
    by
        The instant.
    maturity
        Days after the earlier of promise and delivery until the merchant knows.

    Returns
    -------
    DataFrame
        ``label`` (1 late, 0 in time, NaN too early to tell) and ``cause`` of what is left out,
        None otherwise.

    Examples
    --------
    >>> import pandas as pd
    >>> from datetime import timedelta
    >>> due = pd.to_datetime(["2026-03-01T12:00Z", "2026-03-01T12:00Z", None])
    >>> arrived = pd.to_datetime(["2026-02-28T12:00Z", "2026-03-02T12:00Z", None])
    >>> parcels = pd.DataFrame({
    ...     "promised_at": due, "delivered_at": arrived, "known_at": arrived,
    ...     "cancelled_at": pd.to_datetime([None] * 3, utc=True),
    ... })
    >>> late_by(parcels, pd.Timestamp("2026-03-09", tz="UTC"), timedelta(days=3))["label"].tolist()
    [0.0, 1.0, nan]
    """
    import pandas as pd

    at = pd.Timestamp(by)
    promised, delivered = parcels["promised_at"], parcels["delivered_at"]
    arrived = (parcels["known_at"] <= at) & delivered.notna()
    late = delivered > promised
    overdue = ~arrived & (promised + maturity <= at)
    cancelled = ~arrived & (parcels["cancelled_at"] <= at)
    label = np.where(arrived, late.astype(float), np.where(overdue, 1.0, np.nan))
    matured = promised + maturity <= at
    lost = overdue.to_numpy() & (_arrival_share(parcels, at) < LEAST_SHARE)
    cause = np.select(
        [promised.isna(), cancelled, ~matured, lost],
        ["no promise", "cancelled", "promise not matured", "overdue, rarely arrives any more"],
        default="",
    )
    result = pd.DataFrame({"label": label}, index=parcels.index)
    result["cause"] = pd.Series(cause, index=parcels.index).replace("", None)
    result.loc[promised.isna() | cancelled | lost, "label"] = np.nan
    return result


def days_of(spans: pd.Series) -> np.ndarray:
    """Days of durations, NaN where unknown.

    Examples
    --------
    >>> import pandas as pd
    >>> days_of(pd.Series(pd.to_timedelta(["36h", None])))
    array([1.5, nan])
    """
    seconds = spans.dt.total_seconds().to_numpy(dtype=float, na_value=np.nan)
    return np.asarray(seconds / SECONDS_PER_DAY)


def _arrival_share(parcels: pd.DataFrame, at: pd.Timestamp) -> np.ndarray:
    """Share of parcels as long overdue as each that were delivered in the end, by older ones."""
    promised = parcels["promised_at"]
    age = days_of(at - promised)
    arrived = parcels["delivered_at"].notna() & (parcels["known_at"] <= at)
    beyond = days_of(parcels["delivered_at"] - promised)
    old = age >= LOOK_BACK_DAYS
    share = np.ones(len(parcels))
    for edge in OVERDUE_DAYS:
        still_open = old & ~(arrived & (beyond <= edge)).to_numpy()
        n_open, n_arrived = int(still_open.sum()), int((still_open & arrived.to_numpy()).sum())
        share[age >= edge] = (n_arrived + 1) / (n_open + 2)
    return share


def transit_rows(
    parcels: pd.DataFrame, by: datetime, *, quantile: float = MATURE_SHARE
) -> tuple[pd.Series, dict[str, int]]:
    """Pick the delivered parcels whose placement day is old enough to be unbiased.

    Of the newest orders only the quick parcels have arrived. Days from which more than one in
    twenty parcels is usually still under way are left out and counted.

    Parameters
    ----------
    parcels
        Result of `read_parcels`.
    by
        The instant.
    quantile
        Quantile of the transit time that a placement day must be old.

    Returns
    -------
    tuple
        Days from ``placed_at`` to ``delivered_at`` by ``order_key``; parcels left out by cause.

    Examples
    --------
    >>> import pandas as pd
    >>> placed = pd.to_datetime(["2026-03-01T12:00Z"] * 2 + ["2026-03-08T12:00Z"])
    >>> arrived = pd.to_datetime(["2026-03-03T12:00Z", None, None])
    >>> parcels = pd.DataFrame({"placed_at": placed, "delivered_at": arrived, "known_at": arrived})
    >>> days, left_out = transit_rows(parcels, pd.Timestamp("2026-03-09", tz="UTC"))
    >>> days.tolist(), left_out
    ([2.0], {'placed on immature days': 1, 'not delivered': 1})
    """
    import pandas as pd

    at = pd.Timestamp(by)
    placed = parcels["placed_at"]
    arrived = parcels["delivered_at"].notna() & (parcels["known_at"] <= at)
    days = pd.Series(days_of(parcels["delivered_at"] - placed), index=parcels.index)
    before = placed < at
    span = float(days[arrived].quantile(quantile)) if arrived.any() else 0.0
    old_enough = placed <= at - max(span, 0.0) * DAY
    causes = {
        "placed on immature days": int((before & ~old_enough).sum()),
        "not delivered": int((before & old_enough & ~arrived).sum()),
    }
    return days[before & old_enough & arrived], causes


def attempt_rows(parcels: pd.DataFrame, by: datetime) -> tuple[pd.Series, dict[str, int]]:
    """Pick the parcels whose first attempt is known, placed on days old enough to be unbiased.

    Parameters
    ----------
    parcels
        Result of `read_parcels`.
    by
        The instant.

    Returns
    -------
    tuple
        1.0 where the first attempt failed, by ``order_key``; parcels left out by cause.
    """
    import pandas as pd

    at = pd.Timestamp(by)
    placed, tried_at = parcels["placed_at"], parcels["attempt_known_at"]
    before = placed < at
    known = parcels["attempt_ok"].notna() & (tried_at <= at)
    spans = pd.Series(days_of(tried_at - placed), index=parcels.index)[known]
    span = float(spans.quantile(MATURE_SHARE)) if len(spans) else 0.0
    old_enough = placed <= at - max(span, 0.0) * DAY
    causes = {
        "placed on immature days": int((before & ~old_enough).sum()),
        "no first attempt known": int((before & old_enough & ~known).sum()),
    }
    return 1.0 - parcels.loc[before & old_enough & known, "attempt_ok"], causes


def young_rows(
    rows: pd.Series,
    causes: dict[str, int],
    parcels: pd.DataFrame,
    cutoff: datetime,
    train_days: int | None,
) -> pd.Series:
    """Keep the rows placed within some days of a cutoff, all of them without a number of days.

    Parameters
    ----------
    rows
        By ``order_key``.
    causes
        Rows left out by cause; what this leaves out is added.
    parcels
        Result of `read_parcels`.
    cutoff, train_days
        The instant, and how many days before it.

    Examples
    --------
    >>> import pandas as pd
    >>> placed = pd.to_datetime(["2026-03-01", "2026-03-09"], utc=True)
    >>> parcels = pd.DataFrame({"placed_at": placed}, index=["a", "b"])
    >>> rows, causes = pd.Series([3.0, 2.0], index=["a", "b"]), {}
    >>> young_rows(rows, causes, parcels, pd.Timestamp("2026-03-10", tz="UTC"), 7).to_dict()
    {'b': 2.0}
    >>> causes
    {'before training days': 1}
    """
    import pandas as pd

    if train_days is None:
        return rows
    since = pd.Timestamp(cutoff) - timedelta(days=train_days)
    young = (parcels.loc[rows.index, "placed_at"] >= since).to_numpy()
    causes["before training days"] = int((~young).sum())
    kept: pd.Series = rows[young]
    return kept
