"""Fit and check the confidence of the address resolver on made and spoilt addresses.

``python -m tests.benchmarks.addresses.confidence`` prints, on a seed that was not used for fitting,
the expected calibration error and the share right among the surest 80 %. With ``--write`` it fits
the shipped knots first.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

import features.address
from features.address.gazetteer import china
from features.address.resolve import evidence_of, resolve
from tests.benchmarks.addresses.noise import made

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from features.address.result import Resolution

KNOTS: Final = Path(features.address.__file__).parent / "data" / "confidence.json"
FIT_SEED: Final = 20_261
CHECK_SEED: Final = 20_262
BINS: Final = 10
COVERAGE: Final = 0.8
_N_KNOTS: Final = 12
_PRIOR: Final = 2.0
"""Imaginary wrong answers a knot: what was never seen wrong may still be."""


@dataclass(frozen=True, slots=True)
class Check:
    """How honest the confidences are.

    Parameters
    ----------
    n
        Addresses.
    error
        Expected calibration error over ten equal bins, of the addresses that got an answer.
    right_when_sure
        Share right among the surest 80 % of all.
    wrong
        Share of all with a wrong division asserted.
    """

    n: int
    error: float
    right_when_sure: float
    wrong: float


def check(n: int, *, seed: int) -> Check:
    """Check the shipped confidences on made addresses."""
    confidence, right, wrong = np.zeros(n), np.zeros(n, bool), np.zeros(n, bool)
    for i, address in enumerate(made(n, seed=seed)):
        place = resolve(address.raw)
        path = path_of(place)
        confidence[i], right[i] = place.confidence, path == address.path
        wrong[i] = path != address.path[: len(path)]
    answered = confidence > 0
    surest = np.argsort(-confidence, kind="stable")[: round(COVERAGE * n)]
    error = calibration_error(confidence[answered], right[answered])
    return Check(n, error, float(right[surest].mean()), float(wrong.mean()))


def path_of(place: Resolution) -> tuple[str, ...]:
    """Name the divisions of an answer from the province down."""
    gazetteer = china()
    if place.adcode is None:
        return ()
    return tuple(gazetteer.nodes[i].name for i in gazetteer.paths[gazetteer.index[place.adcode]])


def calibration_error(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Weigh the gaps between confidence and share right over equal bins."""
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = [
        (bins == b).mean() * abs(confidence[bins == b].mean() - right[bins == b].mean())
        for b in np.unique(bins)
    ]
    return float(sum(gaps))


def fit(n: int, *, seed: int) -> dict[str, list[list[float]]]:
    """Fit the knots of each kind of evidence: monotone, by pooling neighbours that disagree."""
    from sklearn.isotonic import IsotonicRegression

    seen: dict[str, list[tuple[float, bool]]] = {}
    for address in made(n, seed=seed):
        evidence = evidence_of(address.raw)
        if evidence is not None:
            right = path_of(resolve(address.raw)) == address.path
            seen.setdefault(evidence.kind, []).append((evidence.weight, right))
    knots = {}
    for kind, pairs in sorted(seen.items()):
        weight = np.array([w for w, _ in pairs])
        hits = np.array([r for _, r in pairs], dtype=float)
        curve = IsotonicRegression(out_of_bounds="clip").fit(weight, hits)
        edges = np.unique(np.quantile(weight, np.linspace(0.0, 1.0, _N_KNOTS)))
        share = curve.predict(edges)
        near = np.array([max((np.abs(weight - e) < 0.02).sum(), 1) for e in edges])
        shrunk = np.maximum.accumulate(share * near / (near + _PRIOR))
        knots[kind] = [
            [round(float(e), 4), round(float(s), 4)] for e, s in zip(edges, shrunk, strict=True)
        ]
    return knots


def main() -> None:
    """Fit if asked, then check."""
    parser = argparse.ArgumentParser(description="Confidence of the address resolver.")
    parser.add_argument("-n", type=int, default=10_000)
    parser.add_argument("--write", action="store_true", help="fit the shipped knots first")
    asked = parser.parse_args()
    if asked.write:
        document = {"seed": FIT_SEED, "n": asked.n, "knots": fit(asked.n, seed=FIT_SEED)}
        KNOTS.write_text(json.dumps(document, indent=1) + "\n", "utf-8")
        sys.stdout.write(f"{KNOTS.name} written; checked by the next run\n")
        return
    found = check(asked.n, seed=CHECK_SEED)
    sys.stdout.write(
        f"{found.n} made addresses of seed {CHECK_SEED}: calibration error {found.error:.4f}, "
        f"right among the surest {COVERAGE:.0%}: {found.right_when_sure:.2%}, "
        f"wrong division asserted: {found.wrong:.2%}\n"
    )


if __name__ == "__main__":
    main()
