"""Addresses that are not sure, in the store. Queries only."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, exists, func, insert, or_, select, update

from serving.addresses.choices import Choice
from serving.store import text
from serving.store.cipher import cipher_of
from serving.store.tables import (
    ADDRESS_CASES,
    ADDRESS_EVENTS,
    ADDRESS_LABELS,
    ORDER_EVENTS,
    OUTCOMES,
    PERSONAL,
    SHIPMENTS,
)
from serving.store.vault import Vault
from serving.webhooks import outbox
from serving.webhooks.events import unsure_address

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Engine

    from features.order import Row

NOT_EVIDENCE: Final = ("refusal", "fraud", "chargeback")
"""Outcomes after which an address that was delivered to is no evidence of a good address."""


class AddressStore:
    """The queue of unsure addresses, what became of them, and what reviewers chose.

    Parameters
    ----------
    engine
        The store.
    vault
        Where personal data goes.
    """

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self.engine = engine
        self.vault = vault

    def page(self, state: str, after: tuple[int, str] | None, limit: int) -> list[Row]:
        """Give cases in a state, the oldest first (of settled ones the newest), to read."""
        table = ADDRESS_CASES.c
        wanted = select(ADDRESS_CASES).where(table.state == state)
        if state == "open":
            wanted = wanted.order_by(table.opened_at, table.case_id)
            if after is not None:
                wanted = wanted.where(
                    or_(
                        table.opened_at > after[0],
                        and_(table.opened_at == after[0], table.case_id > after[1]),
                    )
                )
        else:
            wanted = wanted.order_by(table.settled_at.desc(), table.case_id.desc())
            if after is not None:
                wanted = wanted.where(
                    or_(
                        table.settled_at < after[0],
                        and_(table.settled_at == after[0], table.case_id < after[1]),
                    )
                )
        with self.engine.connect() as connection:
            return self._read(connection, connection.execute(wanted.limit(limit)).mappings())

    def count(self, state: str) -> int:
        """Count cases in a state."""
        wanted = (
            select(func.count()).select_from(ADDRESS_CASES).where(ADDRESS_CASES.c.state == state)
        )
        with self.engine.connect() as connection:
            return int(connection.execute(wanted).scalar_one())

    def find(self, case_id: str) -> Row | None:
        """Give a case, or None."""
        wanted = select(ADDRESS_CASES).where(ADDRESS_CASES.c.case_id == case_id)
        with self.engine.connect() as connection:
            return next(iter(self._read(connection, connection.execute(wanted).mappings())), None)

    def equal(self, case: Row) -> list[Row]:
        """Give the open cases whose address is equal to that of a case, itself included."""
        table = ADDRESS_CASES.c
        wanted = (
            select(ADDRESS_CASES)
            .where(
                table.merchant_id == case["merchant_id"],
                table.key == case["key"],
                table.state == "open",
            )
            .order_by(table.opened_at, table.case_id)
        )
        with self.engine.connect() as connection:
            return self._read(connection, connection.execute(wanted).mappings())

    def count_equal(self, case: Row) -> int:
        """Count the open cases whose address is equal to that of a case, itself included."""
        table = ADDRESS_CASES.c
        wanted = (
            select(func.count())
            .select_from(ADDRESS_CASES)
            .where(
                table.merchant_id == case["merchant_id"],
                table.key == case["key"],
                table.state == "open",
            )
        )
        with self.engine.connect() as connection:
            return int(connection.execute(wanted).scalar_one())

    def take_due(self, at: int, *, lease: int, limit: int) -> list[Row]:
        """Take cases whose providers are to be asked now; no other worker gets them meanwhile.

        Parameters
        ----------
        at
            Microseconds UTC.
        lease
            Microseconds after which another worker may take what this one left undone.
        limit
            Cases at most.
        """
        table = ADDRESS_CASES.c
        due = select(ADDRESS_CASES).where(table.ask_at <= at).order_by(table.ask_at).limit(limit)
        taken = []
        with self.engine.connect() as connection:
            cases = self._read(connection, connection.execute(due).mappings())
        for case in cases:
            mine = (
                update(ADDRESS_CASES)
                .where(table.case_id == case["case_id"], table.ask_at == case["ask_at"])
                .values(ask_at=at + lease, asks=table.asks + 1)
            )
            with self.engine.begin() as connection:
                if connection.execute(mine).rowcount == 1:
                    taken.append(case | {"asks": case["asks"] + 1, "ask_at": at + lease})
        return taken

    def change(
        self,
        case: Row,
        changes: Row,
        event: Row,
        *,
        choices: Sequence[Choice] | None = None,
        answer: Choice | None = None,
    ) -> bool:
        """Change a case and note who did it; False when somebody else changed it meanwhile."""
        with self.engine.begin() as connection:
            return self._change(connection, case, changes, event, choices=choices, answer=answer)

    def leave_open(
        self,
        case: Row,
        changes: Row,
        event: Row,
        *,
        choices: Sequence[Choice],
        answer: Choice | None = None,
    ) -> bool:
        """Change a case that a reviewer must look at, and tell whoever wants to know."""
        with self.engine.begin() as connection:
            ours = self._change(connection, case, changes, event, choices=choices, answer=answer)
            if ours:
                outbox.tell(connection, unsure_address(case, len(choices), event["at"]))
            return ours

    def settle(self, cases: Sequence[tuple[Row, Choice | None]], label: Row, event: Row) -> int:
        """Settle equal cases by one label, in one commit; 0 when the first was changed meanwhile.

        Parameters
        ----------
        cases
            Each with its address, or None where none of the choices is right; the first is the
            one that was looked at.
        label
            Row of the label; its ``choices`` are choices.
        event
            ``at``, ``actor``, ``act`` and ``note``.
        """
        first, at = cases[0][0], event["at"]
        changes = {
            "state": "settled",
            "source": "review",
            "ask_at": None,
            "label_id": label["label_id"],
            "settled_by": event["actor"],
            "settled_at": at,
        }
        settled = 0
        with self.engine.begin() as connection:
            shown = [choice.document() for choice in label["choices"]]
            merchant = first["merchant_id"]
            digest = self.vault.put(connection, merchant, "address_choices", shown, at=at)
            for case, answer in cases:
                ok = self._change(connection, case, changes, event, answer=answer)
                if not ok and case is first:
                    connection.rollback()
                    return 0
                settled += ok
            row = label | {
                "choices": digest,
                "merchant_id": merchant,
                "key": first["key"],
                "text": first["text"],
            }
            connection.execute(insert(ADDRESS_LABELS).values(**row))
        return settled

    def reopen(self, label_id: str, event: Row) -> int:
        """Withdraw a label and open every case again that it settled."""
        changes = {
            "state": "open",
            "source": None,
            "label_id": None,
            "settled_by": None,
            "settled_at": None,
            "answer": None,
        }
        reopened = 0
        with self.engine.begin() as connection:
            connection.execute(
                update(ADDRESS_LABELS)
                .where(ADDRESS_LABELS.c.label_id == label_id)
                .values(withdrawn_at=event["at"])
            )
            wanted = select(ADDRESS_CASES).where(ADDRESS_CASES.c.label_id == label_id)
            for case in connection.execute(wanted).mappings().all():
                reopened += self._change(connection, dict(case), changes, event)
        return reopened

    def label_for(self, case: Row) -> Row | None:
        """Give what a reviewer chose last for an equal address, or None."""
        table = ADDRESS_LABELS.c
        wanted = (
            select(ADDRESS_LABELS)
            .where(
                table.merchant_id == case["merchant_id"],
                table.key == case["key"],
                table.withdrawn_at.is_(None),
            )
            .order_by(table.at.desc())
            .limit(1)
        )
        with self.engine.connect() as connection:
            row = connection.execute(wanted).mappings().first()
            return None if row is None else self._label(connection, dict(row))

    def labels(self) -> Iterator[Row]:
        """Go through what reviewers chose and did not take back, the earliest first.

        Each row has the address as typed (``text``), the ``choices`` that were shown, the number
        ``chosen`` (0 for none of them) and the ``confidence`` that the resolver had: what
        calibration learns from.
        """
        table = ADDRESS_LABELS.c
        wanted = select(ADDRESS_LABELS).where(table.withdrawn_at.is_(None)).order_by(table.at)
        with self.engine.connect() as connection:
            for row in connection.execute(wanted).mappings().all():
                yield self._label(connection, dict(row))

    def overtake(self, at: int) -> int:
        """Close open cases whose order has come again, since its address may be another."""
        newer = exists().where(
            ORDER_EVENTS.c.order_key == ADDRESS_CASES.c.order_key,
            ORDER_EVENTS.c.stored_at > ADDRESS_CASES.c.opened_at,
            ORDER_EVENTS.c.decision_id != ADDRESS_CASES.c.decision_id,
        )
        table = ADDRESS_CASES.c
        with self.engine.connect() as connection:
            wanted = select(table.case_id).where(table.state == "open", newer)
            gone = list(connection.execute(wanted).scalars())
        if not gone:
            # Nothing is written, so that orders never wait for this look.
            return 0
        changed = (
            update(ADDRESS_CASES)
            .where(table.case_id.in_(gone), table.state == "open")
            .values(state="overtaken", ask_at=None, settled_at=at, version=table.version + 1)
        )
        with self.engine.begin() as connection:
            return connection.execute(changed).rowcount

    def history(self, order_key: str) -> list[Row]:
        """Give how the address of an order became known after its decision, oldest first."""
        table = ADDRESS_EVENTS.c
        wanted = (
            select(table.at, table.actor, table.act, table.answer, ADDRESS_CASES.c.decision_id)
            .join(ADDRESS_CASES, ADDRESS_CASES.c.case_id == table.case_id)
            .where(ADDRESS_CASES.c.order_key == order_key, table.act != "open")
            .order_by(table.event_id)
        )
        with self.engine.connect() as connection:
            rows = [dict(row) for row in connection.execute(wanted).mappings()]
            known = self.vault.get(connection, (row["answer"] for row in rows))
        return [row | {"answer": _choice(known.get(row["answer"] or ""))} for row in rows]

    @staticmethod
    def current(connection: Connection, order_keys: Iterable[str]) -> dict[str, Row]:
        """Give the addresses of orders that became known after their decision."""
        table = ADDRESS_CASES.c
        wanted = select(table.order_key, table.answer).where(
            table.order_key.in_(list(order_keys)),
            table.answer.is_not(None),
            table.state != "overtaken",
        )
        rows = connection.execute(wanted).all()
        known = Vault.get(connection, (row[1] for row in rows))
        return {row[0]: Choice(**known[row[1]]).address() for row in rows if row[1] in known}

    def delivered(self) -> Iterator[Row]:
        """Go through the addresses of orders that arrived and were neither refused nor fraud.

        Each is in the words of ``resolve_parts``; one whose line was erased is left out.
        """
        with self.engine.connect() as connection:
            parcels = connection.execute(select(SHIPMENTS.c.order_key, SHIPMENTS.c.row))
            arrived = {key for key, row in parcels if text.read(row).get("delivered_at")}
            bad = set(
                connection.execute(
                    select(OUTCOMES.c.order_key).where(OUTCOMES.c.kind.in_(NOT_EVIDENCE))
                ).scalars()
            )
            newest = select(ORDER_EVENTS.c.order_key, ORDER_EVENTS.c.document).order_by(
                ORDER_EVENTS.c.event_id
            )
            documents = {row[0]: row[1] for row in connection.execute(newest)}
            for key in sorted((arrived - bad) & documents.keys()):
                parts = self._parts(connection, text.read(documents[key]))
                if parts is not None:
                    yield parts

    @staticmethod
    def _parts(connection: Connection, document: Row) -> Row | None:
        """Give an address in the words of ``resolve_parts``, its line from where it is kept."""
        address = document.get("shipping_address") or {}
        found = connection.execute(
            select(PERSONAL).where(
                PERSONAL.c.merchant_id == document["merchant_id"],
                PERSONAL.c.hash == address.get("line_hash"),
                PERSONAL.c.kind == "address_line",
            )
        ).mappings()
        kept = found.first()
        if kept is None:
            return None
        names = ("country", "region", "city", "district", "town")
        parts = {name: address.get(name) for name in names}
        line = cipher_of(connection).open(kept)
        return parts | {"line": line, "postal": address.get("postal_code")}

    def _change(
        self,
        connection: Connection,
        case: Row,
        changes: Row,
        event: Row,
        *,
        choices: Sequence[Choice] | None = None,
        answer: Choice | None = None,
    ) -> bool:
        merchant, at = case["merchant_id"], event["at"]
        values = dict(changes)
        if choices is not None:
            shown = [choice.document() for choice in choices]
            values["choices"] = self.vault.put(
                connection, merchant, "address_choices", shown, at=at
            )
        if answer is not None:
            values["answer"] = self.vault.put(
                connection, merchant, "address", answer.document(), at=at
            )
        changed = connection.execute(
            update(ADDRESS_CASES)
            .where(
                ADDRESS_CASES.c.case_id == case["case_id"],
                ADDRESS_CASES.c.version == case["version"],
            )
            .values(version=case["version"] + 1, **values)
        )
        if changed.rowcount != 1:
            return False
        noted = {"case_id": case["case_id"], "answer": values.get("answer"), **event}
        connection.execute(insert(ADDRESS_EVENTS).values(**noted))
        return True

    def _read(self, connection: Connection, rows: Iterable[Mapping[Any, Any]]) -> list[Row]:
        cases = [dict(row) for row in rows]
        referred = ("text", "choices", "answer")
        known = self.vault.get(connection, (case[name] for case in cases for name in referred))
        for case in cases:
            shown = known.get(case["choices"] or "")
            case["parts"] = known.get(case["text"])
            case["shown"] = None if shown is None else [Choice(**each) for each in shown]
            case["known"] = _choice(known.get(case["answer"] or ""))
        return cases

    def _label(self, connection: Connection, label: Row) -> Row:
        known = self.vault.get(connection, (label["text"], label["choices"]))
        shown = [Choice(**choice) for choice in known.get(label["choices"], ())]
        return label | {"parts": known.get(label["text"]), "shown": shown}


def new_label_id() -> str:
    """Give the id of a new label."""
    return "lab_" + uuid.uuid4().hex


def _choice(document: Row | None) -> Choice | None:
    return None if document is None else Choice(**document)
