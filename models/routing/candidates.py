"""The pairs of warehouse and outlet that can take a whole order, and why others cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.routing.lookup import Lookup
from models.routing.ways import open_ends

if TYPE_CHECKING:
    from collections import Counter

    from models.routing.network import Network, Shelf, Wanted
    from models.routing.options import Candidates


def find_candidates(
    wanted: Wanted, network: Network, shelf: Shelf
) -> tuple[Candidates, Counter[str]]:
    """Find the pairs of warehouse and outlet that can take an order in one parcel.

    Returns
    -------
    tuple
        Candidates in the network's order; pairs turned down by their first unmet constraint.
    """
    ends, turned_down = open_ends(wanted, network, shelf, is_whole=True)
    found = network.once(Lookup).candidates(ends, wanted.weight_g or 0)
    if found.n_unpriced:
        turned_down["tariff"] += found.n_unpriced
    return found, turned_down
