"""Rows of mappings as the arrays that compiled code takes: fingerprints and whole numbers."""

from __future__ import annotations

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
    digests = [
        xxh3_128_digest(t.encode("utf-8", "surrogatepass")) if isinstance(t, str) else _NONE
        for t in texts
    ]
    return np.frombuffer(bytearray().join(digests), np.uint64).reshape(*shape, 2)


def _number(value: Any) -> int:
    found = value if type(value) is int else whole(value)
    return MISSING if found is None else found


def _moment(value: Any) -> int:
    found = value if type(value) is int else instant(value)
    return MISSING if found is None else found


def pack_order(program: Program, order: Row, lines: Sequence[Row]) -> Orders:
    """Lay out one order.

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
    return Orders(
        fingerprints([name, *map(get, program.texts[1:])], 1, -1),
        np.array([[_number(get(column)) for column in program.amounts]], np.int64),
        np.array([[placed, received, _moment(get("deliver_by"))]]),
        np.frombuffer(bytearray(written), np.uint8),
        np.array([0, len(written)]),
        *(_packed_lines(program, lines) if lines else program.no_lines),
    )


def _packed_lines(program: Program, lines: Sequence[Row]) -> tuple[Any, Any, Any]:
    """Lay out the lines of one order."""
    n, columns = len(lines), program.line_texts
    texts = [line.get(column) for line in lines for column in columns]
    totals = [_number(line.get(c)) for line in lines for c in ("quantity", "unit_price_minor")]
    return (
        fingerprints(texts, n, len(columns)),
        np.array(totals, np.int64).reshape(n, 2),
        np.array([0, n]),
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
