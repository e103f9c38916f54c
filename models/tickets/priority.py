"""Tell how soon a message must be read: a linear model over character n-grams, after certainties.

Learning takes well under a second, so the model is fitted anew from its examples, the shipped ones
and a merchant's corrections, wherever it is needed; nothing is stored that could differ from them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from models.contracts import Reason
from models.tickets.certainties import certain
from models.tickets.examples import NO_FACTS, PRIORITIES, Example, TicketFacts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

_MOST_CHARACTERS: Final = 2_000
"""What is read of a message; the matter stands at its beginning."""


@dataclass(frozen=True, slots=True)
class TicketConfig:
    """How messages are turned into numbers and learned from.

    Parameters
    ----------
    ngrams
        Lengths of character sequences, within words; Chinese text counts as one word between
        punctuation.
    n_columns
        Columns that sequences are hashed into.
    regularisation
        Inverse strength, as scikit-learn's ``C``.
    correction_weight
        How many shipped examples one correction by the merchant counts for.
    """

    ngrams: tuple[int, int] = (1, 4)
    n_columns: int = 1 << 14
    regularisation: float = 20.0
    correction_weight: float = 5.0


@dataclass(frozen=True, slots=True)
class TicketPriority:
    """How soon a message must be read.

    Parameters
    ----------
    priority
        One of `PRIORITIES`.
    probabilities
        By priority; they add up to 1. A certainty gives 1 to its own.
    reasons
        Why: the certainty, or the pieces of text that weighed most.
    """

    priority: str
    probabilities: dict[str, float]
    reasons: tuple[Reason, ...] = ()


class TicketModel:
    """Learns from examples and tells priorities.

    Parameters
    ----------
    examples
        What to learn from; every priority must be among them.
    corrections
        A merchant's own, which weigh more; the last of equal texts counts.
    config
        How.

    Examples
    --------
    >>> from models.tickets.examples import shipped
    >>> model = TicketModel(shipped())
    >>> model.priority("建议包装换成可回收的纸").priority
    'suggestion'
    >>> model.priority("The charger caught fire").reasons[0].code
    'danger'
    """

    def __init__(
        self,
        examples: Sequence[Example],
        corrections: Sequence[Example] = (),
        config: TicketConfig = TicketConfig(),
    ) -> None:
        from sklearn.feature_extraction import FeatureHasher
        from sklearn.feature_extraction.text import HashingVectorizer
        from sklearn.linear_model import LogisticRegression

        self._vectorizer = HashingVectorizer(
            analyzer="char_wb",
            ngram_range=config.ngrams,
            n_features=config.n_columns,
            alternate_sign=False,
            binary=True,
        )
        self._hasher = FeatureHasher(config.n_columns, input_type="string", alternate_sign=False)
        settled = {example.text: example for example in corrections}
        # What a certainty settles would teach its words for cases that no certainty settles.
        kept = [e for e in examples if e.text not in settled and not certain(e.text, e.facts)]
        rows = [*kept, *settled.values()]
        weights = np.r_[np.ones(len(kept)), np.full(len(settled), config.correction_weight)]
        labels = np.array([PRIORITIES.index(example.priority) for example in rows])
        weights *= len(rows) / (len(PRIORITIES) * np.bincount(labels)[labels])
        columns = self._columns([e.text for e in rows])
        fitted = [  # one against the rest: many times faster here than all at once, and as good
            LogisticRegression(C=config.regularisation, solver="liblinear").fit(
                columns, labels == number, sample_weight=weights
            )
            for number in range(len(PRIORITIES))
        ]
        self._coefficients: NDArray[np.float64] = np.vstack([model.coef_ for model in fitted])
        self._intercepts: NDArray[np.float64] = np.hstack([model.intercept_ for model in fitted])
        self.version = _digest(rows, config)

    def _columns(self, texts: Sequence[str]) -> csr_matrix:
        return self._vectorizer.transform([_folded(text) for text in texts])

    def priority(self, text: str, facts: TicketFacts = NO_FACTS) -> TicketPriority:
        """Tell the priority of one message, with reasons."""
        certainty = certain(text[:_MOST_CHARACTERS], facts)
        if certainty is not None:
            reason = Reason(certainty.code, certainty.zh, certainty.en, share=1.0)
            probabilities = {p: float(p == certainty.priority) for p in PRIORITIES}
            return TicketPriority(certainty.priority, probabilities, (reason,))
        odds = self._columns([text]) @ self._coefficients.T + self._intercepts
        likely = np.exp(odds[0] - odds[0].max())
        likely /= likely.sum()
        best = int(np.argmax(likely))
        probabilities = {p: float(likely[i]) for i, p in enumerate(PRIORITIES)}
        return TicketPriority(PRIORITIES[best], probabilities, self._reasons(text, best))

    def _reasons(self, text: str, priority: int) -> tuple[Reason, ...]:
        """Name the pieces of text that weighed most; longer pieces stand for those within them."""
        analyse = self._vectorizer.build_analyzer()
        pieces = [p for p in dict.fromkeys(analyse(_folded(text))) if len(p.strip()) > 1]
        if not pieces:
            return ()
        columns = self._hasher.transform([piece] for piece in pieces).indices
        weights = self._coefficients[priority, columns].tolist()
        raising: dict[str, float] = {}
        for piece, weight in zip(pieces, weights, strict=True):
            if weight > 0:
                raising[piece.strip()] = raising.get(piece.strip(), 0.0) + weight
        total = sum(raising.values())
        chosen: list[str] = []
        for piece in sorted(raising, key=lambda p: -raising[p]):
            if not any(piece in other or other in piece for other in chosen):
                chosen.append(piece)
            if len(chosen) == 3:
                break
        return tuple(
            Reason(
                "wording", f"措辞“{piece}”", f"the wording “{piece}”", piece,
                share=raising[piece] / total,
            )
            for piece in chosen
        )  # fmt: skip


def _folded(text: str) -> str:
    """Fold case and drop halves of characters, which nothing can encode."""
    return text[:_MOST_CHARACTERS].encode("utf-8", "ignore").decode().casefold()


def _digest(rows: Sequence[Example], config: TicketConfig) -> str:
    """Name what a model was made from."""
    content = "\n".join(sorted(f"{row.priority}\t{row.text}" for row in rows))
    return hashlib.sha256(f"{config}\n{content}".encode()).hexdigest()[:12]
