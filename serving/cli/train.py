"""``orderintel train``: fit models on the history and register them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from serving.cli.console import emit_json, fail, say, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serving.training import TrainingResult

NAMES_OF_METRICS = {
    "auc": "AUC",
    "ap": "AP",
    "mae_days": "MAE days",
    "wape": "WAPE",
    "bias": "bias",
}

NOTHING: Final = (
    "no model was trained; what each of them lacks stands above. Import more orders and what "
    "became of them (`orderintel import`, docs/mapping.md), then train again; until then the "
    "service decides by rules and detectors · 没有训练出模型，各模型缺什么见上；请导入更多订单"
    "及其结果后再训练，在此之前服务按规则和检测器判定"
)


def train(
    models: Annotated[
        list[str] | None, typer.Argument(help="Models; all that the history supports unless given.")
    ] = None,
    train_days: Annotated[
        int | None, typer.Option(min=1, help="Days to learn from; all unless given.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Fit models, show how they do out of time, and register them.

    Ends with exit code 1 where the history supports none of them.
    """
    from models.estimators import BY_NAME
    from serving.settings import load_settings
    from serving.training import train_models

    if unknown := [name for name in models or () if name not in BY_NAME]:
        mend = f"no model named {', '.join(unknown)}: choose from {', '.join(BY_NAME)}"
        raise typer.BadParameter(mend, param_hint="MODEL")
    results = train_models(load_settings(), models or (), train_days=train_days, say=say)
    if as_json:
        emit_json([asdict(result) for result in results])
    else:
        show(results)
    if not any(result.reason is None for result in results):
        fail(NOTHING)


def show(results: list[TrainingResult]) -> None:
    """Print what was trained, how good it is out of time, and what is not supported and why."""
    from features.mapping.chinese import in_chinese

    rows = [
        (
            name,
            f"{result.alias} v{result.version}",
            f"{summary.get('rows_trained', 0):,}",
            _base_rate(summary),
            _figures(summary),
            f"{result.seconds:.1f} s",
        )
        for result in results
        if result.reason is None
        for name, summary in _parts(result)
    ]
    if rows:
        table(
            "Trained; figures are out of time, on the newest matured period, with 95 % intervals",
            ("model", "registered as", "rows", "base rate", "figures", "time"),
            rows,
        )
    for result in results:
        if result.reason is not None:
            zh = in_chinese(result.reason)
            said = f"not trained: {result.name} – {result.reason}"
            say(f"{said} · 没有训练{f'：{zh}' if zh else ''}")


def _parts(result: TrainingResult) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give what a model learned of orders, and what of single lines where it did."""
    yield result.name, result.summary
    if "lines" in result.summary:
        yield f"{result.name}, per line", result.summary["lines"]


def _base_rate(summary: dict[str, Any]) -> str:
    """Write the base rate."""
    rate = summary.get("base_rate")
    return f"{rate:.2%}" if rate is not None else ""


def _figures(summary: dict[str, Any]) -> str:
    """Write the metrics that matter, each with its interval."""
    parts = []
    for key, name in NAMES_OF_METRICS.items():
        entry = summary.get("metrics", {}).get(key)
        if isinstance(entry, dict) and "value" in entry:
            interval = f" [{entry['low']:.3f}, {entry['high']:.3f}]" if "low" in entry else ""
            parts.append(f"{name} {entry['value']:.3f}{interval}")
        elif isinstance(entry, float):
            parts.append(f"{name} {entry:.3f}")
    return "  ".join(parts) or "too few to judge"
