"""The thread that explains decisions, away from every order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serving.jobs.background import Background

if TYPE_CHECKING:
    from serving.explanations.service import Explanations


class ExplanationWorker(Background):
    """Explains decisions.

    Parameters
    ----------
    explanations
        The work.
    """

    name = "explanations"
    failed = "decisions were not explained"
    between_seconds = 0.02
    """Orders that come in do not wait for the next batch."""

    def __init__(self, explanations: Explanations) -> None:
        super().__init__()
        self._explanations = explanations

    def work(self) -> int:
        """Explain a batch."""
        return self._explanations.work()
