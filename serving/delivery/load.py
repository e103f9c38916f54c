"""The load that proposed routes put on warehouses and outlets, day by day."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    Used = tuple[Mapping[str, int], Mapping[str, int]]

DAYS_KEPT: Final = 14
"""Days before the newest one whose load may still be asked for; older ones are forgotten."""


@dataclass
class Load:
    """What the routes proposed so far ask of each day; an order counts once."""

    chosen: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    sent: defaultdict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    taken: defaultdict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def choose(self, order_key: str, day: int, warehouse: str, outlet: str) -> None:
        """Note the route of an order; an earlier one of the same order no longer counts.

        Examples
        --------
        >>> load = Load()
        >>> load.choose("a", 1, "JX", "sf-1")
        >>> load.choose("a", 1, "DG", "sf-1")
        >>> load.sent[1]["JX"], load.sent[1]["DG"], load.taken[1]["sf-1"]
        (0, 1, 1)
        """
        if order_key in self.chosen:
            before, old_warehouse, old_outlet = self.chosen[order_key]
            self.sent[before][old_warehouse] -= 1
            self.taken[before][old_outlet] -= 1
        elif day not in self.sent:
            self._forget(day)
        self.chosen[order_key] = (day, warehouse, outlet)
        self.sent[day][warehouse] += 1
        self.taken[day][outlet] += 1

    def used(self, day: int, order_key: str) -> Used:
        """Give what a day has used by warehouse and by outlet, without one order's own share."""
        sent: Mapping[str, int] = self.sent.get(day, {})
        taken: Mapping[str, int] = self.taken.get(day, {})
        own = self.chosen.get(order_key)
        if own is None or own[0] != day:
            return sent, taken
        return {**sent, own[1]: sent[own[1]] - 1}, {**taken, own[2]: taken[own[2]] - 1}

    def _forget(self, day: int) -> None:
        """Forget days that nobody asks for any more."""
        oldest = max(self.sent, default=day) - DAYS_KEPT
        if not any(old < oldest for old in self.sent):
            return
        for counted in (self.sent, self.taken):
            for old in [known for known in counted if known < oldest]:
                del counted[old]
        self.chosen = {key: of for key, of in self.chosen.items() if of[0] >= oldest}
