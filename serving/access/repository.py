"""Personal data of orders in the store. Queries only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from serving.store.cipher import cipher_of
from serving.store.tables import ORDER_EVENTS, PERSONAL

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Engine


class PersonalStore:
    """What the store holds of the people behind orders.

    Parameters
    ----------
    engine
        The store.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def orders_with(self, digest: str, most: int) -> list[str]:
        """Give the newest orders in which a keyed hash stands, each once."""
        wanted = (
            select(ORDER_EVENTS.c.order_key)
            .where(ORDER_EVENTS.c.document.contains(digest))
            .order_by(ORDER_EVENTS.c.event_id.desc())
            .limit(most)
        )
        with self._engine.connect() as connection:
            return list(dict.fromkeys(connection.execute(wanted).scalars()))

    def opened(self, merchant_id: str, digests: Collection[str]) -> dict[str, tuple[str, str]]:
        """Give kind and value, in clear, of each of a merchant's keyed hashes that is kept."""
        wanted = select(PERSONAL).where(
            PERSONAL.c.merchant_id == merchant_id, PERSONAL.c.hash.in_(digests)
        )
        with self._engine.connect() as connection:
            cipher = cipher_of(connection)
            kept = connection.execute(wanted).mappings().all()
        return {row["hash"]: (row["kind"], cipher.open(row)) for row in kept}
