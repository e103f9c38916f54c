"""Address and route: parts that add to a decision and without which it is made all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serving.scoring.places import corrected, doubted
from serving.scoring.service import Enrichment, Helpers

if TYPE_CHECKING:
    from features.document import OrderDocument
    from features.order import OrderRows
    from models.contracts import FeatureValues
    from models.policy.rules.verdict import RuleVerdict
    from serving.addresses.outbox import Doubt
    from serving.delivery.service import DeliveryService
    from serving.store.vault import Vault


def open_helpers(delivery: DeliveryService | None, vault: Vault, address_line: float) -> Helpers:
    """Give the helpers that a home supports.

    Parameters
    ----------
    delivery
        What proposes routes, or None where the history knows no warehouses and outlets.
    vault
        Where personal data goes.
    address_line
        Confidence from which an address needs nobody.
    """

    def route(rows: OrderRows, rules: RuleVerdict, values: FeatureValues) -> Enrichment:
        """Propose a route where there is anything to choose from."""
        if delivery is None:
            return None, ()
        return delivery.route(rows.order, rows.lines, rules, values)

    def doubt(document: OrderDocument) -> Doubt | None:
        """Say what is not sure of the address."""
        return doubted(document.shipping_address, vault, address_line)

    return Helpers(address=_address, route=route, doubt=doubt)


def _address(document: OrderDocument, _rows: OrderRows) -> Enrichment:
    """Correct the address where the channel gave its line."""
    return corrected(document.shipping_address), ()
