"""``orderintel rules``: check a rule document, and say what it would have done."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from serving.cli.console import emit_json, fail, progress, say, table

if TYPE_CHECKING:
    from features.history import History
    from models.policy.rules.fields import Field
    from models.policy.rules.past import Past
    from serving.settings import Settings

rules: Final = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Check and try the merchant's rules.",
)

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="YAML or JSON.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@rules.command()
def check(
    file: File,
    as_json: Json = False,
    silent: Annotated[
        bool, typer.Option("--silent", help="Also look for rules that never fire; takes longer.")
    ] = False,
) -> None:
    """Say what is wrong or suspicious about a rule document; exit code 1 when it cannot be used."""
    from models.policy.rules.lint import check_rules
    from serving.rules.views import check_view

    history = _history()
    fields, given = _fields(history)
    asked: dict[str, Any] = {"given": given}
    if silent:
        asked |= _fired(file, history, fields)
    document, faults = check_rules(_text(file), fields, **asked)
    if as_json:
        emit_json(check_view(document, faults))
    else:
        for fault in faults:
            say(f"{file}: {fault.severity}: {fault.sentence()}")
        if document is not None:
            modes = [rule.mode for rule in document.rules]
            counted = ", ".join(f"{modes.count(mode)} {mode}" for mode in dict.fromkeys(modes))
            say(f"{file}: {len(modes)} rules can be used ({counted}), version {document.version}")
    if document is None:
        fail(f"{file} cannot be used: mend the errors above")


@rules.command()
def backtest(
    file: File,
    days: Annotated[int, typer.Option(min=1, max=366, help="Matured days to judge on.")] = 14,
    as_json: Json = False,
) -> None:
    """Say what rules would have done on the last matured days of the history."""
    from models.policy.rules.backtest import backtest_rules
    from models.policy.rules.reading import read_rules

    history = _history()
    if history is None:
        fail("there is no history: run `orderintel import MAPPING.yaml` or `orderintel demo` first")
    fields, _ = _fields(history)
    document = read_rules(_text(file), fields)
    told = backtest_rules(document, _past(history, days))
    told["currency"] = history.profile.base_currency
    if as_json:
        emit_json(told)
    else:
        _show(told)


@rules.command()
def packs() -> None:
    """List the ready-made packs of rules."""
    from models.policy.rules.library import packs as all_packs

    rows = [(each.name, each.n_rules, each.zh, each.en) for each in all_packs()]
    table("Ready-made rules (`orderintel rules pack NAME` prints one)",
          ("pack", "rules", "中文", "English"), rows)  # fmt: skip


@rules.command()
def pack(
    names: Annotated[
        list[str] | None, typer.Argument(help="Packs; all when none is named.")
    ] = None,
) -> None:
    """Print packs as one document, to start from."""
    import sys

    from models.policy.rules.library import together

    sys.stdout.write(together(tuple(names) if names else None))


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError:
        fail(f"{file} is not UTF-8 text: save it as UTF-8")


def _settings() -> Settings:
    from serving.settings import load_settings

    return load_settings()


def _history() -> History | None:
    from features.errors import HistoryError
    from features.history import History

    try:
        return History(_settings().history_folder)
    except HistoryError:
        return None


def _fields(history: History | None) -> tuple[dict[str, Field], frozenset[str] | None]:
    """Give the fields that rules may name, and those that the history has."""
    from models.policy.rules.fields import fields_of, known_fields

    if history is None:
        return known_fields(None), None
    return known_fields(history.profile), frozenset(fields_of(history.profile))


def _past(history: History, days: int) -> Past:
    from models.policy.rules.past import look_back
    from models.training.material import Material
    from serving.live import load_judge

    judge = load_judge(_settings().models_folder, history.profile)
    for part in judge.missing:
        say(f"without {part.part}: {part.why}")
    predictors = {name: model.predictor for name, model in judge.models.items()}
    with progress("orders looked back on") as advance:
        return look_back(Material(history), predictors, judge.policy, days=days, progress=advance)


def _fired(file: Path, history: History | None, fields: dict[str, Field]) -> dict[str, Any]:
    """Count how often each rule fires on the last thirty days, matured or not."""
    from models.policy.rules.columns import fires
    from models.policy.rules.faults import BrokenRulesError
    from models.policy.rules.lint import SILENT_DAYS
    from models.policy.rules.reading import read_rules

    if history is None:
        fail("--silent needs a history: run `orderintel import MAPPING.yaml` first")
    try:
        document = read_rules(_text(file), fields)
    except BrokenRulesError:
        return {}
    past = _past(history, SILENT_DAYS)
    found = fires(document.rules, past.columns)
    return {
        "fired": {name: int(flags.sum()) for name, flags in found.items()},
        "n_orders": len(past.order_keys),
    }


def _show(told: dict[str, Any]) -> None:
    """Print what rules would have done, for people."""
    period, unit = told["period"], told["currency"]
    say(
        f"{period['orders']:,} orders from {period['from'][:10]} to {period['to'][:10]}, "
        f"{period['bad']:,} of them bad ({', '.join(period['bad_kinds'])}); "
        f"{period['immature']:,} newer orders are not judged: their labels mature after "
        f"{period['maturity_days']:g} days"
    )
    rows = [
        (
            rule["id"],
            rule["mode"],
            f"{rule['fired']:,}",
            f"{rule['caught']:,}",
            f"{rule['missed']:,}",
            f"{rule['wrongly_held']:,}",
            _share(rule["precision"]),
            _money(rule["saved_minor"], unit),
            _money(rule["lost_minor"], unit),
            f"{rule['stopped_anyway']:,}",
            f"{rule['immature']:,}",
        )
        for rule in told["rules"]
    ]
    table("What the rules would have done", HEADER, rows)
    for rule in told["rules"]:
        if rule["blind"]:
            say(f"note: {rule['id']} asks for what the history lacks: {', '.join(rule['blind'])}")
        for other in rule["overlap"][:1]:
            if other["share"] >= MUCH and rule["fired"] >= MANY:
                say(f"note: {other['share']:.0%} of {rule['id']} is {other['id']} too")
    for name, counts in told["together"].items():
        if "stopped" in counts:
            say(f"{name.replace('_', ' ')}: {counts['stopped']:,} stopped, {counts['bad']:,} bad")


MUCH: Final = 0.8
MANY: Final = 10
"""Share and hits from which an overlap is worth a line."""

HEADER: Final = (
    "rule", "mode", "fired", "caught", "missed", "wrongly", "precision (95 %)", "saved", "lost",
    "stopped anyway", "immature",
)  # fmt: skip


def _share(interval: dict[str, float] | None) -> str:
    if interval is None:
        return "–"
    return f"{interval['value']:.2f} ({interval['low']:.2f}–{interval['high']:.2f})"


def _money(minor: int, currency: str) -> str:
    from features.money import EXPONENTS

    return f"{minor / 10 ** EXPONENTS.get(currency, 2):,.0f} {currency}"
