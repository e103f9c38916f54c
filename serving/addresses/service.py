"""Address enhancement: offline, pure, and never in the way of an order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.address.gazetteer import china
from features.address.resolve import resolve
from serving.addresses.schemas import (
    AddressOut,
    CandidateOut,
    CorrectedOut,
    EnhanceIn,
    EnhanceOut,
    LiftedOut,
    ReplacedOut,
)

if TYPE_CHECKING:
    from features.address.result import Resolution


def enhance(request: EnhanceIn) -> EnhanceOut:
    """Resolve every address of a request.

    Examples
    --------
    >>> answer = enhance(EnhanceIn.model_validate({"addresses": [{"raw": "杭州西湖区文三路1号"}]}))
    >>> answer.addresses[0].city, answer.addresses[0].precision
    ('杭州市', 'house')
    """
    places = [resolve(address.raw, address.country) for address in request.addresses]
    return EnhanceOut(addresses=[answer(place) for place in places], release=china().release)


def answer(place: Resolution) -> AddressOut:
    """Write a resolved address as the API answers it."""
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
