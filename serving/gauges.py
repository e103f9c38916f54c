"""What waits and how old it is, read when Prometheus asks."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from prometheus_client import Gauge
from sqlalchemy import func, or_, select

from features.durations import SECOND_US
from serving.backups.service import last_backup
from serving.retraining.repository import RunStore
from serving.store import text
from serving.store.tables import ADDRESS_CASES, DECISIONS, RESCORINGS, REVIEWS, WEBHOOK_ENDPOINTS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sqlalchemy import Connection, Engine

    from serving.clock import Clock
    from serving.metrics import Metrics
    from serving.scoring.service import Scorer
    from serving.webhooks.repository import WebhookStore

LOOKED_AT: Final = 500
"""Newest decisions whose features are looked at; reading them takes some 20 ms."""
LOOK_SECONDS: Final = 60.0
"""Seconds for which what they said is told again."""


@dataclass
class Gauges:
    """Figures that are not counted as things happen but looked up.

    Parameters
    ----------
    metrics
        Where they stand.
    engine
        The store.
    webhooks
        The events that wait to be sent.
    scorer
        Says which models are missing.
    home
        Where backups leave word.
    clock
        Gives the present in microseconds UTC.
    """

    metrics: Metrics
    engine: Engine
    webhooks: WebhookStore
    scorer: Scorer
    home: Path
    clock: Clock
    _looked_at: float = -LOOK_SECONDS
    _gauges: dict[str, Gauge] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, (what, labels) in NAMES.items():
            self._gauges[name] = Gauge(
                f"orderintel_{name}",
                what,
                labels,
                registry=self.metrics.registry,
                multiprocess_mode="mostrecent",
            )

    def look(self) -> None:
        """Look everything up."""
        now = self.clock()
        with self.engine.connect() as connection:
            for queue, count, oldest in _queues(connection, now):
                self._set("queue_length", count, queue)
                self._set("queue_age_seconds", _age(oldest, now), queue)
            disabled = select(func.count()).where(WEBHOOK_ENDPOINTS.c.state == "disabled")
            self._set("webhook_endpoints_disabled", connection.execute(disabled).scalar_one())
            if time.monotonic() - self._looked_at >= LOOK_SECONDS:
                self._looked_at = time.monotonic()
                self._misses(connection)
        self._set("queue_age_seconds", _age(self.webhooks.oldest_waiting(), now), "webhooks")
        self._drift(RunStore(self.engine), now)
        backed_up = last_backup(self.home)
        if backed_up is not None:
            at = datetime.fromisoformat(backed_up["made_at"]).timestamp()
            self._set("backup_age_seconds", max(now / SECOND_US - at, 0.0))
        missing = {part.part for part in self.scorer.judge.missing}
        self._set("models_missing", len(missing))

    def _misses(self, connection: Connection) -> None:
        """Say which features were unknown for which share of the newest decisions."""
        newest = select(DECISIONS.c.features).order_by(DECISIONS.c.stored_at.desc())
        vectors = connection.execute(newest.limit(LOOKED_AT)).scalars().all()
        missing: Counter[str] = Counter()
        known: set[str] = set()
        for written in vectors:
            values = text.read(written)
            known |= values.keys()
            missing.update(name for name, value in values.items() if _is_unknown(value))
        for name in known:
            self._set("feature_missing_share", missing[name] / len(vectors), name)

    def _drift(self, runs: RunStore, now: int) -> None:
        """Tell what the last weekly run found, and how long ago it ended."""
        done = next((run for run in runs.newest(8) if run.document is not None), None)
        if done is None or done.document is None:
            return
        self._set("retraining_age_seconds", _age(done.finished_at, now))
        alarmed = self._gauges["drift_alarm"]
        alarmed.clear()
        weeks = done.document.get("drift", {}).get("weeks", ())
        for alarm in weeks[-1]["alarms"] if weeks else ():
            alarmed.labels(alarm["column"]).set(1)

    def _set(self, name: str, value: float, *labels: str) -> None:
        gauge = self._gauges[name]
        (gauge.labels(*labels) if labels else gauge).set(value)


NAMES: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "queue_length": ("What waits", ("queue",)),
    "queue_age_seconds": ("Age of the oldest that waits; 0 when nothing does", ("queue",)),
    "webhook_endpoints_disabled": ("Endpoints of events that are switched off", ()),
    "feature_missing_share": ("Share of the newest decisions without the feature", ("feature",)),
    "drift_alarm": ("1 for what drifted in the newest week that was looked at", ("column",)),
    "retraining_age_seconds": ("Time since the last weekly run ended", ()),
    "backup_age_seconds": ("Time since the last backup", ()),
    "models_missing": ("Models that the history supports and that are not served", ()),
}
"""Name behind ``orderintel_`` to what it says and its labels."""


def _queues(connection: Connection, now: int) -> Iterable[tuple[str, int, int | None]]:
    """Give each queue with its length and its oldest entry."""
    asleep = REVIEWS.c.snoozed_until > now
    awake = or_(REVIEWS.c.state == "open", (REVIEWS.c.state == "snoozed") & ~asleep)
    queues: tuple[tuple[str, Any, Any], ...] = (
        ("reviews", REVIEWS.c.opened_at, awake),
        ("addresses", ADDRESS_CASES.c.opened_at, ADDRESS_CASES.c.state == "open"),
        ("rescoring", RESCORINGS.c.as_of, RESCORINGS.c.state == "waiting"),
    )
    for name, at, condition in queues:
        count, oldest = connection.execute(
            select(func.count(), func.min(at)).where(condition)
        ).one()
        yield name, count, oldest


def _age(since: int | None, now: int) -> float:
    return 0.0 if since is None else max(now - since, 0) / SECOND_US


def _is_unknown(value: Any) -> bool:
    return value is None or value != value
