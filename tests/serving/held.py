"""A judge that is held and changed as a scorer does it, without the rest of a service."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from serving.scoring.judge import Judge


class Held:
    """Holds a judge."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge

    def change_judge(self, change: Callable[[Judge], Judge]) -> None:
        """Take what a change makes of it."""
        self.judge = change(self.judge)
