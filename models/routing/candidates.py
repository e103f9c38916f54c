"""The pairs of warehouse and outlet that can take a whole order, and why others cannot."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from models.routing.options import Candidate
from models.routing.ways import open_pairs

if TYPE_CHECKING:
    from collections import Counter

    from models.routing.network import Network, Shelf, Wanted


def find_candidates(
    wanted: Wanted, network: Network, shelf: Shelf
) -> tuple[list[Candidate], Counter[str]]:
    """Find the pairs of warehouse and outlet that can take an order in one parcel.

    Returns
    -------
    tuple
        Candidates in the network's order; pairs turned down by their first unmet constraint.
    """
    pairs, turned_down = open_pairs(wanted, network, shelf, is_whole=True)
    lookup, weight_g = network.lookup, wanted.weight_g or 0
    found = []
    for w, o, served_by in pairs:
        freight = lookup.freight(w, o, weight_g)
        if math.isnan(freight) and lookup.tariff(w, o) is not None:
            turned_down["tariff"] += 1
        else:
            found.append(Candidate(network.warehouses[w], network.outlets[o], freight, served_by))
    return found, turned_down
