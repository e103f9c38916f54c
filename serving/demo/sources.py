"""Whose history is demonstrated: the simulated shop, or the real one in the package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from serving.cli.console import say, table
from serving.datasets import ONLINE_RETAIL
from serving.demo.findings import NAMED_BY_RULES, findings, table_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from serving.demo.findings import Finding
    from serving.demo.parameters import ShopParameters
    from serving.settings import Settings

TRUTH_HEADER: Final = ("kind", "orders", "flagged on arrival", "cases found", "share found")


class Source(Protocol):
    """A history to demonstrate with."""

    opening: str
    """What the first step is."""

    models: tuple[str, ...]
    """Models to train; all that the history supports when empty."""

    def make(self, settings: Settings) -> str:
        """Put files to import and a live feed into the home, and tell what there is."""
        ...

    def mapping(self, settings: Settings) -> Path:
        """Give the mapping document."""
        ...

    def root(self, settings: Settings) -> Path:
        """Give the folder of the files to import."""
        ...

    def judge(self, settings: Settings) -> None:
        """Print what the detectors find in the whole history."""
        ...


class SimulatedShop:
    """The seeded simulation of a mid-size merchant.

    Parameters
    ----------
    parameters
        What it is made of.
    models
        Models to train; the others wait for `orderintel train`.
    """

    opening = "simulate a merchant: five channels, 180 days, planted trouble"

    def __init__(
        self,
        parameters: ShopParameters | None = None,
        models: tuple[str, ...] = ("fraud", "refund", "late", "eta", "demand"),
    ) -> None:
        self.parameters = parameters
        self.models = models

    def make(self, settings: Settings) -> str:
        """Simulate and export; the last days are held back for the live feed."""
        from serving.demo.exports.folder import write_exports
        from serving.demo.live import write_live
        from serving.demo.parameters import ShopParameters
        from serving.demo.shop import simulate
        from serving.demo.truth import truth

        shop = simulate(self.parameters or ShopParameters())
        folder = settings.home / "demo"
        write_exports(shop, folder / "exports")
        n_live = write_live(shop, folder / "live")
        truth(shop).to_parquet(folder / "truth.parquet", index=False)
        size = sum(each.stat().st_size for each in (folder / "exports").iterdir()) / 1e6
        return (
            f"{len(shop.orders):,} orders exported as the channels would, {size:.0f} MB in "
            f"{folder / 'exports'}; the last {n_live:,} are held back"
        )

    def mapping(self, settings: Settings) -> Path:
        """Give the mapping that lies beside the exports."""
        from serving.demo.exports.folder import MAPPING_NAME

        return self.root(settings) / MAPPING_NAME

    def root(self, settings: Settings) -> Path:
        """Give the folder of the exports."""
        return settings.home / "demo" / "exports"

    def judge(self, settings: Settings) -> None:
        """Compare what the detectors find in the whole history with the truth."""
        import pandas as pd

        from features.history import History
        from serving.demo.sweep import sweep

        flagged, links = sweep(History(settings.history_folder))
        truth = pd.read_parquet(settings.home / "demo" / "truth.parquet")
        past = truth[~truth["is_live"]]
        found = findings(past, flagged, links)
        table(
            "Planted trouble in the whole history, by rules and detectors alone (no learned model)",
            TRUTH_HEADER,
            table_rows(found),
        )
        say(_summary(found))


def _summary(found: Sequence[Finding]) -> str:
    """Write what rules can name in one sentence."""
    named = [each for each in found if each.kind in NAMED_BY_RULES]
    clean = next(each for each in found if each.kind == "clean")
    total = sum(each.orders for each in named)
    share = sum(each.at_once + each.linked for each in named) / total if total else 0.0
    return (
        f"    of duplicates and bursts {share:.1%} were found, "
        f"{clean.share_at_once or 0.0:.2%} of clean orders flagged"
    )


class OnlineRetail:
    """The real order history that ships with the package (D. Chen, UCI, CC BY 4.0)."""

    opening = "take the real history of a British gift shop (UCI Online Retail, CC BY 4.0)"
    models: tuple[str, ...] = ()
    live_days: Final = 3

    def make(self, settings: Settings) -> str:
        """Split the shipped rows: the last trading days become the live feed."""
        from serving.demo.online_retail import split

        return split(settings, self.live_days)

    def mapping(self, settings: Settings) -> Path:
        """Give the mapping that ships with the data, beside the older rows."""
        return self.root(settings) / ONLINE_RETAIL.name

    def root(self, settings: Settings) -> Path:
        """Give the folder of the older rows."""
        return settings.home / "demo" / "exports"

    def judge(self, settings: Settings) -> None:
        """Say which abilities this history does not support, and why."""
        from features.history import History
        from models.backtest import abilities
        from serving.demo.sweep import sweep

        told = abilities(History(settings.history_folder).profile)
        rows = [(name, "yes" if why is None else "no", why or "") for name, why in told.items()]
        table("What this history supports", ("ability", "supported", "why not"), rows)
        flagged, _ = sweep(History(settings.history_folder))
        say(f"    {len(flagged):,} orders of the past look abnormal to the detectors")


SOURCES: Final[dict[str, Source]] = {"shop": SimulatedShop(), "online-retail": OnlineRetail()}
"""Name of a history to what makes it."""
