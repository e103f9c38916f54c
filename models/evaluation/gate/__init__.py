"""The promotion gate: every check of a challenger, one file each; a new one is a line here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from models.evaluation.gate.calibration import Calibration
from models.evaluation.gate.integrity import Integrity
from models.evaluation.gate.labels import Labels
from models.evaluation.gate.latency import Latency
from models.evaluation.gate.leak import Afterwards, Alone, Promise
from models.evaluation.gate.lines import Lines
from models.evaluation.gate.money import Money
from models.evaluation.gate.parity import Parity
from models.evaluation.gate.schema import Schema
from models.evaluation.gate.shift import Shift
from models.evaluation.gate.size import Size
from models.evaluation.gate.slices import Slices
from models.evaluation.gate.unseen import Unseen

if TYPE_CHECKING:
    from models.evaluation.gate.evidence import Evidence
    from models.evaluation.gate.finding import Check, Finding

ENTRY: Final[tuple[Check, ...]] = (Integrity(), Schema())
"""Checks without which nothing else can be asked."""

CHECKS: Final[tuple[Check, ...]] = (
    *ENTRY,
    Unseen(),
    Labels(),
    Alone(),
    Afterwards(),
    Promise(),
    Parity(),
    Latency(),
    Size(),
    Calibration(),
    Slices(),
    Lines(),
    Shift(),
    Money(),
)
"""All checks, in the order in which reports list them. Each must pass."""


def ask(evidence: Evidence) -> tuple[Finding, ...]:
    """Ask every check; only the entry checks when one of them refuses.

    Parameters
    ----------
    evidence
        Both models and what they said.

    Returns
    -------
    tuple[Finding, ...]
        One a check; the challenger is let in when all passed.
    """
    first = tuple(check.find(evidence) for check in ENTRY)
    if evidence.challenger is None or not all(finding.passed for finding in first):
        return first
    return first + tuple(check.find(evidence) for check in CHECKS[len(ENTRY) :])
