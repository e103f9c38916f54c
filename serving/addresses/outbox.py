"""Notes, within a decision's own commit, that its address is not sure. No decision waits for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, update

from features.address.normal import folded, normal_form
from serving.store.tables import ADDRESS_CASES, ADDRESS_EVENTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from features.address.result import Resolution
    from features.document import Address
    from serving.store.vault import Vault


@dataclass(frozen=True, slots=True)
class Doubt:
    """An address that is not sure.

    Parameters
    ----------
    parts
        The address as the channel gave it, in the words of ``resolve_parts``.
    key
        Keyed hash of its normal form down to the building; neighbours in one building share it.
    country
        ISO 3166 alpha-2 code, or None.
    confidence
        How sure the resolver is.
    vault
        Where the parts go.
    """

    parts: dict[str, str | None]
    key: str
    country: str | None
    confidence: float
    vault: Vault


def doubt_of(address: Address, place: Resolution, vault: Vault) -> Doubt:
    """Write down what there is to ask about an address.

    Parameters
    ----------
    address
        The address as received.
    place
        The same, resolved.
    vault
        Where personal data goes.
    """
    parts = {
        "line": address.line,
        "country": address.country,
        "region": address.region,
        "city": address.city,
        "district": address.district,
        "town": address.town,
        "postal": address.postal_code,
    }
    key = vault.hash("address_form", whole_form(parts, place))
    return Doubt(parts, key, place.country or address.country, place.confidence, vault)


def whole_form(parts: Mapping[str, str | None], place: Resolution) -> str:
    """Write the normal form of an address down to its building.

    Examples
    --------
    >>> from features.address.resolve import resolve
    >>> one, two = "朝阳区建国路88号3栋501室", "朝阳区 建国路88号 3号楼 602室"
    >>> whole_form({"line": one}, resolve(one)) == whole_form({"line": two}, resolve(two))
    True
    """
    named = [parts.get(name) for name in ("country", "region", "city", "district", "town")]
    joined = "|".join(normal_form(part or "") for part in (*named, parts.get("line")))
    unit = folded(place.unit or "")
    return joined.removesuffix(unit) if unit else joined


def open_case(
    connection: Connection, order: Mapping[str, Any], decision_id: str, doubt: Doubt, *, at: int
) -> None:
    """Open the case of an address within the commit of its order's decision.

    Parameters
    ----------
    connection
        Where the commit is under way.
    order
        Flat row of the order.
    decision_id
        The decision that was made with the unsure address.
    doubt
        What is not sure.
    at
        Microseconds UTC.
    """
    merchant = order["merchant_id"]
    text = doubt.vault.put(connection, merchant, "address_text", doubt.parts, at=at)
    case_id = "adr_" + decision_id.removeprefix("dec_")
    connection.execute(
        update(ADDRESS_CASES)
        .where(ADDRESS_CASES.c.order_key == order["order_key"], ADDRESS_CASES.c.state == "open")
        .values(state="overtaken", ask_at=None, version=ADDRESS_CASES.c.version + 1)
    )
    connection.execute(
        insert(ADDRESS_CASES).values(
            case_id=case_id,
            merchant_id=merchant,
            order_key=order["order_key"],
            decision_id=decision_id,
            key=doubt.key,
            text=text,
            country=doubt.country,
            confidence=doubt.confidence,
            state="open",
            opened_at=at,
            ask_at=at,
            asks=0,
            version=1,
        )
    )
    connection.execute(
        insert(ADDRESS_EVENTS).values(case_id=case_id, at=at, actor="service", act="open")
    )
