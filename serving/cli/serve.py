"""``orderintel serve``: API and console."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

import typer

from serving.cli.console import fail, say
from serving.settings import load_settings

if TYPE_CHECKING:
    from serving.access.audit import AuditLog
    from serving.access.users import UserStore
    from serving.security import KeyRing
    from serving.settings import Settings

FIRST_USER: Final = "admin"
UVICORN: Final[dict[str, Any]] = {
    "log_config": None,
    "access_log": False,
    "timeout_graceful_shutdown": 10,
}


def serve(
    host: str = typer.Option("127.0.0.1", help="Address to listen on."),
    port: int = typer.Option(8000, min=0, max=65535, help="Port; 0 takes a free one."),
    workers: int = typer.Option(1, min=1, help="Processes; more than one needs a shared state."),
    no_jobs: bool = typer.Option(False, "--no-jobs", help="Without the job worker."),
) -> None:
    """Serve the API and the console."""
    from serving import collector

    collector.pause()  # before anything large is loaded
    import uvicorn
    from sqlalchemy.exc import SQLAlchemyError

    from serving import logs
    from serving.app import create_app
    from serving.runtime import open_runtime
    from serving.tenants import Dispatcher, tenant_names

    settings = load_settings()
    logs.configure(settings.log_level)
    names = tenant_names(settings)
    _refuse(settings, names, workers)
    port = _open_port(host, port)
    say("loading history, state and models …")
    app: Any = None
    try:
        if names:
            shops = [open_runtime(settings.of_tenant(name), fills_apart=True) for name in names]
            app = Dispatcher(
                {
                    name: create_app(shop.settings, runtime=shop, has_jobs=not no_jobs)
                    for name, shop in zip(names, shops, strict=True)
                }
            )
        elif workers > 1:
            _first_key(settings)
        else:
            runtime = open_runtime(settings, fills_apart=True)
            _show_first_key(runtime.keys, runtime.users, runtime.audit)
            app = create_app(settings, runtime=runtime, has_jobs=not no_jobs)
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        why = error.name if isinstance(error, ModuleNotFoundError) else type(error).__name__
        fail(f"the database does not answer ({why}): check ORDERINTEL_DATABASE_URL and its server")
    _tell(host, port, names, no_jobs=no_jobs)
    if app is None:
        _serve_together(host, port, workers, no_jobs=no_jobs)
    else:
        uvicorn.run(app, host=host, port=port, **UVICORN)


def _refuse(settings: Settings, names: list[str], workers: int) -> None:
    """Refuse to start without a secret, or in a way that would mix what must not mix."""
    from serving.secret import has_secret

    if not names and not has_secret(settings):
        fail(
            "there is no secret key: set ORDERINTEL_SECRET_KEY or ORDERINTEL_SECRET_KEY_FILE, or "
            f"let `orderintel keys create --name first --role admin` make one in {settings.home}"
        )
    if workers > 1 and names:
        fail("several workers would add up the shops' metrics: start one service for each shop")
    if workers > 1 and settings.state_url is None:
        fail(
            "window state lives in this process, so one worker serves: leave --workers out, "
            "or set ORDERINTEL_STATE_URL to a Redis that all workers share"
        )


def _serve_together(host: str, port: int, workers: int, *, no_jobs: bool) -> None:
    """Serve in several processes that share store, state and counts; this one watches them."""
    import tempfile

    import uvicorn

    from serving.metrics import SHARED_FOLDER

    with tempfile.TemporaryDirectory(prefix="orderintel-metrics-") as folder:
        os.environ[SHARED_FOLDER] = folder  # the workers inherit it
        uvicorn.run(
            "serving.app:without_jobs" if no_jobs else "serving.app:from_environment",
            factory=True,
            host=host,
            port=port,
            workers=workers,
            **UVICORN,
        )


def _first_key(settings: Settings) -> None:
    """Bring the store up to date and make the first key before several workers look for it."""
    from serving.access.audit import AuditLog
    from serving.access.users import UserStore
    from serving.clock import now
    from serving.opening import open_store
    from serving.secret import tenant_secret
    from serving.security import KeyRing

    engine = open_store(settings, now)
    audit = AuditLog(engine, tenant_secret(settings), now)
    keys = KeyRing(engine, now, settings.tenant or "")
    _show_first_key(keys, UserStore(engine, now), audit)
    engine.dispose()


def _show_first_key(keys: KeyRing, users: UserStore, audit: AuditLog) -> None:
    """Make the first key and the first user of a new store, and show both this once."""
    if not keys.is_empty():
        return
    say(f"API key (shown this once, keep it): {keys.create('first key', 'admin')}")
    audit.add("first start", "key.create", "first key", role="admin")
    if users.is_empty():
        password = users.create(FIRST_USER, "admin")
        say(f"console user (shown this once): {FIRST_USER}, password {password}")
        audit.add("first start", "user.create", FIRST_USER, role="admin")


def _tell(host: str, port: int, names: list[str], *, no_jobs: bool) -> None:
    say(f"API      http://{host}:{port}/docs")
    for place in [f"t/{name}/console" for name in names] or ["console"]:
        say(f"console  http://{host}:{port}/{place}")
    if no_jobs:
        say("without the job worker")


def _open_port(host: str, port: int) -> int:
    """Make sure, before all is loaded, that the port can be had; gives its number."""
    import socket

    try:
        with socket.create_server((host, port)) as listening:
            return int(listening.getsockname()[1])
    except OSError as error:
        fail(f"cannot listen on {host} port {port} ({error.strerror}): give another --port")
