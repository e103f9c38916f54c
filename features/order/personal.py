"""Personal fields of an order: their keyed hashes, and the order without them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from features import keys
from features.wire import RAW, Reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from features.document import OrderDocument

NORMAL_FORMS: Final[dict[str, Callable[[str], str | None]]] = {
    "phone": keys.normal_phone,
    "email": keys.normal_email,
    "ip": keys.normal_ip,
    "name": keys.normal_text,
    "address_line": keys.normal_text,
}
"""Kind of personal value to its normal form; kinds that are not here are ids and stay as given."""


_SAID: Final = Reader({place: place for raw, _, target in RAW for place in (raw, target)})


def without_personal(document: OrderDocument, secret: bytes) -> dict[str, Any]:
    """Give the document with every raw personal field replaced by its keyed hash.

    Free words (notes), the browser's own words and the raw buyer id are left out.
    """
    plain: dict[str, Any] = document.model_dump(mode="json", exclude_unset=True)
    hashes = hashes_of(document, secret)
    for place, _, target in RAW:
        block, name = place.split(".")
        if (plain.get(block) or {}).pop(name, None) is not None and target in hashes:
            plain[block][target.split(".")[1]] = hashes[target]
    for block, name in (("session", "user_agent"), ("session", "session_id")):
        (plain.get(block) or {}).pop(name, None)
    for name in ("shipping_address", "billing_address"):
        address: dict[str, Any] = plain.get(name) or {}
        if handle := address.pop("platform_handle", None):
            address.setdefault("unit_hash", handle_key(handle, secret))
    if (buyer := plain.get("buyer") or {}).get("buyer_key"):
        buyer["buyer_key"] = buyer_key(document, secret)
    if (payment := plain["payment"]).pop("reference", None):
        payment["reference_hash"] = payment_key(document, secret)
    plain["entities"] = {
        name: keys.keyed_hash(secret, name, value) for name, value in document.entities.items()
    }
    plain.pop("notes", None)
    return plain


def hashes_of(document: OrderDocument, secret: bytes) -> dict[str, str]:
    """Give the hash of every personal field, by the place of the hash; raw goes before hashed."""
    hashes: dict[str, str] = {}
    said = _SAID.read(document)
    for place, kind, target in RAW:
        raw: str | None = said.get(place)
        normal = NORMAL_FORMS.get(kind, _as_given)(raw) if raw is not None else None
        if normal is not None:
            hashes[target] = keys.keyed_hash(secret, kind, normal)
        elif (given := said.get(target)) is not None:
            hashes[target] = given
    return hashes


def _as_given(text: str) -> str | None:
    return text or None


def buyer_key(document: OrderDocument, secret: bytes) -> str | None:
    """Hash the channel's id of the buyer; equal ids of two channels do not link.

    Examples
    --------
    >>> from features.document import Buyer, OrderDocument
    >>> def order(channel, raw):
    ...     return OrderDocument.model_construct(channel=channel, buyer=Buyer(buyer_key=raw))
    >>> tmall, jd = (buyer_key(order(name, "8801"), b"secret") for name in ("tmall", "jd"))
    >>> tmall == jd, buyer_key(order("jd", "***"), b"secret")  # what is masked names nobody
    (False, None)
    """
    raw = document.buyer.buyer_key if document.buyer else None
    if raw is None or not keys.identifies(raw):
        return None
    return keys.keyed_hash(secret, "buyer", keys.channel_scoped(document.channel, raw))


def payment_key(document: OrderDocument, secret: bytes) -> str | None:
    """Hash the account or token that pays."""
    payment = document.payment
    if payment.reference and keys.identifies(payment.reference):
        return keys.keyed_hash(secret, "payment", payment.reference)
    return payment.reference_hash


def handle_key(handle: str, secret: bytes) -> str:
    """Hash the channel's handle of a masked address.

    It stays the same while the text is masked, so it links as the unit would.

    Examples
    --------
    >>> handle_key("oaid-17", b"secret") == handle_key("oaid-17", b"secret")
    True
    >>> handle_key("oaid-17", b"secret") == handle_key("oaid-17", b"another shop's secret")
    False
    """
    return keys.keyed_hash(secret, "address_unit", handle)
