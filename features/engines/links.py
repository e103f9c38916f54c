"""The batch engine of identity links: the groups of all orders, each as of its own moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.engines.links_layout import NEVER, NONE, SPAN, bind, compiled, empty_tables
from features.engines.links_search import Asked, search
from features.engines.links_store import due, insert, remove
from features.engines.source import instants
from features.links import BUYERS, FRAUD_KINDS, QUANTITIES, RULE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from features.engines.source import Source
    from features.feature import Feature
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
    answer = np.where(selected, np.cumsum(selected) - 1, NONE)
    out = np.empty((int(selected.sum()), len(QUANTITIES)))
    _run(
        bind(tables, rule), in_turn, earliest, orders.buyer, orders.values, orders.placed,
        orders.received, orders.bad, answer, out,
    )  # fmt: skip
    return out


def link_features(
    source: Source, features: Sequence[Feature], begin: int, end: int
) -> dict[str, NDArray[np.float64]]:
    """Compute those of some features that are of identity links, for the orders ``[begin, end)``.

    Parameters
    ----------
    source
        The history.
    features
        Features of any sort.
    begin, end
        Rows of the orders.

    Returns
    -------
    dict
        Values by name of the feature, shape ``(end - begin,)``.
    """
    links = {f.name: f.link for f in features if f.link is not None}
    selected = np.zeros(source.n, np.bool_)
    selected[begin:end] = True
    found = {
        rule: compute(orders_of(source, rule), selected, rule)
        for rule in dict.fromkeys(link.rule for link in links.values())
    }
    return {name: found[link.rule][:, link.number] for name, link in links.items()}


def orders_of(source: Source, rule: LinkRule = RULE) -> LinkOrders:
    """Give a history's orders with their buyers and values numbered.

    Parameters
    ----------
    source
        The history.
    rule
        Which identifiers there are.
    """
    import pandas as pd

    by_column = [source.codes((column,)) for column in BUYERS]
    buyer, _ = pd.factorize(np.select([c >= 0 for c in by_column], _apart(by_column), NONE))
    alone = np.flatnonzero(np.all([c < 0 for c in by_column], axis=0))
    buyer[alone] = int(buyer.max(initial=NONE)) + 1 + np.arange(len(alone))
    values = _apart(source.codes((identifier.column,)) for identifier in rule.identifiers)
    return LinkOrders(
        buyer=buyer.astype(np.int32),
        values=np.stack(values, axis=1),
        placed=source.placed,
        received=source.received,
        bad=_bad_from(source),
    )


def _apart(codes: Iterable[NDArray[np.int32]]) -> list[NDArray[np.int32]]:
    """Give the numbers of several columns ranges of their own."""
    first, result = np.int32(0), []
    for code in codes:
        result.append(np.where(code >= 0, code + first, np.int32(NONE)))
        first += code.max(initial=NONE) + np.int32(1)
    return result


def _bad_from(source: Source) -> Ints:
    """Since when each order is known to be bad; not before the order itself was known."""
    kinds = pa.array(FRAUD_KINDS, pa.string())
    reports = source.outcomes.filter(pc.is_in(source.outcomes["kind"], value_set=kinds))
    row = reports["order"].to_numpy()
    known = np.maximum(instants(reports["known_at"]), source.received[row])
    known = np.maximum(known, source.placed[row] + source.label_delay_us)
    bad = np.full(source.n, NEVER)
    np.minimum.at(bad, row, known)
    return bad


@compiled
def _most_held(placed, bounds):
    """Count how many orders the lists hold at most."""
    oldest, most = 0, 1
    for i in range(len(placed)):
        while oldest < i and placed[oldest] < bounds[i]:
            oldest += 1
        most = max(most, i + 1 - oldest)
    return most


@compiled
def _run(s, in_turn, earliest, buyer, values, placed, received, bad, answer, out):
    """Ask for each order in turn, then add it; the clocks hide those of the same instant."""
    for i in range(len(in_turn)):
        row = in_turn[i]
        number = due(s, earliest[i] - s.limits[SPAN])
        while number != NONE:
            remove(s, number)
            number = due(s, earliest[i] - s.limits[SPAN])
        if answer[row] != NONE:
            asked = Asked(buyer[row], values[row], placed[row], received[row], NONE)
            search(s, asked, out[answer[row]])
        insert(s, buyer[row], values[row], placed[row], received[row], bad[row])
