"""What warnings in force and outlets that dropped change for the ways that an order could go."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from models.delivery.alerts import AlertBook
from models.delivery.present import Present
from models.routing.options import DAYS, Warned

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from models.delivery.alerts import Shift
    from models.delivery.present import Fallen
    from models.routing.options import Candidate, Estimates
    from models.routing.ways import Way

    Row = Mapping[str, Any]
    Floats = NDArray[np.float64]
    Cause = Fallen | Shift

DAY_US: Final = 86_400_000_000
LEAVES_WITHIN_US: Final = DAY_US
"""A warning lies where a parcel leaves if it is in force within a day of the order."""

LONGEST_US: Final = 365 * DAY_US
"""No parcel is on its way for longer."""


@dataclass(frozen=True, slots=True)
class News:
    """What is known to go otherwise than the models expect.

    Parameters
    ----------
    book
        Weather and traffic warnings, with what they change.
    present
        How outlets go, by the newest look.
    """

    book: AlertBook = field(default_factory=AlertBook)
    present: Present = field(default_factory=Present)


def as_of_now(
    estimates: Estimates, candidates: Sequence[Candidate | Way], order: Row, news: News
) -> Estimates:
    """Correct what the models expect by what is known just now.

    Parameters
    ----------
    estimates
        What the models say of the candidates.
    candidates
        Ways the order could go.
    order
        Its flat row: where it goes, and when it was received.
    news
        Warnings and fallen outlets known so far.

    Returns
    -------
    Estimates
        The same where nothing is in force; a warning that is not yet known changes nothing. Where
        there is no model of first attempts, the outlets' present rates take its place.
    """
    present = news.present
    if estimates.p_first_attempt is None and present.first_attempt:
        estimates = replace(estimates, p_first_attempt=_rates(candidates, present.first_attempt))
    moves: dict[int, list[Cause]] = {}
    if present.fallen:
        for place, candidate in enumerate(candidates):
            fallen = present.fallen.get(candidate.outlet.outlet)
            if fallen:
                moves[place] = [*fallen]
    if news.book.alerts:
        for place, shift in _shifts(estimates, candidates, order, news.book).items():
            moves.setdefault(place, []).append(shift)
    return _moved(estimates, moves) if moves else estimates


def _rates(candidates: Sequence[Candidate | Way], rates: Mapping[str, float]) -> Floats:
    """Give present rates of first attempts; an outlet without parcels goes as the middle one."""
    usual = float(np.median(list(rates.values())))
    return np.array([rates.get(candidate.outlet.outlet, usual) for candidate in candidates])


def _shifts(
    estimates: Estimates, candidates: Sequence[Candidate | Way], order: Row, book: AlertBook
) -> dict[int, Shift]:
    """Give what the warnings at both ends of each way change."""
    at = int(order["received_at"])
    leaving: dict[str, Shift | None] = {}
    found: dict[int, Shift] = {}
    there = _on_arrival(estimates, order, book, at)
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
            found[place] = shift
    return found


def _on_arrival(estimates: Estimates, order: Row, book: AlertBook, at: int) -> Shift | None:
    """Give what the warnings where the order goes change; days are asked only where there is one.

    A parcel is on its way until nine in ten of the slowest way's are there.
    """
    region, city = order.get("ship_region"), order.get("ship_city")

    def shift(until: int) -> Shift | None:
        return book.shift(region, city, end="to", since=at, until=until, as_of=at)

    if estimates.days is None:
        return shift(at + LEAVES_WITHIN_US)
    if shift(at + LONGEST_US) is None:
        return None
    slowest = float(estimates.days(range(estimates.n))[:, DAYS.index("q90")].max())
    return shift(at + round(slowest * DAY_US))


def _moved(estimates: Estimates, moves: Mapping[int, Sequence[Cause]]) -> Estimates:
    """Write moved columns, and note what moved them."""
    late, attempt = (
        None if column is None else np.array(column)
        for column in (estimates.p_late, estimates.p_first_attempt)
    )
    notes: dict[int, tuple[Warned, ...]] = {}
    delays: dict[int, float] = {}
    for place, causes in moves.items():
        told = []
        for cause in causes:
            more_late, more_failed = _move(late, attempt, place, cause)
            told.append(_note(cause, more_late, more_failed))
            delays[place] = delays.get(place, 0.0) + cause.delay_days
        notes[place] = tuple(told)
    days = None if estimates.days is None else partial(_later, estimates.days, delays)
    return replace(estimates, p_late=late, p_first_attempt=attempt, days=days, warned=notes)


def _move(
    late: Floats | None, attempt: Floats | None, place: int, cause: Cause
) -> tuple[float, float]:
    """Move a way's columns; gives what that adds to lateness and to failed first attempts."""
    more_late = more_failed = 0.0
    if late is not None:
        before = float(late[place])
        late[place] = cause.p_late(before)
        more_late = float(late[place]) - before
    if attempt is not None:
        before = float(attempt[place])
        attempt[place] = cause.p_first_attempt(before)
        more_failed = before - float(attempt[place])
    return more_late, more_failed


def _note(cause: Cause, late: float, failed: float) -> Warned:
    """Note what a warning or a drop changed, with its words."""
    reason = cause.reason
    told = {"code": reason["code"], **reason["text"], "alerts": reason["alerts"]}
    return Warned(late, failed, told, cause.notice, cause.moved)


def _later(
    days: Callable[[Sequence[int]], Floats], delays: Mapping[int, float], places: Sequence[int]
) -> Floats:
    """Foretell the days of some ways, moved by the warnings."""
    moved = [delays.get(place, 0.0) for place in places]
    later: Floats = days(places) + np.array(moved)[:, None]
    return later
