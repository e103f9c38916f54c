"""Points of interest: named places with their road and number, found by what people write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from features.address.normal import folded

SURE: Final = 0.97
"""Confidence at most of a match by name alone."""


@dataclass(frozen=True, slots=True)
class Point:
    """A place that somebody delivered to, a reviewer chose, or a list names.

    Parameters
    ----------
    adcode
        GB/T 2260 code of its county.
    name
        Estate, building or landmark, or None.
    street, house
        Road and number, as far as they are known from evidence.
    lat, lon
        Degrees, WGS-84.
    n_seen
        How often it was delivered to or chosen.
    """

    adcode: str
    name: str | None = None
    street: str | None = None
    house: str | None = None
    lat: float | None = None
    lon: float | None = None
    n_seen: int = 1

    @property
    def text(self) -> str:
        """Give what is compared: road, number and name, folded.

        Examples
        --------
        >>> Point("310115", "汤臣豪园", "张江路", "288弄").text
        '张江路288弄汤臣豪园'
        """
        return folded("".join(filter(None, (self.street, self.house, self.name))))


@dataclass(frozen=True, slots=True)
class Match:
    """A point that is like what was asked for.

    Parameters
    ----------
    point
        The point.
    score
        How alike the texts are, in [0, 1].
    lead
        By how much it is ahead of the next point.
    """

    point: Point
    score: float
    lead: float = 0.0

    @property
    def confidence(self) -> float:
        """Say how likely the point is meant: alike, and nothing else nearly so.

        Examples
        --------
        >>> point = Point("310115", "汤臣豪园")
        >>> Match(point, 1.0, lead=0.5).confidence, Match(point, 0.9).confidence
        (0.97, 0.45)
        """
        return round(min(self.score * (0.5 + min(self.lead, 0.5)), SURE), 4)
