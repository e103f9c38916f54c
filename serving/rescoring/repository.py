"""Decisions that are to be made again. Queries only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update

from serving.store import text
from serving.store.tables import RESCORINGS

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from serving.scoring.entry import Entry


@dataclass(frozen=True, slots=True)
class Waiting:
    """A decision that waits to be made again.

    Parameters
    ----------
    decision_id
        The decision.
    parts
        What it was made without.
    """

    decision_id: str
    parts: frozenset[str]


def add_listed(connection: Connection, entry: Entry) -> None:
    """List a decision to be made again, within its own commit."""
    row = {
        "decision_id": entry.body["decision_id"],
        "order_key": entry.rows.key,
        "as_of": entry.as_of,
        "parts": text.write(sorted(set(entry.listed))),
        "state": "waiting",
        "tries": 0,
        "due_at": entry.stored_at,
    }
    connection.execute(insert(RESCORINGS), row)


def end_listed(connection: Connection, entry: Entry) -> None:
    """Note what a decision became, within the commit of the new one."""
    ended = {"state": "done", "ended_at": entry.stored_at, "became": entry.body["decision_id"]}
    mine = RESCORINGS.c.decision_id == entry.instead_of
    connection.execute(update(RESCORINGS).where(mine).values(**ended))


class RescoringStore:
    """The list of decisions to be made again.

    Parameters
    ----------
    engine
        The store.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def kinds(self) -> list[str]:
        """Give the sets of parts that waiting decisions were made without."""
        wanted = select(RESCORINGS.c.parts).where(_IS_WAITING).distinct()
        with self._engine.connect() as connection:
            return sorted(connection.execute(wanted).scalars())

    def oldest(self, parts: str, most: int) -> list[Waiting]:
        """Give waiting decisions that were made without a set of parts, oldest first.

        Those that were tried the least come first, so that one that fails by itself holds up none.
        """
        table = RESCORINGS.c
        wanted = (
            select(table.decision_id, table.parts)
            .where(_IS_WAITING, table.parts == parts)
            .order_by(table.tries, table.due_at, table.decision_id)
            .limit(most)
        )
        with self._engine.connect() as connection:
            found = connection.execute(wanted)
            return [Waiting(row[0], frozenset(text.read(row[1]))) for row in found]

    def tried(self, decision_id: str) -> None:
        """Note that a decision could not be made again yet."""
        mine = RESCORINGS.c.decision_id == decision_id
        changed = update(RESCORINGS).where(mine).values(tries=RESCORINGS.c.tries + 1)
        with self._engine.begin() as connection:
            connection.execute(changed)

    def lapse(self, at: int, *, decided_before: int, decision_id: str | None = None) -> int:
        """Give up what is too old, or one decision; gives how many there were."""
        table = RESCORINGS.c
        which = table.as_of < decided_before
        if decision_id is not None:
            which = table.decision_id == decision_id
        ended = update(RESCORINGS).where(_IS_WAITING, which).values(state="lapsed", ended_at=at)
        with self._engine.begin() as connection:
            return connection.execute(ended).rowcount

    def counts(self) -> dict[str, int]:
        """Count the listed decisions by state."""
        wanted = select(RESCORINGS.c.state, func.count()).group_by(RESCORINGS.c.state)
        with self._engine.connect() as connection:
            return {row[0]: int(row[1]) for row in connection.execute(wanted)}

    def newest(self, state: str, most: int) -> list[dict[str, Any]]:
        """Give listed decisions that are ``waiting``, ``done`` or ``lapsed``, newest first."""
        table = RESCORINGS.c
        wanted = select(RESCORINGS).where(table.state == state)
        wanted = wanted.order_by(table.as_of.desc(), table.decision_id.desc()).limit(most)
        with self._engine.connect() as connection:
            rows = [dict(row) for row in connection.execute(wanted).mappings()]
        return [row | {"parts": text.read(row["parts"])} for row in rows]


_IS_WAITING = RESCORINGS.c.state == "waiting"
