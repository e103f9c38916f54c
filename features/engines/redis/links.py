"""A worker's own copy of the identity links, kept up with a log that every step adds to.

The group of an order is a function of the set of orders that were known before it. So copies that
have read the same log give the same values to the bit, and a step need only hand out what was
added since the worker's last one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from features.engines.online import SLACK
from features.engines.rows import instant, text
from features.links import BUYERS, COLUMNS, FRAUD_KINDS
from features.windows import MICROSECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from features.engines.links_online import LinkState
    from features.feature import Feature
    from features.links import LinkRule

    Row = Mapping[str, Any]

_KEYS: Final = tuple(dict.fromkeys((*BUYERS, *COLUMNS)))


class Links:
    """The link features among some features.

    Parameters
    ----------
    features
        All features; those without links are ignored.

    Examples
    --------
    >>> links = Links([])
    >>> links.reach, links.seen, links.entry("a", None, {}), links.values({})
    (0, '', b'', {})
    """

    def __init__(self, features: Sequence[Feature]) -> None:
        self._linked = [(f.name, f.link) for f in features if f.link is not None]
        rules = [link.rule for _, link in self._linked]
        self._state = _empty(rules[0]) if rules else None
        self.reach = (rules[0].span + SLACK) // MICROSECOND if rules else 0
        self.columns = _KEYS if rules else ()
        self.kinds = frozenset(FRAUD_KINDS if rules else ())
        self.seen = "0-0" if rules else ""
        """The last entry of the log that was read; empty where nothing is."""

    def entry(self, order_key: str, order: Row | None, outcomes: Mapping[str, Row]) -> bytes:
        """Write down what links are to be told of an order, and of its outcomes by id."""
        told = {name: row for name, row in outcomes.items() if row["kind"] in self.kinds}
        if self._state is None or (order is None and not told):
            return b""
        kept = None
        if order is not None:
            clocks = (instant(order[name]) for name in ("placed_at", "received_at"))
            kept = [*clocks, *(text(order.get(name)) for name in _KEYS)]
        return msgspec.msgpack.encode([order_key, kept, told])

    def read(self, entries: Iterable[tuple[bytes, Sequence[bytes]]]) -> None:
        """Take in what was added to the log."""
        if self._state is None:
            return
        names = ("placed_at", "received_at", *_KEYS)
        for number, fields in entries:
            key, order, outcomes = msgspec.msgpack.decode(fields[-1])
            if order is not None:
                self._state.add_order({"order_key": key, **dict(zip(names, order, strict=True))})
            for name, row in outcomes.items():
                named = {"order_key": key, "outcome_id": name, "known_at": None}
                self._state.add_outcome(named | row)
            self.seen = number.decode()

    def values(self, order: Row) -> dict[str, float | str | None]:
        """Compute the link features of an order, as far as the log was read."""
        if self._state is None:
            return {}
        found = self._state.values(order)
        return {name: found[link.quantity] for name, link in self._linked}

    @property
    def is_cut(self) -> bool:
        """Whether anything was dropped because no order that comes in time can see it any more."""
        return self._state is not None and self._state.is_cut

    def digest(self) -> str:
        """Hash what was read and still counts; empty where there are no links."""
        return self._state.digest() if self._state is not None else ""


def _empty(rule: LinkRule) -> LinkState:
    from features.engines.links_online import LinkState

    return LinkState(rule)
