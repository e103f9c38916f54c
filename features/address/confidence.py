"""How likely an answer is right: evidence turned into a probability by measured knots.

The knots are fitted on made and spoilt addresses and shipped as data, so that a confidence of 0.9
means nine right answers of ten (``python -m tests.benchmarks.addresses.confidence --write``).
"""

from __future__ import annotations

import json
from bisect import bisect_right
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final, Literal

from features.address.record import Record

Kind = Literal["deep", "repaired", "shallow"]

UNTRUSTED: Final = 0.3
"""Share of its confidence that a text keeps which was cut or holds a second address."""


class Evidence(Record, frozen=True):
    """What speaks for an answer, before calibration.

    Parameters
    ----------
    kind
        ``deep`` when a county is asserted, or a city that has none, or all that the text holds;
        ``repaired`` when a name had to be put right; ``shallow`` when the answer stops above the
        county.
    weight
        How clearly the answer leads, in [0, 1].
    trust
        Share that is kept: 1, or less for a text that was cut or holds several addresses.
    """

    kind: Kind
    weight: float
    trust: float = 1.0


@lru_cache(maxsize=4096)
def calibrated(evidence: Evidence) -> float:
    """Give the probability that an answer is right and leaves out nothing that the text names.

    Examples
    --------
    >>> sure, unsure = Evidence("deep", 0.98), Evidence("repaired", 0.4)
    >>> calibrated(sure) > 0.95 > calibrated(unsure)
    True
    """
    weights, shares = _knots()[evidence.kind]
    at = bisect_right(weights, evidence.weight)
    if at in {0, len(weights)}:
        probability = shares[max(at - 1, 0)]
    else:
        step = (evidence.weight - weights[at - 1]) / (weights[at] - weights[at - 1])
        probability = shares[at - 1] + step * (shares[at] - shares[at - 1])
    return round(probability * evidence.trust, 4)


@cache
def _knots() -> dict[str, tuple[tuple[float, ...], tuple[float, ...]]]:
    """Read the weights and shares of every kind of evidence."""
    text = files("features.address").joinpath("data/confidence.json").read_text("utf-8")
    raw: dict[str, list[list[float]]] = json.loads(text)["knots"]
    return {
        kind: (tuple(weight for weight, _ in knots), tuple(share for _, share in knots))
        for kind, knots in raw.items()
    }
