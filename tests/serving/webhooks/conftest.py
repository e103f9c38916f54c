"""A desk that sends to a real receiver, under a clock that is moved by hand."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from serving.access.audit import AuditLog
from serving.metrics import Metrics
from serving.store.engine import open_engine
from serving.webhooks import outbox
from serving.webhooks.deliveries import Deliveries
from serving.webhooks.events import Event
from serving.webhooks.guard import Guard
from serving.webhooks.outbox import Wanted
from serving.webhooks.repository import Endpoint, WebhookStore
from serving.webhooks.service import WebhookService
from tests.serving.conftest import Clock
from tests.serving.webhooks.receiver import Receiver, receiving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

SECRET = b"a tenant's secret"
GUARD = Guard((), ("127.0.0.1",))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    yield from receiving()


@dataclass
class Desk:
    """What sends, and what it sends from."""

    engine: Engine
    service: WebhookService
    deliveries: Deliveries
    clock: Clock
    receiver: Receiver

    def endpoint(self, **changes: Any) -> Endpoint:
        """Make an endpoint at the receiver."""
        asked = {"url": self.receiver.url, "events": ["order.decided"]} | changes
        made = self.service.create(asked, "test")
        return self.service.get(made["endpoint_id"])

    def tell(self, key: str, subject: str = "a", **changes: Any) -> Event:
        """Keep an event."""
        given: dict[str, Any] = {
            "type": "order.decided",
            "merchant_id": "acme",
            "at": self.clock(),
        } | changes
        event = Event(subject=subject, key=key, data={"key": key}, **given)
        with self.engine.begin() as connection:
            outbox.tell(connection, event)
        return event

    def send(self) -> int:
        """Send whatever is due, until nothing is."""
        total = 0
        while n := self.deliveries.work():
            total += n
            self.deliveries.stop()
        return total

    def messages(self, endpoint: Endpoint) -> list[dict[str, Any]]:
        """Give the messages of an endpoint, oldest first."""
        page = self.service.messages(endpoint, None, 200)["items"]
        return list(reversed(page))

    def states(self, endpoint: Endpoint) -> list[str]:
        """Give their states, oldest first."""
        return [message["state"] for message in self.messages(endpoint)]

    def now(self, endpoint: Endpoint) -> Endpoint:
        """Read an endpoint again."""
        return self.service.get(endpoint.endpoint_id)


@pytest.fixture
def desk(tmp_path: Path, blank_store: Path, receiver: Receiver) -> Iterator[Desk]:
    shutil.copy(blank_store, tmp_path / "orderintel.db")
    local = f"sqlite:///{tmp_path / 'orderintel.db'}"
    engine = open_engine(os.environ.get("ORDERINTEL_DATABASE_URL", local))
    clock, store = Clock(), WebhookStore(engine)
    service = WebhookService(
        store, GUARD, Wanted(engine), SECRET, clock, AuditLog(engine, SECRET, clock)
    )
    deliveries = Deliveries(store, GUARD, SECRET, clock, Metrics(), 5.0, 30.0, Random(1))  # noqa: S311
    yield Desk(engine, service, deliveries, clock, receiver)
    deliveries.stop()
    engine.dispose()
