"""``Idempotency-Key``: a repeated call gets its first answer, and runs once."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from features.durations import MINUTE_US
from serving.errors import InProgressError, KeyReusedError
from serving.store.tables import IDEMPOTENCY

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    from sqlalchemy import Engine

    from serving.clock import Clock
    from serving.security import Caller

ABANDONED: Final = MINUTE_US
"""Microseconds after which a call that never finished (a killed process) may run again."""


class IdempotencyStore:
    """Answers kept under callers' keys.

    Parameters
    ----------
    engine
        The store.
    clock
        Gives the present in microseconds UTC.
    """

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def answer(
        self, caller: Caller, key: str | None, content: bytes, work: Callable[[], Awaitable[str]]
    ) -> str:
        """Do some work once for each key, and give its answer as often as it is asked for.

        Parameters
        ----------
        caller
            Who calls; keys of different callers do not meet.
        key
            The ``Idempotency-Key``, or None to work without one.
        content
            The body, by which a reused key is told.
        work
            What to do.

        Raises
        ------
        KeyReusedError
            When the key came with another body.
        InProgressError
            When the first call is still running.
        """
        if key is None:
            return await work()
        digest = hashlib.sha256(content).hexdigest()
        answer = self._claim(caller.key_id, key, digest, self._clock())
        if answer is not None:
            return answer
        try:
            answer = await work()
        except BaseException:  # a mended call may use the key
            self._release(caller.key_id, key)
            raise
        self._finish(caller.key_id, key, 200, answer)
        return answer

    def _claim(self, key_id: str, key: str, digest: str, now: int) -> str | None:
        """Begin a call, or give the answer it got before."""
        row = {
            "key_id": key_id,
            "idempotency_key": key,
            "request_digest": digest,
            "stored_at": now,
        }
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(IDEMPOTENCY).values(row))
        except IntegrityError:
            return self._claimed_before(key_id, key, digest, now)
        return None

    def _finish(self, key_id: str, key: str, status: int, body: str) -> None:
        changed = update(IDEMPOTENCY).where(*_same(key_id, key)).values(status=status, body=body)
        with self._engine.begin() as connection:
            connection.execute(changed)

    def _release(self, key_id: str, key: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(IDEMPOTENCY).where(*_same(key_id, key)))

    def _claimed_before(self, key_id: str, key: str, digest: str, now: int) -> str | None:
        with self._engine.begin() as connection:
            row: Row[Any] | None = connection.execute(
                select(IDEMPOTENCY).where(*_same(key_id, key))
            ).first()
            if row is None:
                raise InProgressError("the same call has just ended: send it again")
            if row.request_digest != digest:
                raise KeyReusedError("use a fresh Idempotency-Key for another body")
            if row.status is not None:
                return str(row.body)
            if row.stored_at + ABANDONED > now:
                raise InProgressError("the same call is still running: send it again later")
            connection.execute(update(IDEMPOTENCY).where(*_same(key_id, key)).values(stored_at=now))
        return None


def _same(key_id: str, key: str) -> tuple[Any, Any]:
    return IDEMPOTENCY.c.key_id == key_id, IDEMPOTENCY.c.idempotency_key == key
