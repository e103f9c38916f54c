"""``orderintel backtest``: train before a date, predict after it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from serving.cli.console import claim, emit_json, fail, say, table
from serving.cli.instants import instant

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from features.history import History
    from models.contracts import BacktestRequest

UNITS = {"d": "days", "h": "hours", "w": "weeks"}


def backtest(
    model: Annotated[str, typer.Argument(help="fraud, refund, return, cancel, refusal, late, …")],
    test_from: Annotated[str, typer.Option(help="First day predicted, e.g. 2018-08-01.")],
    test_to: Annotated[str | None, typer.Option(help="Last day predicted.")] = None,
    horizon: Annotated[int | None, typer.Option(min=1, help="Steps of a forecast.")] = None,
    train_days: Annotated[int | None, typer.Option(min=1, help="Days to learn from.")] = None,
    label_delay: Annotated[
        str | None, typer.Option(help="Delay after which labels are known, e.g. 7d.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Parquet file for the predictions.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Train only on what was known before a date and predict everything after it."""
    from features.history import History
    from models.backtest import backtest as run
    from models.backtest import material_for, names
    from models.contracts import BacktestRequest
    from serving.settings import load_settings

    if model not in names():
        mend = f"no model named {model!r}: choose one of {', '.join(names())}"
        raise typer.BadParameter(mend, param_hint="MODEL")
    history = History(load_settings().history_folder)
    zone = ZoneInfo(history.profile.timezone)
    request = BacktestRequest(
        test_from=instant("--test-from", test_from, zone, end=False),
        test_to=instant("--test-to", test_to, zone, end=True) if test_to else None,
        horizon=horizon,
        train_days=train_days,
        label_delay=_delay(label_delay) if label_delay else None,
    )
    if out is not None:
        claim(out)
    _check_days(history, model, request)
    say(f"backtest of {model} from {test_from} …")
    result = run(model, material_for(history, model, request), request)
    if out is not None:
        _write(result.rows, out)
        say(f"wrote {len(result.rows):,} rows to {out}")
    if as_json:
        emit_json(result.document | {"out": str(out) if out else None})
    else:
        _show(result.document)


def _check_days(history: History, model: str, request: BacktestRequest) -> None:
    """Refuse a period that holds no order; demand alone is predicted beyond the history."""
    import pyarrow.compute as pc

    if request.test_to is not None and request.test_to <= request.test_from:
        raise typer.BadParameter("the last day is before --test-from", param_hint="--test-to")
    if model == "demand" or not history.has("orders"):
        return
    newest = pc.max(history.arrow("orders", columns=["placed_at"])["placed_at"]).as_py()
    if newest is not None and request.test_from > newest:
        zone = ZoneInfo(history.profile.timezone)
        fail(
            f"nothing to predict: the newest order was placed on {newest.astimezone(zone):%Y-%m-%d}"
            "; choose an earlier --test-from"
        )


def _delay(text: str) -> timedelta:
    """Read a duration such as ``7d``, ``12h`` or ``2w``.

    Examples
    --------
    >>> _delay("7d").days
    7
    """
    number, unit = text[:-1], text[-1:]
    if unit not in UNITS or not number.replace(".", "", 1).isdigit():
        mend = f"{text!r} is no duration: write it as 7d, 12h or 2w"
        raise typer.BadParameter(mend, param_hint="--label-delay")
    return timedelta(**{UNITS[unit]: float(number)})


def _write(rows: pd.DataFrame, out: Path) -> None:
    """Write predictions, whole or not at all."""
    from serving.whole import whole

    with whole(out) as draft:
        rows.to_parquet(draft, index=False)


def _show(document: dict[str, Any]) -> None:
    """Print the figures that matter as a table."""
    rows = [
        (name, f"{entry['value']:.4f}", _interval(entry))
        for name, entry in document.get("metrics", {}).items()
        if isinstance(entry, dict) and "value" in entry
    ]
    rows += [
        (
            f"recall / precision at {float(share):.0%} flagged",
            f"{entry['recall']:.3f}",
            f"{entry['precision']:.3f}",
        )
        for share, entry in document.get("metrics", {}).get("flagged", {}).items()
    ]
    table(f"{document['model']} from {document['test_from'][:10]}", ("", "value", "95 %"), rows)
    for name, metrics in document.get("peers", {}).items():
        figures = ", ".join(f"{key} {entry['value']:.4f}" for key, entry in metrics.items())
        say(f"{name.replace('_', ' ')}: {figures}")
    for key in ("rows_trained", "excluded", "test_rows", "seconds"):
        if key in document:
            say(f"{key.replace('_', ' ')}: {document[key]}")
    for note in document.get("notes", []):
        say(f"note: {note}")


def _interval(entry: dict[str, float]) -> str:
    """Write an interval."""
    return f"{entry['low']:.4f} – {entry['high']:.4f}" if "low" in entry else ""
