"""The detectors over a whole history: every order as it looked when it arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from features.history import History


def sweep(history: History) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Ask every detector about every order of a history.

    Parameters
    ----------
    history
        The history.

    Returns
    -------
    tuple
        Flagged order to the detectors that flagged it, and order to the earlier orders that its
        findings name (flagged or not).
    """
    from features.catalogue import declare
    from features.engines import batch

    frame = batch.compute(history, declare(history.profile, purposes=("abnormal",)))
    return assess(frame)


def assess(frame: pd.DataFrame) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Ask every detector about every row of a feature frame; see :func:`sweep`."""
    from models.detectors import NEEDED_FEATURES, assess_all
    from models.detectors.combine import combine
    from models.detectors.grading import FLAG_SCORE

    read = [name for name in frame.columns if name in NEEDED_FEATURES]
    flagged: dict[str, list[str]] = {}
    links: dict[str, list[str]] = {}
    for key, row in zip(frame.index, frame[read].to_dict("records"), strict=True):
        found = assess_all({str(name): value for name, value in row.items()})
        if not found:
            continue
        whole = combine(found)
        named = list(whole.linked) + ([whole.duplicate_of] if whole.duplicate_of else [])
        if named:
            links[str(key)] = named
        if whole.score >= FLAG_SCORE:
            flagged[str(key)] = [n for n, each in found.items() if each.score >= FLAG_SCORE]
    return flagged, links
