"""Rows of mappings as the arrays that compiled code takes: fingerprints and whole numbers."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from xxhash import xxh3_128_digest

from features.engines.rows import instant, missing, whole
from features.engines.state import layout

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from features.engines.state.program import Program

    Row = Mapping[str, Any]

_NONE: Final = bytes(16)
MISSING: Final = int(layout.MISSING)


class Orders(NamedTuple):
    """Orders as arrays; see `features.engines.state.writing.add_orders`."""

    texts: NDArray[np.uint64]
    amounts: NDArray[np.int64]
    clocks: NDArray[np.int64]
    names: NDArray[np.uint8]
    name_ends: NDArray[np.int64]
    line_texts: NDArray[np.uint64]
    line_amounts: NDArray[np.int64]
    lines: NDArray[np.int64]


class Outcomes(NamedTuple):
    """Outcomes as arrays; see `features.engines.state.reporting.add_reports`."""

    texts: NDArray[np.uint64]
    clocks: NDArray[np.int64]
    kinds: NDArray[np.int64]
    is_bad: NDArray[np.bool_]


class Parcels(NamedTuple):
    """Parcels as arrays; see `features.engines.state.reporting.add_parcels`."""

    texts: NDArray[np.uint64]
    clocks: NDArray[np.int64]
    ok: NDArray[np.int64]


def fingerprints(texts: Sequence[Any], *shape: int) -> NDArray[np.uint64]:
    """128-bit fingerprints of texts; zeros for what is no text.

    Examples
    --------
    >>> fingerprints(["a", None], 2).shape, int(fingerprints([None], 1).sum())
    ((2, 2), 0)
    """
    return _prints(texts).reshape(*shape, 2)


def _prints(texts: Sequence[Any]) -> NDArray[np.uint64]:
    digests = [_digest(text) if isinstance(text, str) else _NONE for text in texts]
    return np.frombuffer(bytearray().join(digests), np.uint64)


@lru_cache(maxsize=4_096)
def _digest(text: str) -> bytes:
    """Fingerprint a text; several states ask about the same order, and cities come again."""
    return xxh3_128_digest(text.encode("utf-8", "surrogatepass"))


def _number(value: Any) -> int:
    found = value if type(value) is int else whole(value)
    return MISSING if found is None else found


def _moment(value: Any) -> int:
    found = value if type(value) is int else instant(value)
    return MISSING if found is None else found


def pack_order(program: Program, order: Row, lines: Sequence[Row]) -> Orders:
    """Lay out one order; all its fingerprints share one array, and so do all its numbers.

    Raises
    ------
    ValueError
        When it has no ``placed_at`` or ``received_at``.
    """
    get = order.get
    placed, received = _moment(get("placed_at")), _moment(get("received_at"))
    if placed == MISSING or received == MISSING:
        raise ValueError("an order needs placed_at and received_at")
    name = str(order["order_key"])
    written = name.encode("utf-8", "surrogatepass")
    texts = [name, *map(get, program.texts[1:])]
    numbers = [placed, received, _moment(get("deliver_by")), 0, len(written), 0, len(lines)]
    numbers += [_number(get(column)) for column in program.amounts]
    own, upto = len(texts), len(numbers)
    for line in lines:
        texts += map(line.get, program.line_texts)
        numbers += (_number(line.get("quantity")), _number(line.get("unit_price_minor")))
    prints, whole_numbers = _prints(texts), np.array(numbers, np.int64)
    return Orders(
        prints[: 2 * own].reshape(1, own, 2),
        whole_numbers[None, 7:upto],
        whole_numbers[None, :3],
        np.frombuffer(bytearray(written), np.uint8),
        whole_numbers[3:5],
        prints[2 * own :].reshape(len(lines), -1, 2) if lines else program.no_lines,
        whole_numbers[upto:].reshape(-1, 2),
        whole_numbers[5:7],
    )


def pack_outcome(program: Program, outcome: Row) -> Outcomes | None:
    """Lay out one outcome; None when no window counts it."""
    occurred, known = _moment(outcome["occurred_at"]), _moment(outcome["known_at"])
    if outcome["kind"] not in program.kinds:
        return None
    bad = outcome.get("is_bad")
    is_bad = (missing(bad) or bool(bad)) and MISSING not in {occurred, known}
    line = outcome.get("line_id")
    texts = [str(outcome["order_key"]), str(outcome["outcome_id"]), line]
    return Outcomes(
        fingerprints(texts, 1, 3),
        np.array([[occurred, known]]),
        np.array([program.kinds.index(outcome["kind"])]),
        np.array([is_bad]),
    )


def pack_parcel(program: Program, shipment: Row) -> Parcels:
    """Lay out one parcel."""
    get = shipment.get
    delivered, known = _moment(get("delivered_at")), _moment(get("known_at"))
    tried = (delivered, _moment(get("first_attempt_at")), known)
    at = next((moment for moment in tried if moment != MISSING), MISSING)
    ok = whole(get("first_attempt_ok"))
    texts = [str(shipment["order_key"]), str(shipment["shipment_id"]), *map(get, program.sent)]
    return Parcels(
        fingerprints(texts, 1, -1),
        np.array([[delivered, at, known, _moment(get("promised_at"))]]),
        np.array([-1 if ok is None else ok]),
    )
