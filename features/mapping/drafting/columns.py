"""A column of a file that nobody has described yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

N_VALUES: Final = 200
"""Different values of a column that are looked at, the most frequent first."""


@dataclass(frozen=True, slots=True)
class Column:
    """What a column holds.

    Parameters
    ----------
    name
        Its name, as a mapping writes it.
    n_known, n_distinct
        Rows with a value, and different values.
    values
        Different values, the most frequent first, at most `N_VALUES`.
    varies
        Whether some order has several values, or one but not in its first row, where a file has
        several rows an order.
    """

    name: str
    n_known: int
    n_distinct: int
    values: tuple[str, ...]
    varies: bool = False

    @property
    def is_unique(self) -> bool:
        """Whether no two rows have one value."""
        return self.n_distinct == self.n_known
