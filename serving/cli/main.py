"""The command ``orderintel``: a register of commands, each loaded only when it is called."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "demo": ("serving.cli.demo:demo", "Build, train and serve a demonstration shop."),
    "draft": ("serving.cli.draft:draft", "Draft a mapping for a merchant's files."),
    "import": ("serving.cli.import_:import_history", "Turn a merchant's files into history."),
    "export": ("serving.cli.export:export_stored", "Add what the service stored to history."),
    "features": ("serving.cli.features:features", "Write every feature of past orders."),
    "train": ("serving.cli.train:train", "Fit models on the history and register them."),
    "retrain": ("serving.cli.retrain:retrain", "Fit challengers, judge them, promote or refuse."),
    "models": ("serving.cli.models:models", "List, promote and roll back models."),
    "backtest": ("serving.cli.backtest:backtest", "Train before a date, predict after it."),
    "forecast": ("serving.cli.forecast:forecast", "Forecast demand; list hot products."),
    "delivery": ("serving.cli.delivery:delivery", "Notice outlets that drop; delivery rates."),
    "score": ("serving.cli.score:score", "Score a file of canonical orders."),
    "route": ("serving.cli.route:route", "Assign a wave of orders; compare what-if variants."),
    "prices": ("serving.cli.prices:prices", "Price stock and capacity by orders to come."),
    "address": ("serving.cli.address:address", "Enhance addresses."),
    "points": ("serving.cli.points:points", "Rebuild the index of delivered places."),
    "rules": ("serving.cli.rules:rules", "Check and try the merchant's rules."),
    "serve": ("serving.cli.serve:serve", "Serve the API and the console."),
    "replay": ("serving.cli.replay:replay", "Send historical orders through a service."),
    "keys": ("serving.cli.keys:keys", "List, make and take back API keys."),
    "users": ("serving.cli.users:users", "List, make and change the console's users."),
    "tenants": ("serving.cli.tenants:tenants", "List and add shops that are kept apart."),
    "audit": ("serving.cli.audit:audit", "Show who did what, and check the log."),
    "backup": ("serving.cli.backup:backup_home", "Write store, history and models to a file."),
    "restore": ("serving.cli.backup:restore_home", "Make an empty home from a backup."),
    "doctor": ("serving.cli.doctor:doctor", "Check the installation and print the fix."),
}
"""Command name to what does it and its line of help."""


def _load(name: str) -> Callable[..., Any]:
    """Build one command from its function, or take one that has commands of its own."""
    import typer

    target, help_line = COMMANDS[name]
    module, attribute = target.split(":")
    found = getattr(import_module(module), attribute)
    if isinstance(found, typer.Typer):
        return typer.main.get_command(found)
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    app.command(name=name, short_help=help_line)(found)
    return typer.main.get_command(app)


def _help() -> str:
    """Write the page that ``orderintel --help`` shows."""
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {text}" for name, (_, text) in COMMANDS.items()]
    return "\n".join(
        [
            "Usage: orderintel COMMAND [OPTIONS]",
            "",
            "An online merchant's order history in, decisions at order intake out.",
            "",
            "Commands:",
            *lines,
            "",
            "`orderintel COMMAND --help` shows the options of a command.",
            "`orderintel --version` shows the version.",
        ]
    )


def main(arguments: list[str]) -> int:
    """Run one command.

    Parameters
    ----------
    arguments
        What stands after ``orderintel``.

    Returns
    -------
    int
        0 done, 1 the work failed, 2 wrong usage.

    Examples
    --------
    >>> main(["--help"]) # doctest: +ELLIPSIS
    Usage: orderintel COMMAND [OPTIONS]
    ...
    0
    """
    if not arguments or arguments[0] in {"--help", "-h"}:
        sys.stdout.write(_help() + "\n")
        return 0 if arguments else 2
    if arguments[0] == "--version":
        from importlib.metadata import version

        from serving.cli.address import data_version

        name = f"orderintel {version('order-intelligence')}"
        sys.stdout.write(f"{name}\naddresses: {data_version()}\n")
        return 0
    name, rest = arguments[0], arguments[1:]
    if name not in COMMANDS:
        from features.mapping.keyed import near

        sys.stderr.write(
            f"orderintel: no command named {name!r}{near(name, COMMANDS)}\n\n{_help()}\n"
        )
        return 2
    return _run(name, rest)


def _run(name: str, rest: list[str]) -> int:
    """Run a command and turn what it refuses, or cannot do, into a message and exit code 1."""
    from pydantic import ValidationError

    from features.errors import FeatureError
    from models.errors import ModelError
    from serving.settings import load_settings

    try:
        load_settings()
    except ValidationError as error:
        for fault in error.errors():
            variable = "ORDERINTEL_" + "_".join(map(str, fault["loc"])).upper()
            sys.stderr.write(f"error: {variable}: {fault['msg']}\n")
        return 1
    try:
        outcome: Any = _load(name)(args=rest, prog_name=f"orderintel {name}", standalone_mode=True)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except (FeatureError, ModelError) as error:
        from features.mapping.chinese import in_chinese

        sys.stderr.write(f"error: {error}\n")
        if said := in_chinese(str(error)):
            sys.stderr.write(f"错误：{said}\n")
        return 1
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        sys.stderr.write(f"error: {place}{error.strerror or error}\n")
        return 1
    return int(outcome or 0)


def run() -> None:
    """Entry point of the console script."""
    sys.exit(main(sys.argv[1:]))
