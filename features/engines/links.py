"""The batch engine of identity links: the groups of all orders, each as of its own moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from features.engines.links_layout import NONE, SPAN, bind, compiled, empty_tables
from features.engines.links_search import Asked, search
from features.engines.links_store import due, insert, remove
from features.links import QUANTITIES, RULE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from features.links import LinkRule

    Ints = NDArray[np.int64]


@dataclass(frozen=True)
class LinkOrders:
    """Orders as the search needs them, in any sequence.

    Parameters
    ----------
    buyer
        Number of the buyer, 0 or above, shape ``(n,)``.
    values
        Number of the value of each identifier or `NONE`, shape ``(n, n_identifiers)``; no number
        stands for values of two identifiers.
    placed, received
        Microseconds since 1970.
    bad
        Since when the order is known to be bad, `NEVER` for most.
    """

    buyer: NDArray[np.int32]
    values: NDArray[np.int32]
    placed: Ints
    received: Ints
    bad: Ints


def compute(
    orders: LinkOrders, selected: NDArray[np.bool_], rule: LinkRule = RULE
) -> NDArray[np.float64]:
    """Compute the quantities of the groups of selected orders.

    Parameters
    ----------
    orders
        All orders; what one of them sees of the others is decided by the clocks.
    selected
        Whose groups are asked for, shape ``(n,)``.
    rule
        When buyers belong together.

    Returns
    -------
    array
        Shape ``(n_selected, n_quantities)``, in the sequence of the rows and of `QUANTITIES`.

    Examples
    --------
    >>> both = np.array([[1, -1, 2, -1, -1], [1, -1, 2, -1, -1]], np.int32)  # phone and device
    >>> two = LinkOrders(
    ...     buyer=np.array([0, 1], np.int32), values=both, placed=np.array([10, 20]),
    ...     received=np.array([10, 20]), bad=np.array([NEVER, NEVER]),
    ... )
    >>> compute(two, np.array([True, True]))[:, 0].tolist()
    [1.0, 2.0]
    """
    in_turn = np.argsort(orders.received, kind="stable")
    placed = orders.placed[in_turn]
    # The earliest instant that this or a later order is placed at: what lies a span before it
    # leaves the lists, so that they stay as long as a span however long the history.
    earliest = np.minimum.accumulate(placed[::-1])[::-1]
    tables = empty_tables(
        len(rule.identifiers),
        n_orders=int(_most_held(placed, earliest - int(rule.span.total_seconds()) * 1_000_000)),
        n_values=int(orders.values.max(initial=0)) + 1,
        n_buyers=int(orders.buyer.max(initial=0)) + 1,
    )
    out = np.empty((len(in_turn), len(QUANTITIES)))
    _run(
        bind(tables, rule), in_turn, earliest, orders.buyer, orders.values, orders.placed,
        orders.received, orders.bad, selected, out,
    )  # fmt: skip
    return out[selected]


@compiled
def _most_held(placed, bounds):  # type: ignore[no-untyped-def]
    """Count how many orders the lists hold at most."""
    oldest, most = 0, 1
    for i in range(len(placed)):
        while oldest < i and placed[oldest] < bounds[i]:
            oldest += 1
        most = max(most, i + 1 - oldest)
    return most


@compiled
def _run(s, in_turn, earliest, buyer, values, placed, received, bad, selected, out):  # type: ignore[no-untyped-def]
    """Ask for each order in turn, then add it; the clocks hide those of the same instant."""
    for i in range(len(in_turn)):
        row = in_turn[i]
        number = due(s, earliest[i] - s.limits[SPAN])
        while number != NONE:
            remove(s, number)
            number = due(s, earliest[i] - s.limits[SPAN])
        if selected[row]:
            asked = Asked(buyer[row], values[row], placed[row], received[row], NONE)
            search(s, asked, out[row])
        insert(s, buyer[row], values[row], placed[row], received[row], bad[row])
