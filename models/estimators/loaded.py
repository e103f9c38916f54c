"""What every loaded model can say of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.artifacts import Artifact
    from models.contracts import FeatureValues, Reason


@dataclass(frozen=True)
class LoadedModel:
    """A model read back from its artifact; subclasses predict.

    Parameters
    ----------
    artifact
        A checked artifact, see `models.artifacts.load`.

    Examples
    --------
    >>> from models.artifacts import Artifact
    >>> loaded = LoadedModel(Artifact({"name": "fraud"}, digest="0123456789abcdef"))
    >>> loaded.name, loaded.version, loaded.explain({})
    ('fraud', '0123456789ab', ())
    """

    artifact: Artifact

    @property
    def name(self) -> str:
        """Name of the model."""
        return str(self.artifact.document["name"])

    @property
    def version(self) -> str:
        """Short name of the exact artifact."""
        return self.artifact.version

    def explain(self, values: FeatureValues, n_reasons: int = 5) -> tuple[Reason, ...]:
        """Name the strongest causes of one prediction; a model that knows none gives none."""
        del values, n_reasons
        return ()
