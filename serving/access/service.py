"""Personal data of an order: masked for whoever looks, in clear for a reason that is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from features import keys
from serving.access.masking import masked, references
from serving.errors import InvalidRequestError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serving.access.audit import AuditLog
    from serving.access.repository import PersonalStore
    from serving.scoring.repository import DecisionStore
    from serving.security import Caller
    from serving.store.vault import Vault

FOUND_AT_MOST: Final = 100


class PersonalData:
    """What the store holds of the people behind orders.

    Parameters
    ----------
    store
        Where it is kept.
    orders
        Where orders are kept.
    vault
        Gives the keyed hashes by which is searched.
    audit
        Where each look is noted.
    """

    def __init__(
        self, store: PersonalStore, orders: DecisionStore, vault: Vault, audit: AuditLog
    ) -> None:
        self._store = store
        self._orders = orders
        self._vault = vault
        self._audit = audit

    def shown(self, order_key: str) -> list[dict[str, str]]:
        """Give the personal fields of an order, masked; none when the order is unknown."""
        return [
            {"field": field, "kind": kind, "value": masked(kind, value)}
            for field, kind, value in self._fields(order_key)
        ]

    def reveal(self, order_key: str, caller: Caller, reason: str) -> list[dict[str, str]]:
        """Give the personal fields of an order in clear, after the look was noted.

        Parameters
        ----------
        order_key
            The order.
        caller
            Who looks.
        reason
            Why, in the caller's words.

        Raises
        ------
        NotFoundError
            When there is no such order.
        """
        if self._orders.newest_document(order_key) is None:
            raise NotFoundError(f"no order {order_key!r} was scored here")
        found = [
            {"field": field, "kind": kind, "value": value}
            for field, kind, value in self._fields(order_key)
        ]
        fields = [each["field"] for each in found]
        self._audit.add(caller.name, "personal.reveal", order_key, reason=reason, fields=fields)
        return found

    def orders_of(self, kind: str, value: str) -> list[str]:
        """Give the newest orders in which a phone number or e-mail address stands.

        Raises
        ------
        InvalidRequestError
            When it is none.
        """
        normal = keys.normal_phone(value) if kind == "phone" else keys.normal_email(value)
        if normal is None:
            raise InvalidRequestError("this cannot be searched", [(f"/{kind}", f"is no {kind}")])
        return self._store.orders_with(self._vault.hash(kind, normal), FOUND_AT_MOST)

    def _fields(self, order_key: str) -> Iterator[tuple[str, str, str]]:
        """Go through the personal fields of an order: place, kind and value."""
        document = self._orders.newest_document(order_key)
        if document is None:
            return
        places = list(references(document))
        opened = self._store.opened(document["merchant_id"], [digest for _, digest in places])
        for place, digest in places:
            if digest in opened:
                yield place.removesuffix("_hash"), *opened[digest]
