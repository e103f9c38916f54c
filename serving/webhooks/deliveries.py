"""Sends what waits, and decides what comes next when it is not taken."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.metadata import version
from random import SystemRandom
from typing import TYPE_CHECKING, Final

from features.durations import DAY_US, SECOND_US
from serving.logs import logger
from serving.webhooks.guard import ForbiddenTargetError
from serving.webhooks.schedule import next_delay
from serving.webhooks.sending import Answer, send
from serving.webhooks.signing import headers_of, secret_of

if TYPE_CHECKING:
    import ssl
    from random import Random

    from features.order import Row
    from serving.clock import Clock
    from serving.metrics import Metrics
    from serving.runtime import Runtime
    from serving.webhooks.guard import Guard
    from serving.webhooks.repository import Endpoint, Message, WebhookStore

CLAIM: Final = 60 * SECOND_US
"""Microseconds for which a message is one worker's: longer than an attempt may take."""
SPREAD: Final = 500
"""Events that are taken up at once."""
AT_ONCE: Final = 4
"""Messages under way to one endpoint; one that fails gets one, so that it holds nobody else up."""
THREADS: Final = 32


@dataclass
class Deliveries:
    """Sends messages.

    Parameters
    ----------
    store
        Endpoints and messages.
    guard
        Where messages may go.
    secret
        The tenant's secret.
    clock
        Gives the present in microseconds UTC.
    metrics
        Where attempts are counted.
    disable_days, keep_days
        Days of failure after which an endpoint is switched off, and days for which events are
        kept.
    random
        Where jitter comes from.
    context
        How TLS is checked; as the system does it unless given.
    """

    store: WebhookStore
    guard: Guard
    secret: bytes
    clock: Clock
    metrics: Metrics
    disable_days: float
    keep_days: float
    random: Random = field(default_factory=SystemRandom)
    context: ssl.SSLContext | None = None
    _pool: ThreadPoolExecutor | None = None
    _under_way: dict[str, set[Future[None]]] = field(default_factory=dict)

    def work(self) -> int:
        """Take up new events and start what is due; gives how much there was to do."""
        n_done = self.store.spread(limit=SPREAD)
        for endpoint in self.store.endpoints():
            if endpoint.state != "enabled":
                continue
            under_way = self._still(endpoint.endpoint_id)
            free = (AT_ONCE if endpoint.failing_since is None else 1) - len(under_way)
            if free <= 0:
                continue
            now = self.clock()
            for message in self.store.take(
                endpoint.endpoint_id, now, until=now + CLAIM, limit=free
            ):
                under_way.add(self._threads().submit(self.attempt, endpoint, message))
                n_done += 1
        return n_done

    def attempt(self, endpoint: Endpoint, message: Message) -> None:
        """Send a message once and note what came of it."""
        answer = self._sent(endpoint, message)
        now = self.clock()
        self.metrics.observe_webhook(message.type, is_taken=answer.is_taken)
        result: Row = {"status": answer.status, "error": answer.error}
        if answer.is_taken:
            changes = {} if endpoint.failing_since is None else {"failing_since": None}
            self.store.note(message, result | {"state": "sent"}, endpoint.endpoint_id, changes)
            return
        delay = next_delay(message.attempts, self.random, answer.retry_after)
        if delay is None or answer.is_gone:
            result |= {"state": "failed"}
        else:
            result |= {"due_at": now + delay}
        self.store.note(message, result, endpoint.endpoint_id, self._consequence(endpoint, answer))

    def forget(self) -> int:
        """Forget events that were kept for long enough."""
        return self.store.forget(self.clock() - int(self.keep_days * DAY_US))

    def stop(self) -> None:
        """Wait for what is under way; the rest is sent after the next start."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None

    def _sent(self, endpoint: Endpoint, message: Message) -> Answer:
        try:
            target = self.guard.target(endpoint.url)
        except ForbiddenTargetError as error:
            return Answer(None, str(error)[:200])
        except OSError:
            return Answer(None, "host not found")
        now, body = self.clock(), message.body.encode()
        generations = [endpoint.generation]
        if endpoint.previous_until is not None and endpoint.previous_until > now:
            generations.append(endpoint.generation - 1)
        secrets = [secret_of(self.secret, endpoint.endpoint_id, each) for each in generations]
        headers = headers_of(secrets, message.message_id, now // SECOND_US, body)
        headers |= {"content-type": "application/json", "user-agent": _agent()}
        return send(target, body, headers, context=self.context)

    def _consequence(self, endpoint: Endpoint, answer: Answer) -> Row:
        """Say what a failure changes about its endpoint."""
        now = self.clock()
        since = endpoint.failing_since
        why = None
        if answer.is_gone:
            why = "gone"
        elif since is not None and now - since >= self.disable_days * DAY_US:
            why = "failing"
        if why is not None:
            logger().error("webhook endpoint was switched off", id=endpoint.endpoint_id, why=why)
            return {"state": "disabled", "why": why, "changed_at": now}
        return {} if since is not None else {"failing_since": now}

    def _threads(self) -> ThreadPoolExecutor:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="webhooks")
        return self._pool

    def _still(self, endpoint_id: str) -> set[Future[None]]:
        """Give what is under way to an endpoint; a fault of ours is logged, not lost."""
        known = self._under_way.setdefault(endpoint_id, set())
        for done in [future for future in known if future.done()]:
            known.discard(done)
            if (error := done.exception()) is not None:
                logger().error("a message was not sent", error=type(error).__name__)
        return known


def deliveries_of(runtime: Runtime) -> Deliveries:
    """Put together what sends the messages of a running service."""
    hooks, settings = runtime.webhooks, runtime.settings
    return Deliveries(
        store=hooks.store,
        guard=hooks.guard,
        secret=hooks.secret,
        clock=runtime.clock,
        metrics=runtime.metrics,
        disable_days=settings.webhook_disable_days,
        keep_days=settings.webhook_keep_days,
    )


def _agent() -> str:
    return f"order-intelligence/{version('order-intelligence')}"
