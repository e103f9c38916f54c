"""The model registry: MLflow keeps every version, this machine keeps the last good copy.

Aliases say what a version is for: ``champion`` is served, ``challenger`` was fitted last,
``shadow`` passed the gate and answers beside the champion, ``rollback`` is the champion before.
``HOME/models/<name>`` points to the champion's files and ``.before-<name>`` to those of the one
before, so that serving starts, and goes back, without MLflow.
"""

from __future__ import annotations

import logging
import os
import shutil
import warnings
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from models.artifacts import Artifact, load, save
from models.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

EXPERIMENT: Final = "order-intelligence"
CHAMPION: Final = "champion"
CHALLENGER: Final = "challenger"
SHADOW: Final = "shadow"
ROLLBACK: Final = "rollback"
KEPT_VERSIONS: Final = 3


@dataclass(frozen=True, slots=True)
class Registered:
    """A version in the registry.

    Parameters
    ----------
    name
        Model name.
    version
        Number the registry gave it.
    alias
        ``champion`` or ``challenger``.
    digest
        Digest of the artifact.
    """

    name: str
    version: str
    alias: str
    digest: str


class Shelf:
    """The artifacts on this machine's disk, by model name.

    Parameters
    ----------
    folder
        ``HOME/models``.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as home:
    ...     shelf = Shelf(Path(home))
    ...     for rows in (5, 9):
    ...         _, kept = shelf.put(Artifact({"name": "fraud", "rows_trained": rows}))
    ...         shelf.serve("fraud", kept)
    ...     shelf.back("fraud"), shelf.load("fraud").document["rows_trained"]
    (True, 5)
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, artifact: Artifact) -> tuple[Artifact, Path]:
        """Keep an artifact under its digest, without serving it yet."""
        name = str(artifact.document["name"])
        draft = self.folder / ".kept" / f"{name}-new"
        saved = save(draft, artifact)
        kept = draft.with_name(f"{name}-{saved.version}")
        shutil.rmtree(kept, ignore_errors=True)
        draft.replace(kept)
        return saved, kept

    def serve(self, name: str, kept: Path) -> None:
        """Point a model's name at a kept artifact, in one step, and remember the one before."""
        served = self.served(name)
        if served is not None and served != kept.name:
            self._point(f".before-{name}", served)
        self._point(name, kept.name)
        self._forget_old(name)

    def served(self, name: str) -> str | None:
        """Name of the kept artifact that a model's name points to, or None."""
        return self._target(name)

    def back(self, name: str) -> bool:
        """Serve the artifact before again; False when there is none on this machine.

        Raises
        ------
        ArtifactError
            When it was changed since it was kept; what is served stays.
        """
        before = self._target(f".before-{name}")
        if before is None or not (self.folder / ".kept" / before).is_dir():
            return False
        load(self.folder / ".kept" / before)
        self.serve(name, self.folder / ".kept" / before)
        return True

    def _target(self, link: str) -> str | None:
        path = self.folder / link
        return path.readlink().name if path.is_symlink() else None

    def _point(self, name: str, kept: str) -> None:
        link = self.folder / f".link-{name}"
        link.unlink(missing_ok=True)
        link.symlink_to(Path(".kept") / kept)
        link.replace(self.folder / name)

    def load(self, name: str, definitions: Mapping[str, str] | None = None) -> Artifact:
        """Load what is served under a name, or refuse it, see `models.artifacts.load`."""
        return load(self.folder / name, definitions=definitions)

    def names(self) -> Iterator[str]:
        """Names of the models that are served, in alphabetical order."""
        if not self.folder.is_dir():
            return
        for path in sorted(self.folder.iterdir()):
            if not path.name.startswith(".") and path.is_dir():
                yield path.name

    def _forget_old(self, name: str) -> None:
        """Keep only the newest few artifacts of a model, and those that are pointed to."""
        pointed = {self.served(name), self._target(f".before-{name}")} - {None}
        kept = [p for p in (self.folder / ".kept").glob(f"{name}-*") if p.name not in pointed]
        kept.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        for path in kept[KEPT_VERSIONS - len(pointed) :]:
            shutil.rmtree(path, ignore_errors=True)


class Registry:
    """Versions and aliases of models in MLflow.

    Parameters
    ----------
    home
        Folder of the default store and of the artifacts.
    tracking_uri
        MLflow's store; SQLite in ``home`` unless given.
    """

    def __init__(self, home: Path, tracking_uri: str | None = None) -> None:
        self.home = home.resolve()
        self.tracking_uri = tracking_uri or f"sqlite:///{self.home / 'mlflow.db'}"
        self.shelf = Shelf(self.home / "models")

    def register(
        self,
        artifact: Artifact,
        *,
        metrics: Mapping[str, float],
        definitions: Mapping[str, str] | None = None,
    ) -> Registered:
        """Keep an artifact as a new version: challenger, or champion if there is none to serve.

        Parameters
        ----------
        artifact
            What was trained.
        metrics
            Figures to log with it.
        definitions
            Definition hashes of the features this version computes; a champion trained on other
            definitions cannot be served any more and is replaced.

        Returns
        -------
        Registered
            Version and alias.
        """
        name = str(artifact.document["name"])
        if self._has_champion(name, definitions):
            return self.add(artifact, metrics=metrics)
        saved, kept = self.shelf.put(artifact)
        version = self._log(name, saved, kept, metrics)
        self._retire_champion(name)
        self.shelf.serve(name, kept)
        self._client.set_registered_model_alias(name, CHAMPION, version)
        return Registered(name, version, CHAMPION, saved.digest)

    def add(self, artifact: Artifact, *, metrics: Mapping[str, float]) -> Registered:
        """Keep an artifact as a new version and challenger, whoever is served."""
        name = str(artifact.document["name"])
        saved, kept = self.shelf.put(artifact)
        version = self._log(name, saved, kept, metrics)
        self._client.set_registered_model_alias(name, CHALLENGER, version)
        return Registered(name, version, CHALLENGER, saved.digest)

    def shadow(self, name: str, version: str) -> None:
        """Note that a version passed the gate and answers beside the champion."""
        self._client.set_registered_model_alias(name, SHADOW, version)

    def promote(self, name: str, version: str) -> None:
        """Make a version the champion; the champion before becomes ``rollback``."""
        found = self._client.get_model_version(name, version)
        kept = self.shelf.folder / ".kept" / f"{name}-{found.tags['digest'][:12]}"
        if not kept.is_dir():
            shutil.copytree(self._download(found), kept)
        load(kept)
        # Services follow the shelf: they take it up while the registry is still being told.
        self.shelf.serve(name, kept)
        self._retire_champion(name)
        self._client.set_registered_model_alias(name, CHAMPION, version)

    def rollback(self, name: str) -> str:
        """Serve the champion before again; gives its version.

        What is served changes at once, from this machine's own copy; the registry, which takes
        seconds to open, is told afterwards.
        """
        if self.shelf.back(name):
            return self.follow(name)
        version = self.version(name, ROLLBACK)
        if version is None:
            raise ModelError(f"{name} has no earlier champion to go back to")
        self.promote(name, version)
        return version

    def follow(self, name: str) -> str:
        """Tell the registry which version this machine serves; gives it.

        Raises
        ------
        ModelError
            When the registry does not know what is served.
        """
        served = str(self.shelf.served(name)).removeprefix(f"{name}-")
        for each in self._client.search_model_versions(f"name='{name}'"):
            if each.tags["digest"].startswith(served):
                version = str(each.version)
                if self.version(name, CHAMPION) != version:
                    self._retire_champion(name)
                    self._client.set_registered_model_alias(name, CHAMPION, version)
                return version
        raise ModelError(f"{name}: the registry does not know {served}, which is served here")

    def versions(self, name: str) -> list[dict[str, Any]]:
        """List the versions of a model, newest first, with their aliases."""
        found = self._client.search_model_versions(f"name='{name}'")
        aliases: dict[str, list[str]] = {}
        for alias in (CHAMPION, SHADOW, CHALLENGER, ROLLBACK):
            aliases.setdefault(str(self.version(name, alias)), []).append(alias)
        return [
            {
                "name": name,
                "version": str(each.version),
                "aliases": aliases.get(str(each.version), []),
                "digest": each.tags["digest"],
                "created_at": each.creation_timestamp,
            }
            for each in sorted(found, key=lambda each: -int(each.version))
        ]

    def version(self, name: str, alias: str) -> str | None:
        """Version under an alias, or None."""
        from mlflow.exceptions import MlflowException

        try:
            return str(self._client.get_model_version_by_alias(name, alias).version)
        except MlflowException:
            return None

    def open(self) -> None:
        """Open the store, and make or migrate it where needed; may take seconds the first time."""
        _ = self._experiment

    def _has_champion(self, name: str, definitions: Mapping[str, str] | None) -> bool:
        """Tell whether there is a champion that could be served."""
        if self.version(name, CHAMPION) is None:
            return False
        try:
            self.shelf.load(name, definitions)
        except ModelError:
            return False
        return True

    def _retire_champion(self, name: str) -> None:
        """Remember the present champion as the one to go back to."""
        version = self.version(name, CHAMPION)
        if version is not None:
            self._client.set_registered_model_alias(name, ROLLBACK, version)

    def _log(self, name: str, saved: Artifact, kept: Path, metrics: Mapping[str, float]) -> str:
        """Log one run with parameters, metrics and files, and make it a version."""
        from mlflow.entities import Metric, Param
        from mlflow.exceptions import MlflowException

        client = self._client
        run = client.create_run(self._experiment, run_name=name)
        stamp = run.info.start_time
        client.log_batch(
            run.info.run_id,
            metrics=[Metric(key, value, stamp, 0) for key, value in metrics.items()],
            params=[Param(key, value) for key, value in _parameters(saved.document).items()],
        )
        client.log_artifacts(run.info.run_id, str(kept), "model")
        client.set_terminated(run.info.run_id)
        try:
            client.create_registered_model(name)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
        version = client.create_model_version(
            name,
            source=f"{run.info.artifact_uri}/model",
            run_id=run.info.run_id,
            tags={"digest": saved.digest},
        )
        return str(version.version)

    def _download(self, version: Any) -> Path:
        """Fetch the files of a version from its run."""
        return Path(self._client.download_artifacts(version.run_id, "model"))

    @cached_property
    def _experiment(self) -> str:
        """Id of the experiment all runs belong to."""
        found = self._client.get_experiment_by_name(EXPERIMENT)
        if found is not None:
            return str(found.experiment_id)
        location = (self.home / "mlflow-artifacts").as_uri()
        return str(self._client.create_experiment(EXPERIMENT, artifact_location=location))

    @cached_property
    def _client(self) -> Any:
        """Open MLflow, without its start-up messages."""
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
        warnings.filterwarnings("ignore", message="The ``noload`` loader strategy is deprecated")
        from mlflow import MlflowClient

        for noisy in ("mlflow", "alembic"):
            logging.getLogger(noisy).setLevel(logging.WARNING)
        self.home.mkdir(parents=True, exist_ok=True)
        return MlflowClient(tracking_uri=self.tracking_uri, registry_uri=self.tracking_uri)


def _parameters(document: Mapping[str, Any]) -> dict[str, str]:
    """Flatten what is worth comparing between runs.

    Examples
    --------
    >>> _parameters({"rows_trained": 5, "config": {"seed": 7, "used": {"rounds": 9}}})
    {'rows_trained': '5', 'config.seed': '7', 'config.used.rounds': '9'}
    """
    flat: dict[str, str] = {}
    for key in ("rows_trained", "data_cutoff", "label_maturity_days", "code_version"):
        if key in document:
            flat[key] = str(document[key])
    pending = [("config", document.get("config", {}))]
    while pending:
        path, value = pending.pop(0)
        if isinstance(value, dict):
            pending += [(f"{path}.{key}", inner) for key, inner in value.items()]
        else:
            flat[path] = str(value)
    return flat
