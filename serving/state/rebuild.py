"""How window state is filled at a start: from the history, then from everything stored since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.catalogue import declare
from serving.state.windows import WindowState

if TYPE_CHECKING:
    from features.engines.online import OnlineState
    from features.history import History
    from serving.outcomes.repository import OutcomeStore
    from serving.scoring.repository import DecisionStore


def open_state(
    history: History | None, decisions: DecisionStore, outcomes: OutcomeStore
) -> WindowState:
    """Fill the state that decisions look things up in.

    Parameters
    ----------
    history
        What was imported; None leaves the state empty and says so in every decision.
    decisions, outcomes
        What the service stored itself.

    Returns
    -------
    WindowState
        As if every stored event had just come in; what the history holds too is counted once.
    """
    if history is None:
        return WindowState(
            None, why="there is no history: run `orderintel import` or `orderintel demo`"
        )
    state = WindowState(_engine(history, ("risk", "abnormal")))
    if history.has("shipments"):
        state.delivery = _engine(history, ("delivery",))
    for order, lines in decisions.events():
        state.add_order(order, lines)
    state.add_outcomes(outcomes.outcomes())
    state.add_shipments(outcomes.shipments())
    return state


def _engine(history: History, purposes: tuple[str, ...]) -> OnlineState:
    from features.engines.online import OnlineState

    engine = OnlineState(declare(history.profile, purposes=purposes), history.profile)
    engine.load(history)
    return engine
