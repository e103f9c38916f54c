"""Detectors over a whole feature frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.detectors import DETECTORS, NEEDED_FEATURES
from models.detectors.combine import combine

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from models.contracts import Detector

_STEP = 5_000
"""Orders between two reports of progress."""


def assess_frame(
    frame: pd.DataFrame,
    detectors: Sequence[Detector] = DETECTORS,
    *,
    progress: Callable[[int], None] | None = None,
) -> pd.DataFrame:
    """Assess every order of a feature frame.

    Parameters
    ----------
    frame
        Features by column, one row an order; columns it lacks count as unknown.
    detectors
        Who assesses.
    progress
        Called with the number of further orders done.

    Returns
    -------
    pd.DataFrame
        Index of ``frame``; a score column by detector name, ``score`` (combined),
        ``duplicate_of``, ``linked`` (other orders of the finding) and ``reason`` (the strongest,
        in English).

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"order__platform_risk": ["locked", "none"]}, index=["a", "b"])
    >>> assess_frame(frame)["score"].tolist()
    [1.0, 0.0]
    """
    import pandas as pd

    names = sorted(NEEDED_FEATURES.intersection(frame.columns))
    rows: list[dict[str, object]] = []
    for i, values in enumerate(zip(*(frame[name].tolist() for name in names), strict=True)):
        features = dict(zip(names, values, strict=True))
        found = {detector.name: detector.assess(features) for detector in detectors}
        whole = combine(found)
        row: dict[str, object] = {name: finding.score for name, finding in found.items()}
        reason = whole.reasons[0].en if whole.reasons else None
        row |= {"score": whole.score, "duplicate_of": whole.duplicate_of}
        row |= {"linked": whole.linked, "reason": reason}
        rows.append(row)
        if progress is not None and (i + 1) % _STEP == 0:
            progress(_STEP)
    columns = [
        *(detector.name for detector in detectors),
        "score",
        "duplicate_of",
        "linked",
        "reason",
    ]
    return pd.DataFrame(rows, index=frame.index[: len(rows)], columns=columns)
