"""The load that proposed routes put on warehouses and outlets, day by day."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Way = tuple[str, str]
    Used = tuple[Mapping[str, int], Mapping[str, int]]

DAYS_KEPT: Final = 14
"""Days before the newest one whose load may still be asked for; older ones are forgotten."""


@dataclass
class Load:
    """What the routes proposed so far ask of each day; each parcel of an order counts once."""

    chosen: dict[str, tuple[int, tuple[Way, ...]]] = field(default_factory=dict)
    sent: defaultdict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    taken: defaultdict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def choose(self, order_key: str, day: int, ways: Sequence[Way]) -> None:
        """Note the ways of an order's parcels; an earlier route of it no longer counts.

        Examples
        --------
        >>> load = Load()
        >>> load.choose("a", 1, [("JX", "sf-1")])
        >>> load.choose("a", 1, [("DG", "sf-1")])
        >>> load.sent[1]["JX"], load.sent[1]["DG"], load.taken[1]["sf-1"]
        (0, 1, 1)
        """
        if order_key in self.chosen:
            self._count(*self.chosen[order_key], -1)
        elif day not in self.sent:
            self._forget(day)
        self.chosen[order_key] = (day, tuple(ways))
        self._count(day, ways, 1)

    def used(self, day: int, order_keys: Iterable[str]) -> Used:
        """Give what a day has used by warehouse and by outlet, without some orders' own share."""
        own = [self.chosen[key] for key in order_keys if key in self.chosen]
        sent: Mapping[str, int] = self.sent.get(day, {})
        taken: Mapping[str, int] = self.taken.get(day, {})
        if not own:
            return sent, taken
        ways = [way for on, found in own if on == day for way in found]
        left = Counter(sent), Counter(taken)
        for warehouse, outlet in ways:
            left[0][warehouse] -= 1
            left[1][outlet] -= 1
        return left

    def _count(self, day: int, ways: Iterable[Way], n: int) -> None:
        """Count parcels on their ways."""
        for warehouse, outlet in ways:
            self.sent[day][warehouse] += n
            self.taken[day][outlet] += n

    def _forget(self, day: int) -> None:
        """Forget days that nobody asks for any more."""
        oldest = max(self.sent, default=day) - DAYS_KEPT
        if not any(old < oldest for old in self.sent):
            return
        for counted in (self.sent, self.taken):
            for old in [known for known in counted if known < oldest]:
                del counted[old]
        self.chosen = {key: of for key, of in self.chosen.items() if of[0] >= oldest}
