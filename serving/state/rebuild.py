"""How window state is found again at a start, and filled where there is none to find."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

from features.errors import StateInUseError
from features.history import PROFILE_NAME
from serving.logs import logger
from serving.state.stored import FEATURES, tell_all
from serving.state.windows import WindowState

if TYPE_CHECKING:
    from pathlib import Path

    from features.history import History
    from serving.state.filling import Filler
    from serving.state.shared import SharedEngine
    from serving.state.stored import StoredEvents
    from serving.state.windows import WindowEngine

TIMEOUT_S: Final = 0.025
"""Half of the 50 ms in which an order is to be decided even if it is decided without Redis."""


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
        Fills what has to be filled; done here unless given.
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
    names = ["risk"]
    if history.has("shipments"):
        names.append("delivery")
    if has_lines:
        names.append("lines")
    if shared is None:
        found = [_here(history, stored, home, filler, name) for name in names]
    else:
        # Redis and those who fill it work at the same time.
        opened = partial(_there, history, stored, shared, filler)
        with ThreadPoolExecutor(len(names)) as pool:
            found = [*pool.map(opened, names)]
    engines: dict[str, WindowEngine] = dict(zip(names, found, strict=True))
    state = WindowState(engines["risk"], stored=stored.mark)
    state.delivery = engines.get("delivery")
    if has_lines:
        from features.engines.lines_online import LineReader

        state.lines = LineReader(engines["lines"], history.profile)
    return state


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


def _there(
    history: History, stored: StoredEvents, shared: Shared, filler: Filler | None, name: str
) -> SharedEngine:
    from serving.state.shared import SharedEngine, fill, shared_state

    apart = None if filler is None else partial(filler.share, name, shared.url, shared.tenant)
    state = shared_state(shared.url, shared.tenant, name, history.profile, shared.timeout_s)
    filled = partial(fill, history=history, stored=stored, apart=apart)
    return SharedEngine(state, filled, shared.engines)
