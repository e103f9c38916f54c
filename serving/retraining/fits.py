"""Fit the week's challengers side by side; a fit that was finished before is used again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from models.artifacts import Artifact, load, save
from models.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from models.estimators.base import RiskEstimator
    from models.retrain import Recipe
    from models.training.material import Material


@dataclass(frozen=True)
class Fit:
    """One challenger to be fitted.

    Parameters
    ----------
    estimator
        The model.
    recipe
        How it is fitted.
    cutoff
        The instant at which it is fixed.
    """

    estimator: RiskEstimator
    recipe: Recipe
    cutoff: datetime

    def key(self, basis: str) -> str:
        """Digest of everything that the result depends on, shortened.

        Parameters
        ----------
        basis
            Digest of history, feature definitions and code.
        """
        said = {
            "model": self.estimator.name,
            "kinds": self.estimator.kinds,
            "config": asdict(self.estimator.config),
            "recipe": asdict(self.recipe),
            "cutoff": self.cutoff.isoformat(),
            "basis": basis,
        }
        text = json.dumps(said, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Workshop:
    """Where and how challengers are fitted.

    Parameters
    ----------
    folder
        Where finished fits are kept.
    backend
        Joblib's backend: ``threading`` in this process, or a cluster's.
    n_jobs
        Fits side by side; each uses one thread.
    """

    folder: Path
    backend: str = "threading"
    n_jobs: int = 2

    def fit(
        self,
        fits: Sequence[Fit],
        material: Material,
        basis: str,
        say: Callable[[str], None] = lambda _: None,
    ) -> list[Artifact | ModelError]:
        """Fit what is not there yet, and give every challenger as read back from disk.

        Parameters
        ----------
        fits
            The challengers.
        material
            The history with its features, computed before.
        basis
            Digest of what all of them learn from.
        say
            Told of each finished fit.

        Returns
        -------
        list
            One a challenger: the artifact, or why there is none.
        """
        from joblib import Parallel, delayed, parallel_config

        folders = [self.folder / f"{f.estimator.name}-{f.recipe.name}-{f.key(basis)}" for f in fits]
        lacking = [place for place, folder in enumerate(folders) if not _is_whole(folder)]
        if lacking:
            with parallel_config(backend=self.backend):
                trained = Parallel(n_jobs=self.n_jobs, return_as="generator_unordered")(
                    delayed(_train)(place, fits[place], material) for place in lacking
                )
                for place, outcome in trained:
                    if isinstance(outcome, ModelError):
                        say(f"{_name(fits[place])}: {outcome}")
                        continue
                    save(folders[place], outcome)
                    say(f"{_name(fits[place])}: fitted")
        return [_read(folder, fit) for folder, fit in zip(folders, fits, strict=True)]


def _train(place: int, fit: Fit, material: Material) -> tuple[int, Artifact | ModelError]:
    """Fit one challenger, here or on another machine."""
    try:
        trained = fit.estimator.train(material, cutoff=fit.cutoff, train_days=fit.recipe.train_days)
    except ModelError as error:
        return place, error
    return place, trained.artifact


def _is_whole(folder: Path) -> bool:
    """Tell whether a finished fit is there; one that was changed is fitted again."""
    try:
        load(folder)
    except (ModelError, OSError, ValueError):
        return False
    return True


def _read(folder: Path, fit: Fit) -> Artifact | ModelError:
    if not folder.is_dir():
        return ModelError(f"{_name(fit)} could not be fitted on this history")
    try:
        return load(folder)
    except ModelError as error:
        return error


def _name(fit: Fit) -> str:
    return f"{fit.estimator.name} ({fit.recipe.en})"


def basis_of(material: Material) -> str:
    """Digest of the history's rows, the feature definitions and the code version."""
    from importlib.metadata import version

    from features import merging

    parts: list[Any] = [
        merging.digest(material.history.folder),
        sorted(material.definitions.items()),
        version("order-intelligence"),
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
