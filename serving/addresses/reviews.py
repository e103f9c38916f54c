"""What reviewers do with an unsure address: look, choose with one key, take it back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from features.address.resolve import resolve_parts
from features.order import wire_instant
from serving.addresses.choices import chosen_for
from serving.addresses.repository import new_label_id
from serving.errors import ConflictError, InvalidRequestError, NotFoundError
from serving.paging import cursor_of, key_of

if TYPE_CHECKING:
    from features.order import Row
    from serving.access.audit import AuditLog
    from serving.addresses.choices import Choice
    from serving.addresses.repository import AddressStore
    from serving.addresses.updates import AddressUpdates
    from serving.clock import Clock
    from serving.security import Caller

UNDO: Final = 10 * 60 * 1_000_000
"""Microseconds within which a choice can be taken back."""


@dataclass
class AddressReviews:
    """The queue of unsure addresses.

    Parameters
    ----------
    store
        Where cases are kept.
    updates
        Gives the choices of a case that providers have not answered yet.
    clock
        Gives the present in microseconds UTC.
    audit
        Where choices are noted.
    """

    store: AddressStore
    updates: AddressUpdates
    clock: Clock
    audit: AuditLog

    def page(self, state: str, cursor: str | None, limit: int) -> Row:
        """Give a page of cases: open ones from the oldest, settled ones from the newest on."""
        after = None if cursor is None else key_of(cursor, int, str)
        cases = self.store.page(state, after, limit + 1)
        shown, has_more = cases[:limit], len(cases) > limit
        return {
            "items": [self.document(case) for case in shown],
            "next_cursor": _cursor(shown[-1]) if has_more else None,
            "has_more": has_more,
        }

    def case(self, case_id: str) -> Row:
        """Give a case as it is stored.

        Raises
        ------
        NotFoundError
            When there is none.
        """
        case = self.store.find(case_id)
        if case is None:
            raise NotFoundError(f"no address case {case_id!r}")
        return case

    def choose(self, case_id: str, caller: Caller, chosen: int, version: int | None = None) -> Row:
        """Settle a case, and every equal one that waits, by one of its choices or none of them.

        Parameters
        ----------
        case_id
            The case.
        caller
            Who chose.
        chosen
            1, 2 or 3; 0 when none of them is right.
        version
            The version that was looked at; another one is a conflict.

        Raises
        ------
        ConflictError
            When the case is settled already or has changed since.
        InvalidRequestError
            When there is no such choice.
        """
        case = self.case(case_id)
        if case["state"] != "open":
            raise ConflictError("the case is settled: load it again, or take the choice back first")
        if version is not None and version != case["version"]:
            raise ConflictError("the choices have changed since you read them: look again")
        choices = self.choices(case)
        if chosen > len(choices):
            pointer = ("/choice", f"is not there: give 0 to {len(choices)}")
            raise InvalidRequestError("there is no such choice", [pointer])
        now, label_id = self.clock(), new_label_id()
        label = {
            "label_id": label_id,
            "choices": choices,
            "chosen": chosen,
            "confidence": case["confidence"],
            "actor": caller.name,
            "at": now,
        }
        others = (other for other in self.store.equal(case) if other["case_id"] != case_id)
        answered = [(each, _answer(each, choices, chosen)) for each in (case, *others)]
        event = {"at": now, "actor": caller.name, "act": "choose", "note": str(chosen)}
        settled = self.store.settle(answered, label, event)
        if not settled:
            raise ConflictError("somebody else was faster: load the case again")
        told = {"choice": chosen, "settled": settled}
        self.audit.add(caller.name, "address.choose", case["order_key"], **told)
        return self.document(self.case(case_id)) | {"settled": settled}

    def undo(self, case_id: str, caller: Caller) -> Row:
        """Take a choice back, with everything that it settled.

        Raises
        ------
        ConflictError
            When no reviewer settled the case, or too long ago.
        """
        case, now = self.case(case_id), self.clock()
        if case["state"] != "settled" or case["label_id"] is None:
            raise ConflictError("no reviewer has settled this case")
        if now - case["settled_at"] > UNDO:
            raise ConflictError("the choice was made too long ago to be taken back")
        event = {"at": now, "actor": caller.name, "act": "undo", "note": None}
        reopened = self.store.reopen(case["label_id"], event)
        self.audit.add(caller.name, "address.undo", case["order_key"])
        return self.document(self.case(case_id)) | {"settled": reopened}

    def choices(self, case: Row) -> list[Choice]:
        """Give the choices of a case: the stored ones, or what is known without providers."""
        if case["shown"] is not None:
            return list(case["shown"])
        return [] if case["parts"] is None else self.updates.choices(case)[1]

    def document(self, case: Row) -> Row:
        """Write a case as the API answers it."""
        parts = case["parts"] or {}
        known = case["known"]
        return {
            "case_id": case["case_id"],
            "order_key": case["order_key"],
            "state": case["state"],
            "typed": typed(parts),
            "confidence": case["confidence"],
            "choices": [
                choice.address() | {"number": number}
                for number, choice in enumerate(self.choices(case), start=1)
            ],
            "label_text": known.standard if known is not None else None,
            "source": case["source"],
            "waits_for_providers": case["ask_at"] is not None,
            "equal_waiting": self.store.count_equal(case) if case["state"] == "open" else 0,
            "opened_at": wire_instant(case["opened_at"]),
            "settled_at": wire_instant(case["settled_at"]) if case["settled_at"] else None,
            "settled_by": case["settled_by"],
            "version": case["version"],
        }


def typed(parts: Row) -> str:
    """Write an address as the channel gave it, divisions that its line repeats left out.

    Examples
    --------
    >>> typed({"region": "浙江省", "city": "杭州市", "line": "浙江省杭州市文三路1号"})
    '浙江省杭州市文三路1号'
    >>> typed({"city": "Boston", "line": "5 Main St"})
    'Boston 5 Main St'
    """
    line = parts.get("line") or ""
    named = [parts.get(name) for name in ("region", "city", "district", "town")]
    return " ".join([*(name for name in named if name and name not in line), line]).strip()


def _answer(case: Row, choices: list[Choice], chosen: int) -> Choice | None:
    """Give the address of a case: the place chosen, with the case's own building and unit."""
    if not chosen or case["parts"] is None:
        return None
    return chosen_for(choices[chosen - 1], resolve_parts(**case["parts"]))


def _cursor(case: Row) -> str:
    at = case["opened_at"] if case["state"] == "open" else case["settled_at"]
    return cursor_of(at, case["case_id"])
