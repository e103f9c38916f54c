"""What window state is told, as bytes and back: only the columns that its features read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from features.engines.plan import Plan
from features.engines.rows import missing
from features.schema import OUTCOMES, SHIPMENTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from features.feature import Feature

    Row = Mapping[str, Any]

ORDER: Final = 0
OUTCOME: Final = 1
SHIPMENT: Final = 2
MARK: Final = 3

_OUTCOME_COLUMNS: Final = ("outcome_id", *(n for n in OUTCOMES.by_name if n != "outcome_id"))
_SHIPMENT_COLUMNS: Final = tuple(SHIPMENTS.by_name)


def _plain(value: Any) -> Any:
    """Give a value as MessagePack knows it: NumPy's numbers and pandas' instants among others."""
    if missing(value):
        return None
    convert = getattr(value, "to_pydatetime", None) or getattr(value, "item", None)
    if convert is None:
        raise TypeError(f"a row holds no {type(value).__name__}")
    return convert()


class Telling:
    """Writes what a state is told, and tells it again.

    Parameters
    ----------
    features
        The features of the state.

    Examples
    --------
    >>> from features.catalogue import declare
    >>> from features.history import HistoryProfile
    >>> telling = Telling(declare(HistoryProfile(entities={"buyer_key": 1.0})))
    >>> written = telling.outcome({"outcome_id": "1", "order_key": "a", "kind": "fraud"})
    >>> kind, row = telling.read(written)
    >>> kind == OUTCOME, row["order_key"], row["known_at"]
    (True, 'a', None)
    """

    def __init__(self, features: Sequence[Feature]) -> None:
        plan = Plan(features)
        linked = {c for f in features if f.function is None for c in f.order_columns}
        wanted = ("order_key", "placed_at", "received_at", *plan.order_columns, *sorted(linked))
        self._order = tuple(dict.fromkeys(wanted))
        lines = ("line_id", *plan.line_columns, "quantity", "unit_price_minor")
        self._line = lines if plan.wants_lines else ()
        self._encode = msgspec.msgpack.Encoder(enc_hook=_plain).encode
        self._decode = msgspec.msgpack.Decoder().decode

    def order(self, order: Row, lines: Sequence[Row]) -> bytes:
        """Write an order and its lines."""
        kept = [[line.get(name) for name in self._line] for line in lines] if self._line else []
        return self._encode((ORDER, [order.get(name) for name in self._order], kept))

    def outcome(self, row: Row) -> bytes:
        """Write an outcome."""
        return self._encode((OUTCOME, [row.get(name) for name in _OUTCOME_COLUMNS]))

    def shipment(self, row: Row) -> bytes:
        """Write a parcel."""
        return self._encode((SHIPMENT, [row.get(name) for name in _SHIPMENT_COLUMNS]))

    def mark(self, mark: Sequence[int]) -> bytes:
        """Write how far a caller's own store has been told."""
        return self._encode((MARK, list(mark)))

    def read(self, written: bytes) -> tuple[int, Any]:
        """Read what was written: its kind, and a row, an order with its lines, or a mark."""
        kind, content, *rest = self._decode(written)
        if kind == ORDER:
            order = dict(zip(self._order, content, strict=True))
            lines = [dict(zip(self._line, line, strict=True)) for line in rest[0]]
            return kind, (order, lines)
        if kind == OUTCOME:
            return kind, dict(zip(_OUTCOME_COLUMNS, content, strict=True))
        if kind == SHIPMENT:
            return kind, dict(zip(_SHIPMENT_COLUMNS, content, strict=True))
        return kind, tuple(content)
