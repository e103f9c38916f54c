"""The service: one app, its lifespan, and the register of its routers."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from fastapi import FastAPI
from starlette.middleware import Middleware

from serving import collector, errors, logs, openapi, reloading
from serving.addresses.worker import AddressWorker
from serving.clock import now
from serving.console import visit
from serving.console.frame import ConsoleFrame
from serving.delivery import following
from serving.delivery.following import DeliveryFollower
from serving.delivery.prices import Pricing
from serving.explanations.worker import ExplanationWorker
from serving.gate import Gate
from serving.jobs.worker import DailyExport, JobWorker, WeeklyRun
from serving.middleware import RequestFrame
from serving.noticing.job import DeliveryLook
from serving.reloading import ModelReloader, follow
from serving.runtime import open_runtime
from serving.store.cipher import refresh
from serving.telemetry import open_telemetry
from serving.webhooks.deliveries import deliveries_of
from serving.webhooks.worker import WebhookWorker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Iterator

    from serving.clock import Clock
    from serving.jobs.background import Background
    from serving.runtime import Runtime
    from serving.settings import Settings
    from serving.telemetry import Telemetry

ROUTERS: Final[tuple[str, ...]] = (
    "serving.health",
    "serving.scoring.router",
    "serving.access.router",
    "serving.outcomes.router",
    "serving.review.router",
    "serving.console.router",
    "serving.console.rules",
    "serving.console.retraining",
    "serving.console.access",
    "serving.console.users",
    "serving.addresses.router",
    "serving.console.addresses",
    "serving.tickets.router",
    "serving.forecasts.router",
    "serving.delivery.router",
    "serving.noticing.router",
    "serving.console.delivery",
    "serving.rules.router",
    "serving.retraining.router",
    "serving.exploration.router",
    "serving.rescoring.router",
    "serving.webhooks.router",
    "serving.console.webhooks",
)
"""Modules that hold a ``router``; a new domain is a folder and a line here."""

TAGS: Final = (
    {"name": "orders", "description": "An order in, a decision out"},
    {"name": "outcomes", "description": "What became known about orders later"},
    {"name": "reviews", "description": "The queue of orders that a person should look at"},
    {"name": "addresses", "description": "Address enhancement"},
    {"name": "tickets", "description": "After-sales messages, the urgent ones first"},
    {"name": "delivery", "description": "Routes, delivery health"},
    {"name": "forecasts", "description": "Demand"},
    {"name": "policy", "description": "Costs and limits, and what is tried out against them"},
    {"name": "rules", "description": "The merchant's own rules"},
    {"name": "models", "description": "What is live"},
    {"name": "webhooks", "description": "Where events are sent, signed as Standard Webhooks"},
    {"name": "operations", "description": "Health and metrics"},
)

SETTLE_SECONDS: Final = 2.0
"""Seconds between two looks for verdicts to settle and for rules that another process saved."""


def create_app(
    settings: Settings,
    *,
    clock: Clock = now,
    runtime: Runtime | None = None,
    has_jobs: bool = True,
) -> FastAPI:
    """Make the service.

    Parameters
    ----------
    settings
        The environment.
    clock
        Gives the present in microseconds UTC.
    runtime
        The parts when the caller opened them already; opened at the start unless given.
    has_jobs
        Whether work beside the orders is done in this process.
    """
    logs.configure(settings.log_level)
    opened = runtime or open_runtime(settings, clock=clock)
    telemetry = open_telemetry()
    app = FastAPI(
        title="Order Intelligence",
        version=version("order-intelligence"),
        description="An online merchant's order in, a decision with its reasons out.",
        lifespan=lambda _app: _alive(opened, telemetry, has_jobs=has_jobs),
        docs_url=None,
        redoc_url=None,
        openapi_tags=list(TAGS),
        # One schema for what is read and written keeps the document small and its names stable.
        separate_input_output_schemas=False,
        middleware=[
            Middleware(Gate, outage=opened.outage, line=opened.line, barrier=opened.barrier)
        ],
    )
    app.state.runtime = opened
    if telemetry is not None:
        telemetry.watch(app)
        opened.scorer.watch = telemetry.stages
    app.add_middleware(ConsoleFrame, secret=opened.cookie_secret)
    app.add_middleware(RequestFrame, metrics=opened.metrics)
    for module in ROUTERS:
        app.include_router(import_module(module).router)
    errors.install(app)
    visit.install(app)
    openapi.install(app)
    return app


@asynccontextmanager
async def _alive(
    runtime: Runtime, telemetry: Telemetry | None, *, has_jobs: bool
) -> AsyncIterator[None]:
    """Do what goes on beside the orders, and at the end let go of everything."""
    tasks = [asyncio.create_task(each) for each in _tasks(runtime)]
    workers = _workers(runtime) if has_jobs else ()
    for worker in workers:
        worker.start()
    collector.resume()
    yield
    collector.release()
    for worker in workers:
        await asyncio.to_thread(worker.stop)
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    if telemetry is not None:
        await asyncio.to_thread(telemetry.close)
    runtime.close()


def _workers(runtime: Runtime) -> tuple[Background | JobWorker, ...]:
    """Make the threads that work beside the orders."""
    settings, clock = runtime.settings, runtime.clock
    jobs = (
        DailyExport(settings, clock),
        Pricing(settings, clock),
        WeeklyRun(settings, runtime.engine, clock),
        DeliveryLook(settings, clock),
    )
    return (
        AddressWorker(runtime.addresses.updates, settings.home),
        JobWorker(jobs),
        ExplanationWorker(runtime.explanations),
        WebhookWorker(deliveries_of(runtime)),
    )


def from_environment() -> FastAPI:
    """Make the service that the environment describes, as each of several workers does."""
    return _of_worker(has_jobs=True)


def without_jobs() -> FastAPI:
    """Make the same service without the work beside the orders."""
    return _of_worker(has_jobs=False)


def _of_worker(*, has_jobs: bool) -> FastAPI:
    from serving.settings import load_settings

    collector.pause()
    settings = load_settings()
    logs.configure(settings.log_level)
    runtime = open_runtime(settings, fills_apart=True)
    return create_app(settings, runtime=runtime, has_jobs=has_jobs)


def _tasks(runtime: Runtime) -> Iterator[Coroutine[Any, Any, None]]:
    """Give what settles, decides again, and takes up newer models and knowledge of deliveries."""
    yield _settle(runtime)
    yield runtime.rescoring.follow()
    models = ModelReloader(runtime.scorer, runtime.settings.models_folder, runtime.profile)
    yield follow(models.refresh, seconds=reloading.SECONDS, failed="models were not taken up")
    if runtime.delivery is not None and runtime.history is not None:
        deliveries = DeliveryFollower(
            runtime.delivery, runtime.history, runtime.settings, runtime.engine
        )
        said = "deliveries were not taken up"
        yield follow(deliveries.refresh, seconds=following.SECONDS, failed=said)


async def _settle(runtime: Runtime) -> None:
    """Settle verdicts, and take up what other processes saved and decided, for ever."""
    while True:
        try:
            runtime.keys.refresh()
            runtime.keys.note_use()
            refresh(runtime.engine)
            runtime.reviews.settle()
            runtime.rules.refresh()
            runtime.webhooks.wanted.refresh()
            runtime.scorer.moments.refresh()
        except Exception as error:  # noqa: BLE001 the next look tries again
            logs.logger().error("settling failed", exc_info=error)
        await asyncio.sleep(SETTLE_SECONDS)
