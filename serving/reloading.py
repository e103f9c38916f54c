"""Taking up promoted models without a restart, and without a dropped order."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from serving.live import SCORED, load_judge
from serving.logs import logger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Set
    from pathlib import Path

    from features.history import HistoryProfile
    from serving.scoring.judge import Judge, Missing
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
        fresh = load_judge(self._folder, self._profile, changed)
        self._scorer.change_judge(lambda judge: _with_models(judge, fresh, changed, pointed.keys()))
        self._seen = pointed
        versions = {name: model.version for name, model in self._scorer.judge.models.items()}
        logger().info("models in force", **versions)
        return True

    def _pointed(self) -> dict[str, str]:
        return pointed(self._folder, SCORED)


def pointed(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """Read what the name of each served model points to; a name without a model is left out."""
    paths = {name: folder / name for name in names}
    return {name: path.readlink().name for name, path in paths.items() if path.is_symlink()}


async def follow(refresh: Callable[[], object], *, seconds: float, failed: str) -> None:
    """Look for what is newer, again and again, for ever.

    Parameters
    ----------
    refresh
        Takes up what is new, beside the orders.
    seconds
        Between two looks.
    failed
        What the log says when a look fails; the next one tries again.
    """
    while True:
        await asyncio.sleep(seconds)
        try:
            await asyncio.to_thread(refresh)
        except Exception as error:  # noqa: BLE001 the next look tries again
            logger().error(failed, exc_info=error)


def _with_models(judge: Judge, fresh: Judge, changed: Set[str], served: Set[str]) -> Judge:
    """Give a judge with the models of another; one that could not be loaded stays as it was.

    Parameters
    ----------
    judge
        The judge of now.
    fresh
        What was loaded of the models that changed.
    changed, served
        Names of the models that changed, and of those that are served now.
    """
    kept = {
        name: model
        for name, model in judge.models.items()
        if name not in fresh.models and (name not in changed or name in served)
    }
    missing = [part for part in judge.missing if _model_of(part) not in changed]
    # What answered up to now may come back.
    missing += [
        replace(part, is_passing=part.is_passing or _model_of(part) in judge.models)
        for part in fresh.missing
        if _model_of(part) not in kept
    ]
    return replace(judge, models={**kept, **fresh.models}, missing=tuple(missing)).ready()


def _model_of(part: Missing) -> str:
    return part.part.removeprefix("model:")
