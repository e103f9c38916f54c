"""What is known of every entity up to now: the engines that are asked and told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from features.engines.online import SLACK
from features.engines.rows import instant
from features.errors import StateUnavailableError
from serving.logs import logger
from serving.scoring.judge import OF_ORDER, Missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from features.engines.durable import Mark
    from features.engines.lines_online import LineReader

Row = dict[str, Any]
Values = dict[str, "float | str | None"]

TOO_OLD: Final = Missing(
    "state",
    f"the order is more than {SLACK.days} days older than the newest one: part of what came "
    "before it is no longer kept",
    "what is still kept",
    is_passing=False,
)

NO_LINES: Final = Missing(
    "lines",
    "a model that was trained on single lines came in after the start: restart the service, so "
    "that it keeps window state of lines",
    OF_ORDER,
    is_passing=False,
)

OWN_FACTS: Final = "the order's own facts"
"""What stands in for window state."""

NOTE_EVERY: Final = 200
"""Stored events after which it is noted how far the store was told; a start tells so many again."""


class WindowEngine(Protocol):
    """What computes windows order by order, wherever its state lives."""

    @property
    def whole_from(self) -> int:
        """Orders placed before this instant miss part of their windows."""
        ...

    def values(
        self, order: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]
    ) -> Mapping[str, float | str | None]:
        """Compute the features of an order."""
        ...

    def row_values(
        self, order: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]
    ) -> Mapping[str, float | str | None]:
        """Compute the features that need no state."""
        ...

    def add_order(self, order: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> None:
        """Let later orders see this one."""
        ...

    def add_outcome(self, outcome: Mapping[str, Any]) -> None:
        """Let later orders see an outcome."""
        ...

    def add_shipment(self, shipment: Mapping[str, Any]) -> None:
        """Let later orders see a parcel."""
        ...


class Kept(WindowEngine, Protocol):
    """An engine whose state outlives this process."""

    def note(self, mark: Mark) -> None:
        """Keep how far the store has been told."""
        ...


@dataclass
class WindowState:
    """The window state, or the reason why there is none.

    Parameters
    ----------
    engine
        The engine of everything an order is judged by, or None.
    delivery
        The engine of what routes are rated by, or None where the history has no parcels.
    lines
        Reads what single lines are asked about; None where no model was trained on lines.
    why
        Why there is none, and how to mend it.
    stored
        Tells how far the store goes.
    """

    engine: WindowEngine | None
    delivery: WindowEngine | None = None
    lines: LineReader | None = None
    why: str = ""
    stored: Callable[[], Mark] = tuple
    _n_unnoted: int = field(default=0, init=False, repr=False)
    _is_sound: bool = field(default=True, init=False, repr=False)

    def values(
        self, order: Row, lines: Sequence[Row]
    ) -> tuple[Mapping[str, float | str | None], tuple[Missing, ...]]:
        """Give the feature values of an order, and what was missing to compute them.

        Without the state those are left that the order and its lines tell by themselves.
        """
        if self.engine is None:
            return {}, (Missing("state", self.why, OWN_FACTS, is_passing=False),)
        try:
            old = (instant(order["placed_at"]) or 0) < self.engine.whole_from
            return self.engine.values(order, lines), (TOO_OLD,) if old else ()
        except StateUnavailableError as error:
            own = self.engine.row_values(order, lines)
            return own, (Missing("state", str(error), OWN_FACTS),)
        except Exception as error:  # noqa: BLE001 an order is never refused because a helper fails
            logger().error("features failed", order_key=order["order_key"], exc_info=error)
            why = f"failed on this order ({type(error).__name__})"
            return {}, (Missing("state", why, OWN_FACTS),)

    def line_values(
        self, order: Row, lines: Sequence[Row]
    ) -> tuple[Sequence[Values], tuple[Missing, ...]]:
        """Give what each line has of its own, and what was missing; all or nothing."""
        if self.lines is None:
            return (), (NO_LINES,)
        try:
            return self.lines.read(order, lines), ()
        except StateUnavailableError as error:
            return (), (Missing("lines", str(error), OF_ORDER),)
        except Exception as error:  # noqa: BLE001 an order is never refused because a helper fails
            logger().error("line features failed", order_key=order["order_key"], exc_info=error)
            why = f"failed on this order ({type(error).__name__})"
            return (), (Missing("lines", why, OF_ORDER),)

    def add_order(self, order: Row, lines: Sequence[Row]) -> None:
        """Let later orders know of this one."""
        self._tell("add_order", order, lines)

    def add_outcomes(self, rows: Iterable[Row]) -> None:
        """Let later orders know what became known."""
        for row in rows:
            self._tell("add_outcome", row)

    def add_shipments(self, rows: Iterable[Row]) -> None:
        """Let later orders know how parcels went."""
        for row in rows:
            self._tell("add_shipment", row)

    def settled(self) -> None:
        """Say that everything stored so far has been told; from time to time that is noted."""
        self._n_unnoted += 1
        if self._n_unnoted >= NOTE_EVERY:
            self._note()

    def close(self) -> None:
        """Let go of what the engines keep on disk, or of their Redis."""
        self._note()
        for engine in self._engines():
            if hasattr(engine, "close"):
                engine.close()

    def _note(self) -> None:
        self._n_unnoted = 0
        # What failed to be told stays behind the mark, so that the next start tells it again.
        if self._is_sound:
            for engine in self._kept():
                engine.note(self.stored())

    def _kept(self) -> list[Kept]:
        return [engine for engine in self._engines() if hasattr(engine, "note")]

    def _engines(self) -> Iterator[Any]:
        yield self.engine
        yield self.delivery
        if self.lines is not None:
            yield self.lines.engine

    def _tell(self, method: str, *rows: Any) -> None:
        for engine in self._engines():
            if engine is None:
                continue
            try:
                getattr(engine, method)(*rows)
            except Exception as error:  # noqa: BLE001 what is stored is answered; a restart tells it again
                self._is_sound = False
                logger().error("state update failed", method=method, exc_info=error)
