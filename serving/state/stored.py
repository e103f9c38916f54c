"""What window state is filled with: the history, and what the service stored since."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from features.catalogue import declare
from features.line import windows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from features.engines.durable import Mark
    from features.engines.online import OnlineState
    from features.feature import Feature
    from features.history import History, HistoryProfile
    from serving.outcomes.repository import OutcomeStore
    from serving.scoring.repository import DecisionStore
    from serving.state.windows import WindowEngine

    Row = dict[str, Any]

NOTHING: Final = (0, 0, 0)
"""The mark of stores of which nothing was told."""

FEATURES: Final[dict[str, Callable[[HistoryProfile], Sequence[Feature]]]] = {
    "risk": partial(declare, purposes=("risk", "abnormal")),
    "delivery": partial(declare, purposes=("delivery",)),
    "lines": windows,
}
"""Name of each state to the features that it is asked for."""


@dataclass(frozen=True, slots=True)
class StoredEvents:
    """What the service stored itself.

    Parameters
    ----------
    decisions, news
        Where it stored them.
    """

    decisions: DecisionStore
    news: OutcomeStore

    def mark(self) -> Mark:
        """Tell how far the stores go: the last order event, outcome and parcel."""
        return (self.decisions.last_event(), *self.news.last_events())

    def holds(self, mark: Mark) -> bool:
        """Tell whether the stores go at least as far as a mark."""
        return all(here >= told for here, told in zip(self.mark(), mark, strict=False))

    def tell(self, engine: WindowEngine, after: Mark) -> Mark:
        """Tell an engine what is stored behind a mark, and give the mark it has come to."""
        upto = self.mark()
        order, outcome, shipment = after or NOTHING
        for row, lines in self.decisions.events(after=order):
            engine.add_order(row, lines)
        for row in self.news.outcomes(after=outcome):
            engine.add_outcome(row)
        for row in self.news.shipments(after=shipment):
            engine.add_shipment(row)
        return upto

    def orders(self) -> Iterator[tuple[Row, list[Row]]]:
        """Give every order event with its lines, in the sequence in which they came."""
        return self.decisions.events()

    def outcomes(self) -> Iterator[Row]:
        """Give every outcome, likewise."""
        return self.news.outcomes()

    def shipments(self) -> Iterator[Row]:
        """Give every parcel, likewise."""
        return self.news.shipments()


def tell_all(history: History, stored: StoredEvents, state: OnlineState) -> Mark:
    """Tell an empty state all that is known, and give how far the store was told."""
    state.load(history)
    return stored.tell(state, NOTHING)
