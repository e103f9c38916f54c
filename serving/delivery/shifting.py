"""What warnings in force change for the ways that an order could go."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from models.routing.options import DAYS, Warned

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from models.delivery.alerts import AlertBook, Shift
    from models.routing.options import Candidate, Estimates
    from models.routing.ways import Way

    Row = Mapping[str, Any]

DAY_US: Final = 86_400_000_000
LEAVES_WITHIN_US: Final = DAY_US
"""A warning lies where a parcel leaves if it is in force within a day of the order."""


def warned(
    estimates: Estimates, candidates: Sequence[Candidate | Way], order: Row, book: AlertBook
) -> Estimates:
    """Shift what the models expect by the warnings at both ends of each way.

    Parameters
    ----------
    estimates
        What the models say of the candidates.
    candidates
        Ways the order could go.
    order
        Its flat row: where it goes, and when it was received.
    book
        The warnings known so far.

    Returns
    -------
    Estimates
        The same where nothing is in force; a warning that is not yet known changes nothing.
    """
    if not book.alerts:
        return estimates
    at = int(order["received_at"])
    leaving: dict[str, Shift | None] = {}
    changed: dict[int, Shift] = {}
    there = book.shift(
        order.get("ship_region"), order.get("ship_city"),
        end="to", since=at, until=_arrives(estimates, at), as_of=at,
    )  # fmt: skip
    for place, candidate in enumerate(candidates):
        house = candidate.warehouse
        if house.warehouse not in leaving:
            leaving[house.warehouse] = book.shift(
                house.region, house.city,
                end="from", since=at, until=at + LEAVES_WITHIN_US, as_of=at,
            )  # fmt: skip
        here = leaving[house.warehouse]
        shift = here if there is None else there if here is None else here + there
        if shift is not None:
            changed[place] = shift
    return _shifted(estimates, changed) if changed else estimates


def _arrives(estimates: Estimates, at: int) -> int:
    """Give the instant by which nine in ten of the slowest way's parcels are there."""
    if estimates.days is None:
        return at + LEAVES_WITHIN_US
    slowest = float(estimates.days(range(estimates.n))[:, DAYS.index("q90")].max())
    return at + round(slowest * DAY_US)


def _shifted(estimates: Estimates, changed: Mapping[int, Shift]) -> Estimates:
    """Write shifted columns, and note what was before."""
    late, attempt = (
        None if column is None else np.array(column)
        for column in (estimates.p_late, estimates.p_first_attempt)
    )
    notes: dict[int, Warned] = {}
    for place, shift in changed.items():
        before = replace(estimates, days=None).some([place])[0]
        reason = shift.reason
        notes[place] = Warned(
            before.p_late,
            before.p_first_attempt,
            {"code": reason["code"], **reason["text"], "alerts": reason["alerts"]},
            shift.notice,
        )
        if late is not None:
            late[place] = shift.p_late(before.p_late)
        if attempt is not None:
            attempt[place] = shift.p_first_attempt(before.p_first_attempt)
    days = None if estimates.days is None else partial(_later, estimates.days, changed)
    return replace(estimates, p_late=late, p_first_attempt=attempt, days=days, warned=notes)


def _later(
    days: Callable[[Sequence[int]], NDArray[np.float64]],
    changed: Mapping[int, Shift],
    places: Sequence[int],
) -> NDArray[np.float64]:
    """Foretell the days of some ways, moved by the warnings."""
    moved = [changed[place].delay_days if place in changed else 0.0 for place in places]
    later: NDArray[np.float64] = days(places) + np.array(moved)[:, None]
    return later
