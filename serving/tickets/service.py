"""Ticket priorities: facts from the store, the model, and the corrections it learns from."""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from threading import Lock
from typing import TYPE_CHECKING, Final

from features.durations import DAY_US
from models.tickets.examples import Example, TicketFacts, shipped
from models.tickets.priority import TicketModel

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from features.order import Row
    from models.tickets.priority import TicketPriority
    from serving.clock import Clock
    from serving.tickets.repository import TicketStore

_PERSONAL: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\+?\d[\d\s-]{5,}\d")
"""E-mail addresses and long numbers: telephones, cards, order numbers."""


class TicketService:
    """Tells priorities and learns from corrections.

    Parameters
    ----------
    store
        Corrections and orders.
    clock
        Gives the present in microseconds UTC.

    Notes
    -----
    The model is fitted when it is first asked for, which takes about a second, and again after a
    correction.
    """

    def __init__(self, store: TicketStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._model: TicketModel | None = None
        self._n_corrections = 0
        self._lock = Lock()

    def priorities(
        self, tickets: Sequence[tuple[str, str | None, TicketFacts]]
    ) -> tuple[list[TicketPriority], str]:
        """Tell the priorities of messages, each with its order's key and the facts given.

        Returns
        -------
        list of TicketPriority, str
            In the order of the messages, and the version of the model.
        """
        model = self._fitted()
        told = [model.priority(text, self._facts(key, facts)) for text, key, facts in tickets]
        return told, model.version

    def correct(
        self, text: str, order_key: str | None, facts: TicketFacts, priority: str, *, actor: str
    ) -> tuple[int, str]:
        """Keep the right priority of a message and learn from it.

        Returns
        -------
        int, str
            How many different messages were corrected so far, and the model's new version.
        """
        known = asdict(self._facts(order_key, facts))
        self._store.correct(masked(text), priority, known, actor=actor, at=self._clock())
        with self._lock:
            self._model = None
        version = self._fitted().version
        return self._n_corrections, version

    def _fitted(self) -> TicketModel:
        with self._lock:
            if self._model is None:
                settled = {
                    text: Example(text, priority, facts=TicketFacts(**facts))
                    for text, priority, facts in self._store.corrections()
                }
                self._model = TicketModel(shipped(), list(settled.values()))
                self._n_corrections = len(settled)
            return self._model

    def _facts(self, order_key: str | None, given: TicketFacts) -> TicketFacts:
        """Add what the store knows of the order to what the caller says, who is right."""
        order = self._store.order(order_key) if order_key else None
        if order is None or order_key is None:
            return given
        parcels = self._store.parcels(order_key)
        known = facts_of(order, parcels, self._store.outcomes(order_key), self._clock())
        said = {name: value for name, value in asdict(given).items() if value is not None}
        return replace(known, **said)


def facts_of(order: Row, parcels: Sequence[Row], outcomes: Iterable[Row], now: int) -> TicketFacts:
    """Say how far an order is.

    Parameters
    ----------
    order, parcels, outcomes
        Flat rows with instants in microseconds.
    now
        Microseconds UTC.

    Examples
    --------
    >>> facts_of({"deliver_by": 0}, [], [], 2 * DAY_US)
    TicketFacts(is_shipped=False, is_delivered=False, days_late=2.0, refund_days_open=None)
    """
    arrived = [parcel["delivered_at"] for parcel in parcels if parcel.get("delivered_at")]
    is_delivered = bool(parcels) and len(arrived) == len(parcels)
    promised = max((p["promised_at"] for p in parcels if p.get("promised_at")), default=None)
    promised = order.get("deliver_by") if promised is None else promised
    until = max(arrived) if is_delivered else now
    return TicketFacts(
        is_shipped=any(parcel.get("shipped_at") or parcel.get("picked_up_at") for parcel in parcels)
        or bool(arrived),
        is_delivered=is_delivered,
        days_late=None if promised is None else (until - promised) / DAY_US,
        refund_days_open=_refund_days(outcomes, now),
    )


def _refund_days(outcomes: Iterable[Row], now: int) -> float | None:
    """Count the days since goods came back without a refund; None when nothing is owed."""
    rows = list(outcomes)
    if any(row["kind"] == "refund" for row in rows):
        return None
    returned = [row["occurred_at"] for row in rows if row["kind"] in {"return", "cancel"}]
    return (now - min(returned)) / DAY_US if returned else None


def masked(text: str) -> str:
    """Take e-mail addresses and long numbers out of a message, before it is kept.

    Examples
    --------
    >>> masked("请打 138 0013 8000 或写信 li@example.com")
    '请打 # 或写信 #'
    """
    return _PERSONAL.sub("#", text)
