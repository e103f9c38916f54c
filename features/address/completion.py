"""What evidence adds to an address: the road and number of a named place, never a guess."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal

from features.address.gazetteer import china
from features.address.meanings import COUNTY
from features.address.normal import folded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from features.address.points import Match, Point
    from features.address.result import Resolution

Part = Literal["street", "house", "district"]

_BARE: Final = re.compile(r"\d+(?:-\d+)?")


def completed(place: Resolution, matches: Sequence[Match]) -> list[tuple[Part, str, int]]:
    """Give the parts that an address lacks and known places have.

    Parameters
    ----------
    place
        The address as resolved.
    matches
        Known places that are like it, all of one division.

    Returns
    -------
    list of tuple
        Part, value, and how many deliveries and choices speak for it. Empty where the places that
        fit disagree: what is not known is not invented.

    Examples
    --------
    >>> from features.address.points import Match, Point
    >>> from features.address.resolve import resolve
    >>> known = Match(Point("310115", "汤臣豪园", "张江路", "288弄", n_seen=4), 1.0)
    >>> completed(resolve("上海浦东新区汤臣豪园3栋"), [known])
    [('street', '张江路', 4), ('house', '288弄', 4)]
    >>> completed(resolve("上海浦东新区张江路288"), [known])
    [('house', '288弄', 4)]
    >>> completed(resolve("上海浦东新区锦绣园3栋"), [known])
    []
    """
    fitting = [match.point for match in matches if _fits(place, match.point)]
    found: list[tuple[Part, str, int]] = []
    if not place.street:
        found += _agreed("street", fitting)
    if not place.house or _BARE.fullmatch(place.house):
        found += _agreed("house", fitting)
    if place.district is None:
        found += _county(fitting)
    return found


def _fits(place: Resolution, point: Point) -> bool:
    """Tell whether a point is the place that a text names, and contradicts none of its parts."""
    if place.street and folded(place.street) != folded(point.street or ""):
        return False
    if place.house and not _is_number(place.house, point.house):
        return False
    if place.estate:
        return folded(place.estate) == folded(point.name or "")
    return bool(place.street and place.house)


def _is_number(written: str, known: str | None) -> bool:
    """Tell whether a number is a known one, its 号 or 弄 perhaps left out."""
    if known is None:
        return False
    if _BARE.fullmatch(written):
        return re.fullmatch(re.escape(written) + "[号弄]?", known) is not None
    return folded(written) == folded(known)


def _agreed(
    part: Literal["street", "house"], points: Sequence[Point]
) -> Iterator[tuple[Part, str, int]]:
    values = {getattr(point, part) for point in points}
    if len(values) == 1 and (value := values.pop()) is not None:
        yield part, value, sum(point.n_seen for point in points)


def _county(points: Sequence[Point]) -> Iterator[tuple[Part, str, int]]:
    codes = {point.adcode for point in points}
    if len(codes) == 1:
        gazetteer = china()
        node = gazetteer.index.get(codes.pop())
        if node is not None and gazetteer.nodes[node].level == COUNTY:
            yield "district", gazetteer.nodes[node].name, sum(point.n_seen for point in points)
