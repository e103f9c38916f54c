"""Personal data, stored once and apart; everything else holds its keyed hash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from serving.store import text
from serving.store.cipher import cipher_of
from serving.store.engine import insert_missing
from serving.store.prepared import Prepared
from serving.store.tables import PERSONAL
from serving.store.vault import values

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

    from features.order import OrderRows

REFERENCE: Final = "personal"
"""Key of what stands in a stored answer in place of the address."""

NOTE: Final = "order__note"
"""Field of the rules that holds what the buyer wrote."""

_ADD_MISSING: Final = Prepared(
    lambda dialect: insert_missing(dialect, PERSONAL), [column.name for column in PERSONAL.columns]
)


def without_address(body: Mapping[str, Any], digest: str) -> dict[str, Any]:
    """Give an answer as it is stored: the address is only referred to.

    Examples
    --------
    >>> without_address({"address": {"street": "x"}, "route": None}, "h1:0")
    {'address': {'personal': 'h1:0'}, 'route': None}
    """
    return {
        name: {REFERENCE: digest} if name == "address" and value is not None else value
        for name, value in body.items()
    }


def keep(
    connection: Connection,
    rows: OrderRows,
    address: Mapping[str, Any] | None,
    digest: str,
    *,
    stored_at: int,
) -> None:
    """Store the personal data of an order that is not stored yet, within a commit under way.

    Parameters
    ----------
    connection
        Where the order's commit is under way.
    rows
        The order; its ``personal`` holds what was sent raw.
    address
        The address as it was understood.
    digest
        What the stored answer refers to it by.
    stored_at
        Microseconds UTC.
    """
    given = dict(rows.personal)
    if address is not None:
        given[digest] = ("address", text.write(address))
    if not given:
        return
    merchant = rows.order["merchant_id"]
    cipher = cipher_of(connection)
    about = {"merchant_id": merchant, "stored_at": stored_at}
    # Sorted by key, so that two processes with the same rows wait for each other in one direction.
    sealed = [
        cipher.seal({**about, "hash": key, "kind": kind, "value": value})
        for key, (kind, value) in sorted(given.items())
    ]
    _ADD_MISSING.run_each(connection, sealed)


def restore(connection: Connection, bodies: Iterable[dict[str, Any]]) -> None:
    """Put the addresses that stored answers refer to back in their place.

    Parameters
    ----------
    connection
        The store.
    bodies
        Stored answers; changed in place.
    """
    waiting = [body for body in bodies if body.get("address")]
    if not waiting:
        return
    found = values(connection, (body["address"][REFERENCE] for body in waiting))
    for body in waiting:
        value = found.get(body["address"][REFERENCE])
        body["address"] = None if value is None else text.read(value)


def without_note(beside: Mapping[str, Any], digest: str) -> dict[str, Any]:
    """Give what rules read beside the features as it is stored: the note is only referred to.

    Examples
    --------
    >>> without_note({"order__note": "hurry", "order__status": "paid"}, "h1:0")
    {'order__note': {'personal': 'h1:0'}, 'order__status': 'paid'}
    """
    return {
        name: {REFERENCE: digest} if name == NOTE and value is not None else value
        for name, value in beside.items()
    }


def restore_notes(connection: Connection, bases: Iterable[dict[str, Any]]) -> None:
    """Put the notes that the grounds of decisions refer to back in their place.

    Parameters
    ----------
    connection
        The store.
    bases
        Stored grounds; changed in place. A note that was erased is unknown.
    """
    waiting = [basis["beside"] for basis in bases if basis.get("beside", {}).get(NOTE)]
    if not waiting:
        return
    found = values(connection, (beside[NOTE][REFERENCE] for beside in waiting))
    for beside in waiting:
        beside[NOTE] = found.get(beside[NOTE][REFERENCE])
