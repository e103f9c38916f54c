"""Orders tried out, the money of each day, and what decisions asked of reviewers. Queries only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, insert, select, update

from serving.store import text
from serving.store.engine import add_missing
from serving.store.tables import DECISIONS, OUTCOMES, TRIAL_DAYS, TRIALS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

DAY_US: Final = 86_400_000_000


class BudgetSpentError(Exception):
    """The day's money for trying out does not cover the order any more."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What one decision asked of the reviewers."""

    decision_id: str
    as_of: int
    stored_at: int
    worth_minor: float
    minutes: float
    minute_minor: float
    action: str


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

    def count_decisions(self, after: int, until: int) -> int:
        """Count the decisions stored in ``(after, until]``, microseconds UTC."""
        stored_at = DECISIONS.c.stored_at
        wanted = select(func.count(stored_at)).where(stored_at > after, stored_at <= until)
        with self._engine.connect() as connection:
            return int(connection.execute(wanted).scalar_one())

    def asked(self, after: int, until: int, limit: int) -> list[Asked]:
        """Give what the newest decisions stored in a period asked of the reviewers.

        Parameters
        ----------
        after, until
            The period ``(after, until]``, microseconds UTC.
        limit
            Decisions at most.

        Returns
        -------
        list[Asked]
            Oldest first.
        """
        table = DECISIONS.c
        wanted = (
            select(
                table.decision_id, table.as_of, table.stored_at, table.review_worth,
                table.review_minutes, table.minute_price, table.action,
            )
            .where(
                table.stored_at > after,
                table.stored_at <= until,
                table.minute_price.is_not(None),
            )
            .order_by(table.stored_at.desc(), table.decision_id)
            .limit(limit)
        )  # fmt: skip
        with self._engine.connect() as connection:
            return [Asked(*row) for row in connection.execute(wanted)][::-1]

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
