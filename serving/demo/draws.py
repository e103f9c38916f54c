"""Random draws: one independent, named stream for each part of the simulation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def stream(seed: int, name: str) -> np.random.Generator:
    """Open the random stream of one part, so that no part disturbs another.

    Parameters
    ----------
    seed
        Seed of the whole simulation.
    name
        Name of the part.

    Examples
    --------
    >>> bool(stream(7, "goods").integers(100) == stream(7, "goods").integers(100))
    True
    """
    return np.random.default_rng([seed, crc32(name.encode())])


def pick(draw: np.random.Generator, weights: Any, size: int) -> NDArray[np.int64]:
    """Draw positions with given weights.

    Parameters
    ----------
    draw
        The random stream.
    weights
        Weight of each position, at least 0, shape ``(n,)``.
    size
        How many to draw.

    Examples
    --------
    >>> pick(stream(7, "x"), [0, 1, 0], 3).tolist()
    [1, 1, 1]
    """
    edges = np.cumsum(np.asarray(weights, dtype=np.float64))
    found = np.searchsorted(edges, draw.random(size) * edges[-1], side="right")
    picked: NDArray[np.int64] = np.minimum(found, len(edges) - 1).astype(np.int64)
    return picked


def chance(logit: Any) -> Any:
    """Turn a logit into a probability.

    Examples
    --------
    >>> float(chance(0.0))
    0.5
    """
    return 1.0 / (1.0 + np.exp(-np.asarray(logit, dtype=np.float64)))
