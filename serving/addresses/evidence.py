"""What the index of points is made from: landmarks, deliveries, and what reviewers chose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from features.address.gazetteer import china
from features.address.meanings import COUNTY
from features.address.points import Point
from features.address.resolve import resolve_parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from features.address.result import Resolution
    from serving.addresses.choices import Choice
    from serving.addresses.repository import AddressStore

SURE: Final = 0.9
"""Confidence of the divisions from which a delivered address is evidence."""
BY_REVIEW: Final = 3
"""Deliveries that a reviewer's choice counts for."""


def evidence(store: AddressStore) -> Iterator[Point]:
    """Go through every point that something speaks for.

    Parameters
    ----------
    store
        Deliveries and reviewers' choices. Only road, number and the names of estates and
        buildings leave it: no unit, room, name or phone.
    """
    yield from landmarks()
    for parts in store.delivered():
        place = resolve_parts(**parts)
        if place.confidence >= SURE and place.adcode is not None:
            yield from of_place(place)
    for label in store.labels():
        if label["chosen"] and label["shown"]:
            yield from of_choice(label["shown"][label["chosen"] - 1])


def landmarks() -> Iterator[Point]:
    """Go through the shipped landmarks that lie in one county."""
    gazetteer = china()
    for name, codes in gazetteer.landmarks.items():
        node = gazetteer.index.get(codes[0])
        if len(codes) == 1 and node is not None and gazetteer.nodes[node].level == COUNTY:
            yield Point(codes[0], name.rstrip("!"))


def of_place(place: Resolution) -> Iterator[Point]:
    """Give the point of a delivered address; none where it has neither a door nor a name.

    Examples
    --------
    >>> from features.address.resolve import resolve
    >>> [point.text for point in of_place(resolve("上海市浦东新区张江路288弄汤臣豪园3栋501室"))]
    ['张江路288弄汤臣豪园']
    """
    yield from _point(place.adcode, place.estate, place.street, place.house, None, None, 1)


def of_choice(choice: Choice) -> Iterator[Point]:
    """Give the point of an address that a reviewer chose."""
    is_exact = (choice.radius_m or 10_000) <= 1_000
    lat, lon = (choice.lat, choice.lon) if is_exact else (None, None)
    yield from _point(
        choice.adcode, choice.estate, choice.street, choice.house, lat, lon, BY_REVIEW
    )


def _point(adcode: str | None, name: str | None, *rest: Any) -> Iterator[Point]:
    street, house, lat, lon, n_seen = rest
    has_door = street is not None and house is not None
    if adcode is not None and (has_door or name is not None):
        yield Point(adcode, name, street, house, lat, lon, n_seen)
