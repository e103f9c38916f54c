"""Everything a running service holds, and how it is put together from a home folder."""

from __future__ import annotations

import gc
import hmac
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import Request  # noqa: TC002 FastAPI reads the annotation

from features.address.resolve import prepare
from features.catalogue import declare, definition_hash
from features.errors import HistoryError
from features.history import History, HistoryProfile
from features.keys import keyed_hash
from features.order import Terms
from serving.access.audit import AuditLog
from serving.access.limits import Limiter, limiter
from serving.access.service import PersonalData
from serving.access.sessions import SessionStore
from serving.access.users import UserStore
from serving.addresses.index import PointIndex
from serving.addresses.repository import AddressStore
from serving.addresses.reviews import AddressReviews
from serving.addresses.updates import AddressUpdates
from serving.admission import Line
from serving.clock import now
from serving.delivery.opening import open_delivery
from serving.explanations.repository import ExplanationStore
from serving.explanations.service import Explanations
from serving.exploration.moments import Moments
from serving.exploration.repository import TrialStore
from serving.exploration.service import ExplorationService
from serving.gauges import Gauges
from serving.geocoders.chain import Geocoders
from serving.geocoders.register import configured
from serving.geocoders.repository import GeocodeStore
from serving.idempotency import IdempotencyStore
from serving.live import load_judge
from serving.logs import logger
from serving.metrics import Metrics
from serving.opening import open_store
from serving.outcomes.repository import OutcomeStore
from serving.outcomes.service import OutcomeService
from serving.rescoring.repository import RescoringStore
from serving.rescoring.service import Rescoring
from serving.review.repository import ReviewStore
from serving.review.service import ReviewService
from serving.rules.repository import RuleStore
from serving.rules.service import RuleService
from serving.scoring.helpers import open_helpers
from serving.scoring.places import locate
from serving.scoring.repository import DecisionStore
from serving.scoring.service import Scorer
from serving.secret import tenant_secret
from serving.security import KeyRing
from serving.state.rebuild import Shared, StoredEvents, open_state
from serving.store.durability import open_barrier
from serving.store.outage import Outage
from serving.store.vault import Vault
from serving.tickets.repository import TicketStore
from serving.tickets.service import TicketService
from serving.webhooks.guard import Guard
from serving.webhooks.outbox import Wanted
from serving.webhooks.repository import WebhookStore
from serving.webhooks.service import WebhookService

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from serving.clock import Clock
    from serving.delivery.service import DeliveryService
    from serving.settings import Settings
    from serving.store.durability import Barrier


@dataclass
class Runtime:
    """The parts of a running service.

    Parameters
    ----------
    settings
        The environment.
    clock
        Gives the present in microseconds UTC.
    engine
        The store.
    history, profile
        The history and what it holds; None without one.
    keys, users, sessions
        Who may call, and who is logged in.
    limiter
        How often each key may call.
    audit
        Who did what.
    personal
        The people behind orders, masked unless asked for a reason.
    cookie_secret
        Signs the cookies of the console.
    metrics
        What is counted.
    idempotency
        Answers kept under callers' keys.
    scorer, outcomes, reviews, rules, tickets, exploration, addresses,
    explanations, webhooks
        The services.
    gauges
        What is looked up when Prometheus asks.
    rescoring
        Decides orders again that were decided without some part.
    outage
        Whether the database server is away.
    barrier
        Where answers wait until what they say is safe.
    line
        Where orders wait for their turn.
    delivery
        What proposes routes, or None where the history knows no warehouses and outlets.
    """

    settings: Settings
    clock: Clock
    engine: Engine
    history: History | None
    profile: HistoryProfile | None
    keys: KeyRing
    users: UserStore
    sessions: SessionStore
    limiter: Limiter
    audit: AuditLog
    personal: PersonalData
    cookie_secret: str
    metrics: Metrics
    idempotency: IdempotencyStore
    scorer: Scorer
    outcomes: OutcomeService
    reviews: ReviewService
    rules: RuleService
    tickets: TicketService
    exploration: ExplorationService
    addresses: AddressReviews
    explanations: Explanations
    webhooks: WebhookService
    gauges: Gauges
    rescoring: Rescoring
    outage: Outage
    barrier: Barrier
    line: Line
    delivery: DeliveryService | None = None

    def close(self) -> None:
        """Let go of the window state and the store."""
        self.scorer.state.close()
        self.engine.dispose()


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Stop looking for garbage while millions of objects are made that all stay."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@_collector_paused()
def open_runtime(settings: Settings, *, clock: Clock = now) -> Runtime:
    """Put a service together: store, keys, history, state, models.

    Parameters
    ----------
    settings
        The environment.
    clock
        Gives the present in microseconds UTC.

    Returns
    -------
    Runtime
        Ready to score. What is missing (history, models) is named in every decision.
    """
    prepare()
    engine = open_store(settings, clock)
    secret, metrics = tenant_secret(settings), Metrics()
    history = _open_history(settings)
    profile = history.profile if history else None
    wanted = Wanted(engine)
    wanted.refresh()
    decisions, outcomes = DecisionStore(engine, wanted), OutcomeStore(engine)
    shared = None
    if settings.state_url:
        shared = Shared(settings.state_url, _tenant(secret), settings.state_timeout)
    state = open_state(history, StoredEvents(decisions, outcomes), settings.state_folder, shared)
    judge = load_judge(settings.models_folder, profile)
    decisions.keep_policy(judge.policy_version, judge.policy.document())
    delivery = open_delivery(history, settings, state.delivery, engine)
    terms = Terms(
        secret=secret,
        base_currency=profile.base_currency if profile else "CNY",
        attribute_types=profile.attributes if profile else {},
        locate=locate,
    )
    vault = Vault(secret)
    audit = AuditLog(engine, secret, clock)
    keys, users = KeyRing(engine, clock, settings.tenant or ""), UserStore(engine, clock)
    trials = TrialStore(engine)
    is_alone = settings.state_url is None  # several workers share a state
    moments = Moments(trials, judge.policy, secret, clock, is_alone=is_alone)
    scorer = Scorer(
        store=decisions,
        state=state,
        judge=judge,
        terms=terms,
        moments=moments,
        helpers=open_helpers(delivery, vault, settings.address_line),
        clock=clock,
        metrics=metrics,
        versions=_versions(profile),
    )
    rules = RuleService(RuleStore(engine), scorer, history, clock, audit)
    rules.refresh()
    line = Line()
    taken = OutcomeService(outcomes, state, clock, metrics)
    return Runtime(
        settings=settings,
        clock=clock,
        engine=engine,
        history=history,
        profile=profile,
        keys=keys,
        users=users,
        sessions=SessionStore(engine, clock, users, keys),
        limiter=limiter(settings.rate_limit, settings.state_url, _tenant(secret)),
        audit=audit,
        personal=PersonalData(engine, decisions, vault, audit),
        cookie_secret=hmac.digest(secret, b"orderintel console cookie", "sha256").hex(),
        metrics=metrics,
        idempotency=IdempotencyStore(engine),
        scorer=scorer,
        outcomes=taken,
        reviews=ReviewService(ReviewStore(engine), taken, clock, terms.base_currency, audit),
        rules=rules,
        exploration=ExplorationService(
            trials, moments, judge.policy, judge.policy_version, clock, terms.base_currency
        ),
        tickets=TicketService(TicketStore(engine), clock),
        addresses=_addresses(engine, vault, settings, clock, audit),
        explanations=Explanations(ExplanationStore(engine), lambda: scorer.judge, clock),
        gauges=Gauges(metrics),
        webhooks=WebhookService(
            WebhookStore(engine),
            Guard(settings.webhook_hosts, settings.webhook_private_hosts),
            wanted,
            secret,
            clock,
            audit,
        ),
        rescoring=Rescoring(RescoringStore(engine), scorer, line, engine, clock),
        outage=Outage(engine),
        barrier=open_barrier(engine, settings.durability),
        line=line,
        delivery=delivery,
    )


def _addresses(
    engine: Engine, vault: Vault, settings: Settings, clock: Clock, audit: AuditLog
) -> AddressReviews:
    store = AddressStore(engine, vault)
    geocoders = Geocoders(configured(settings), GeocodeStore(engine, vault), clock)
    index = PointIndex(settings.points_folder)
    updates = AddressUpdates(store, geocoders, index, clock, settings.address_line)
    return AddressReviews(store, updates, clock, audit)


def runtime(request: Request) -> Runtime:
    """Give the running service to a route."""
    found: Runtime = request.app.state.runtime
    return found


def _open_history(settings: Settings) -> History | None:
    try:
        return History(settings.history_folder)
    except HistoryError as error:
        logger().warning("no history", why=str(error))
        return None


def _tenant(secret: bytes) -> str:
    """Name the tenant, without giving the secret away."""
    return keyed_hash(secret, "tenant", "state").partition(":")[2][:12]


def _versions(profile: HistoryProfile | None) -> dict[str, str]:
    from importlib.metadata import version

    versions = {"service": version("order-intelligence")}
    if profile is not None:
        versions["features"] = definition_hash(declare(profile))[:12]
    return versions
