"""Weekly runs in the store. Queries only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import desc, insert, select, update

from serving.store import text
from serving.store.tables import DECISIONS, ORDER_EVENTS, RETRAININGS
from serving.webhooks import events, outbox

if TYPE_CHECKING:
    from sqlalchemy import Engine


@dataclass(frozen=True, slots=True)
class Run:
    """One week's run.

    Parameters
    ----------
    period
        First day of the week in which it is due, ``YYYY-MM-DD``.
    state
        ``running``, ``done`` or ``failed``.
    started_at, finished_at
        Microseconds UTC.
    steps
        What each finished step left behind.
    document
        The report, once there is one.
    """

    period: str
    state: str
    started_at: int
    finished_at: int | None = None
    steps: dict[str, Any] = field(default_factory=dict)
    document: dict[str, Any] | None = None


class RunStore:
    """Weekly runs.

    Parameters
    ----------
    engine
        The store.

    Examples
    --------
    >>> from serving.store.engine import open_engine
    >>> from serving.store.migrate import migrate
    >>> engine = open_engine("sqlite://")
    >>> migrate(engine)
    >>> runs = RunStore(engine)
    >>> runs.begin("2026-11-02", 0).state
    'running'
    >>> runs.end("2026-11-02", "done", 1, {"models": []})
    >>> runs.get("2026-11-02").state
    'done'
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, period: str) -> Run | None:
        """Give a week's run, or None."""
        wanted = select(RETRAININGS).where(RETRAININGS.c.period == period)
        with self._engine.connect() as connection:
            row = connection.execute(wanted).mappings().first()
        return None if row is None else _run(row)

    def newest(self, limit: int) -> list[Run]:
        """Give the newest runs, newest first."""
        wanted = select(RETRAININGS).order_by(desc(RETRAININGS.c.period)).limit(limit)
        with self._engine.connect() as connection:
            return [_run(row) for row in connection.execute(wanted).mappings()]

    def begin(self, period: str, now: int) -> Run:
        """Note that a week's run has begun, or goes on, and give what it left behind before."""
        found = self.get(period)
        with self._engine.begin() as connection:
            if found is None:
                row = {"period": period, "state": "running", "started_at": now, "steps": "{}"}
                connection.execute(insert(RETRAININGS), row)
                return Run(period, "running", now)
            connection.execute(_of(period).values(state="running"))
        return found

    def note(self, period: str, steps: dict[str, Any]) -> None:
        """Keep what the finished steps left behind."""
        with self._engine.begin() as connection:
            connection.execute(_of(period).values(steps=text.write(steps)))

    def end(self, period: str, state: str, now: int, document: dict[str, Any] | None) -> None:
        """Note how a week's run ended."""
        written = None if document is None else text.write(document)
        values = {"state": state, "finished_at": now, "document": written}
        with self._engine.begin() as connection:
            connection.execute(_of(period).values(values))
            outbox.tell(connection, events.retrained(period, state, document, now))

    def traffic(self, since: int, until: int) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """Give order row and feature vector of each decision in a span, as they were served."""
        wanted = (
            select(ORDER_EVENTS.c.row, DECISIONS.c.features)
            .join(DECISIONS, DECISIONS.c.decision_id == ORDER_EVENTS.c.decision_id)
            .where(DECISIONS.c.as_of >= since, DECISIONS.c.as_of < until)
            .order_by(DECISIONS.c.as_of)
        )
        with self._engine.connect() as connection:
            return [(text.read(row[0]), text.read(row[1])) for row in connection.execute(wanted)]


def _of(period: str) -> Any:
    return update(RETRAININGS).where(RETRAININGS.c.period == period)


def _run(row: Any) -> Run:
    document = row["document"]
    return Run(
        row["period"],
        row["state"],
        row["started_at"],
        row["finished_at"],
        text.read(row["steps"]),
        None if document is None else text.read(document),
    )
