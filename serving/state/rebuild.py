"""How window state is filled at a start: from the history, then from everything stored since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.catalogue import declare
from serving.state.windows import WindowState

if TYPE_CHECKING:
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
            None, "there is no history: run `orderintel import` or `orderintel demo`"
        )
    from features.engines.online import OnlineState

    engine = OnlineState(declare(history.profile, purposes=("risk", "abnormal")), history.profile)
    engine.load(history)
    known = set(history.arrow("orders", columns=["order_key"])["order_key"].to_pylist())
    for order, lines in decisions.events():
        if order["order_key"] not in known:
            known.add(order["order_key"])
            engine.add_order(order, lines)
    imported = set(history.arrow("outcomes", columns=["outcome_id"])["outcome_id"].to_pylist())
    for row in outcomes.outcomes():
        if row["outcome_id"] not in imported:
            engine.add_outcome(row)
    for row in outcomes.shipments():
        engine.add_shipment(row)
    return WindowState(engine)
