"""Rows of the delivery models: features that say something, folds in time, newest rows first."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from features.durations import DAY_US
from models.training.encoding import Encoding, fit_encoding
from models.training.splits import Split
from models.training.stability import clocks, idle

if TYPE_CHECKING:
    import pandas as pd

    from models.training.material import Material

CALENDAR: Final = frozenset({"timing__month", "timing__monthday"})
"""Parts of the date that a history of one or two years cannot teach."""
CATEGORY_ROWS: Final = 40
CATEGORY_VALUES: Final = 60
JUDGE_SHARE: Final = 0.3
N_FOLDS: Final = 2
MAX_ROWS: Final = 40_000
"""Newest rows that are learned from. Deliveries drift, but public holidays come once a year."""
MIN_ROWS: Final = 300
"""Rows each side of a fold needs."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Features that are learned from, with the rows encoded."""

    encoding: Encoding
    matrix: np.ndarray
    left_out: dict[str, list[str]]


def choose_features(
    material: Material, frame: pd.DataFrame, *, without: frozenset[str] = frozenset()
) -> Chosen:
    """Encode the delivery features of training rows, without idle ones and clocks.

    Parameters
    ----------
    material
        Says which features there are.
    frame
        Training rows with ``placed_at``.
    without
        Features that are not to be used.

    Returns
    -------
    Chosen
        Encoding, matrix of shape ``(n_rows, n_features)`` and what was left out, by cause.
    """
    usable = [
        feature
        for feature in material.features
        if "delivery" in feature.purposes
        and feature.kind != "reference"
        and feature.name not in CALENDAR | without
    ]
    names = [feature.name for feature in usable]
    kinds = frozenset(feature.name for feature in usable if feature.kind == "category")
    encoding = fit_encoding(frame, names, kinds, min_rows=CATEGORY_ROWS, max_values=CATEGORY_VALUES)
    matrix = encoding.many(frame)
    constant = idle(matrix, encoding.names)
    placed = frame["placed_at"].astype("int64").to_numpy()
    clock = list(clocks(matrix, encoding.names, placed, kinds))
    dropped = {*constant, *clock}
    keep = [place for place, name in enumerate(names) if name not in dropped]
    kept = Encoding(
        tuple(names[place] for place in keep),
        {name: v for name, v in encoding.vocabularies.items() if name not in dropped},
    )
    left_out = {"never changes": constant, "follows the clock": clock}
    return Chosen(kept, np.ascontiguousarray(matrix[:, keep]), left_out)


def plain_places(material: Material, encoding: Encoding) -> tuple[int, ...]:
    """Find the columns that say something about the order alone, not about what went before."""
    windowed = {feature.name for feature in material.features if feature.measure is not None}
    return tuple(place for place, name in enumerate(encoding.names) if name not in windowed)


def time_folds(placed_at: pd.Series, gap_days: float) -> list[Split]:
    """Cut the newest rows into folds, each learning only from rows old enough before it.

    Parameters
    ----------
    placed_at
        Instants of the rows.
    gap_days
        Days before a fold whose rows were not yet known when it began.

    Returns
    -------
    list of Split
        In time order; empty when there are too few rows.

    Examples
    --------
    >>> import pandas as pd
    >>> at = pd.Series(pd.date_range("2026-01-01", periods=2_000, freq="h", tz="UTC"))
    >>> [(len(split.learn), len(split.judge)) for split in time_folds(at, 2.0)]
    [(1352, 300), (1652, 300)]
    """
    at = placed_at.astype("datetime64[us, UTC]").astype("int64").to_numpy()
    order = np.argsort(at, kind="stable")
    ranked = at[order]
    edges = np.linspace(round(len(at) * (1 - JUDGE_SHARE)), len(at), N_FOLDS + 1).astype(int)
    gap = round(gap_days * DAY_US)
    splits = []
    for start, stop in itertools.pairwise(edges):
        if stop <= start:
            continue
        learn_to = int(np.searchsorted(ranked, ranked[start] - gap, side="left"))
        learn_to = max(learn_to, int(start) * 2 // 3)
        if min(learn_to, stop - start) >= MIN_ROWS:
            splits.append(Split(order[:learn_to], order[start:stop]))
    return splits
