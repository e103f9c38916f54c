"""What an answer is worth: right, wrong or honest about what it does not know."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from tests.benchmarks.addresses.cases import ADMIN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tests.benchmarks.addresses.cases import Question

    Answer = dict[str, str | None]

COLUMNS: Final = ("n", "admin", "all", "wrong", "abstained")
OPEN: Final = frozenset({"ambiguous", "contradicting"})
"""Families whose right answer is to leave the divisions unknown."""


def score(question: Question, answer: Answer, levels: Sequence[str] = ADMIN) -> Counter[str]:
    """Score one answer.

    Parameters
    ----------
    question
        The text and its truth.
    answer
        Field name to value, None for unknown.
    levels
        Fields that are divisions.

    Returns
    -------
    Counter
        ``admin``: every judged division right; ``all``: every judged field right; ``wrong``: a
        division asserted that is not the truth; ``abstained``: no division asserted.
    """
    judged = [name for name in levels if name in question.truth]
    right = {name: _same(answer.get(name), truth) for name, truth in question.truth.items()}
    return Counter(
        n=1,
        admin=all(right[name] for name in judged),
        all=all(right.values()),
        wrong=any(answer.get(name) is not None and not right[name] for name in judged),
        abstained=all(answer.get(name) is None for name in levels),
    )


def _same(found: str | None, truth: str | None) -> bool:
    """Compare without case and spaces; building and unit may lack their kind of room."""
    if found is None or truth is None:
        return found is truth
    return _plain(found) == _plain(truth)


def _plain(text: str) -> str:
    return text.replace(" ", "").casefold()


def table(
    questions: Iterable[Question],
    answer: Callable[[str], Answer],
    levels: Sequence[str] = ADMIN,
) -> dict[str, Counter[str]]:
    """Score all questions, by family, with the line ``all``."""
    found: dict[str, Counter[str]] = {}
    for question in questions:
        points = score(question, answer(question.raw), levels)
        for name in (question.family, "all families"):
            found.setdefault(name, Counter()).update(points)
    return dict(sorted(found.items(), key=lambda item: item[0] == "all families"))


def lines(title: str, found: dict[str, Counter[str]]) -> list[str]:
    """Write a table as text: counts, then shares in per cent."""
    out = [f"{title:<36}{'n':>5}" + "".join(f"{name:>11}" for name in COLUMNS[1:])]
    for family, points in found.items():
        shares = "".join(f"{100 * points[name] / points['n']:>11.1f}" for name in COLUMNS[1:])
        out.append(f"{family:<36}{points['n']:>5}{shares}")
    return out
