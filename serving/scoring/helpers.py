"""Address and route: parts that add to a decision and without which it is made all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from serving.scoring.service import Helpers

if TYPE_CHECKING:
    from features.document import OrderDocument
    from features.history import History
    from features.order import OrderRows
    from serving.scoring.judge import Missing
    from serving.settings import Settings


def open_helpers(_history: History | None, _settings: Settings) -> Helpers:
    """Give the helpers that a home supports."""
    return Helpers(address=no_address, route=no_route)


def no_address(
    _document: OrderDocument, _rows: OrderRows
) -> tuple[dict[str, Any] | None, tuple[Missing, ...]]:
    """Leave the address as the channel gave it."""
    return None, ()


def no_route(_rows: OrderRows, _at: int) -> tuple[dict[str, Any] | None, tuple[Missing, ...]]:
    """Propose no route: the history knows no warehouses."""
    return None, ()
