"""What one check of the gate found."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from models.evaluation.gate.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict of one check, in words that a person can check.

    Parameters
    ----------
    check
        Name of the check.
    passed
        Whether it lets the challenger in.
    zh, en
        The reason, with figure and limit, in Chinese and English.
    figure, limit
        What was measured and what it was held against; None where there is no number.
    unit
        Unit of both.
    more
        Further figures, for the report's pictures.

    Examples
    --------
    >>> heavy = Finding("size", False, "模型文件过大", "the file is too large", 31.0, 25.0, "MB")
    >>> heavy.document()["figure"]
    31.0
    """

    check: str
    passed: bool
    zh: str
    en: str
    figure: float | None = None
    limit: float | None = None
    unit: str = ""
    more: dict[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """Write it as a JSON-able document."""
        return asdict(self)


class Check(Protocol):
    """One question that the gate asks of a challenger."""

    @property
    def name(self) -> str:
        """Short name."""
        ...

    @property
    def zh(self) -> str:
        """What is asked, in Chinese."""
        ...

    @property
    def en(self) -> str:
        """What is asked, in English."""
        ...

    def find(self, evidence: Evidence) -> Finding:
        """Answer it."""
        ...
