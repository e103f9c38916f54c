"""What the two models of arrival share in their artifacts: the distribution, and the document."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from models.estimators.document import feature_entry
from models.training.encoding import Encoding
from models.training.transit import Transit

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd

    from models.artifacts import Artifact
    from models.training.delivery import Chosen
    from models.training.material import Material

SPREAD_FILE: Final = "spread.txt"


def load_transit(artifact: Artifact, *, centre: str) -> Transit:
    """Put the distribution of an artifact together."""
    document = artifact.document
    encoding, texts = Encoding.of_document(document), artifact.texts
    return Transit.from_json(document["transit"], encoding, texts[centre], texts[SPREAD_FILE])


def delivery_document(
    material: Material, name: str, chosen: Chosen, rows: pd.DataFrame, cutoff: datetime
) -> dict[str, Any]:
    """Write what every delivery artifact says about itself."""
    by_name = {feature.name: feature for feature in material.features}
    return {
        "name": name,
        "features": [
            feature_entry(by_name[feature], rows, material) for feature in chosen.encoding.names
        ],
        "vocabularies": chosen.encoding.to_json(),
        "data_cutoff": cutoff.isoformat(),
        "trained_from": rows["placed_at"].min().isoformat(),
        "trained_to": rows["placed_at"].max().isoformat(),
        "rows_trained": len(rows),
        "features_left_out": chosen.left_out,
        "code_version": version("order-intelligence"),
    }
