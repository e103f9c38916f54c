"""How well ticket priorities are told, on matters that were not learned from.

`python -m tests.benchmarks.tickets` prints macro-F1 and the confusion table, cross-validated by
family, so that no matter stands on both sides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sklearn.metrics import confusion_matrix, f1_score
from sklearn.model_selection import StratifiedGroupKFold

from models.tickets.examples import PRIORITIES, Example, shipped
from models.tickets.priority import TicketModel
from serving.cli.console import say

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDS = 5


@dataclass(frozen=True)
class Found:
    """What judging found."""

    macro_f1: float
    confusion: np.ndarray
    n: int


def judge(*, seeds: int = 3, shuffle_labels: bool = False) -> Found:
    """Judge on families left out.

    Parameters
    ----------
    seeds
        How many ways the families are dealt into folds.
    shuffle_labels
        Deal the priorities out anew among the texts that no certainty settles, as a control.
    """
    examples = list(shipped())
    families = [example.family for example in examples]
    truth = np.array([example.priority for example in examples])
    if shuffle_labels:
        truth = np.random.default_rng(7).permutation(truth)
        examples = [Example(e.text, str(p), e.family) for e, p in zip(examples, truth, strict=True)]
    scores, confusion = [], np.zeros((3, 3), np.int64)
    for seed in range(seeds):
        told = truth.copy()
        folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
        for learned, judged in folds.split(truth, truth, families):
            model = TicketModel([examples[i] for i in learned])
            told[judged] = _told(model, [examples[i] for i in judged])
        scores.append(f1_score(truth, told, average="macro"))
        confusion += confusion_matrix(truth, told, labels=list(PRIORITIES))
    return Found(float(np.mean(scores)), confusion / seeds, len(examples))


def _told(model: TicketModel, examples: Sequence[Example]) -> list[str]:
    return [model.priority(example.text, example.facts).priority for example in examples]


def main() -> None:
    """Print the table."""
    found = judge()
    say(f"{found.n} messages in {FOLDS} folds by family: macro-F1 {found.macro_f1:.3f}")
    say(f"{'truth':12}" + "".join(f"{name:>12}" for name in PRIORITIES))
    for name, row in zip(PRIORITIES, found.confusion, strict=True):
        say(f"{name:12}" + "".join(f"{count:12.1f}" for count in row))


if __name__ == "__main__":
    main()
