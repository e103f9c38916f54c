"""Personal fields of an order: their keyed hashes, and the order without them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from features import keys
from features.wire import RAW, Reader, steps

if TYPE_CHECKING:
    from collections.abc import Callable

    from features.document import OrderDocument
    from features.order.records import OrderRows

NORMAL_FORMS: Final[dict[str, Callable[[str], str | None]]] = {
    "phone": keys.normal_phone,
    "email": keys.normal_email,
    "ip": keys.normal_ip,
    "name": keys.normal_text,
    "address_line": keys.normal_text,
}
"""Kind of personal value to its normal form; kinds that are not here are ids and stay as given."""


_SAID: Final = Reader({place: place for raw, _, target in RAW for place in (raw, target)})
_HASHED: Final = tuple((*steps(place), steps(target)[-1], target) for place, _, target in RAW)
"""Block, name of the raw field, name of its hash, and place of the hash."""


def without_personal(document: OrderDocument, rows: OrderRows, secret: bytes) -> dict[str, Any]:
    """Give the document with every raw personal field replaced by its keyed hash.

    Free words (notes), the browser's own words and the raw buyer id are left out.

    Parameters
    ----------
    document
        A canonical order.
    rows
        Its rows, which hold the hashes already.
    secret
        The tenant's key of all keyed hashes, by which the rows were made.

    Examples
    --------
    >>> from features.order import Terms, parse, to_rows
    >>> document = parse({
    ...     "schema_version": "1", "merchant_id": "acme", "channel": "web", "shop_id": "main",
    ...     "order_id": "7", "revision": "1", "event": "created", "status": "paid",
    ...     "status_raw": "paid", "payment_status": "paid", "placed_at": "2026-03-01T08:05:11Z",
    ...     "updated_at": "2026-03-01T08:05:11Z", "payment": {"method": "card", "cod": False},
    ...     "amounts": {"grand_total": {"minor": 129900, "currency": "CNY"}},
    ...     "lines": [{"line_id": "1", "seller_sku": "DRESS", "title": "Dress", "quantity": 2}],
    ...     "buyer": {"phone": "138 0000 0000"},
    ... })
    >>> rows = to_rows(document, Terms(secret=b"secret"), received_at=0)
    >>> without_personal(document, rows, b"secret")["buyer"]
    {'phone_hash': 'h1:5af5fd0d66f8ddfc3f2a5543e5600b8b'}
    """
    plain: dict[str, Any] = document.model_dump(mode="json", exclude_unset=True)
    for block, name, hash_name, target in _HASHED:
        said = plain.get(block)
        if said and said.pop(name, None) is not None and target in rows.hashes:
            said[hash_name] = rows.hashes[target]
    for block, name in (("session", "user_agent"), ("session", "session_id")):
        (plain.get(block) or {}).pop(name, None)
    for name in ("shipping_address", "billing_address"):
        address: dict[str, Any] = plain.get(name) or {}
        if handle := address.pop("platform_handle", None):
            address.setdefault("unit_hash", handle_key(handle, secret))
    if (buyer := plain.get("buyer") or {}).get("buyer_key"):
        buyer["buyer_key"] = rows.order["buyer_key"]
    if (payment := plain["payment"]).pop("reference", None):
        payment["reference_hash"] = rows.order["payment_key"]
    plain["entities"] = {
        name: keys.keyed_hash(secret, name, value) for name, value in document.entities.items()
    }
    plain.pop("notes", None)
    return plain


def personal_of(
    document: OrderDocument, secret: bytes
) -> tuple[dict[str, str], dict[str, tuple[str, str]]]:
    """Give the hash of every personal field, and what each hash stands for.

    Returns
    -------
    tuple
        Place of the hash to the hash, of which that of a raw value goes before a hash that was
        sent; and hash to (kind, raw value) of what was sent raw.
    """
    hashes: dict[str, str] = {}
    personal: dict[str, tuple[str, str]] = {}
    said = _SAID.read(document)
    for place, kind, target in RAW:
        raw: str | None = said.get(place)
        normal = NORMAL_FORMS.get(kind, _as_given)(raw) if raw is not None else None
        digest = said.get(target) if normal is None else keys.keyed_hash(secret, kind, normal)
        if digest is None:
            continue
        hashes[target] = digest
        if raw is not None:
            personal[digest] = (kind, raw)
    return hashes, personal


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
