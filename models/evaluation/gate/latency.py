"""Whether the challenger is quick enough for the scoring path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.evaluation.gate.finding import Finding
from models.evaluation.gate.limits import LATENCY, LATENCY_FREE, LATENCY_GROWTH

if TYPE_CHECKING:
    from models.evaluation.gate.evidence import Evidence


@dataclass(frozen=True)
class Latency:
    """One score takes little CPU time, absolutely and beside the champion's."""

    name: str = "latency"
    zh: str = "耗时"
    en: str = "latency"

    def find(self, evidence: Evidence) -> Finding:
        """Hold the median of CPU times, measured in one run, against both limits."""
        taken, limit = evidence.asking.micros, LATENCY.value
        if evidence.champion is not None:
            beside = evidence.champion.micros * LATENCY_GROWTH.value
            limit = min(limit, max(beside, LATENCY_FREE.value))
        return Finding(
            self.name,
            taken <= limit,
            f"{LATENCY.zh} {taken:.0f} µs，上限 {limit:.0f} µs",
            f"{LATENCY.en} {taken:.0f} µs, at most {limit:.0f} µs",
            taken,
            limit,
            LATENCY.unit,
        )
