"""Decisions whose predictions are not explained exactly yet, and those that are. Queries only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from serving.store import text
from serving.store.engine import add_missing
from serving.store.tables import DECISIONS, EXPLANATIONS, ORDER_EVENTS

if TYPE_CHECKING:
    from sqlalchemy import Engine


@dataclass(frozen=True, slots=True)
class Unexplained:
    """A decision that waits.

    Parameters
    ----------
    event_id
        Number of its order event.
    decision_id
        The decision.
    features
        The feature vector it was made from.
    models
        Version of each model that was asked.
    """

    event_id: int
    decision_id: str
    features: dict[str, Any]
    models: dict[str, str]


class ExplanationStore:
    """Exact causes by decision.

    Parameters
    ----------
    engine
        The store.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def last_event(self) -> int:
        """Give the number of the order event stored last; 0 when there is none."""
        with self._engine.connect() as connection:
            return connection.execute(select(func.max(ORDER_EVENTS.c.event_id))).scalar() or 0

    def waiting(self, *, after: int, most: int) -> list[Unexplained]:
        """Give decisions without exact causes, oldest first.

        Parameters
        ----------
        after
            Number of the event up to which none waits.
        most
            How many at most.
        """
        wanted = (
            select(
                ORDER_EVENTS.c.event_id,
                DECISIONS.c.decision_id,
                DECISIONS.c.features,
                DECISIONS.c.basis,
            )
            .join(DECISIONS, DECISIONS.c.decision_id == ORDER_EVENTS.c.decision_id)
            .outerjoin(EXPLANATIONS, EXPLANATIONS.c.decision_id == DECISIONS.c.decision_id)
            .where(ORDER_EVENTS.c.event_id > after, EXPLANATIONS.c.decision_id.is_(None))
            .order_by(ORDER_EVENTS.c.event_id)
            .limit(most)
        )
        with self._engine.connect() as connection:
            return [
                Unexplained(row[0], row[1], text.read(row[2]), text.read(row[3])["models"])
                for row in connection.execute(wanted)
            ]

    def keep(self, found: dict[str, dict[str, Any]], *, at: int) -> None:
        """Keep causes by decision; those that another process kept meanwhile stay.

        Parameters
        ----------
        found
            Decision to its causes by model.
        at
            Microseconds UTC.
        """
        rows = [
            {"decision_id": decision_id, "document": text.write(document), "at": at}
            for decision_id, document in found.items()
        ]
        with self._engine.begin() as connection:
            add_missing(connection, EXPLANATIONS, rows)

    def of(self, decision_ids: list[str]) -> dict[str, dict[str, Any]]:
        """Give the causes of decisions, without those that still wait."""
        wanted = select(EXPLANATIONS.c.decision_id, EXPLANATIONS.c.document).where(
            EXPLANATIONS.c.decision_id.in_(decision_ids)
        )
        with self._engine.connect() as connection:
            return {row[0]: text.read(row[1]) for row in connection.execute(wanted)}
