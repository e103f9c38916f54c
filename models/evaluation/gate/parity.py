"""Whether the challenger says of one order what it says of it among thousands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.evaluation.gate.finding import Finding
from models.evaluation.gate.limits import PARITY

if TYPE_CHECKING:
    from models.evaluation.gate.evidence import Evidence


@dataclass(frozen=True)
class Parity:
    """Scores of the serving path equal those of the batch, to the last bit."""

    name: str = "parity"
    zh: str = "线上线下一致"
    en: str = "replay parity"

    def find(self, evidence: Evidence) -> Finding:
        """Refuse where any replayed order got another number."""
        asking = evidence.asking
        return Finding(
            self.name,
            asking.n_differ <= PARITY.value and asking.n_replayed > 0,
            f"重放 {asking.n_replayed:,} 单，{asking.n_differ} 单不一致，上限 {PARITY.value:g}",
            f"{asking.n_differ} of {asking.n_replayed:,} replayed orders differ, "
            f"at most {PARITY.value:g}",
            asking.n_differ,
            PARITY.value,
            PARITY.unit,
        )
