"""What one scored order event leaves in the store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from features.order import OrderRows
    from models.policy.decision import Decision
    from serving.addresses.outbox import Doubt


@dataclass(frozen=True, slots=True)
class Entry:
    """What one scored order event leaves in the store.

    Parameters
    ----------
    rows
        The order as features read it.
    document
        The order without personal data.
    body
        The answer.
    features
        The feature vector.
    basis
        Everything else the decision was made from.
    decision
        What was concluded.
    cap_minor
        Most that trials of a day may cost together, minor units.
    as_of, stored_at
        Microseconds UTC.
    address_digest
        Keyed hash under which the address of the answer is stored apart.
    doubt
        What is not sure of the address, or None.
    listed
        Parts that were missing and may come back: the order is decided again then.
    instead_of
        The decision that this one was made again from, or None.
    """

    rows: OrderRows
    document: dict[str, Any]
    body: dict[str, Any]
    features: Mapping[str, Any]
    basis: dict[str, Any]
    decision: Decision
    cap_minor: int
    as_of: int
    stored_at: int
    address_digest: str
    doubt: Doubt | None = None
    listed: tuple[str, ...] = ()
    instead_of: str | None = None
