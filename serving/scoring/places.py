"""Addresses of orders, resolved offline; one address is resolved once for keys and answer."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from features.address.countries import CHINESE
from features.address.keys import address_keys
from features.address.resolve import resolve_parts
from features.order import Place
from serving.addresses.outbox import doubt_of

if TYPE_CHECKING:
    from features.address.result import Resolution
    from features.document import Address
    from serving.addresses.outbox import Doubt
    from serving.store.vault import Vault

REMEMBERED: Final = 4096
"""Addresses kept; an order needs its own twice, and buyers come back."""


@lru_cache(maxsize=REMEMBERED)
def _resolved(
    line: str,
    country: str | None,
    region: str | None,
    city: str | None,
    district: str | None,
    town: str | None,
    postal: str | None,
) -> Resolution:
    return resolve_parts(
        line,
        country=country,
        region=region,
        city=city,
        district=district,
        town=town,
        postal=postal,
    )


def _resolution(address: Address) -> Resolution:
    return _resolved(
        address.line or "",
        address.country,
        address.region,
        address.city,
        address.district,
        address.town,
        address.postal_code,
    )


def locate(address: Address) -> Place:
    """Give where an address is, for the flat row.

    Parameters
    ----------
    address
        An address whose line the channel gave.
    """
    found = _resolution(address)
    keys = address_keys(found)
    return Place(
        unit=keys.unit,
        building=keys.building,
        road=keys.road,
        region=found.province,
        city=found.city,
        district=found.district,
        adcode=found.adcode,
        lat=found.lat,
        lon=found.lon,
        precision=found.level,
        radius_m=found.radius_m,
    )


def is_sure(place: Resolution, line: float) -> bool:
    """Tell whether an address needs nobody.

    Abroad, where the channel asks for city and state one by one, an address with a city is sure
    enough: there are no other readings to choose from.
    """
    is_abroad = place.country is not None and place.country not in CHINESE
    return place.confidence >= line or (is_abroad and place.city is not None)


def doubted(address: Address | None, vault: Vault, line: float) -> Doubt | None:
    """Say what is not sure of an address; None where nothing is, or the channel gave no line.

    Parameters
    ----------
    address
        The address as received.
    vault
        Where personal data goes.
    line
        Confidence from which an address needs nobody.
    """
    if address is None or not (address.line or "").strip():
        return None
    place = _resolution(address)
    if is_sure(place, line):
        return None
    return doubt_of(address, place, vault)


def corrected(address: Address | None) -> dict[str, Any] | None:
    """Give the address as it was understood, or None when the channel gave no line.

    It holds no name, phone or e-mail that stood in the text.
    """
    if address is None or address.line is None:
        return None
    return _resolution(address).document()
