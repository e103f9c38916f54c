"""Orders, their news and their events as the bytes that Redis keeps."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from features.engines.events import KeptOrder
from features.engines.rows import instant, missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from features.engines.redis.layout import Layout
    from features.engines.tracks import Event, Track

    Row = Mapping[str, Any]
    Placing = tuple[int, Track, Any, Event]

SHORT: Final = 10
"""Bytes of a hash that stands for a text; two of 10^12 texts are alike once in two trillion."""
_NOBODY: Final = bytes(SHORT)
_NO_VALUE: Final = b"\0\0\0\0\0\0\0\x80"
_LEAST_VALUE: Final = -(1 << 63) + (1 << 48)
_INSTANT_BYTES: Final = 7
_OUTCOME: Final = ("kind", "line_id", "is_bad", "occurred_at", "known_at")

_encode: Final = msgspec.msgpack.Encoder(order="sorted").encode
_decode: Final = msgspec.msgpack.Decoder().decode


class News(NamedTuple):
    """What became known of an order after it was placed, by the id of each report."""

    outcomes: dict[str, dict[str, Any]]
    parcels: dict[str, dict[str, Any]]


@lru_cache(maxsize=1 << 16)
def short(text: str) -> bytes:
    """Hash a text to a few bytes.

    Examples
    --------
    >>> short("acme/shopify/eu/1001").hex()
    'a8f9b6c813dd2324cc54'
    """
    return blake2b(text.encode(), digest_size=SHORT).digest()


@lru_cache(maxsize=1 << 16)
def ref(entity: int, key: Any) -> bytes:
    """Name the slot of an entity's key.

    Examples
    --------
    >>> len(ref(1, "h1:ann")), ref(2, ("a", "bc")) == ref(2, ("ab", "c"))
    (11, False)
    """
    return bytes([entity]) + blake2b(msgspec.json.encode(key), digest_size=SHORT).digest()


def refs(joined: bytes) -> list[bytes]:
    """Take the names of slots apart that stand one after the other.

    Examples
    --------
    >>> refs(ref(1, "h1:ann") + ref(2, "h1:ann")) == [ref(1, "h1:ann"), ref(2, "h1:ann")]
    True
    """
    width = 1 + SHORT
    return [joined[at : at + width] for at in range(0, len(joined), width)]


def pack_order(order: KeptOrder) -> bytes:
    """Write down an order; equal orders give equal bytes."""
    return _encode([*order[:3], _plain(order.row), order.lines])


def unpack_order(packed: bytes) -> KeptOrder:
    """Read an order.

    Examples
    --------
    >>> unpack_order(pack_order(KeptOrder("a", 1, 2, {"buyer_key": "h1:ann", "ip_key": None}, ())))
    KeptOrder(order_key='a', placed=1, received=2, row={'buyer_key': 'h1:ann'}, lines=[])
    """
    return KeptOrder(*_decode(packed))


def pack_news(news: News) -> bytes:
    """Write down the news of an order; equal news give equal bytes."""
    return _encode(list(news))


def unpack_news(packed: bytes) -> News:
    """Read the news of an order; of nothing there is none.

    Examples
    --------
    >>> unpack_news(b"")
    News(outcomes={}, parcels={})
    """
    return News(*_decode(packed)) if packed else News({}, {})


def pack_row(row: Row) -> bytes:
    """Write down a report; equal reports give equal bytes."""
    return _encode(row)


def outcome_row(outcome: Row) -> dict[str, Any]:
    """Give the columns of an outcome that windows read."""
    return _plain({name: outcome.get(name) for name in _OUTCOME})


def parcel_row(parcel: Row, columns: Iterable[str]) -> dict[str, Any]:
    """Give the columns of a parcel that windows read."""
    return _plain({name: parcel.get(name) for name in columns})


def _plain(row: Row) -> dict[str, Any]:
    """Leave out what is missing; instants become microseconds, numbers Python's own."""
    found = {name: value for name, value in row.items() if not missing(value)}
    return {
        name: instant(v) if isinstance(v, datetime) else v.item() if hasattr(v, "item") else v
        for name, v in found.items()
    }


def pack_events(layout: Layout, placings: Iterable[Placing]) -> bytes:
    """Pack events in groups that differ in their keys only.

    Parameters
    ----------
    layout
        Numbers of entities and streams.
    placings
        When known, track, key and event; a key that is None has no slot.

    Raises
    ------
    ValueError
        When a value needs more than 63 bits.
    """
    groups: dict[tuple[int, int, bytes], list[bytes]] = {}
    alike: Counter[tuple[int, bytes, int, int]] = Counter()
    contents: dict[tuple[int, str, Event], bytes] = {}
    for known, track, key, event in placings:
        if key is None:
            continue
        same = (known, track.stream, event)
        content = contents.get(same)
        if content is None:
            content = contents[same] = _content(known, event)
        slot = ref(layout.entities[track.entity], key)
        stream = layout.streams[track.stream]
        # Two parcels may be alike in all that a slot keeps of them; each counts.
        place = (stream, slot, event.happened, known)
        groups.setdefault((stream, alike[place], content), []).append(slot)
        alike[place] += 1
    return b"".join(
        bytes([stream, ordinal]) + content + _counted(sorted(slots))
        for (stream, ordinal, content), slots in sorted(groups.items())
    )


def _content(known: int, event: Event) -> bytes:
    return (
        b"".join(_signed(at, _INSTANT_BYTES) for at in (event.happened, known))
        + _counted([_NO_VALUE if v is None else _value(v) for v in event.values])
        + _counted([_NOBODY if name is None else short(name) for name in event.counterparts])
    )


def _counted(pieces: list[bytes]) -> bytes:
    joined = b"".join(pieces)
    return len(joined).to_bytes(2, "little") + joined


def _value(value: int) -> bytes:
    if not _LEAST_VALUE <= value < 1 << 63:
        raise ValueError(f"the value {value} does not fit into 63 bits")
    return _signed(value, 8)


def _signed(number: int, size: int) -> bytes:
    return number.to_bytes(size, "little", signed=True)
