"""A place as geopy gives it, with the place in one form for all providers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geopy.location import Location

if TYPE_CHECKING:
    from serving.geocoders.places import Geocode


class Found(Location):  # type: ignore[misc]  # geopy has no types
    """A geopy location that also holds the place in one form for all providers."""

    __slots__ = ("place",)

    def __init__(self, place: Geocode, raw: Any) -> None:
        super().__init__(place.address, (place.lat, place.lon), raw)
        self.place = place
