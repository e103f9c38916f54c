"""Leases in the store: at most one process does a job. Queries only."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from serving.store.tables import JOB_LEASES

if TYPE_CHECKING:
    from sqlalchemy import Engine

_START_TICKS: Final = 19
"""Place of a process's start among the fields of ``/proc/PID/stat`` behind its name."""


class LeaseStore:
    """Leases of jobs.

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
    >>> leases = LeaseStore(engine)
    >>> leases.take("retrain", "one", now=0, until=60)
    True
    >>> [leases.take("retrain", "two", now=now, until=now + 60) for now in (59, 60)]
    [False, True]
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def take(self, name: str, holder: str, *, now: int, until: int) -> bool:
        """Take a lease that nobody holds, or prolong one's own; tells whether it is held now.

        A lease counts as nobody's once it has run out, or its holder's process on this machine is
        no more.
        """
        row = {"name": name, "holder": holder, "expires_at": until}
        try:
            with self._engine.begin() as connection:
                found = connection.execute(
                    select(JOB_LEASES.c.holder, JOB_LEASES.c.expires_at).where(
                        JOB_LEASES.c.name == name
                    )
                ).first()
                if found is None:
                    connection.execute(insert(JOB_LEASES), row)
                    return True
                other, expires_at = found
                if other != holder and expires_at > now and not is_gone(other):
                    return False
                # Whoever changed the row since it was read has the lease.
                changed = connection.execute(
                    update(JOB_LEASES)
                    .where(
                        JOB_LEASES.c.name == name,
                        JOB_LEASES.c.holder == other,
                        JOB_LEASES.c.expires_at == expires_at,
                    )
                    .values(row)
                )
                return changed.rowcount == 1
        except IntegrityError:
            return False

    def give_back(self, name: str, holder: str) -> None:
        """Let go of a lease."""
        with self._engine.begin() as connection:
            connection.execute(
                delete(JOB_LEASES).where(JOB_LEASES.c.name == name, JOB_LEASES.c.holder == holder)
            )


def this_process() -> str:
    """Name this process, so that another one on the same machine can see whether it still lives.

    Examples
    --------
    >>> is_gone(this_process())
    False
    """
    return f"{socket.gethostname()}:{os.getpid()}:{_started(os.getpid())}"


def is_gone(holder: str) -> bool:
    """Tell whether a holder ran on this machine and is no more; False when that cannot be known.

    Examples
    --------
    >>> is_gone("another-machine:1:1")
    False
    """
    host, _, rest = holder.partition(":")
    number, _, started = rest.partition(":")
    if host != socket.gethostname() or not Path("/proc/self/stat").exists():
        return False
    return not number.isdigit() or _started(int(number)) != started


def _started(number: int) -> str:
    """Give the instant a process began, as its machine counts it; empty when there is none."""
    try:
        text = Path(f"/proc/{number}/stat").read_text("utf-8")
    except OSError:
        return ""
    return text.rpartition(")")[2].split()[_START_TICKS]
