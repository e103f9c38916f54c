"""What a feature is: its name, meaning and unit, and how it is had."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from features.windows import EVERYBODY, MICROSECOND

if TYPE_CHECKING:
    from features.links import Link
    from features.windows import Measure

Columns = Mapping[str, NDArray[Any]]
"""What a feature function is given: columns of ``n`` orders by name. Numbers, booleans and instants
(microseconds since 1970) are ``float64`` with NaN for missing, text is ``object`` with None.
``local_us`` is ``placed_at`` on the buyer's clock. Lines are under ``lines.<column>``, and
``lines.order`` is the position of each line's order. ``n`` is 1 when one order is scored; a
function gives the same bits either way."""

Both: TypeAlias = tuple[str, str]
"""The same in Chinese and in English."""

Values = NDArray[np.float64] | NDArray[np.object_]


@dataclass(frozen=True)
class Feature:
    """One feature of an order, or of a line of one.

    Parameters
    ----------
    name
        ``subject__measure`` or ``subject__measure__statistic_window``.
    zh, en
        What a value says, in Chinese and English.
    unit
        Unit of a value; ``""`` for text.
    kind
        ``number``, ``category`` (short text) or ``reference`` (an ``order_key``; no model input).
    sources
        ``table.column`` of everything it is made from.
    function
        For a feature of the order itself: from columns to values.
    measure
        For a windowed feature: its declaration.
    link
        For a feature of the buyers that the order belongs with: which of their quantities.
    level
        ``order`` when an order has one value, ``line`` when each of its lines has one.
    version
        Raised when the function changes what it returns.
    purposes
        What it is meant for: ``risk``, ``abnormal`` (detectors), ``delivery``.

    Examples
    --------
    >>> feature = Feature("order__n_lines", "行数", "lines", "lines", sources=("orders.n_lines",))
    >>> feature.subject, feature.order_columns
    ('order', ('n_lines',))
    """

    name: str
    zh: str
    en: str
    unit: str
    kind: str = "number"
    sources: tuple[str, ...] = ()
    function: Callable[[Columns], Values] | None = None
    measure: Measure | None = None
    link: Link | None = None
    level: str = "order"
    version: int = 1
    purposes: tuple[str, ...] = ("risk", "delivery")

    @property
    def subject(self) -> str:
        """What the feature is about: the first part of its name."""
        return self.name.partition("__")[0]

    @cached_property
    def order_columns(self) -> tuple[str, ...]:
        """Columns of the orders table that it needs."""
        return tuple(s.removeprefix("orders.") for s in self.sources if s.startswith("orders."))

    @property
    def needs_lines(self) -> bool:
        """Whether it looks at order lines."""
        return any(source.startswith("order_lines.") for source in self.sources)

    @property
    def definition(self) -> dict[str, Any]:
        """What its values hang on, as a JSON document; wording does not count."""
        document: dict[str, Any] = {"name": self.name, "kind": self.kind, "version": self.version}
        document["sources"] = sorted(self.sources)
        if self.level == "line":
            document["level"] = self.level
        if self.measure is not None:
            m = self.measure
            document["window"] = {
                "entity": list(m.entity.columns),
                "everybody": m.entity == EVERYBODY,
                "level": m.entity.level,
                "stream": m.stream,
                "aggregate": m.aggregate,
                "window_us": m.window // MICROSECOND,
                "delay_us": m.delay // MICROSECOND,
                "column": m.column,
                "reduce": m.reduce,
            }
        if self.link is not None:
            document["link"] = self.link.document
        return document
