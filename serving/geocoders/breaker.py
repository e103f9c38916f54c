"""Leaves a provider alone for a while after it failed several times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from features.durations import SECOND_US

FAILURES: Final = 3
FIRST_PAUSE: Final = 60 * SECOND_US
LONGEST_PAUSE: Final = 30 * 60 * SECOND_US
REFUSED_PAUSE: Final = 60 * 60 * SECOND_US
"""Microseconds without a call after the key was refused: somebody has to mend it first."""


@dataclass
class Breaker:
    """The circuit breaker of one provider.

    After some failures in a row it opens; when its pause is over it lets one call through, and
    that call's outcome closes it or opens it for twice as long.

    Examples
    --------
    >>> breaker = Breaker()
    >>> for _ in range(FAILURES):
    ...     breaker.failed(at=0)
    >>> breaker.is_open(at=FIRST_PAUSE - 1), breaker.is_open(at=FIRST_PAUSE)
    (True, False)
    >>> breaker.failed(at=FIRST_PAUSE)
    >>> breaker.is_open(at=3 * FIRST_PAUSE - 1)
    True
    >>> breaker.worked()
    >>> breaker.is_open(at=FIRST_PAUSE)
    False
    """

    failures: int = 0
    pause: int = FIRST_PAUSE
    until: int = 0

    def is_open(self, *, at: int) -> bool:
        """Tell whether calls are held back at an instant in microseconds."""
        return at < self.until

    def failed(self, *, at: int) -> None:
        """Note a failure."""
        self.failures += 1
        if self.failures >= FAILURES:
            self.until = at + self.pause
            self.pause = min(2 * self.pause, LONGEST_PAUSE)

    def refused(self, *, at: int) -> None:
        """Note that the provider does not know the key or does not let it do this."""
        self.until = max(self.until, at + REFUSED_PAUSE)

    def hold(self, *, until: int) -> None:
        """Hold calls back until an instant that the provider named."""
        self.until = max(self.until, until)

    def worked(self) -> None:
        """Note an answer."""
        self.failures, self.pause, self.until = 0, FIRST_PAUSE, 0
