"""How likely the first choice for an unsure address is right in this shop, by its reviewers.

What the resolver says is calibrated on made addresses. A shop's own buyers err in their own ways,
and its reviewers settle what that means: of choices that looked 80 % likely, how many were taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

N_STEPS: Final = 20
"""Equal steps of confidence between 0 and 1."""
PRIOR: Final = 20.0
"""Imaginary labels a step which say that the confidence is right: with the line at 0.9, choices of
0.8 settle by themselves only after 30 of them were taken and none was refused."""


@dataclass(frozen=True, slots=True)
class Sureness:
    """A shop's own reading of confidences.

    Parameters
    ----------
    shares
        Share right at ``0, 1/20, …, 1``, never falling.
    n_labels
        Choices of reviewers that it was learned from.
    """

    shares: tuple[float, ...] = tuple(step / N_STEPS for step in range(N_STEPS + 1))
    n_labels: int = 0

    def of(self, confidence: float) -> float:
        """Give how likely a first choice of some confidence is right.

        Examples
        --------
        >>> Sureness().of(0.83)
        0.83
        """
        if not self.n_labels:
            return confidence
        at = min(int(confidence * N_STEPS), N_STEPS - 1)
        part = confidence * N_STEPS - at
        return self.shares[at] + part * (self.shares[at + 1] - self.shares[at])


def fit_sureness(labels: Iterable[tuple[float, bool]]) -> Sureness:
    """Learn from what reviewers chose.

    Parameters
    ----------
    labels
        Confidence of the first choice that was shown, and whether it was taken.

    Returns
    -------
    Sureness
        Confidences as they are where there are no labels.

    Examples
    --------
    >>> taken = [(0.8, True)] * 30
    >>> learned = fit_sureness(taken)
    >>> learned.n_labels, learned.of(0.8) >= 0.9 > learned.of(0.3)
    (30, True)
    """
    from sklearn.isotonic import IsotonicRegression

    known = list(labels)
    steps = [step / N_STEPS for step in range(N_STEPS + 1)]
    confidence, right, weight = [*steps], [*steps], [PRIOR] * len(steps)
    for value, taken in known:
        at = min(int(value * N_STEPS), N_STEPS - 1)
        part = value * N_STEPS - at
        # A label between two steps speaks for both, as far as each is read there.
        confidence += steps[at : at + 2]
        right += [float(taken)] * 2
        weight += [1.0 - part, part]
    curve = IsotonicRegression(y_min=0.0, y_max=1.0).fit(confidence, right, sample_weight=weight)
    return Sureness(tuple(float(share) for share in curve.predict(steps)), len(known))
