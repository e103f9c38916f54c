"""Personal data at rest: sealed with AES-GCM, under keys that only the tenant's secret gives."""

from __future__ import annotations

import hashlib
import hmac
import os
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import func, select, update

from serving.errors import SecretError
from serving.store.engine import add_missing
from serving.store.tables import DATA_KEYS, PERSONAL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection, Engine

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
FIRST_KEY: Final = 1
AT_ONCE: Final = 500
"""Rows that are sealed anew in one commit, so that a service that runs waits for none of them."""

_OPTION: Final = "orderintel_cipher"


class Cipher:
    """Seals and opens what is personal.

    Parameters
    ----------
    secret
        The tenant's secret.
    key_id
        Number of the data key that seals; the others still open.

    Examples
    --------
    >>> cipher = Cipher(b"a secret of the shop", 1)
    >>> row = {"merchant_id": "acme", "hash": "h1:0", "kind": "phone", "value": "13800000000"}
    >>> sealed = cipher.seal(row)
    >>> "138" in sealed["value"], sealed["key_id"], cipher.open(sealed)
    (False, 1, '13800000000')

    A value that was moved to another row does not open.

    >>> cipher.open(sealed | {"hash": "h1:1"})
    Traceback (most recent call last):
    serving.errors.SecretError: personal data under h1:1 does not open: ...
    """

    def __init__(self, secret: bytes, key_id: int) -> None:
        self._secret = secret
        self._keys: dict[int, AESGCM] = {}
        self.key_id = key_id

    def seal(self, row: Mapping[Any, Any]) -> dict[str, Any]:
        """Give a row of personal data as it is stored; the row itself is left as it is."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._key(self.key_id).encrypt(nonce, row["value"].encode(), _place(row))
        return {**row, "value": b64encode(nonce + sealed).decode(), "key_id": self.key_id}

    def open(self, row: Mapping[Any, Any]) -> str:
        """Give the value of a stored row.

        Raises
        ------
        SecretError
            When it was sealed under another secret, changed, or moved from another row.
        """
        if row["key_id"] is None:
            return str(row["value"])
        try:
            content = b64decode(row["value"], validate=True)
            nonce, sealed = content[:NONCE_BYTES], content[NONCE_BYTES:]
            return self._key(row["key_id"]).decrypt(nonce, sealed, _place(row)).decode()
        except (InvalidTag, ValueError):
            raise SecretError(
                f"personal data under {row['hash']} does not open: it was changed, or it belongs "
                "to another ORDERINTEL_SECRET_KEY"
            ) from None

    def _key(self, key_id: int) -> AESGCM:
        known = self._keys.get(key_id)
        if known is None:
            info = f"orderintel personal data {key_id}".encode()
            made = HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(self._secret)
            known = self._keys[key_id] = AESGCM(made)
        return known


def _place(row: Mapping[Any, Any]) -> bytes:
    """Name the row that a value belongs to; a value opens in its own row only."""
    return "\x1f".join((row["merchant_id"], row["hash"], row["kind"])).encode()


def cipher_of(connection: Connection) -> Cipher:
    """Give the cipher of the store that a connection belongs to."""
    found: Cipher = connection.get_execution_options()[_OPTION]
    return found


def unlock(engine: Engine, secret: bytes, *, at: int) -> Engine:
    """Give a store's engine with which personal data can be written and read.

    What an earlier version stored in clear is sealed on the way.

    Parameters
    ----------
    engine
        The store, with all its tables.
    secret
        The tenant's secret.
    at
        Microseconds UTC.

    Raises
    ------
    SecretError
        When the store was made with another secret.
    """
    first = {"key_id": FIRST_KEY, "fingerprint": _fingerprint(secret), "created_at": at}
    newest = select(DATA_KEYS).order_by(DATA_KEYS.c.key_id.desc()).limit(1)
    with engine.begin() as connection:
        row = connection.execute(newest).mappings().first()
        if row is None:
            add_missing(connection, DATA_KEYS, [first])
            row = connection.execute(newest).mappings().one()
    if not hmac.compare_digest(row["fingerprint"], first["fingerprint"]):
        raise SecretError(
            "the secret key is not the one this store was made with: set ORDERINTEL_SECRET_KEY, "
            "or its file, to what it was"
        )
    unlocked = engine.execution_options(**{_OPTION: Cipher(secret, row["key_id"])})
    seal_anew(unlocked)
    return unlocked


def refresh(engine: Engine) -> None:
    """Seal with the newest data key from here on, after another process made one."""
    with engine.connect() as connection:
        newest = connection.execute(select(func.max(DATA_KEYS.c.key_id))).scalar_one()
        cipher_of(connection).key_id = newest


def add_data_key(engine: Engine, *, at: int) -> int:
    """Make a data key, with which everything is sealed from here on, and give its number."""
    with engine.begin() as connection:
        newest = select(DATA_KEYS).order_by(DATA_KEYS.c.key_id.desc()).limit(1)
        row = connection.execute(newest).mappings().one()
        fresh = {**row, "key_id": row["key_id"] + 1, "created_at": at}
        add_missing(connection, DATA_KEYS, [fresh])
    refresh(engine)
    return int(fresh["key_id"])


def seal_anew(engine: Engine) -> int:
    """Seal with the newest data key what is clear or under an older one; gives how many."""
    done = 0
    while True:
        with engine.begin() as connection:
            cipher = cipher_of(connection)
            is_old = PERSONAL.c.key_id.is_(None) | (PERSONAL.c.key_id != cipher.key_id)
            rows = connection.execute(select(PERSONAL).where(is_old).limit(AT_ONCE)).mappings()
            old = list(rows)
            for row in old:
                sealed = cipher.seal({**row, "value": cipher.open(row)})
                connection.execute(
                    update(PERSONAL)
                    .where(
                        PERSONAL.c.merchant_id == row["merchant_id"], PERSONAL.c.hash == row["hash"]
                    )
                    .values(value=sealed["value"], key_id=sealed["key_id"])
                )
        done += len(old)
        if len(old) < AT_ONCE:
            return done


def _fingerprint(secret: bytes) -> str:
    """Give what tells two secrets apart without giving either away."""
    return hashlib.sha256(hmac.digest(secret, b"orderintel fingerprint", "sha256")).hexdigest()
