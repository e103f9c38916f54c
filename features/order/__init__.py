"""The canonical order document ↔ the flat rows that features read.

One register (``features/wire.py``) says which column stands where in the document, and both
directions read it. A row of the history survives history → document → row unchanged, so that an
order replayed through the service is the order of the history.
"""

from __future__ import annotations

from features.instants import instant, microseconds, wire_instant
from features.order.personal import without_personal
from features.order.reading import check, parse
from features.order.records import OrderRows, Place, Row, Terms
from features.order.rows import to_rows
from features.order.writing import to_document

__all__ = [
    "OrderRows",
    "Place",
    "Row",
    "Terms",
    "check",
    "instant",
    "microseconds",
    "parse",
    "to_document",
    "to_rows",
    "wire_instant",
    "without_personal",
]
