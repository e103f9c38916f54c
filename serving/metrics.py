"""What Prometheus reads. One registry an app, so that apps in one process do not mix."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from serving.scoring.stages import STAGES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import Scope

    from serving.scoring.stages import Laps

STAGE_BUCKETS: Final = (
    0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.25, 1.0,
)  # fmt: skip
BUCKETS: Final = (0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


SHARED_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
"""Variable of the client library that names where workers of one service add up their counts."""


class Metrics:
    """The counts of one app, or of all workers of a service when they share a folder."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "orderintel_requests_total",
            "Requests answered",
            ("route", "method", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "orderintel_request_seconds",
            "Time to answer",
            ("route",),
            buckets=BUCKETS,
            registry=self.registry,
        )
        self._decisions = Counter(
            "orderintel_decisions_total",
            "Decisions made",
            ("action", "band"),
            registry=self.registry,
        )
        stages = Histogram(
            "orderintel_stage_seconds",
            "Time of each stage of a decision",
            ("stage",),
            buckets=STAGE_BUCKETS,
            registry=self.registry,
        )
        # Looked up once: a decision has eight stages and must not pay for their names.
        self._stages = {stage: stages.labels(stage).observe for stage in STAGES}
        self._degraded = Counter(
            "orderintel_degraded_total",
            "Decisions made without a part, by part",
            ("part",),
            registry=self.registry,
        )
        self._outcomes = Counter(
            "orderintel_outcomes_total", "Outcomes stored", ("kind",), registry=self.registry
        )
        self._webhooks = Counter(
            "orderintel_webhook_attempts_total",
            "Attempts to send an event to an endpoint",
            ("type", "result"),
            registry=self.registry,
        )

    def observe_request(self, scope: Scope, status: int, seconds: float) -> None:
        """Count an answered request; unknown addresses share one label."""
        route: Any = scope.get("route")
        path = getattr(route, "path", "unknown")
        self._requests.labels(path, scope["method"], status).inc()
        self._seconds.labels(path).observe(seconds)

    def observe_stages(self, laps: Laps) -> None:
        """Note how long each stage of a decision took."""
        for stage, seconds in laps.seconds:
            self._stages[stage](seconds)

    def observe_decision(self, action: str, band: str, degraded: Iterable[str]) -> None:
        """Count a decision and what it had to do without."""
        self._decisions.labels(action, band).inc()
        for part in degraded:
            self._degraded.labels(part).inc()

    def observe_outcome(self, kind: str) -> None:
        """Count a stored outcome."""
        self._outcomes.labels(kind).inc()

    def observe_webhook(self, event: str, *, is_taken: bool) -> None:
        """Count an attempt to send an event."""
        self._webhooks.labels(event, "taken" if is_taken else "failed").inc()

    def page(self) -> bytes:
        """Write the page Prometheus reads."""
        if SHARED_FOLDER not in os.environ:
            return generate_latest(self.registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]  # the library has no types
        return generate_latest(together)
