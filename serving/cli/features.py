"""``orderintel features``: what is known about past orders, each as it was when the order came."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final
from zoneinfo import ZoneInfo

import typer

from serving.cli.console import claim, emit_json, fail, progress, say
from serving.cli.instants import instant

if TYPE_CHECKING:
    from datetime import datetime

    from features.history import History

ENGINES: Final = {"local": "features.engines.batch", "spark": "features.engines.spark"}
"""Engine to the module whose ``write`` writes features; all write the same values."""

PURPOSES: Final = ("risk", "abnormal", "delivery")


def features(
    out: Annotated[Path | None, typer.Option(help="Parquet file for the features.")] = None,
    placed_from: Annotated[str | None, typer.Option("--from", help="First day.")] = None,
    placed_to: Annotated[str | None, typer.Option("--to", help="Last day.")] = None,
    purpose: Annotated[
        list[str] | None, typer.Option(help="risk, abnormal or delivery; all unless given.")
    ] = None,
    engine: Annotated[str, typer.Option(help="local or spark.")] = "local",
    jobs: Annotated[int, typer.Option(help="Threads; -1 for one a core.")] = -1,
    catalogue: Annotated[
        Path | None, typer.Option(help="Page of all features: .html, .md or .json.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Write every feature of past orders, each as it was when the order came."""
    from features.history import History
    from serving.settings import load_settings

    if out is None and catalogue is None:
        raise typer.BadParameter("nothing to do: give --out FILE.parquet or --catalogue FILE")
    _check("--engine", engine, tuple(ENGINES))
    for name in purpose or ():
        _check("--purpose", name, PURPOSES)
    if jobs == 0 or jobs < -1:
        raise typer.BadParameter("give a number of threads, or -1", param_hint="--jobs")
    history = History(load_settings().history_folder)
    document: dict[str, Any] = {}
    if catalogue is not None:
        from serving.catalogue import write

        write(history, claim(catalogue))
        document["catalogue"] = str(catalogue)
        say(f"wrote {catalogue}")
    if out is not None:
        zone = ZoneInfo(history.profile.timezone)
        since = instant("--from", placed_from, zone, end=False) if placed_from else None
        until = instant("--to", placed_to, zone, end=True) if placed_to else None
        if since is not None and until is not None and until <= since:
            raise typer.BadParameter("the last day is before --from", param_hint="--to")
        document |= _written(history, claim(out), purpose, (since, until), engine, jobs)
        say(
            f"wrote {document['features']:,} features of {document['rows']:,} orders to {out} "
            f"in {document['seconds']:,.1f} s, {document['peak_memory_mb']:,} MB at most"
        )
    if as_json:
        emit_json(document)


def _check(option: str, given: str, known: tuple[str, ...]) -> None:
    if given not in known:
        mend = f"{given!r} is unknown: choose one of {', '.join(known)}"
        raise typer.BadParameter(mend, param_hint=option)


def _written(
    history: History,
    out: Path,
    purposes: list[str] | None,
    period: tuple[datetime | None, datetime | None],
    engine: str,
    jobs: int,
) -> dict[str, Any]:
    """Write features and tell what it took."""
    import resource
    import time

    from features.catalogue import declare, definition_hash
    from serving.settings import load_settings

    if engine == "spark" and find_spec("pyspark") is None:
        fail("the Spark engine is not installed: pip install 'order-intelligence[spark]'")
    if not history.has("orders"):
        fail("the history holds no order: run `orderintel import MAPPING.yaml` first")
    declared = declare(history.profile, purposes=purposes)
    write = import_module(ENGINES[engine]).write
    if engine == "spark":
        write = partial(write, master=load_settings().spark_master)
    began = time.monotonic()
    with progress("features, percent", 100) as advance:
        told = 0

        def tell(done: int, of: int) -> None:
            nonlocal told
            percent = 100 * done // of
            advance(percent - told)
            told = percent

        rows = write(
            history, declared, out,
            placed_from=period[0], placed_to=period[1], progress=tell, jobs=jobs,
        )  # fmt: skip
    return {
        "out": str(out),
        "engine": engine,
        "rows": rows,
        "features": len(declared),
        "seconds": round(time.monotonic() - began, 3),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "definition_hash": definition_hash(declared),
    }
