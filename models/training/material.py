"""What models learn from, read and computed once and shared by all of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from features.durations import SECONDS_PER_DAY

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from features.feature import Feature
    from features.history import History, HistoryProfile

ORDER_COLUMNS = (
    "order_key",
    "order_id",
    "channel",
    "buyer_key",
    "placed_at",
    "received_at",
    "value_minor",
)
OUTCOME_COLUMNS = ("order_key", "line_id", "kind", "is_bad", "occurred_at", "known_at")


@dataclass
class Material:
    """A history with its features, each read or computed when first asked for.

    Parameters
    ----------
    history
        The history.
    placed_from, placed_to
        Orders worth computing features for; all when None. Features always look at the whole
        history before an order, whatever these say.
    purposes
        Purposes of the features worth computing; all unless given.
    label_delay
        Take no outcome as known sooner than this after its order was placed, whatever the history
        says.
    progress
        Called with how much is done and how much there is while features are computed.

    Examples
    --------
    >>> from datetime import UTC, datetime, timedelta
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import pyarrow as pa
    >>> from features.history import History, HistoryProfile
    >>> from features.history_writing import write_history
    >>> noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> times = [noon, noon + timedelta(hours=1)]
    >>> orders = pa.table({
    ...     "order_key": ["a", "b"], "order_id": ["a", "b"], "channel": ["web", "web"],
    ...     "merchant_id": ["acme", "acme"], "shop_id": ["eu", "eu"],
    ...     "placed_at": times, "received_at": times, "buyer_key": ["h1:ann", "h1:ann"],
    ... })
    >>> with TemporaryDirectory() as home:
    ...     _ = write_history(Path(home) / "history", {"orders": orders}, HistoryProfile())
    ...     material = Material(History(Path(home) / "history"), placed_from=times[1])
    ...     counts = material.frame["buyer__order_count__24h"]
    ...     ends_at = material.ends_at
    >>> counts.to_dict(), ends_at.isoformat()
    ({'b': 1.0}, '2026-03-01T13:00:00+00:00')
    """

    row: ClassVar[str] = "order"
    """What one row is of."""

    history: History
    placed_from: datetime | None = None
    placed_to: datetime | None = None
    purposes: frozenset[str] | None = None
    label_delay: timedelta | None = None
    progress: Callable[[int, int], None] | None = None
    beside: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What was made of this history for several models, by name."""

    @property
    def profile(self) -> HistoryProfile:
        """What is true of the whole history; no label matures before the delay asked for."""
        profile = self.history.profile
        if self.label_delay is None:
            return profile
        least = self.label_delay.total_seconds() / SECONDS_PER_DAY
        labels = {
            kind: replace(label, maturity_days=max(label.maturity_days, least))
            for kind, label in profile.labels.items()
        }
        return replace(profile, labels=labels)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of results should know of the rows."""
        return ()

    @cached_property
    def features(self) -> tuple[Feature, ...]:
        """The features that this history supports."""
        from features.catalogue import declare

        if self.purposes is None:
            return tuple(declare(self.profile))
        return tuple(declare(self.profile, purposes=tuple(sorted(self.purposes))))

    @cached_property
    def definitions(self) -> dict[str, str]:
        """Feature name to the hash of its definition; those of lines too, which a part may read."""
        from features.catalogue import definition_hash
        from features.line import features

        every = (*self.features, *features(self.profile))
        return {feature.name: definition_hash((feature,)) for feature in every}

    @cached_property
    def frame(self) -> pd.DataFrame:
        """Feature values, one row an order, index ``order_key``."""
        from features.engines.batch import compute

        return compute(
            self.history,
            self.features,
            placed_from=self.placed_from,
            placed_to=self.placed_to,
            label_delay=self.label_delay,
            progress=self.progress,
        )

    @cached_property
    def orders(self) -> pd.DataFrame:
        """Ids, clocks and slices of all orders, index ``order_key``, in order of placing."""
        frame = self.history.frame("orders", columns=ORDER_COLUMNS).set_index("order_key")
        return frame.assign(is_known_buyer=_is_known_buyer(frame))

    @cached_property
    def outcomes(self) -> pd.DataFrame:
        """Everything that became known about orders later."""
        outcomes = self.history.frame("outcomes", columns=OUTCOME_COLUMNS)
        if self.label_delay is None:
            return outcomes
        soonest = outcomes["order_key"].map(self.orders["placed_at"]) + self.label_delay
        known = outcomes["known_at"]
        return outcomes.assign(known_at=known.where(~(known < soonest), soonest))

    @cached_property
    def ends_at(self) -> pd.Timestamp:
        """The last instant of which the history knows anything."""
        instants = [self.orders["received_at"].max(), self.outcomes["known_at"].max()]
        if self.history.has("sales"):
            last = pd.Timestamp(self.history.frame("sales", columns=("period_on",)).max().item())
            after = last + pd.Timedelta(days=1)
            instants.append(after.tz_localize(self.profile.timezone).tz_convert("UTC"))
        return pd.Timestamp(max(at for at in instants if not pd.isna(at)))


def _is_known_buyer(orders: pd.DataFrame) -> pd.Series:
    """Whether an earlier order of the same buyer exists; missing without a buyer."""
    ranked = orders.sort_values("placed_at", kind="stable")
    earlier = ranked.groupby("buyer_key", dropna=True).cumcount() > 0
    known = earlier.astype("boolean").reindex(orders.index)
    return known.mask(orders["buyer_key"].isna().to_numpy(dtype=bool))
