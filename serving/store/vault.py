"""Personal documents, stored once under the keyed hash of what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from features.keys import keyed_hash
from serving.store import text
from serving.store.cipher import cipher_of
from serving.store.engine import add_missing
from serving.store.tables import PERSONAL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection


class Vault:
    """Where documents with personal data go; every other table only refers to them.

    Parameters
    ----------
    secret
        The tenant's key of all keyed hashes.

    Notes
    -----
    A document that was erased from the table is unknown from then on: readers get nothing for it.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def hash(self, kind: str, normalised: str) -> str:
        """Give the keyed hash of a value in its normal form."""
        return keyed_hash(self._secret, kind, normalised)

    def put(
        self, connection: Connection, merchant_id: str, kind: str, document: Any, *, at: int
    ) -> str:
        """Store a document within a commit under way, and give what refers to it.

        Parameters
        ----------
        connection
            Where the commit is under way.
        merchant_id
            Whose it is.
        kind
            What it is.
        document
            Anything JSON can say.
        at
            Microseconds UTC.
        """
        value = text.write(document)
        digest = self.hash(kind, value)
        row = {
            "merchant_id": merchant_id,
            "hash": digest,
            "kind": kind,
            "value": value,
            "stored_at": at,
        }
        add_missing(connection, PERSONAL, [cipher_of(connection).seal(row)])
        return digest

    @staticmethod
    def get(connection: Connection, digests: Iterable[str | None]) -> dict[str, Any]:
        """Give the documents that are referred to; one that was erased is left out."""
        wanted = {digest for digest in digests if digest is not None}
        if not wanted:
            return {}
        return {digest: text.read(value) for digest, value in values(connection, wanted).items()}


def values(connection: Connection, digests: Iterable[str]) -> dict[str, str]:
    """Give the personal data that keyed hashes stand for, in clear, by hash."""
    rows = connection.execute(select(PERSONAL).where(PERSONAL.c.hash.in_(set(digests)))).mappings()
    cipher = cipher_of(connection)
    return {row["hash"]: cipher.open(row) for row in rows}
