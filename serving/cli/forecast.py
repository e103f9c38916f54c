"""``orderintel forecast``: demand ahead of the last day known, from the live model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from serving.cli.console import claim, emit_json, say, table

if TYPE_CHECKING:
    from models.demand.hot import HotProduct
    from serving.forecasts.service import Made

N_SHOWN = 20


def forecast(
    horizon: Annotated[
        int | None,
        typer.Option(min=1, max=366, help="Steps ahead; 14 days or 13 weeks unless given."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Parquet file for the forecast.")] = None,
    hot: Annotated[bool, typer.Option("--hot", help="List hot products.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Forecast demand of every series; list hot products."""
    from features.history import History
    from serving.forecasts.service import make_forecast
    from serving.settings import load_settings
    from serving.whole import whole

    if out is None and not hot and not as_json:
        raise typer.BadParameter("nothing to do: give --out FILE.parquet, --hot or --json")
    if out is not None:
        claim(out)
    settings = load_settings()
    made = make_forecast(History(settings.history_folder), settings.models_folder, horizon)
    rows = made.frame()
    if out is not None:
        with whole(out) as draft:
            rows.to_parquet(draft, index=False)
        say(f"wrote {len(rows):,} rows to {out}")
    products = made.hot() if hot else ()
    if as_json:
        emit_json(_document(made, out, products if hot else None))
    elif hot:
        _show(made, products)


def _document(made: Made, out: Path | None, products: tuple[HotProduct, ...] | None) -> Any:
    """Write what was forecast as a JSON document."""
    from serving.forecasts.router import reason_document

    document: dict[str, Any] = {
        "first_on": made.first_on,
        "horizon": made.horizon,
        "step_days": made.step_days,
        "series": len(made.found.rows),
        "expected_units": round(float(made.found.mean.sum()), 1),
        "model_version": made.model_version,
        "trained_to": made.trained_to,
        "out": str(out) if out else None,
    }
    if products is not None:
        document["hot"] = [
            {
                "series_id": product.series_id,
                "expected_units": product.expected_units,
                "usual_units": product.usual_units,
                "extra_minor": product.extra_minor,
                "reasons": [reason_document(reason) for reason in product.reasons],
            }
            for product in products
        ]
    return document


def _show(made: Made, products: tuple[HotProduct, ...]) -> None:
    """Print the hottest products."""
    rows = [
        (
            product.series_id,
            f"{product.expected_units:,.0f}",
            f"{product.usual_units:,.0f}",
            f"{product.ratio:.1f}" if product.usual_units > 0 else "new",
            product.reasons[0].en,
        )
        for product in products[:N_SHOWN]
    ]
    table(
        f"{len(products)} hot products of {len(made.found.rows)} "
        f"over {made.horizon} steps from {made.first_on}",
        ("series", "expected", "usual", "times", "why"),
        rows,
    )
