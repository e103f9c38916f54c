"""Whether the challenger's artifact stays small."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.evaluation.gate.finding import Finding
from models.evaluation.gate.limits import SIZE

if TYPE_CHECKING:
    from models.evaluation.gate.evidence import Evidence


@dataclass(frozen=True)
class Size:
    """The artifact is small enough to be loaded and swapped at once."""

    name: str = "size"
    zh: str = "文件大小"
    en: str = "artifact size"

    def find(self, evidence: Evidence) -> Finding:
        """Hold the size against the limit."""
        size = evidence.asking.megabytes
        return Finding(
            self.name,
            size <= SIZE.value,
            f"{SIZE.zh} {size:.2f} MB，上限 {SIZE.value:g} MB",
            f"{SIZE.en} {size:.2f} MB, at most {SIZE.value:g} MB",
            size,
            SIZE.value,
            SIZE.unit,
        )
