"""Decides listed orders again, between the orders that come in."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from features.durations import SECOND_US
from features.engines.online import SLACK
from features.windows import MICROSECOND
from serving.jobs.repository import LeaseStore, this_process
from serving.logs import logger

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from serving.admission import Line
    from serving.clock import Clock
    from serving.rescoring.repository import RescoringStore, Waiting
    from serving.scoring.service import Scorer

SECONDS: Final = 1.0
"""Seconds between two looks at the list."""
BATCH: Final = 20
"""Orders of a kind that are decided again in one look."""
PATIENCE_S: Final = 30.0
"""Seconds at most between two tries of a kind whose part stays away; they double from `SECONDS`."""
LEASE: Final = "rescoring"
LEASE_US: Final = 30 * SECOND_US
"""How long one worker keeps the list to itself."""
KEPT_US: Final = SLACK // MICROSECOND
"""Age from which an order is no longer decided again: window state answers exactly up to then."""


class Rescoring:
    """Decides listed orders again once what they were decided without is back.

    Of each kind (a set of missing parts) the longest-waiting order is tried first. While it still
    misses something the others of its kind wait, longer and longer; when it does not, they follow.
    A part that comes and goes is asked for again soon each time.

    Parameters
    ----------
    store
        The list.
    scorer
        What decides.
    line
        Where each waits for its turn, as every order does.
    engine, clock
        Store and present.
    """

    def __init__(
        self, store: RescoringStore, scorer: Scorer, line: Line, engine: Engine, clock: Clock
    ) -> None:
        self.store = store
        self._scorer = scorer
        self._line = line
        self._leases = LeaseStore(engine)
        self._clock = clock
        self._pauses: dict[str, tuple[int, float]] = {}

    async def work(self) -> int:
        """Look once; gives how many orders were decided again."""
        now = self._clock()
        kinds = self.store.kinds()
        self._pauses = {kind: pause for kind, pause in self._pauses.items() if kind in kinds}
        if not kinds or not self._is_ours(now):
            return 0
        self.store.lapse(now, decided_before=now - KEPT_US)
        n_done = 0
        for kind in kinds:
            if self._pauses.get(kind, (0, 0.0))[0] <= now:
                n_done += await self._work_off(kind, now)
        return n_done

    async def follow(self) -> None:
        """Look again and again, for ever."""
        while True:
            try:
                n_done = await self.work()
            except Exception as error:  # noqa: BLE001 the next look tries again
                logger().error("orders were not decided again", error=type(error).__name__)
                n_done = 0
            await asyncio.sleep(0 if n_done else SECONDS)

    async def _work_off(self, kind: str, now: int) -> int:
        """Decide orders of a kind again until one still misses something."""
        n_done = 0
        for waiting in self.store.oldest(kind, BATCH):
            async with self._line.turn():
                is_back = self._try(waiting, now)
            if not is_back:
                pause = min(2 * self._pauses.get(kind, (0, SECONDS / 2))[1], PATIENCE_S)
                self._pauses[kind] = now + round(pause * SECOND_US), pause
                break
            self._pauses.pop(kind, None)
            n_done += 1
        return n_done

    def _try(self, waiting: Waiting, now: int) -> bool:
        """Decide one order again; False while it still misses something."""
        event = self._scorer.store.event(waiting.decision_id)
        if event is None:  # a newer event of the order was decided meanwhile
            self.store.lapse(now, decided_before=0, decision_id=waiting.decision_id)
            return True
        if self._scorer.score_again(event, waiting.parts) is None:
            self.store.tried(waiting.decision_id)
            return False
        return True

    def _is_ours(self, now: int) -> bool:
        """Tell whether this worker is the one that does it."""
        return self._leases.take(LEASE, this_process(), now=now, until=now + LEASE_US)
