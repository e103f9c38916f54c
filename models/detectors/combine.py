"""One abnormal score out of all findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.contracts import NOTHING, Assessment, Reason

if TYPE_CHECKING:
    from collections.abc import Mapping


def combine(assessments: Mapping[str, Assessment]) -> Assessment:
    """Combine the findings of all detectors into one.

    Parameters
    ----------
    assessments
        Findings by detector.

    Returns
    -------
    Assessment
        The strongest score, raised by a tenth of what independent further findings would add
        (noisy-or); reasons of all, shares by score; the duplicate and links of those that have one.

    Notes
    -----
    Findings about one burst overlap (the IP and the device are the same person's), so a plain
    noisy-or would count the same evidence twice and push two weak hints over the line.

    Examples
    --------
    >>> two = {"a": Assessment(0.5, (Reason("a", "甲", "a", share=1.0),)),
    ...        "b": Assessment(0.5, (Reason("b", "乙", "b", share=1.0),))}
    >>> both = combine(two)
    >>> round(both.score, 3), [reason.share for reason in both.reasons]
    (0.525, [0.5, 0.5])
    """
    findings = [finding for finding in assessments.values() if finding.score > 0]
    if not findings:
        return NOTHING
    strongest = max(finding.score for finding in findings)
    clear = 1.0
    for finding in findings:
        clear *= 1.0 - finding.score
    score = strongest + 0.1 * ((1.0 - clear) - strongest)
    total = sum(finding.score for finding in findings)
    reasons = [
        Reason(r.code, r.zh, r.en, r.value, r.typical, r.direction, r.share * finding.score / total)
        for finding in findings
        for r in finding.reasons
    ]
    reasons.sort(key=lambda reason: (-reason.share, reason.code))
    duplicates = [f.duplicate_of for f in findings if f.duplicate_of is not None]
    linked = dict.fromkeys(key for finding in findings for key in finding.linked)
    return Assessment(
        min(score, 1.0), tuple(reasons), duplicates[0] if duplicates else None, tuple(linked)
    )
