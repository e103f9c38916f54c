"""Address and route: parts that add to a decision and without which it is made all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serving.scoring.places import corrected
from serving.scoring.service import Enrichment, Helpers

if TYPE_CHECKING:
    from features.document import OrderDocument
    from features.history import History
    from features.order import OrderRows
    from serving.settings import Settings
    from serving.state.windows import WindowState


def open_helpers(_history: History | None, _settings: Settings, _state: WindowState) -> Helpers:
    """Give the helpers that a home supports."""
    return Helpers(address=_address, route=_no_route)


def _address(document: OrderDocument, _rows: OrderRows) -> Enrichment:
    """Correct the address where the channel gave its line."""
    return corrected(document.shipping_address), ()


def _no_route(_rows: OrderRows, _at: int) -> Enrichment:
    """Propose no route: the history knows no warehouses."""
    return None, ()
