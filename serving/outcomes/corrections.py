"""What a report under a known id is: the same again, or a correction of what was said."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from serving.errors import ConflictError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from features.order import Row

Kind = Literal["new", "repeated", "corrected"]

IDENTITY: Final = ("order_key", "line_id", "kind")
"""What an id stands for; a correction never changes it."""

_COUNTED: Final = ("is_bad", "occurred_at")
"""What features read of an outcome beside its identity."""


@dataclass(frozen=True, slots=True)
class Said:
    """What was reported under an id.

    Parameters
    ----------
    row
        The outcome; its ``known_at`` is from when it counts.
    reported_at
        From when its reporter says it was known, or None when the report did not say.
    """

    row: Row
    reported_at: int | None


@dataclass(frozen=True)
class Known:
    """What an id stands for already.

    Parameters
    ----------
    newest
        What counts now, or None for an id that is new.
    before
        What was said before it was corrected, oldest first.
    """

    newest: Said | None = None
    before: Sequence[Said] = field(default=())


def kind_of(told: Said, known: Known) -> Kind:
    """Tell what a report is.

    Parameters
    ----------
    told
        The report.
    known
        What its id stands for already.

    Returns
    -------
    str
        ``repeated`` also for a report that came late and was corrected meanwhile.

    Raises
    ------
    ConflictError
        When the id stands for another order, line or kind, or when it says something else as of
        the same instant, so that nobody can tell which of the two counts.

    Examples
    --------
    >>> row = {"outcome_id": "o", "order_key": "k", "line_id": None, "kind": "fraud"}
    >>> first = Said(row | {"is_bad": True}, 100)
    >>> kind_of(first, Known()), kind_of(first, Known(first))
    ('new', 'repeated')
    >>> cleared = Said(row | {"is_bad": False}, 200)
    >>> kind_of(cleared, Known(first)), kind_of(first, Known(cleared, [first]))
    ('corrected', 'repeated')
    """
    newest = known.newest
    if newest is None:
        return "new"
    other = [name for name in IDENTITY if told.row[name] != newest.row[name]]
    if other:
        raise ConflictError(
            f"outcome {told.row['outcome_id']!r} is known with another {' and '.join(other)}: "
            "report what is new under an id of its own"
        )
    if _says(told) == _says(newest):
        return "repeated"
    if told.reported_at is None:
        # Without a clock of its own an old report that is sent again looks like a new one.
        is_old = any(_says(told) == _says(earlier) for earlier in known.before)
        return "repeated" if is_old else "corrected"
    reported_at = _reported_at(newest)
    if told.reported_at == reported_at:
        raise ConflictError(
            f"outcome {told.row['outcome_id']!r} says something else as of the same known_at: "
            "send the correction with the instant at which it became known"
        )
    return "corrected" if told.reported_at > reported_at else "repeated"


def counted_from(row: Row, newest: Said) -> int:
    """Give from when a correction counts, microseconds UTC.

    What features read and what stays as it was has been known since it was first said. What they
    read anew counts strictly later than what it corrects, so that whoever is told of both in
    another order still knows which is the newer.

    Examples
    --------
    >>> row = {"is_bad": True, "occurred_at": 5, "amount_minor": 7, "known_at": 100}
    >>> counted_from(row | {"amount_minor": 8, "known_at": 200}, Said(row, 100))
    100
    >>> counted_from(row | {"is_bad": False, "known_at": 200}, Said(row, 100))
    200
    >>> counted_from(row | {"is_bad": False}, Said(row, 100))
    101
    """
    known_at = int(newest.row["known_at"])
    is_same = all(row[name] == newest.row[name] for name in _COUNTED)
    return known_at if is_same else max(int(row["known_at"]), known_at + 1)


def _says(said: Said) -> Row:
    return {name: value for name, value in said.row.items() if name != "known_at"}


def _reported_at(said: Said) -> int:
    return said.row["known_at"] if said.reported_at is None else said.reported_at
