"""Explains stored decisions exactly, off the path of orders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from models.estimators.predictor import RiskPredictor
from serving.scoring.judge import reason_document

if TYPE_CHECKING:
    from collections.abc import Callable

    from serving.clock import Clock
    from serving.explanations.repository import ExplanationStore, Unexplained
    from serving.scoring.judge import Judge

BATCH: Final = 20
"""Decisions explained in one commit."""
N_REASONS: Final = 5


class Explanations:
    """Works off what is not explained yet; what it leaves undone is found again after a restart.

    Parameters
    ----------
    store
        Decisions and their causes.
    judge
        Gives the live models.
    clock
        Gives the present.
    """

    def __init__(self, store: ExplanationStore, judge: Callable[[], Judge], clock: Clock) -> None:
        self.store = store
        self._judge = judge
        self._clock = clock
        self._done = 0

    def work(self) -> int:
        """Explain some decisions, oldest first; gives how many there were."""
        last = self.store.last_event()
        waiting = self.store.waiting(after=self._done, most=BATCH)
        if not waiting:
            self._done = last
            return 0
        judge = self._judge()
        found = {decision.decision_id: _explained(decision, judge) for decision in waiting}
        self.store.keep(found, at=self._clock())
        self._done = waiting[-1].event_id
        return len(waiting)


def _explained(decision: Unexplained, judge: Judge) -> dict[str, Any]:
    """Give the causes of each prediction; a model that is no longer live can give none."""
    causes: dict[str, Any] = {}
    for name, version in decision.models.items():
        live = judge.models.get(name)
        is_live = live is not None and live.version == version
        reasons = None
        if live is not None and is_live and isinstance(live.predictor, RiskPredictor):
            told = live.predictor.explain_exactly(decision.features, N_REASONS)
            reasons = [reason_document(reason) for reason in told]
        causes[name] = {"version": version, "reasons": reasons}
    return causes
