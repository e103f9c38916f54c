"""What warnings in force and outlets that dropped change for the ways that an order could go."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from features.durations import DAY_US
from models.delivery.alerts import AlertBook
from models.delivery.present import Present
from models.routing.options import Lanes, Warned

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from models.delivery.alerts import Shift
    from models.delivery.present import Fallen
    from models.routing.options import Arrivals, Candidate, Estimates
    from models.routing.ways import Way

    Row = Mapping[str, Any]
    Floats = NDArray[np.float64]
    Cause = Fallen | Shift

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
    lanes, present = Lanes.of(candidates), news.present
    warehouses, outlets = lanes.ends
    if estimates.p_first_attempt is None and present.first_attempt:
        estimates = replace(estimates, p_first_attempt=_rates(outlets, present))
    moves: dict[int, tuple[Cause, ...]] = {}
    if not present.fallen.keys().isdisjoint(outlets):
        for place, outlet in enumerate(outlets):
            if outlet in present.fallen:
                moves[place] = present.fallen[outlet]
    if news.book.alerts:
        shifts = _shifts(estimates, lanes, order, news.book)
        if shifts:
            for place, warehouse in enumerate(warehouses):
                if warehouse in shifts:
                    moves[place] = (*moves.get(place, ()), shifts[warehouse])
    return _moved(estimates, moves) if moves else estimates


def _rates(outlets: Sequence[str], present: Present) -> Floats:
    """Give present rates of first attempts; an outlet without parcels goes as the middle one."""
    rates, usual = present.first_attempt, present.middle
    return np.array([rates.get(outlet, usual) for outlet in outlets])


def _shifts(estimates: Estimates, lanes: Lanes, order: Row, book: AlertBook) -> dict[str, Shift]:
    """Give what the warnings at both ends change for the ways of each warehouse, if anything."""
    at = int(order["received_at"])
    there = _on_arrival(estimates, order, book, at)
    found: dict[str, Shift] = {}
    for name, house in lanes.houses.items():
        here = book.shift(
            house.region, house.city,
            end="from", since=at, until=at + LEAVES_WITHIN_US, as_of=at,
        )  # fmt: skip
        shift = here if there is None else there if here is None else here + there
        if shift is not None:
            found[name] = shift
    return found


def _on_arrival(estimates: Estimates, order: Row, book: AlertBook, at: int) -> Shift | None:
    """Give what the warnings where the order goes change; days are asked only where there is one.

    A parcel is on its way until nine in ten of the slowest way's are there.
    """
    region, city = order.get("ship_region"), order.get("ship_city")

    def shift(until: int) -> Shift | None:
        return book.shift(region, city, end="to", since=at, until=until, as_of=at)

    if estimates.arrivals is None:
        return shift(at + LEAVES_WITHIN_US)
    if shift(at + LONGEST_US) is None:
        return None
    return shift(at + round(float(estimates.arrivals.nine_in_ten().max()) * DAY_US))


def _moved(estimates: Estimates, moves: Mapping[int, Sequence[Cause]]) -> Estimates:
    """Write moved columns, and note what moved them."""
    late, attempt = (
        None if column is None else column.tolist()
        for column in (estimates.p_late, estimates.p_first_attempt)
    )
    notes: dict[int, tuple[Warned, ...]] = {}
    delays: dict[int, float] = {}
    for place, causes in moves.items():
        told = []
        for cause in causes:
            was, is_late = _move(late, place, cause.p_late)
            before, now = _move(attempt, place, cause.p_first_attempt)
            told.append(Warned(is_late - was, before - now, cause))
            delays[place] = delays.get(place, 0.0) + cause.delay_days
        notes[place] = tuple(told)
    arrivals = None if estimates.arrivals is None else _Later(estimates.arrivals, delays)
    return replace(
        estimates,
        p_late=None if late is None else np.array(late),
        p_first_attempt=None if attempt is None else np.array(attempt),
        arrivals=arrivals,
        warned=notes,
    )


def _move(
    column: list[float] | None, place: int, moved: Callable[[float], float]
) -> tuple[float, float]:
    """Move a way's probability; gives what it was and what it is now."""
    if column is None:
        return 0.0, 0.0
    before = column[place]
    column[place] = now = moved(before)
    return before, now


@dataclass(frozen=True, slots=True)
class _Later:
    """Arrivals that warnings put off, each by its days."""

    usual: Arrivals
    delays: Mapping[int, float]

    def days(self, places: Sequence[int]) -> Floats:
        """See `Arrivals.days`."""
        moved = [self.delays.get(place, 0.0) for place in places]
        later: Floats = self.usual.days(places) + np.array(moved)[:, None]
        return later

    def nine_in_ten(self) -> Floats:
        """See `Arrivals.nine_in_ten`."""
        usual = self.usual.nine_in_ten()
        moved = [self.delays.get(place, 0.0) for place in range(len(usual))]
        later: Floats = usual + np.array(moved)
        return later
