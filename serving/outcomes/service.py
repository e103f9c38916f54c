"""Outcomes reported from outside: kept once, and known to every later order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from features.order import microseconds
from features.schema import OUTCOMES, SHIPMENTS
from serving.errors import InvalidRequestError
from serving.outcomes.corrections import Said
from serving.scoring.service import MAX_AHEAD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import BaseModel

    from features.order import Row
    from features.schema import Table
    from serving.clock import Clock
    from serving.metrics import Metrics
    from serving.outcomes.repository import OutcomeStore
    from serving.outcomes.schemas import OutcomesIn
    from serving.state.windows import WindowState


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
            ``stored``, ``corrected`` among them, ``repeated`` and ``unknown_orders``.

        Raises
        ------
        ConflictError
            When an id stands for something else already; nothing is stored.

        Notes
        -----
        What was decided before a report came cannot have known it: a report that dates itself
        earlier counts from the newest decision on.
        """
        now = self.clock()
        outcomes = [Said(_outcome_row(each, now), _said_at(each)) for each in reported.outcomes]
        shipments = [
            Said(_row(each, SHIPMENTS, now), _said_at(each)) for each in reported.shipments
        ]
        _check_clocks("outcomes", outcomes, now)
        _check_clocks("shipments", shipments, now)
        stored = self.store.add(outcomes, shipments, stored_at=now)
        self.tell(stored.outcomes, stored.parcels)
        given = [*outcomes, *shipments]
        n_stored = stored.n_new + stored.n_corrected + len(stored.parcels)
        keys = sorted({said.row["order_key"] for said in given})
        return {
            "stored": n_stored,
            "corrected": stored.n_corrected,
            "repeated": len(given) - n_stored,
            "unknown_orders": len(self.store.unknown_orders(keys)),
        }

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


def _said_at(report: Any) -> int | None:
    return None if report.known_at is None else microseconds(report.known_at)


def _check_clocks(name: str, told: Sequence[Said], now: int) -> None:
    mend = "is in the future: check the clock and the time zone of the sender"
    clocks = ("known_at", "occurred_at", "delivered_at")
    problems = [
        (f"/{name}/{index}/{clock}", mend)
        for index, said in enumerate(told)
        for clock in clocks
        if (said.row.get(clock) or 0) > now + MAX_AHEAD
    ]
    if problems:
        raise InvalidRequestError("what is reported has not happened yet", problems)
