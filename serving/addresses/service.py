"""Address enhancement: offline, pure, and never in the way of an order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.address.completion import completed
from features.address.gazetteer import china
from features.address.resolve import resolve
from serving.addresses.schemas import (
    AddressOut,
    CandidateOut,
    CompletedOut,
    CorrectedOut,
    EnhanceIn,
    EnhanceOut,
    LiftedOut,
    PointOut,
    ReplacedOut,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from features.address.points import Match
    from features.address.result import Resolution
    from serving.addresses.index import PointIndex


def enhance(request: EnhanceIn, index: PointIndex | None = None) -> EnhanceOut:
    """Resolve every address of a request.

    Parameters
    ----------
    request
        The addresses.
    index
        Points of interest of this home.

    Examples
    --------
    >>> answer = enhance(EnhanceIn.model_validate({"addresses": [{"raw": "杭州西湖区文三路1号"}]}))
    >>> answer.addresses[0].city, answer.addresses[0].precision
    ('杭州市', 'house')
    """
    places = [resolve(address.raw, address.country) for address in request.addresses]
    answers = [answer(place, () if index is None else index.like(place)) for place in places]
    return EnhanceOut(addresses=answers, release=china().release)


def answer(place: Resolution, matches: Sequence[Match] = ()) -> AddressOut:
    """Write a resolved address, and the points that are like it, as the API answers them."""
    return AddressOut(
        country=place.country,
        province=place.province,
        city=place.city,
        district=place.district,
        township=place.township,
        street=place.street,
        house=place.house,
        building=place.building,
        unit=place.unit,
        estate=place.estate,
        postal=place.postal,
        adcode=place.adcode,
        standard=place.standard,
        lat=place.lat,
        lon=place.lon,
        datum=place.datum,
        radius_m=place.radius_m,
        level=place.level,
        precision=place.precision,
        confidence=place.confidence,
        candidates=[CandidateOut(**candidate.document()) for candidate in place.candidates],
        points=[_point(match) for match in matches],
        completed=[
            CompletedOut(part=part, value=value, n_seen=n_seen)
            for part, value, n_seen in completed(place, matches)
        ],
        inferred=list(place.inferred),
        replaced=[
            ReplacedOut(former=former, today=today, since=year)
            for former, today, year in place.replaced
        ],
        corrected=[CorrectedOut(typed=typed, read_as=right) for typed, right in place.corrected],
        lifted=LiftedOut(
            name=place.name, phone=place.phone, email=place.email, remarks=list(place.remarks)
        ),
        unusable=list(place.unusable),
    )


def _point(match: Match) -> PointOut:
    point = match.point
    return PointOut(
        adcode=point.adcode,
        name=point.name,
        street=point.street,
        house=point.house,
        lat=point.lat,
        lon=point.lon,
        confidence=match.confidence,
        n_seen=point.n_seen,
    )
