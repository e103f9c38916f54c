"""Taking up promoted models without a restart, and without a dropped order."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from serving.live import SCORED, load_judge
from serving.logs import logger

if TYPE_CHECKING:
    from pathlib import Path

    from features.history import HistoryProfile
    from serving.scoring.judge import Missing
    from serving.scoring.service import Scorer

SECONDS: Final = 0.5
"""Seconds between two looks at what is served; a look reads a few links."""


class ModelReloader:
    """Swaps the models of a scorer when a name points to another artifact.

    Parameters
    ----------
    scorer
        Whose judge is swapped, in one assignment: each order is judged by one set of models.
    folder
        ``HOME/models``.
    profile
        What the history holds.
    """

    def __init__(self, scorer: Scorer, folder: Path, profile: HistoryProfile | None) -> None:
        self._scorer, self._folder, self._profile = scorer, folder, profile
        self._seen = self._pointed()

    def refresh(self) -> bool:
        """Load what is served now if that has changed; tells whether it had.

        A model that cannot be loaded leaves the one in memory in place.
        """
        pointed = self._pointed()
        if pointed == self._seen:
            return False
        changed = frozenset(n for n in SCORED if pointed.get(n) != self._seen.get(n))
        fresh, judge = load_judge(self._folder, self._profile, changed), self._scorer.judge
        kept = {
            name: model
            for name, model in judge.models.items()
            if name not in fresh.models and (name not in changed or name in pointed)
        }
        missing = [part for part in judge.missing if _model_of(part) not in changed]
        # What answered up to now may come back.
        missing += [
            replace(part, is_passing=part.is_passing or _model_of(part) in judge.models)
            for part in fresh.missing
            if _model_of(part) not in kept
        ]
        # In one assignment, to the judge of now: rules may have changed while models were loaded.
        self._scorer.judge = replace(
            self._scorer.judge, models={**kept, **fresh.models}, missing=tuple(missing)
        )
        self._seen = pointed
        versions = {name: model.version for name, model in self._scorer.judge.models.items()}
        logger().info("models in force", **versions)
        return True

    async def follow(self) -> None:
        """Look again and again, for ever."""
        while True:
            await asyncio.sleep(SECONDS)
            try:
                if self._pointed() != self._seen:
                    await asyncio.to_thread(self.refresh)
            except Exception as error:  # noqa: BLE001 the next look tries again
                logger().error("models were not taken up", exc_info=error)

    def _pointed(self) -> dict[str, str]:
        """Read what each model's name points to."""
        paths = {name: self._folder / name for name in SCORED}
        return {name: path.readlink().name for name, path in paths.items() if path.is_symlink()}


def _model_of(part: Missing) -> str:
    return part.part.removeprefix("model:")
