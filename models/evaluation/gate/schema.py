"""Whether the challenger reads features that this version computes as they were at training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.errors import FeatureMismatchError
from models.evaluation.gate.finding import Finding

if TYPE_CHECKING:
    from models.evaluation.gate.evidence import Evidence


@dataclass(frozen=True)
class Schema:
    """Every feature has the name and definition of today."""

    name: str = "schema"
    zh: str = "特征定义"
    en: str = "feature definitions"

    def find(self, evidence: Evidence) -> Finding:
        """Refuse unknown or redefined features."""
        fault = evidence.fault
        if not isinstance(fault, FeatureMismatchError):
            return Finding(
                self.name, True, "所有特征定义与当前一致", "every feature means what it meant"
            )
        missing, changed = sorted(fault.missing), sorted(fault.changed)
        count = len(missing) + len(changed)
        named = ", ".join([*missing, *changed][:3])
        return Finding(
            self.name,
            False,
            f"{count} 个特征未知或定义已变（{named}），上限 0",
            f"{count} features are unknown or redefined ({named}), at most 0",
            count,
            0,
            "features",
        )
