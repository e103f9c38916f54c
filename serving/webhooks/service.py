"""What can be done with endpoints: make, change, switch, replace the secret, send again."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from features.durations import DAY_US
from features.order import wire_instant
from serving.errors import ConflictError, InvalidRequestError, NotFoundError
from serving.paging import number_of
from serving.webhooks.guard import ForbiddenTargetError
from serving.webhooks.signing import secret_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from features.order import Row
    from serving.access.audit import AuditLog
    from serving.clock import Clock
    from serving.webhooks.guard import Guard
    from serving.webhooks.outbox import Wanted
    from serving.webhooks.repository import Endpoint, WebhookStore

OVERLAP: Final = DAY_US
"""Microseconds for which messages are signed with the secret before, too, after it was replaced."""


@dataclass
class WebhookService:
    """Endpoints.

    Parameters
    ----------
    store
        Where they are kept.
    guard
        Where they may be.
    wanted
        What the path of orders remembers of them.
    secret
        The tenant's secret.
    clock
        Gives the present in microseconds UTC.
    audit
        Where changes are noted.
    """

    store: WebhookStore
    guard: Guard
    wanted: Wanted
    secret: bytes
    clock: Clock
    audit: AuditLog

    def listed(self, merchant_id: str | None = None) -> list[Row]:
        """Give every endpoint that a merchant may see; all of them for nobody in particular."""
        counts = self.store.counts()
        return [
            document(endpoint, counts.get(endpoint.endpoint_id, {}))
            for endpoint in self.store.endpoints()
            if merchant_id in {None, endpoint.merchant_id}
        ]

    def get(self, endpoint_id: str, merchant_id: str | None = None) -> Endpoint:
        """Give an endpoint.

        Raises
        ------
        NotFoundError
            When there is none that the merchant may see.
        """
        found = self.store.endpoint(endpoint_id)
        if found is None or merchant_id not in {None, found.merchant_id}:
            raise NotFoundError(f"no endpoint {endpoint_id!r}")
        return found

    def shown(self, endpoint_id: str, merchant_id: str | None = None) -> Row:
        """Give an endpoint as it is answered."""
        endpoint = self.get(endpoint_id, merchant_id)
        return document(endpoint, self.store.counts().get(endpoint_id, {}))

    def create(self, asked: Mapping[str, Any], by: str) -> Row:
        """Make an endpoint; its secret is in the answer, this once."""
        self._check(asked["url"])
        now = self.clock()
        endpoint_id = "whe_" + secrets.token_hex(16)
        self.store.add(
            {
                "endpoint_id": endpoint_id,
                "merchant_id": asked.get("merchant_id"),
                "url": asked["url"],
                "description": asked.get("description"),
                "events": asked["events"],
                "state": "enabled",
                "generation": 1,
                "created_by": by,
                "created_at": now,
                "changed_at": now,
            }
        )
        self.wanted.refresh()
        self.audit.add(by, "webhook.create", endpoint_id, url=asked["url"])
        return self._with_secret(endpoint_id)

    def change(self, endpoint: Endpoint, asked: Mapping[str, Any], by: str) -> Row:
        """Change an endpoint; one that is switched on again gets what waited meanwhile."""
        changes = {name: value for name, value in asked.items() if value is not None}
        if "url" in changes:
            self._check(changes["url"])
        state = changes.get("state")
        if state == "enabled":
            changes |= {"why": None, "failing_since": None}
        elif state == "disabled":
            changes["why"] = "asked"
        self.store.change(endpoint.endpoint_id, changes | {"changed_at": self.clock()})
        self.wanted.refresh()
        self.audit.add(by, "webhook.change", endpoint.endpoint_id, **changes)
        return self.shown(endpoint.endpoint_id)

    def remove(self, endpoint: Endpoint, by: str) -> None:
        """Remove an endpoint with everything that waits for it."""
        self.store.remove(endpoint.endpoint_id)
        self.wanted.refresh()
        self.audit.add(by, "webhook.remove", endpoint.endpoint_id, url=endpoint.url)

    def replace_secret(self, endpoint: Endpoint, by: str) -> Row:
        """Give a new secret, this once; for a day messages bring both signatures."""
        now = self.clock()
        changes = {
            "generation": endpoint.generation + 1,
            "previous_until": now + OVERLAP,
            "changed_at": now,
        }
        self.store.change(endpoint.endpoint_id, changes)
        self.audit.add(by, "webhook.secret", endpoint.endpoint_id)
        return self._with_secret(endpoint.endpoint_id)

    def replay(
        self,
        endpoint: Endpoint,
        *,
        message_id: str | None,
        since: int | None,
        until: int | None,
        by: str,
    ) -> int:
        """Let one event, or those of a span, be sent again; gives how many.

        Raises
        ------
        ConflictError
            When the endpoint is switched off.
        NotFoundError
            When there is no such event, or it is none that the endpoint wants.
        """
        if endpoint.state != "enabled":
            raise ConflictError("the endpoint is switched off: switch it on first")
        now = self.clock()
        if message_id is None:
            sent = self.store.replay_since(endpoint, since or 0, until or now + 1, now)
        else:
            sent = self.store.replay_event(endpoint, message_id, now)
            if not sent:
                raise NotFoundError(f"no event {message_id!r} that this endpoint wants")
        self.audit.add(by, "webhook.replay", endpoint.endpoint_id, messages=sent)
        return sent

    def messages(self, endpoint: Endpoint, cursor: str | None, limit: int) -> Row:
        """Give a page of the messages of an endpoint, newest first."""
        before = number_of(cursor)
        found = self.store.messages(endpoint.endpoint_id, before, limit + 1)
        has_more, page = len(found) > limit, found[:limit]
        return {
            "items": [_message(row) for row in page],
            "next_cursor": str(page[-1]["event_id"]) if has_more else None,
            "has_more": has_more,
        }

    def _check(self, url: str) -> None:
        try:
            self.guard.check(url)
        except ForbiddenTargetError as error:
            raise InvalidRequestError("the URL cannot be used", [("/url", str(error))]) from None

    def _with_secret(self, endpoint_id: str) -> Row:
        endpoint = self.get(endpoint_id)
        secret = secret_of(self.secret, endpoint_id, endpoint.generation)
        return self.shown(endpoint_id) | {"secret": secret}


def document(endpoint: Endpoint, counts: Mapping[str, int]) -> Row:
    """Write an endpoint as it is answered; never its secret."""
    return {
        "endpoint_id": endpoint.endpoint_id,
        "merchant_id": endpoint.merchant_id,
        "url": endpoint.url,
        "description": endpoint.description,
        "events": list(endpoint.events),
        "state": endpoint.state,
        "why": endpoint.why,
        "failing_since": _optional(endpoint.failing_since),
        "created_by": endpoint.created_by,
        "created_at": wire_instant(endpoint.created_at),
        "changed_at": wire_instant(endpoint.changed_at),
        "messages": {state: counts.get(state, 0) for state in ("waiting", "sent", "failed")},
    }


def _message(row: Row) -> Row:
    return {
        "message_id": row["message_id"],
        "type": row["type"],
        "subject": row["subject"],
        "at": wire_instant(row["at"]),
        "state": row["state"],
        "attempts": row["attempts"],
        "attempted_at": _optional(row["attempted_at"]),
        "next_attempt_at": wire_instant(row["due_at"]) if row["state"] == "waiting" else None,
        "status": row["status"],
        "error": row["error"],
    }


def _optional(at: int | None) -> str | None:
    return None if at is None else wire_instant(at)
