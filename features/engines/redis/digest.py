"""What a state in Redis knows, as one digest: equal for equal knowledge, whatever the way there."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from features.engines.redis.connection import Connection

_BATCH: Final = 512
_HAPPENED: Final = slice(12, 19)
_KNOWN: Final = slice(19, 26)
"""Where a member of a slot keeps its clocks."""


def digest(connection: Connection, prefix: str, *, floor: int, oldest: int) -> str:
    """Hash every order, its news and every event.

    Parameters
    ----------
    connection, prefix
        The namespace.
    floor
        Events that happened and were known before it are left out, dropped already or not.
    oldest
        Orders that were received before it are left out likewise.
    """
    pieces = sorted((*_orders(connection, prefix, oldest), *_slots(connection, prefix, floor)))
    return hashlib.sha256(b"".join(pieces)).hexdigest()


def _orders(connection: Connection, prefix: str, oldest: int) -> Iterator[bytes]:
    for keys in _scan(connection, f"{prefix}o"):
        with connection.client() as redis:
            pipeline = redis.pipeline(transaction=False)
            for key in keys:
                pipeline.hmget(key, "due", "order", "news")
            found = pipeline.execute()
        for due, order, news in found:
            if due is not None and int(due) >= oldest:
                yield _hashed([order or b"", news or b""])


def _slots(connection: Connection, prefix: str, floor: int) -> Iterator[bytes]:
    begin = len(f"{prefix}s")
    for keys in _scan(connection, f"{prefix}s"):
        with connection.client() as redis:
            pipeline = redis.pipeline(transaction=False)
            for key in keys:
                pipeline.zrange(key, 0, -1)
            found = pipeline.execute()
        for key, members in zip(keys, found, strict=True):
            near = [member for member in members if _latest(member) >= floor]
            if near:
                yield _hashed([key[begin:], *sorted(near)])


def _latest(member: bytes) -> int:
    return max(int.from_bytes(member[at], "little", signed=True) for at in (_HAPPENED, _KNOWN))


def _hashed(pieces: list[bytes]) -> bytes:
    sizes = b"".join(len(piece).to_bytes(4, "little") for piece in pieces)
    return hashlib.sha256(sizes + b"".join(pieces)).digest()


def _scan(connection: Connection, begin: str) -> Iterator[list[Any]]:
    pattern = "".join(f"\\{c}" if c in "*?[]^\\" else c for c in begin) + "*"
    cursor = 0
    while True:
        with connection.client() as redis:
            cursor, keys = redis.scan(cursor, match=pattern, count=_BATCH)
        yield keys
        if cursor == 0:
            return
