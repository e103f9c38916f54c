"""How window state is found again at a start, and filled where there is none to find."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from features.catalogue import declare
from features.errors import StateInUseError
from features.history import PROFILE_NAME
from features.line import windows
from serving.logs import logger
from serving.state.windows import WindowState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from features.engines.durable import Mark
    from features.engines.online import OnlineState
    from features.feature import Feature
    from features.history import History, HistoryProfile
    from serving.outcomes.repository import OutcomeStore
    from serving.scoring.repository import DecisionStore
    from serving.state.filling import Filler
    from serving.state.shared import SharedEngine
    from serving.state.windows import WindowEngine

    Row = dict[str, Any]


TIMEOUT_S: Final = 0.025
"""Half of the 50 ms in which an order is to be decided even if it is decided without Redis."""

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


@dataclass(frozen=True, slots=True)
class Shared:
    """Where workers share their state.

    Parameters
    ----------
    url
        Address of a Redis.
    tenant
        Keeps the states of several tenants in one Redis apart.
    timeout_s
        Seconds that a decision waits for it.
    engines
        The engines opened on it.
    """

    url: str
    tenant: str
    timeout_s: float = TIMEOUT_S
    engines: list[SharedEngine] = field(default_factory=list)


def open_state(
    history: History | None,
    stored: StoredEvents,
    home: Path,
    shared: Shared | None = None,
    *,
    filler: Filler | None = None,
    has_lines: bool = False,
) -> WindowState:
    """Open the state that decisions look things up in.

    Parameters
    ----------
    history
        What was imported; None leaves the state empty and says so in every decision.
    stored
        What the service stored itself.
    home
        Where state in this process is kept between starts.
    shared
        Where workers share it; in this process unless given.
    filler
        Fills what is kept in this process and has to be filled; done here unless given.
    has_lines
        Whether a model asks about single lines.

    Returns
    -------
    WindowState
        As if every stored event had just come in; what the history holds too is counted once.
    """
    if history is None:
        return WindowState(
            None, why="there is no history: run `orderintel import` or `orderintel demo`"
        )
    opened: Callable[[str], WindowEngine] = partial(_here, history, stored, home, filler)
    if shared is not None:
        opened = partial(_there, history, stored, shared)
    state = WindowState(opened("risk"), stored=stored.mark)
    if history.has("shipments"):
        state.delivery = opened("delivery")
    if has_lines:
        from features.engines.lines_online import LineReader

        state.lines = LineReader(opened("lines"), history.profile)
    return state


def tell_all(history: History, stored: StoredEvents, state: OnlineState) -> Mark:
    """Tell an empty state all that is known, and give how far the store was told."""
    state.load(history)
    return stored.tell(state, NOTHING)


def _here(
    history: History, stored: StoredEvents, home: Path, filler: Filler | None, name: str
) -> WindowEngine:
    """Find the state of some features again, and tell it what was stored since."""
    from features.engines.durable import Base, DurableState
    from features.engines.online import OnlineState

    features = FEATURES[name](history.profile)
    base = Base(
        origin=generation(history),
        fill=partial(tell_all, history, stored),
        holds=stored.holds,
        save=None if filler is None else partial(filler.save, name),
    )
    try:
        found = DurableState.open(home / name, features, history.profile, base)
    except StateInUseError as error:
        logger().warning("window state is kept in memory only", why=str(error))
        alone = OnlineState(features, history.profile)
        tell_all(history, stored, alone)
        return alone
    if found.rebuilt:
        logger().info("window state is filled anew", of=name, why=found.rebuilt)
    found.note(stored.tell(found, found.mark))
    return found


def generation(history: History) -> str:
    """Digest of which history this is; every import makes another one."""
    profile = (history.folder / PROFILE_NAME).read_bytes()
    return hashlib.sha256(history.folder.name.encode() + b"\n" + profile).hexdigest()


def _there(history: History, stored: StoredEvents, shared: Shared, name: str) -> SharedEngine:
    from features.engines.redis.state import RedisState
    from serving.state.shared import SharedEngine, fill

    features = FEATURES[name](history.profile)
    namespace = f"orderintel:{shared.tenant}:{name}"
    state = RedisState(
        shared.url, features, history.profile, namespace=namespace, timeout_s=shared.timeout_s
    )
    return SharedEngine(state, partial(fill, history=history, stored=stored), shared.engines)
