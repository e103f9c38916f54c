"""Outcomes reported from outside: kept once, and known to every later order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from features.order import microseconds
from features.schema import OUTCOMES, SHIPMENTS
from serving.errors import ConflictError, InvalidRequestError
from serving.scoring.service import MAX_AHEAD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import BaseModel

    from features.schema import Table
    from serving.clock import Clock
    from serving.metrics import Metrics
    from serving.outcomes.repository import OutcomeStore
    from serving.outcomes.schemas import OutcomesIn
    from serving.state.windows import WindowState

Row = dict[str, Any]

_CONTENT: Final = ("order_key", "line_id", "kind", "is_bad", "quantity", "amount_minor")


@dataclass
class OutcomeService:
    """Takes outcomes in.

    Parameters
    ----------
    store
        Where they are kept.
    state
        What must know of them.
    clock
        Gives the present.
    metrics
        Where they are counted.
    """

    store: OutcomeStore
    state: WindowState
    clock: Clock
    metrics: Metrics

    def take(self, reported: OutcomesIn) -> dict[str, int]:
        """Store what is new and let the state know of it, each exactly once.

        Returns
        -------
        dict
            ``stored``, ``repeated`` and ``unknown_orders``.

        Raises
        ------
        ConflictError
            When an id is known with another content; nothing is stored.
        """
        now = self.clock()
        outcomes = [_outcome_row(outcome, now) for outcome in reported.outcomes]
        shipments = [_row(parcel, SHIPMENTS, now) for parcel in reported.shipments]
        _check_clocks("outcomes", outcomes, now)
        _check_clocks("shipments", shipments, now)
        self._check_contents(outcomes)
        fresh, parcels = self.store.add(outcomes, shipments, stored_at=now)
        self.tell(fresh, parcels)
        given = [*outcomes, *shipments]
        keys = sorted({row["order_key"] for row in given})
        return {
            "stored": len(fresh) + len(parcels),
            "repeated": len(given) - len(fresh) - len(parcels),
            "unknown_orders": len(self.store.unknown_orders(keys)),
        }

    def _check_contents(self, outcomes: Sequence[Row]) -> None:
        """Refuse an id that stands for something else already, rather than drop what is new."""
        said = self.store.known([row["outcome_id"] for row in outcomes])
        for row in outcomes:
            earlier = said.setdefault(row["outcome_id"], row)
            changed = [name for name in _CONTENT if earlier[name] != row[name]]
            if changed:
                raise ConflictError(
                    f"outcome {row['outcome_id']!r} is known with another {' and '.join(changed)}: "
                    "report what is new under an id of its own"
                )

    def tell(self, outcomes: Sequence[Row], parcels: Sequence[Row] = ()) -> None:
        """Let the state and the counts know of what was just stored."""
        self.state.add_outcomes(outcomes)
        self.state.add_shipments(parcels)
        self.state.settled()
        for row in outcomes:
            self.metrics.observe_outcome(row["kind"])


def _row(model: BaseModel, table: Table, now: int) -> Row:
    """Give the flat row of a report; instants as microseconds."""
    given = model.model_dump()
    row: Row = {name: given.get(name) for name in table.by_name}
    for name, column in table.by_name.items():
        if column.type == "instant" and row[name] is not None:
            row[name] = microseconds(row[name])
    if row["known_at"] is None:
        row["known_at"] = now
    return row


def _outcome_row(outcome: Any, now: int) -> Row:
    row = _row(outcome, OUTCOMES, now)
    row["amount_minor"] = outcome.amount.minor if outcome.amount else None
    return row


def _check_clocks(name: str, rows: Sequence[Row], now: int) -> None:
    mend = "is in the future: check the clock and the time zone of the sender"
    clocks = ("known_at", "occurred_at", "delivered_at")
    problems = [
        (f"/{name}/{index}/{clock}", mend)
        for index, row in enumerate(rows)
        for clock in clocks
        if (row.get(clock) or 0) > now + MAX_AHEAD
    ]
    if problems:
        raise InvalidRequestError("what is reported has not happened yet", problems)
