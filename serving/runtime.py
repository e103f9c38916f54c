"""Everything a running service holds, and how it is put together from a home folder."""

from __future__ import annotations

import gc
import hmac
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request

from features.address.resolve import prepare
from features.catalogue import declare, definition_hash
from features.errors import HistoryError
from features.history import History, HistoryProfile
from features.keys import keyed_hash
from features.order import Terms
from serving.access.audit import AuditLog
from serving.access.limits import Limiter, limiter
from serving.access.repository import PersonalStore
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
from serving.scoring.enriching import open_helpers
from serving.scoring.places import locate
from serving.scoring.repository import DecisionStore
from serving.scoring.service import Scorer
from serving.secret import tenant_secret
from serving.security import KeyRing
from serving.state.filling import Filler
from serving.state.rebuild import Shared, open_state
from serving.state.stored import StoredEvents
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
    from serving.scoring.judge import Judge
    from serving.settings import Settings
    from serving.state.windows import WindowState
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
        """Let go of the window state, the limits and the store."""
        self.scorer.state.close()
        self.limiter.close()
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


@dataclass(frozen=True)
class _Ground:
    """What the parts of a service stand on."""

    settings: Settings
    clock: Clock
    engine: Engine
    secret: bytes
    history: History | None
    wanted: Wanted
    metrics: Metrics = field(default_factory=Metrics)

    @property
    def profile(self) -> HistoryProfile | None:
        return self.history.profile if self.history else None

    @property
    def tenant(self) -> str:
        """Names the tenant, without giving the secret away."""
        return keyed_hash(self.secret, "tenant", "state").partition(":")[2][:12]

    @cached_property
    def audit(self) -> AuditLog:
        return AuditLog(self.engine, self.secret, self.clock)

    @cached_property
    def vault(self) -> Vault:
        return Vault(self.secret)

    @cached_property
    def decisions(self) -> DecisionStore:
        return DecisionStore(self.engine, self.wanted)

    @cached_property
    def outcomes(self) -> OutcomeStore:
        return OutcomeStore(self.engine)


@_collector_paused()
def open_runtime(settings: Settings, *, clock: Clock = now, fills_apart: bool = False) -> Runtime:
    """Put a service together: store, keys, history, state, models.

    Parameters
    ----------
    settings
        The environment.
    clock
        Gives the present in microseconds UTC.
    fills_apart
        Whether window state that has to be filled is filled by a process of its own, so that this
        one never loads what that takes.

    Returns
    -------
    Runtime
        Ready to score. What is missing (history, models) is named in every decision.
    """
    prepare()
    engine = open_store(settings, clock)
    wanted = Wanted(engine)
    wanted.refresh()
    history = _open_history(settings)
    ground = _Ground(settings, clock, engine, tenant_secret(settings), history, wanted)
    judge = load_judge(settings.models_folder, ground.profile)
    state = _open_state(ground, fills_apart=fills_apart, has_lines=judge.asks_lines)
    delivery = open_delivery(history, settings, state.delivery, engine)
    scorer = _open_scorer(ground, judge, state, delivery)
    return _complete(ground, scorer, delivery)


def _open_state(ground: _Ground, *, fills_apart: bool, has_lines: bool) -> WindowState:
    settings, history, shared = ground.settings, ground.history, None
    if settings.state_url:
        shared = Shared(settings.state_url, ground.tenant, settings.state_timeout)
    stored = StoredEvents(ground.decisions, ground.outcomes)
    with closing(Filler(settings, history)) if fills_apart and history else nullcontext() as filler:
        return open_state(
            history, stored, settings.state_folder, shared, filler=filler, has_lines=has_lines
        )


def _open_scorer(
    ground: _Ground, judge: Judge, state: WindowState, delivery: DeliveryService | None
) -> Scorer:
    settings, profile = ground.settings, ground.profile
    ground.decisions.keep_policy(judge.policy_version, judge.policy.document())
    is_alone = settings.state_url is None  # several workers share a state
    trials = TrialStore(ground.engine)
    return Scorer(
        store=ground.decisions,
        state=state,
        judge=judge,
        terms=Terms(
            secret=ground.secret,
            base_currency=profile.base_currency if profile else "CNY",
            attribute_types=profile.attributes if profile else {},
            locate=locate,
        ),
        moments=Moments(trials, judge.policy, ground.secret, ground.clock, is_alone=is_alone),
        helpers=open_helpers(delivery, ground.vault, settings.address_line),
        clock=ground.clock,
        metrics=ground.metrics,
        versions=_versions(profile),
    )


def _complete(ground: _Ground, scorer: Scorer, delivery: DeliveryService | None) -> Runtime:
    """Put everything else around what decides."""
    settings, clock, engine, audit = ground.settings, ground.clock, ground.engine, ground.audit
    keys, users = KeyRing(engine, clock, settings.tenant or ""), UserStore(engine, clock)
    outcomes = OutcomeService(ground.outcomes, scorer.state, clock, ground.metrics)
    currency, line, webhooks = scorer.terms.base_currency, Line(), _webhooks(ground)
    return Runtime(
        settings=settings,
        clock=clock,
        engine=engine,
        history=ground.history,
        profile=ground.profile,
        keys=keys,
        users=users,
        sessions=SessionStore(engine, clock, users, keys),
        limiter=limiter(settings.rate_limit, settings.state_url, ground.tenant),
        audit=audit,
        personal=PersonalData(PersonalStore(engine), ground.decisions, ground.vault, audit),
        cookie_secret=hmac.digest(ground.secret, b"orderintel console cookie", "sha256").hex(),
        metrics=ground.metrics,
        idempotency=IdempotencyStore(engine, clock),
        scorer=scorer,
        outcomes=outcomes,
        reviews=ReviewService(ReviewStore(engine), outcomes, clock, currency, audit),
        rules=_rules(ground, scorer),
        exploration=_exploration(ground, scorer),
        tickets=TicketService(TicketStore(engine), clock),
        addresses=_addresses(ground),
        explanations=Explanations(ExplanationStore(engine), lambda: scorer.judge, clock),
        webhooks=webhooks,
        gauges=Gauges(ground.metrics, engine, webhooks.store, scorer, settings.home, clock),
        rescoring=Rescoring(RescoringStore(engine), scorer, line, engine, clock),
        outage=Outage(engine),
        barrier=open_barrier(engine, settings.durability),
        line=line,
        delivery=delivery,
    )


def _rules(ground: _Ground, scorer: Scorer) -> RuleService:
    """Open the rules, and let orders be judged by them."""
    store = RuleStore(ground.engine)
    rules = RuleService(store, scorer, ground.history, ground.clock, ground.audit)
    rules.refresh()
    return rules


def _exploration(ground: _Ground, scorer: Scorer) -> ExplorationService:
    judge, currency = scorer.judge, scorer.terms.base_currency
    return ExplorationService(
        TrialStore(ground.engine),
        scorer.moments,
        judge.policy,
        judge.policy_version,
        ground.clock,
        currency,
    )


def _webhooks(ground: _Ground) -> WebhookService:
    settings = ground.settings
    guard = Guard(settings.webhook_hosts, settings.webhook_private_hosts)
    store = WebhookStore(ground.engine)
    return WebhookService(store, guard, ground.wanted, ground.secret, ground.clock, ground.audit)


def _addresses(ground: _Ground) -> AddressReviews:
    settings, clock, vault = ground.settings, ground.clock, ground.vault
    store = AddressStore(ground.engine, vault)
    geocoders = Geocoders(configured(settings), GeocodeStore(ground.engine, vault), clock)
    index = PointIndex(settings.points_folder)
    updates = AddressUpdates(store, geocoders, index, clock, settings.address_line)
    return AddressReviews(store, updates, clock, ground.audit)


async def runtime(request: Request) -> Runtime:
    """Give the running service to a route; a function that is not async would go to a thread."""
    found: Runtime = request.app.state.runtime
    return found


RuntimeDep = Annotated[Runtime, Depends(runtime)]
"""What a route asks for to be given the running service."""


def _open_history(settings: Settings) -> History | None:
    try:
        return History(settings.history_folder)
    except HistoryError as error:
        logger().warning("no history", why=str(error))
        return None


def _versions(profile: HistoryProfile | None) -> dict[str, str]:
    from importlib.metadata import version

    versions = {"service": version("order-intelligence")}
    if profile is not None:
        versions["features"] = definition_hash(declare(profile))[:12]
    return versions
