"""Whether the challenger on disk is the one that was fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.errors import FeatureMismatchError
from models.evaluation.gate.finding import Finding

if TYPE_CHECKING:
    from models.evaluation.gate.evidence import Evidence


@dataclass(frozen=True)
class Integrity:
    """Every file has the digest that was noted when it was written."""

    name: str = "integrity"
    zh: str = "文件完整性"
    en: str = "integrity of the files"

    def find(self, evidence: Evidence) -> Finding:
        """Refuse an artifact that would not load."""
        fault = evidence.fault
        if fault is None or isinstance(fault, FeatureMismatchError):
            return Finding(
                self.name, True, "所有文件与保存时的摘要一致", "every file has its digest"
            )
        return Finding(self.name, False, f"模型文件不可信：{fault}", f"not to be trusted: {fault}")
