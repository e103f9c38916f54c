"""Works out how deliveries go and notices what went wrong: rates, drops, advice."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from features.durations import WEEK_US
from features.order import wire_instant
from models.delivery.advice import ASSUMPTIONS, forward_warehouses
from models.delivery.disruption import learn_effects
from models.delivery.drops import Limits, Watch, calibrate
from models.delivery.outcomes import count
from models.delivery.outlook import find_drops, node_rows
from models.delivery.present import MEASURES
from models.delivery.rates import RateModel, fit_rates
from serving.delivery.health import merge_live
from serving.noticing.reading import EFFECTS, read_alerts, read_lines, read_parcels
from serving.noticing.repository import NoticeStore
from serving.outcomes.repository import OutcomeStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

    from features.history import History
    from models.delivery.outcomes import Counts
    from models.delivery.outlook import Drop
    from models.delivery.present import Measure
    from serving.noticing.settings import NoticeSettings

WEEKS_A_QUARTER: Final = 13
MEASURE_WORDS: Final[dict[str, tuple[str, str]]] = {
    "first_attempt": ("首次派送成功率", "share of first attempts that succeed"),
    "on_time": ("准时率", "share of parcels in time"),
}


class NoticeService:
    """Looks at deliveries.

    Parameters
    ----------
    history
        The history.
    engine
        The store.
    settings
        What the merchant decides.
    """

    def __init__(self, history: History, engine: Engine, settings: NoticeSettings) -> None:
        self._history, self._settings = history, settings
        self._outcomes, self._store = OutcomeStore(engine), NoticeStore(engine)

    def look(self, now: int, *, say: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
        """Work out rates and advice, notice drops, and store all of it.

        Parameters
        ----------
        now
            The present, microseconds UTC.
        say
            Told of each step.

        Returns
        -------
        dict
            ``as_of``, counts of ``parcels`` and ``outlets``, ``new`` and ``open`` alerts.
        """
        parcels = merge_live(read_parcels(self._history), self._outcomes.shipments())
        as_of = present(parcels, now)
        found: list[dict[str, Any]] = []
        n_outlets = 0
        for measure in MEASURES:
            say(f"{measure}: rates and drops")
            drops, n_outlets = self._measure(parcels, as_of, measure, now)
            found += drops
        say("advice")
        self._store.keep("advice", self._advice(parcels, as_of), at=now)
        self._store.keep(EFFECTS, self._effects(parcels, as_of), at=now)
        fresh = self._store.settle(found, now=now)
        return {
            "as_of": _instant(as_of),
            "parcels": len(parcels),
            "outlets": n_outlets,
            "new": fresh,
            "open": found,
        }

    def _measure(
        self, parcels: pd.DataFrame, as_of: pd.Timestamp, measure: Measure, now: int
    ) -> tuple[list[dict[str, Any]], int]:
        """Work out one measure: keep its rates, and give the drops that last."""
        timezone = self._history.profile.timezone
        counts = count(
            parcels, as_of, measure=measure, locker=self._settings.locker, timezone=timezone
        )
        if not counts.tree.leaves:
            return [], 0
        model, limits, watch = self._learned(counts, measure, now)
        rows = node_rows(counts, model)
        self._store.keep(f"rates:{measure}", {"as_of": _instant(as_of), "rows": rows}, at=now)
        drops = [d for d in find_drops(counts, model, limits, watch) if d.over is None]
        return [_document(d, counts, measure, timezone) for d in drops], self._n_outlets(counts)

    def _learned(
        self, counts: Counts, measure: Measure, now: int
    ) -> tuple[RateModel, Limits, Watch]:
        """Give the fitted model and limits; both are worked out anew once a week."""
        n_outlets = max(self._n_outlets(counts), 1)
        false_alarms = self._settings.false_alarms * WEEKS_A_QUARTER / n_outlets
        watch = Watch(self._settings.points, round(false_alarms, 4))
        name, asked = f"model:{measure}", [watch.points, watch.false_alarms, self._settings.locker]
        kept = self._store.report(name)
        if kept is not None and kept[0] > now - WEEK_US and kept[1]["asked"] == asked:
            written = kept[1]
            table = np.array(written["limits"], dtype=np.float64)
            return RateModel.from_json(written["model"]), Limits(table), watch
        model, limits = fit_rates(counts.tree, *counts.matured()), calibrate(watch)
        document = {"asked": asked, "model": model.to_json(), "limits": limits.table.tolist()}
        self._store.keep(name, document, at=now)
        return model, limits, watch

    def _advice(self, parcels: pd.DataFrame, as_of: pd.Timestamp) -> dict[str, Any]:
        areas = forward_warehouses(parcels, read_lines(self._history), as_of=as_of)
        return {
            "as_of": _instant(as_of),
            "currency": self._history.profile.base_currency,
            "areas": areas,
            "assumptions": [{"zh": zh, "en": en} for zh, en in ASSUMPTIONS],
        }

    def _effects(self, parcels: pd.DataFrame, as_of: pd.Timestamp) -> list[Any]:
        """Learn what warnings change."""
        alerts, expected = read_alerts(self._history), self._settings.alerts
        learned = learn_effects(parcels, alerts, as_of=as_of, expected=expected)
        return [[*key, asdict(effect)] for key, effect in learned.items()]

    def _n_outlets(self, counts: Counts) -> int:
        return len(counts.tree.names[counts.tree.levels.index("outlet")])


def present(parcels: pd.DataFrame, now: int) -> pd.Timestamp:
    """Give the present, or the last news of any parcel where that is older.

    Where tracking stands still, every parcel on its way would seem to become late.
    """
    at, last = pd.Timestamp(now, unit="us", tz="UTC"), parcels["known_at"].max()
    return at if pd.isna(last) else min(at, last + pd.Timedelta(microseconds=1))


def _document(drop: Drop, counts: Counts, measure: Measure, timezone: str) -> dict[str, Any]:
    """Write an alert."""
    carrier, city, outlet = drop.path
    since, noticed = (
        counts.day(place).tz_localize(timezone) for place in (drop.since, drop.noticed)
    )
    usual, now = round(drop.usual, 4), round(drop.now, 4)
    zh, en = MEASURE_WORDS[measure]
    return {
        "alert_id": f"{measure}:{outlet}:{since:%Y-%m-%d}",
        "kind": measure,
        "carrier": carrier,
        "city": city,
        "outlet": outlet,
        "since": _instant(since),
        "since_on": f"{since:%Y-%m-%d}",
        "noticed": _instant(noticed),
        "usual": usual,
        "now": now,
        "n": drop.n_parcels,
        "text": {
            "zh": f"网点 {outlet} 的{zh}自 {since:%m-%d} 起由 {usual:.0%} 降至 {now:.0%}"
            f"（{drop.n_parcels} 件）",
            "en": f"{outlet}: the {en} fell from {usual:.0%} to {now:.0%} on {since:%d %b} "
            f"({drop.n_parcels} parcels since)",
        },
    }


def _instant(at: pd.Timestamp) -> str:
    return str(wire_instant(at.tz_convert("UTC").value // 1_000))
