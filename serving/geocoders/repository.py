"""What providers were asked and what they answered. Queries only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from serving.geocoders.places import Geocode
from serving.store.engine import add_missing
from serving.store.tables import GEOCODE_CACHE, GEOCODE_LEDGER

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from serving.store.vault import Vault


class GeocodeStore:
    """The ledger of calls, and the answers that may be kept.

    Parameters
    ----------
    engine
        The store.
    vault
        Where answers go: they say where people live.
    """

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def reserve(self, provider: str, day: str, limit: int) -> bool:
        """Count a call before it is made; False when the day's calls are used up.

        Several processes that reserve at once never make more calls together than the limit.
        """
        table = GEOCODE_LEDGER.c
        fresh = {"provider": provider, "day": day, "calls": 0, "failures": 0, "is_spent": False}
        taken = (
            update(GEOCODE_LEDGER)
            .where(
                table.provider == provider,
                table.day == day,
                table.calls < limit,
                table.is_spent.is_(False),
            )
            .values(calls=table.calls + 1)
        )
        with self._engine.begin() as connection:
            add_missing(connection, GEOCODE_LEDGER, [fresh])
            return connection.execute(taken).rowcount == 1

    def failed(self, provider: str, day: str, *, is_spent: bool = False) -> None:
        """Note that a call failed, and whether the provider said that its quota is used up."""
        table = GEOCODE_LEDGER.c
        noted = update(GEOCODE_LEDGER).where(table.provider == provider, table.day == day)
        values = {"failures": table.failures + 1} | ({"is_spent": True} if is_spent else {})
        with self._engine.begin() as connection:
            connection.execute(noted.values(values))

    def calls(self, provider: str, day: str) -> tuple[int, int, bool]:
        """Give the calls and failures of a provider on one of its days, and whether it is spent."""
        table = GEOCODE_LEDGER.c
        wanted = select(table.calls, table.failures, table.is_spent).where(
            table.provider == provider, table.day == day
        )
        with self._engine.connect() as connection:
            row = connection.execute(wanted).first()
        return (0, 0, False) if row is None else (row[0], row[1], row[2])

    def cached(
        self, merchant_id: str, provider: str, key: str, *, at: int
    ) -> tuple[bool, Geocode | None]:
        """Give whether an answer is kept, and the answer; None is nothing found."""
        table = GEOCODE_CACHE.c
        wanted = select(table.answer).where(
            table.merchant_id == merchant_id,
            table.provider == provider,
            table.key == key,
            table.expires_at > at,
        )
        with self._engine.connect() as connection:
            row = connection.execute(wanted).first()
            if row is None:
                return False, None
            if row[0] is None:
                return True, None
            document = self._vault.get(connection, [row[0]]).get(row[0])
        return document is not None, None if document is None else Geocode(**document)

    def keep(
        self, merchant_id: str, provider: str, key: str, answer: Geocode | None, *, at: int,
        expires_at: int,
    ) -> None:  # fmt: skip
        """Keep an answer in place of an older one to the same question."""
        table = GEOCODE_CACHE.c
        same = (table.merchant_id == merchant_id, table.provider == provider, table.key == key)
        with self._engine.begin() as connection:
            digest = None
            if answer is not None:
                document = answer.document()
                digest = self._vault.put(connection, merchant_id, "geocode", document, at=at)
            connection.execute(delete(GEOCODE_CACHE).where(*same))
            connection.execute(
                insert(GEOCODE_CACHE).values(
                    merchant_id=merchant_id,
                    provider=provider,
                    key=key,
                    answer=digest,
                    stored_at=at,
                    expires_at=expires_at,
                )
            )
