"""Window state in Redis: filled once for all workers, and told again of what it missed."""

from __future__ import annotations

import hashlib
import threading
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from features.engines.online import SLACK
from features.errors import FeatureError, StateUnavailableError
from features.windows import MICROSECOND
from serving.logs import logger
from serving.state.stored import FEATURES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from features.engines.redis.state import RedisState
    from features.history import History, HistoryProfile

    Fill = Callable[[Callable[[], None]], None]
    Row = Mapping[str, Any]

Answer = TypeVar("Answer")


class Stored(Protocol):
    """What this worker's store holds, in the sequence in which it came."""

    def orders(self) -> Iterable[tuple[Row, Sequence[Row]]]:
        """Give every order event with its lines."""
        ...

    def outcomes(self) -> Iterable[Row]:
        """Give every outcome."""
        ...

    def shipments(self) -> Iterable[Row]:
        """Give every parcel."""
        ...


PAUSE_S: Final = 1.0
"""How long to wait before a state that was unavailable is tried again."""
REMEMBERED: Final = 100_000
"""Events that are kept for a state that is unavailable; later ones are told after a restart."""


def shared_state(
    url: str, tenant: str, name: str, profile: HistoryProfile, timeout_s: float
) -> RedisState:
    """Open one of a tenant's states in Redis.

    Parameters
    ----------
    url, tenant
        See `serving.state.rebuild.Shared`.
    name
        Which state; see `serving.state.stored.FEATURES`.
    profile
        The history's.
    timeout_s
        Longest wait for an answer, in seconds.
    """
    from features.engines.redis.state import RedisState

    features, namespace = FEATURES[name](profile), f"orderintel:{tenant}:{name}"
    return RedisState(url, features, profile, namespace=namespace, timeout_s=timeout_s)


def fill(state: RedisState, history: History, stored: Stored, apart: Fill | None = None) -> None:
    """Load the history once for all workers, and tell the state what this one's store holds.

    Where the state is filled already, only the last days of the store are told again: what a worker
    stored, and died before it told.

    Parameters
    ----------
    state, history, stored
        What is filled, and with what.
    apart
        Does from elsewhere what `tell_everything` does.
    """
    profile = hashlib.sha256(history.profile.to_json().encode()).hexdigest()[:12]
    mark = f"{history.folder.name} {profile}"
    if not state.fill(mark, apart or partial(tell_everything, state, history, stored)):
        _tell_again(state, stored, state.now - SLACK // MICROSECOND)


def tell_everything(
    state: RedisState, history: History, stored: Stored, alive: Callable[[], None]
) -> None:
    """Tell a state the history and all that was stored since.

    Parameters
    ----------
    state, history, stored
        What is told, and of what.
    alive
        Called now and then.
    """
    state.load(history, alive=alive)
    _tell_again(state, stored, 0)


def _tell_again(state: RedisState, stored: Stored, since: int) -> None:
    for order, lines in stored.orders():
        if order["received_at"] >= since:
            state.add_order(order, lines, again=True)
    for outcome in stored.outcomes():
        if outcome["known_at"] >= since:
            state.add_outcome(outcome, again=True)
    for parcel in stored.shipments():
        if (parcel.get("known_at") or parcel.get("delivered_at") or since) >= since:
            state.add_shipment(parcel, again=True)


class SharedEngine:
    """A state in Redis that may come and go while the service goes on.

    While Redis is unavailable every question raises `StateUnavailableError`, and what is told is
    kept here until Redis is back; then it is told in the sequence in which it came. One call that
    is not answered in time is enough: those after it do not wait, here and in the engines that
    share the Redis.

    Parameters
    ----------
    state
        The state.
    fill
        Brings it up to what this worker knows; see `fill`.
    sharing
        The engines of this worker on the same Redis, to which this one is added.

    Notes
    -----
    Everything told carries its own clocks, so that it counts as of then however late it is told.
    """

    def __init__(
        self,
        state: RedisState,
        fill: Callable[[RedisState], None],
        sharing: list[SharedEngine] | None = None,
    ) -> None:
        self._state, self._fill = state, fill
        self._sharing = [] if sharing is None else sharing
        self._sharing.append(self)
        self._missed: deque[tuple[str, tuple[Any, ...]]] = deque(maxlen=REMEMBERED)
        self._lock = threading.RLock()
        self._is_filled = False
        self._is_mending = False
        self._closed = threading.Event()
        try:
            self._mend()
        except StateUnavailableError as error:
            self._later(error)

    @property
    def whole_from(self) -> int:
        """Orders placed before this instant miss part of their windows."""
        return self._state.whole_from

    def values(self, order: Row, lines: Sequence[Row]) -> dict[str, float | str | None]:
        """Compute the features of an order.

        Raises
        ------
        StateUnavailableError
            When Redis is, or has not been told everything yet.
        """
        return self._asked(self._state.values, order, lines)

    def values_of_ways(
        self, orders: Sequence[Row], lines: Sequence[Row]
    ) -> list[dict[str, float | str | None]]:
        """Compute the features of the ways one order could go; see `RedisState.values_of_ways`.

        Raises
        ------
        StateUnavailableError
            As `values` does.
        """
        return self._asked(self._state.values_of_ways, orders, lines)

    def row_values(self, order: Row, lines: Sequence[Row]) -> dict[str, float | str | None]:
        """Compute the features that an order and its lines tell by themselves."""
        return self._state.row_values(order, lines)

    def add_order(self, order: Row, lines: Sequence[Row]) -> None:
        """Let later orders see this one, as soon as Redis can be told."""
        self._tell("add_order", order, lines)

    def add_outcome(self, outcome: Row) -> None:
        """Let later orders see an outcome, as soon as Redis can be told."""
        # Another worker may have stored a correction meanwhile, and told it first.
        self._tell("add_outcome", outcome, again=True)

    def add_shipment(self, shipment: Row) -> None:
        """Let later orders see a parcel, as soon as Redis can be told."""
        self._tell("add_shipment", shipment, again=True)

    def digest(self) -> str:
        """Hash all that the state in Redis knows; see `RedisState.digest`."""
        return self._state.digest()

    def close(self) -> None:
        """Let go of the connection; what Redis was not told yet is told after the next start."""
        self._closed.set()
        self._state.close()

    def _asked(self, ask: Callable[..., Answer], *given: Any) -> Answer:
        if self._is_mending:
            raise StateUnavailableError("Redis was lost; what it missed is being told again")
        try:
            return ask(*given)
        except StateUnavailableError as error:
            self._later(error)
            raise

    def _tell(self, method: str, *rows: Any, again: bool = False) -> None:
        with self._lock:
            if self._is_mending:
                self._missed.append((method, rows))
                return
        try:
            getattr(self._state, method)(*rows, again=again)
        except StateUnavailableError as error:
            self._missed.append((method, rows))
            self._later(error)

    def _later(self, error: StateUnavailableError) -> None:
        """Go on trying in the background, with all that share the Redis."""
        logger().warning("window state is unavailable", why=str(error))
        for engine in self._sharing:
            engine._begin_mending()

    def _begin_mending(self) -> None:
        with self._lock:
            if self._is_mending:
                return
            self._is_mending = True
        threading.Thread(target=self._keep_trying, name="window state", daemon=True).start()

    def _keep_trying(self) -> None:
        while not self._closed.wait(PAUSE_S):
            try:
                self._mend()
            except StateUnavailableError:
                continue
            except FeatureError as error:
                logger().error("window state was not filled", why=str(error))
                continue
            logger().info("window state is back")
            return

    def _mend(self) -> None:
        """Fill the state, and tell it what it missed, the earliest first."""
        # Raises while Redis does not answer; one that was started anew may have kept nothing.
        if not self._state.is_filled() or not self._is_filled:
            self._fill(self._state)
            self._is_filled = True
        while True:
            with self._lock:
                if not self._missed:
                    self._is_mending = False
                    return
                method, rows = self._missed[0]
            try:
                getattr(self._state, method)(*rows, again=True)
            except StateUnavailableError:
                raise
            except Exception as error:  # noqa: BLE001 one that cannot be told must not hold up the rest
                logger().error("state update failed", method=method, exc_info=error)
            with self._lock:
                if self._missed and self._missed[0][1] is rows:
                    self._missed.popleft()
