"""Orders tried out, the money of each day, and what decisions asked of reviewers. Queries only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from features.durations import DAY_US
from models.policy.capacity import Asked
from serving.store import text
from serving.store.engine import add_missing
from serving.store.tables import DECISIONS, OUTCOMES, TRIAL_DAYS, TRIALS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement, Connection, Engine


class BudgetSpentError(Exception):
    """The day's money for trying out does not cover the order any more."""


@dataclass(frozen=True, slots=True)
class Load:
    """A stored decision: what it asked of the reviewers, at which price of their minute."""

    decision_id: str
    minute_minor: float
    asked: Asked


class TrialStore:
    """Orders tried out.

    Parameters
    ----------
    engine
        The store.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @staticmethod
    def reserve(
        connection: Connection, order_key: str, body: dict[str, Any], at: int, cap: int
    ) -> None:
        """Take an order's stake from the day's money and note the trial, within a commit.

        An order that was tried out before is in its arm already and pays nothing more. The money
        is taken in one statement with its condition, so that calls at the same time cannot take
        more together than there is.

        Parameters
        ----------
        connection
            Where the decision's commit is under way.
        order_key
            The order.
        body
            Its decision.
        at
            Instant of the decision, microseconds UTC; its day (UTC) pays.
        cap
            Most that a day may spend, minor units.

        Raises
        ------
        BudgetSpentError
            When the day's money does not cover it; the commit must be given up.
        """
        known = select(TRIALS.c.order_key).where(TRIALS.c.order_key == order_key)
        if connection.execute(known).first() is not None:
            return
        trial, day = body["trial"], at // DAY_US
        add_missing(connection, TRIAL_DAYS, [{"day": day, "spent_minor": 0}])
        stake = trial["stake_minor"]
        taken = connection.execute(
            update(TRIAL_DAYS)
            .where(TRIAL_DAYS.c.day == day, TRIAL_DAYS.c.spent_minor + stake <= cap)
            .values(spent_minor=TRIAL_DAYS.c.spent_minor + stake)
        )
        if taken.rowcount != 1:
            raise BudgetSpentError
        row = {name: trial[name] for name in ("intended", "arm", "propensity", "stake_minor")}
        row |= {"order_key": order_key, "decision_id": body["decision_id"], "day": day, "at": at}
        connection.execute(insert(TRIALS), row)

    def spent(self, day: int) -> int:
        """Give what the trials of a day (days since 1970, UTC) may cost together, minor units."""
        wanted = select(TRIAL_DAYS.c.spent_minor).where(TRIAL_DAYS.c.day == day)
        with self._engine.connect() as connection:
            return connection.execute(wanted).scalar() or 0

    def is_tried(self, order_key: str) -> bool:
        """Tell whether an order was tried out."""
        wanted = select(TRIALS.c.order_key).where(TRIALS.c.order_key == order_key)
        with self._engine.connect() as connection:
            return connection.execute(wanted).first() is not None

    def days(self, since: int) -> list[dict[str, Any]]:
        """Give the days from one on, with what was spent, newest first."""
        wanted = (
            select(TRIAL_DAYS).where(TRIAL_DAYS.c.day >= since).order_by(TRIAL_DAYS.c.day.desc())
        )
        with self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(wanted).mappings()]

    def loads(self, start: int, end: int) -> list[Load]:
        """Give what the decisions of a period asked of the reviewers, oldest first.

        Parameters
        ----------
        start, end
            Microseconds UTC, ``[start, end)`` by the instant of the decision.
        """
        return self._loads(DECISIONS.c.as_of >= start, DECISIONS.c.as_of < end)

    def late_loads(self, stored_from: int, end: int) -> list[Load]:
        """Give the same of decisions before an instant that were stored from another one on."""
        return self._loads(DECISIONS.c.stored_at >= stored_from, DECISIONS.c.as_of < end)

    def newest_loads(self, start: int, limit: int) -> list[Load]:
        """Give the same of the newest decisions stored from an instant on."""
        newest = (
            select(DECISIONS.c.decision_id)
            .where(DECISIONS.c.stored_at >= start)
            .order_by(DECISIONS.c.stored_at.desc())
            .limit(limit)
        )
        return self._loads(DECISIONS.c.decision_id.in_(newest))

    def _loads(self, *conditions: ColumnElement[bool]) -> list[Load]:
        table = DECISIONS.c
        wanted = (
            select(
                table.decision_id, table.minute_price,
                table.as_of, table.review_worth, table.review_minutes, table.action,
            )
            .where(table.minute_price.is_not(None), *conditions)
            .order_by(table.as_of, table.decision_id)
        )  # fmt: skip
        with self._engine.connect() as connection:
            return [
                Load(name, price, Asked(at, worth, minutes, action == "review"))
                for name, price, at, worth, minutes, action in connection.execute(wanted)
            ]

    def trials(self, start: int, end: int) -> Iterator[tuple[str, int, dict[str, Any] | None]]:
        """Go through the decisions of a period: order, instant, and trial if there was any.

        Parameters
        ----------
        start, end
            Microseconds UTC, ``[start, end)`` by when they were made.
        """
        table = DECISIONS.c
        wanted = (
            select(table.order_key, table.as_of, table.body)
            .where(table.as_of >= start, table.as_of < end)
            .order_by(table.as_of, table.stored_at)
        )
        with self._engine.connect() as connection:
            for order_key, as_of, body in connection.execute(wanted):
                yield order_key, as_of, text.read(body).get("trial")

    def outcomes(self, start: int) -> Iterator[tuple[str, dict[str, Any]]]:
        """Go through the outcomes that became known from an instant on, in that order."""
        wanted = (
            select(OUTCOMES.c.order_key, OUTCOMES.c.row)
            .where(OUTCOMES.c.known_at >= start)
            .order_by(OUTCOMES.c.known_at, OUTCOMES.c.event_id)
        )
        with self._engine.connect() as connection:
            for order_key, row in connection.execute(wanted):
                yield order_key, text.read(row)
