"""What reviewers do: look, claim, decide, undo, put aside, note."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from features.durations import MINUTE_US, SECOND_US
from features.order import wire_instant
from serving.access.masking import HIDDEN, coarse
from serving.errors import ConflictError, NotFoundError
from serving.paging import cursor_of, key_of

if TYPE_CHECKING:
    from features.order import Row
    from serving.access.audit import AuditLog
    from serving.clock import Clock
    from serving.outcomes.service import OutcomeService
    from serving.review.repository import ReviewStore
    from serving.review.schemas import DecideIn
    from serving.security import Caller

LEASE: Final = 10 * MINUTE_US
UNDO: Final = 8 * SECOND_US
REASONS_SHOWN: Final = 3
EAST_ASIAN: Final = "\u2e80"
"""The first of the letters that are written without blanks, from the large place to the small."""

IS_BAD: Final[dict[str, bool | None]] = {
    "fraud": True,
    "abuse": True,
    "legit": False,
    "unsure": None,
}
"""Cause a reviewer gives to what the verdict says of the order."""


@dataclass
class ReviewService:
    """The review queue.

    Parameters
    ----------
    store
        Where cases are kept.
    outcomes
        Where verdicts go once they can no longer be undone.
    clock
        Gives the present.
    currency
        The base currency.
    audit
        Where verdicts are noted.
    """

    store: ReviewStore
    outcomes: OutcomeService
    clock: Clock
    currency: str
    audit: AuditLog

    def page(self, state: str, sort: str, cursor: str | None, limit: int, caller: Caller) -> Row:
        """Give a page of cases as a caller may see them, most urgent (or oldest) first."""
        after = None if cursor is None else key_of(cursor, float, int, str)
        cases = self.store.page(state, sort, after, limit + 1, self.clock())
        shown = cases[:limit]
        has_more = len(cases) > limit
        return {
            "items": [self.document(case, has_door=caller.may("personal")) for case in shown],
            "next_cursor": _cursor(shown[-1]) if has_more else None,
            "has_more": has_more,
        }

    def case(self, review_id: str) -> Row:
        """Give a case as it is stored.

        Raises
        ------
        NotFoundError
            When there is none.
        """
        case = self.store.find(review_id)
        if case is None:
            raise NotFoundError(f"no case {review_id!r}")
        return case

    def claim(self, review_id: str, caller: Caller, version: int | None = None) -> Row:
        """Give a case to a reviewer for ten minutes."""
        case = self._open_case(review_id, caller, version)
        until = self.clock() + LEASE
        return self._change(
            case,
            {"state": "open", "claimed_by": caller.name, "claimed_until": until},
            caller,
            "claim",
        )

    def decide(self, review_id: str, caller: Caller, decided: DecideIn) -> Row:
        """Close a case; for eight seconds it can be undone."""
        case = self._open_case(review_id, caller, decided.version)
        changes = {
            "state": "closed",
            "verdict": decided.verdict,
            "reason": decided.cause,
            "decided_by": caller.name,
            "decided_at": self.clock(),
            "is_settled": False,
        }
        found = self._change(case, changes, caller, "decide", decided.note)
        self.audit.add(caller.name, "review.decide", case["order_key"], verdict=decided.verdict)
        return found

    def undo(self, review_id: str, caller: Caller) -> Row:
        """Open a case again that the caller closed within the last eight seconds."""
        case = self.case(review_id)
        if case["state"] != "closed":
            raise ConflictError("the case is not closed: there is nothing to undo")
        if case["decided_by"] != caller.name:
            raise ConflictError(f"only {case['decided_by']} can undo this")
        if case["is_settled"] or case["decided_at"] + UNDO < self.clock():
            raise ConflictError("the time to undo is over: report a new outcome instead")
        nothing = dict.fromkeys(("verdict", "reason", "decided_by", "decided_at"))
        found = self._change(case, {"state": "open", **nothing}, caller, "undo")
        self.audit.add(caller.name, "review.undo", case["order_key"])
        return found

    def snooze(
        self, review_id: str, caller: Caller, minutes: int, version: int | None = None
    ) -> Row:
        """Put a case aside for some minutes."""
        case = self._open_case(review_id, caller, version)
        changes = {
            "state": "snoozed",
            "snoozed_until": self.clock() + minutes * MINUTE_US,
            "claimed_by": None,
            "claimed_until": None,
        }
        return self._change(case, changes, caller, "snooze")

    def note(self, review_id: str, caller: Caller, text: str) -> Row:
        """Write something beside a case."""
        return self._change(self.case(review_id), {}, caller, "note", text)

    def settle(self) -> int:
        """Turn verdicts that can no longer be undone into outcomes, each exactly once.

        Returns
        -------
        int
            How many there were.
        """
        now = self.clock()
        cases = self.store.unsettled(now - UNDO)
        for case in cases:
            self.outcomes.tell(self.store.settle(case, _verdict_row(case, now), now))
        return len(cases)

    def document(self, case: Row, *, has_door: bool = True) -> Row:
        """Write a case as it is answered, with or without what leads to the buyer's door."""
        body, order = case["body"], case["row"]
        value = order.get("value_minor")
        address, route = body.get("address"), body.get("route")
        address = address if has_door else coarse(address)
        return {
            "review_id": case["review_id"],
            "order_key": case["order_key"],
            "decision_id": case["decision_id"],
            "state": case["state"],
            "action": body["action"],
            "band": body["band"],
            "priority": case["priority"],
            "expected_loss": body["expected_loss"],
            "value": None if value is None else {"minor": value, "currency": self.currency},
            "channel": order["channel"],
            "reasons": body["reasons"][:REASONS_SHOWN],
            "n_linked": len(body["linked_orders"]),
            "address": _address_line(address) if address else None,
            "route": _route_line(route) if route else None,
            "placed_at": wire_instant(order["placed_at"]),
            **{name: _optional(case[name]) for name in _INSTANTS},
            "claimed_by": case["claimed_by"],
            "verdict": case["verdict"],
            "cause": case["reason"],
            "decided_by": case["decided_by"],
            "version": case["version"],
        }

    def _open_case(self, review_id: str, caller: Caller, version: int | None) -> Row:
        """Give a case that the caller may work on now.

        Raises
        ------
        ConflictError
            When it is closed, has changed since the caller saw it, or is somebody else's.
        """
        case = self.case(review_id)
        if case["state"] == "closed":
            raise ConflictError(f"the case was closed by {case['decided_by']}")
        if version is not None and version != case["version"]:
            raise ConflictError("the case has changed since you saw it: read it again")
        held = case["claimed_until"] is not None and case["claimed_until"] > self.clock()
        if held and case["claimed_by"] != caller.name:
            raise ConflictError(f"{case['claimed_by']} is working on the case")
        return case

    def _change(
        self, case: Row, changes: Row, caller: Caller, act: str, note: str | None = None
    ) -> Row:
        event = {"at": self.clock(), "actor": caller.name, "act": act, "note": note}
        if not self.store.change(case, changes, event):
            raise ConflictError("the case has just been changed by somebody else: read it again")
        return self.document(self.case(case["review_id"]))


_INSTANTS: Final = ("opened_at", "snoozed_until", "claimed_until", "decided_at")


def _optional(at: int | None) -> str | None:
    return None if at is None else wire_instant(at)


def _address_line(address: Row) -> str:
    """Write an address in the order of its script: large to small in Chinese, else small first.

    Examples
    --------
    >>> _address_line({"city": "杭州市", "street": "文三路", "house": "478号"})
    '杭州市文三路478号'
    >>> _address_line({"province": "Auvergne-Rhône-Alpes", "city": "Lyon", "house": "2193"})
    '2193, Lyon, Auvergne-Rhône-Alpes'
    """
    large_to_small = ("province", "city", "district", "street", "house", "building", "unit")
    found = [
        str(address[part]) for part in large_to_small if address.get(part) not in {None, "", HIDDEN}
    ]
    if any(letter >= EAST_ASIAN for part in found for letter in part):
        return "".join(found)
    return ", ".join(dict.fromkeys(reversed(found)))


def _route_line(route: Row) -> str:
    parts = ("warehouse", "carrier", "outlet")
    return " → ".join(str(route[part]) for part in parts if route.get(part))


def _verdict_row(case: Row, now: int) -> Row:
    return {
        "outcome_id": f"{case['review_id']}:{case['decided_at']}",
        "order_key": case["order_key"],
        "line_id": None,
        "kind": "verdict",
        "is_bad": IS_BAD[case["reason"]],
        "quantity": None,
        "amount_minor": None,
        "occurred_at": case["decided_at"],
        "known_at": now,
        "source": "review",
        "trust": "confirmed",
        "cause": case["reason"],
    }


def _cursor(case: Row) -> str:
    return cursor_of(case["priority"], case["opened_at"], case["review_id"])
