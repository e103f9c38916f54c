"""What a unit of stock and a place in a day's capacity are worth to the orders still to come.

A linear programme sends the expected orders at the least cost; its dual prices say by how much
one unit more would lower that cost. Its columns are whole plans, found by asking the same
function that plans an order online what it would choose at the prices so far.

Notes
-----
[1] J. Acimovic, S. C. Graves, Making Better Fulfillment Decisions on the Fly in an Online Retail
Environment, MSOM 17 (2015). [2] S. Jasin, A. Sinha, An LP-Based Correlated Rounding Scheme for
Multi-Item Ecommerce Order Fulfillment, Operations Research 63 (2015).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.routing.ways import Way

FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Prices:
    """Values by name; what is not named is worth nothing.

    Parameters
    ----------
    stock
        Warehouse and SKU to the value of a unit, minor units of the base currency.
    warehouse, outlet
        Name to the value of a parcel's place in its day.
    made_at
        When they were made, microseconds since 1970 UTC.
    """

    stock: Mapping[tuple[str, str], float] = field(default_factory=dict)
    warehouse: Mapping[str, float] = field(default_factory=dict)
    outlet: Mapping[str, float] = field(default_factory=dict)
    made_at: int = 0

    def of_way(self, way: Way) -> float:
        """Value of the places that a parcel on a way takes."""
        return self.warehouse.get(way.warehouse.warehouse, 0.0) + self.outlet.get(
            way.outlet.outlet, 0.0
        )

    def of_stock(self, warehouse: str, units: Mapping[str, int]) -> float:
        """Value of units from a warehouse."""
        return sum(self.stock.get((warehouse, sku), 0.0) * n for sku, n in units.items())

    def as_dict(self) -> dict[str, Any]:
        """Write them as one JSON document."""
        return {
            "format": FORMAT,
            "made_at": self.made_at,
            "stock": [[warehouse, sku, minor] for (warehouse, sku), minor in self.stock.items()],
            "warehouse": dict(self.warehouse),
            "outlet": dict(self.outlet),
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Prices:
        """Read what ``as_dict`` wrote.

        Raises
        ------
        ValueError
            When another format wrote it.

        Examples
        --------
        >>> prices = Prices({("JX", "A"): 2.5}, {"JX": 1.0})
        >>> Prices.from_dict(prices.as_dict()) == prices
        True
        """
        if document.get("format") != FORMAT:
            raise ValueError(f"prices of format {document.get('format')!r}, not {FORMAT}")
        return cls(
            {(warehouse, sku): minor for warehouse, sku, minor in document["stock"]},
            document["warehouse"],
            document["outlet"],
            document["made_at"],
        )
