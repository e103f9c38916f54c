"""The tables that identity links consist of, and the one compiled record that holds them.

A pair is a buyer with a value. Pairs hang in two lists, that of the buyer and that of the value;
the orders of a pair, and those of a buyer, form a circle that is entered at the newest one, whose
successor is the oldest. Orders are numbered as they come and lie in a ring, so that the oldest
leave at one end; what one order costs is a fixed number of small integers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numba import types
from numba.experimental import structref

from features.engines.compiling import kept
from features.engines.state.layout import KEY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from features.links import LinkRule

NONE: Final = -1
NEVER: Final = np.iinfo(np.int64).max

PLACED, RECEIVED, BAD = 0, 1, 2
"""Columns of ``clocks``: when an order was placed and received, and since when it is known to be
bad, or `NEVER`."""
BUYER, BEFORE, HEAD = 0, 1, 2
"""Columns of ``orders``: the buyer and the next of the buyer's orders; from `HEAD` on, for each
identifier, the pair and the next of the pair's orders."""
OWNER, VALUE, KIND, NEWEST, OF_VALUE, OF_VALUE_BACK, OF_BUYER, OF_BUYER_BACK = range(8)
"""Columns of ``pairs``: who, what, which identifier, the newest order, and the two lists."""
FIRST_PAIR, NEWEST_ORDER = 0, 1
"""Columns of ``buyers``; ``values`` has only the first pair."""
OLDEST, NEXT = 0, 1
"""Entries of ``counters``: number of the oldest order, and of the next."""
FREE_PAIR, FREE_VALUE, FREE_BUYER = 2, 4, 6
"""Entries of ``counters``: the first row that was given back; how many were ever used follows."""

LINKED, SPAN, MOST_RESIDENTS, MOST_VALUES, MOST_BUYERS = range(5)
"""Entries of ``limits``, see `features.links.LinkRule`."""

WHO, BLOCK, NEXT_IN_BLOCK, LAST_IN_BLOCK, FIRST_USE = range(5)
"""Columns of ``people``, who are met in one search."""
N_PEOPLE, N_VALUES, N_USES, N_SHARED, ROUND, LOOK = range(6)
"""Entries of ``counts``: how many the round has of each, how many of the order's own identifiers
are shared, and the numbers of the round and of the look at a block."""
ROOM: Final = 65_536
"""Uses of shared values that a search can hold; a neighbourhood with more ends it."""

KEPT: Final = (
    "clocks", "orders", "pairs", "values", "buyers", "counters",
    "order_keys", "order_index", "value_keys", "value_index", "buyer_keys", "buyer_index",
)  # fmt: skip
"""What a state consists of; the keys are empty where values are numbered already."""
RULE_FIELDS: Final = ("points", "caps", "is_home", "most_given", "limits")
SCRATCH: Final = (
    "met", "place", "taken", "counts", "people", "evidence", "looked",
    "uses", "by_person", "worth", "first_use", "seen", "held", "users",
)  # fmt: skip
"""Room for one search: by buyer and by value, the round that met it last; then what the round
found. ``held`` and ``users`` are the values of one buyer and the buyers of one value."""

compiled: Final = kept(nogil=True)


@structref.register
class _LinksType(types.StructRef):
    def preprocess_fields(self, fields: Any) -> Any:
        return tuple((name, types.unliteral(kind)) for name, kind in fields)  # type: ignore[no-untyped-call]  # numba has no types


class Links(structref.StructRefProxy):
    """All tables as one compiled argument."""


structref.define_proxy(Links, _LinksType, [*KEPT, *RULE_FIELDS, *SCRATCH])  # type: ignore[no-untyped-call]


@kept()
def _build(tables, rule, scratch):
    return Links(*tables, *rule, *scratch)  # type: ignore[no-untyped-call]


def bind(tables: dict[str, NDArray[Any]], rule: LinkRule) -> Any:
    """Bind tables and a rule together, with room to search in.

    Examples
    --------
    >>> from features.links import RULE
    >>> type(bind(empty_tables(5, n_orders=9, n_values=9, n_buyers=9), RULE)).__name__
    'Links'
    """
    n_values, n_buyers = len(tables["values"]), len(tables["buyers"])
    kept = tuple(tables[name] for name in KEPT)
    return _build(kept, _rule_tables(rule), _scratch(rule, n_values, n_buyers))


def empty_tables(
    n_kinds: int, *, n_orders: int, n_values: int, n_buyers: int, has_keys: bool = False
) -> dict[str, NDArray[Any]]:
    """Make empty tables with room for so many orders of ``n_kinds`` identifiers.

    Examples
    --------
    >>> empty_tables(5, n_orders=9, n_values=9, n_buyers=9)["clocks"].shape
    (16, 3)
    """
    ring = 1 << max(n_orders - 1, 1).bit_length()
    sizes = (ring, n_values, n_buyers) if has_keys else (0, 0, 0)
    tables: dict[str, NDArray[Any]] = {
        "clocks": np.empty((ring, 3), np.int64),
        "orders": np.full((ring, HEAD + 2 * n_kinds), NONE, np.int32),
        "pairs": np.empty((n_orders * n_kinds, 8), np.int32),
        "values": np.full(n_values, NONE, np.int32),
        "buyers": np.full((n_buyers, 2), NONE, np.int32),
        "counters": np.array([0, 0, NONE, 0, NONE, 0, NONE, 0]),
    }
    for name, size in zip(("order", "value", "buyer"), sizes, strict=True):
        tables[f"{name}_keys"] = np.zeros(size, KEY)
        tables[f"{name}_index"] = np.full(1 << (2 * size).bit_length(), NONE, np.int32)
    return tables


def _rule_tables(rule: LinkRule) -> tuple[NDArray[Any], ...]:
    largest = max(identifier.cap for identifier in rule.identifiers)
    limits = [rule.linked, int(rule.span.total_seconds()) * 1_000_000]
    limits += [rule.most_residents, rule.most_values, rule.most_buyers]
    return (
        np.array([[i.points(n) for n in range(largest + 1)] for i in rule.identifiers]),
        np.array([i.cap for i in rule.identifiers]),
        np.array([i.is_home for i in rule.identifiers]),
        np.array([i.most_given for i in rule.identifiers]),
        np.array(limits),
    )


def _scratch(rule: LinkRule, n_values: int, n_buyers: int) -> tuple[NDArray[Any], ...]:
    n_kinds = len(rule.identifiers)
    return (
        np.zeros(n_buyers, np.int32),
        np.zeros(n_buyers, np.int32),
        np.zeros(n_values, np.int32),
        np.zeros(6, np.int64),
        np.zeros((ROOM + 1, 5), np.int32),
        np.zeros(ROOM, np.int64),
        np.zeros(ROOM, np.int64),
        np.zeros((ROOM, 2), np.int32),
        np.zeros(ROOM, np.int32),
        np.zeros(ROOM, np.int64),
        np.zeros(ROOM + 1, np.int32),
        np.zeros(ROOM, np.int64),
        np.zeros((rule.most_values + n_kinds + 1, 2), np.int32),
        np.zeros(max(identifier.cap for identifier in rule.identifiers), np.int32),
    )
