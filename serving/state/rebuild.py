"""How window state is filled at a start: from the history, then from everything stored since."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from features.catalogue import declare
from serving.state.windows import WindowState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from features.history import History
    from serving.outcomes.repository import OutcomeStore
    from serving.scoring.repository import DecisionStore
    from serving.state.shared import SharedEngine
    from serving.state.windows import WindowEngine

    Row = dict[str, Any]


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

    def orders(self) -> Iterator[tuple[Row, list[Row]]]:
        """Give every order event with its lines, in the sequence in which they came."""
        return self.decisions.events()

    def outcomes(self) -> Iterator[Row]:
        """Give every outcome, likewise."""
        return self.news.outcomes()

    def shipments(self) -> Iterator[Row]:
        """Give every parcel, likewise."""
        return self.news.shipments()


@dataclass(frozen=True, slots=True)
class Shared:
    """Where workers share their state.

    Parameters
    ----------
    url
        Address of a Redis.
    tenant
        Keeps the states of several tenants in one Redis apart.
    """

    url: str
    tenant: str


def open_state(
    history: History | None, stored: StoredEvents, shared: Shared | None = None
) -> WindowState:
    """Fill the state that decisions look things up in.

    Parameters
    ----------
    history
        What was imported; None leaves the state empty and says so in every decision.
    stored
        What the service stored itself.
    shared
        Where workers share it; in this process unless given.

    Returns
    -------
    WindowState
        As if every stored event had just come in; what the history holds too is counted once.
    """
    if history is None:
        return WindowState(
            None, why="there is no history: run `orderintel import` or `orderintel demo`"
        )
    opened = partial(_here, history) if shared is None else partial(_there, history, stored, shared)
    state = WindowState(opened(("risk", "abnormal")))
    if history.has("shipments"):
        state.delivery = opened(("delivery",))
    if shared is None:
        for order, lines in stored.orders():
            state.add_order(order, lines)
        state.add_outcomes(stored.outcomes())
        state.add_shipments(stored.shipments())
    return state


def _here(history: History, purposes: tuple[str, ...]) -> WindowEngine:
    from features.engines.online import OnlineState

    engine = OnlineState(declare(history.profile, purposes=purposes), history.profile)
    engine.load(history)
    return engine


def _there(
    history: History, stored: StoredEvents, shared: Shared, purposes: tuple[str, ...]
) -> SharedEngine:
    from features.engines.redis.state import RedisState
    from serving.state.shared import SharedEngine, fill

    features = declare(history.profile, purposes=purposes)
    namespace = f"orderintel:{shared.tenant}:{purposes[0]}"
    state = RedisState(shared.url, features, history.profile, namespace=namespace)
    return SharedEngine(state, partial(fill, history=history, stored=stored))
