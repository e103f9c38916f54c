"""``orderintel serve``: API and console."""

from __future__ import annotations

import typer

from serving.cli.console import fail, say
from serving.settings import load_settings


def serve(
    host: str = typer.Option("127.0.0.1", help="Address to listen on."),
    port: int = typer.Option(8000, min=0, max=65535, help="Port; 0 takes a free one."),
    workers: int = typer.Option(1, min=1, help="Processes; more than one needs a shared state."),
    no_jobs: bool = typer.Option(False, "--no-jobs", help="Without the job worker."),
) -> None:
    """Serve the API and the console."""
    import uvicorn
    from sqlalchemy.exc import SQLAlchemyError

    from serving import logs
    from serving.app import create_app
    from serving.runtime import open_runtime

    settings = load_settings()
    logs.configure(settings.log_level)
    if workers > 1:
        fail(
            "window state lives in this process, so one worker serves: leave --workers out "
            "(a state server for several is set with ORDERINTEL_STATE_URL in a later version)"
        )
    port = _open_port(host, port)
    say("loading history, state and models …")
    try:
        runtime = open_runtime(settings)
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        why = error.name if isinstance(error, ModuleNotFoundError) else type(error).__name__
        fail(f"the database does not answer ({why}): check ORDERINTEL_DATABASE_URL and its server")
    if runtime.keys.is_empty():
        key = runtime.keys.create("first key", "admin")
        say(f"API key (shown this once, keep it): {key}")
    say(f"API      http://{host}:{port}/docs")
    say(f"console  http://{host}:{port}/console")
    if no_jobs:
        say("without the job worker")
    uvicorn.run(
        create_app(settings, runtime=runtime),
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=10,
    )


def _open_port(host: str, port: int) -> int:
    """Make sure, before all is loaded, that the port can be had; gives its number."""
    import socket

    try:
        with socket.create_server((host, port)) as listening:
            return int(listening.getsockname()[1])
    except OSError as error:
        fail(f"cannot listen on {host} port {port} ({error.strerror}): give another --port")
