"""``orderintel demo``: the main job in front of the user."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Final

import typer

from serving.cli.console import emit_json, fail, say

LANGUAGES: Final = ("en", "zh")
DEMO_HOME: Final = Path("var/demo")
"""Home of the demonstration unless ORDERINTEL_HOME names one."""


def demo(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; a free one if taken.")] = 8000,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Open no browser.")] = False,
    data: Annotated[str, typer.Option(help="shop (simulated) or online-retail (real).")] = "shop",
    rate: Annotated[float, typer.Option(min=0, help="Orders a second; 0 at full speed.")] = 4.0,
    orders: Annotated[
        int | None, typer.Option(min=1, help="Orders to feed; all if absent.")
    ] = None,
    once: Annotated[
        bool, typer.Option("--once", help="Feed, print the tables, stop everything.")
    ] = False,
    language: Annotated[str, typer.Option(help="en or zh, for the table of money.")] = "en",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print figures as JSON; for --once.")
    ] = False,
) -> None:
    """Build a home with a demonstration shop, import, train, serve, and feed orders in."""
    from serving.demo.home import prepare
    from serving.demo.sources import SOURCES
    from serving.demo.story import Wishes, run
    from serving.settings import load_settings

    if data not in SOURCES:
        raise typer.BadParameter(f"choose from {', '.join(SOURCES)}", param_hint="--data")
    if "ORDERINTEL_HOME" not in os.environ:
        os.environ["ORDERINTEL_HOME"] = str(DEMO_HOME)
        load_settings.cache_clear()
    if language not in LANGUAGES:
        raise typer.BadParameter("choose en or zh", param_hint="--language")
    settings = load_settings()
    prepare(settings.home)
    (settings.home / "demo").mkdir(exist_ok=True)
    wishes = Wishes(port, rate, orders, once, not (no_browser or once), language)
    try:
        told = run(settings, SOURCES[data], wishes)
    except KeyboardInterrupt:
        say("\nended; the service is stopped")
        return
    if as_json:
        emit_json(told)
    if not told["orders"]:
        fail("no order came in; look at demo/service.log in the home")
