"""Outcomes and parcels that came before their order, until it comes or they are too old."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

from features.engines.rows import instant, missing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Row = Mapping[str, Any]


class Early:
    """Rows by the order they wait for; under an id that waits already the later row counts.

    Examples
    --------
    >>> early = Early()
    >>> early.put("add_outcome", {"order_key": "a", "outcome_id": "o", "known_at": 5})
    >>> early.put("add_outcome", {"order_key": "b", "outcome_id": "p", "known_at": 9})
    >>> early.forget(7)
    >>> list(early.pop("a")), [row["outcome_id"] for _, row in early.pop("b")]
    ([], ['p'])
    """

    def __init__(self) -> None:
        self._rows: dict[str, dict[tuple[str, str], Row]] = {}
        self._known: list[tuple[int, str]] = []

    def put(self, method: str, row: Row) -> None:
        """Keep a row, and the method that takes it, until its order comes."""
        order_key = str(row["order_key"])
        name = "outcome_id" if method == "add_outcome" else "shipment_id"
        self._rows.setdefault(order_key, {})[method, str(row[name])] = row
        heappush(self._known, (_known(row), order_key))

    def pop(self, order_key: str) -> Sequence[tuple[str, Row]]:
        """Give what waited for an order, as methods and their rows."""
        if not self._rows:
            return ()
        return [(method, row) for (method, _), row in self._rows.pop(order_key, {}).items()]

    def forget(self, before: int) -> None:
        """Drop the rows that were known before an instant."""
        while self._known and self._known[0][0] < before:
            _, order_key = heappop(self._known)
            waiting = self._rows.get(order_key, {})
            for name in [name for name, row in waiting.items() if _known(row) < before]:
                del waiting[name]
            if not waiting:
                self._rows.pop(order_key, None)

    def rows(self) -> list[tuple[str, Row]]:
        """Give everything that waits, in an order of its own."""
        return [
            (method, row)
            for _, waiting in sorted(self._rows.items())
            for (method, _), row in sorted(waiting.items())
        ]

    def digest(self) -> str:
        """Digest of everything that waits."""
        waiting = [
            [method, sorted((name, _plain(v)) for name, v in row.items() if not missing(v))]
            for method, row in self.rows()
        ]
        return hashlib.sha256(json.dumps(waiting).encode()).hexdigest()


def _plain(value: Any) -> Any:
    """Give a value as JSON takes it; instants in microseconds."""
    return instant(value) if isinstance(value, datetime) else value


def _known(row: Row) -> int:
    """When a row became known, as far as it says so."""
    for name in ("known_at", "delivered_at", "first_attempt_at"):
        if (at := instant(row.get(name))) is not None:
            return at
    return 0
