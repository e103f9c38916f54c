"""``orderintel route --what-if``: past orders under other rules, tariffs, carriers, warehouses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from serving.cli.console import claim, emit_json, fail, progress, say, table
from serving.cli.order_file import read_order_file

if TYPE_CHECKING:
    from pathlib import Path

    from serving.delivery.comparison import Figure
    from serving.settings import Settings

REPORTS: Final = frozenset({".html", ".parquet"})


def compare(
    settings: Settings, file: Path, orders: Path | None, out: Path | None, *, as_json: bool
) -> None:
    """Replay orders under the variants of a file and print what they would have cost."""
    from features.history import History
    from serving.delivery.comparison import compare as compare_variants
    from serving.delivery.comparison import document
    from serving.delivery.history_stock import read_stock
    from serving.delivery.past_orders import newest_orders
    from serving.delivery.variants import read_what_if, worlds_of
    from serving.delivery.waves import open_home
    from serving.delivery.what_if import replay

    if out is not None and claim(out).suffix.lower() not in REPORTS:
        fail(f"{out} is neither .html nor .parquet")
    asked = read_what_if(file)
    history = History(settings.history_folder)
    if orders is None:
        found = newest_orders(history, asked.days)
    else:
        found = list(read_order_file(settings, orders)[0])
    if not found:
        fail("there is no order to replay")
    delivery = open_home(settings)
    worlds = worlds_of(asked, delivery.reference.network, delivery.costs)
    stock = read_stock(history, delivery.local_day)
    with progress(f"routing under {len(worlds)} variants", len(found)) as advance:
        replayed = replay(delivery, found, worlds, stock, advance)
    figures = compare_variants(replayed)
    told = document(replayed, figures, delivery.currency)
    if out is not None:
        _write(out, figures, told)
        told["out"] = str(out)
    if as_json:
        emit_json(told)
    else:
        _show(figures, told)


def _show(figures: list[Figure], told: dict[str, Any]) -> None:
    """Print a table a figure, and what was left open."""
    from serving.delivery.comparison import SHOWN

    for name, (zh, en, unit) in SHOWN.items():
        rows = [
            (one.variant, one.written, one.difference_written)
            for one in figures
            if one.figure == name
        ]
        header = ("variant", "value [95 %]", "less today's [95 %]")
        table(f"{zh} / {en} ({unit})", header, rows)
    for variant in told["variants"]:
        if variant["unserved"]:
            why = ", ".join(f"{code} {n:,}" for code, n in variant["unserved"].items())
            say(f"not served under {variant['name']}: {why}")
    n = told["orders_before_the_first_count_of_stock"]
    if n:
        say(f"{n:,} orders came before the first count of stock: it did not limit them")
    n_orders, n_days, currency = told["orders"], told["days"], told["currency"]
    say(f"{n_orders:,} orders of {n_days} days; costs in minor units of {currency}")
    if "out" in told:
        say(f"written to {told['out']}")


def _write(out: Path, figures: list[Figure], told: dict[str, Any]) -> None:
    """Write the report."""
    from dataclasses import asdict

    from serving.delivery.what_if_page import page_of
    from serving.scoring.files import write_decisions
    from serving.whole import whole

    if out.suffix.lower() == ".parquet":
        write_decisions(out, [asdict(one) for one in figures])
        return
    with whole(out) as draft:
        draft.write_text(page_of(figures, told), "utf-8")
