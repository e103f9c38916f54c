"""Parcels, order lines and warnings read from the history. Queries only."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from features.reference import reference_rows
from models.delivery.alerts import Alert, AlertBook, Effect
from models.delivery.disruption import expected_effects
from models.delivery.present import MEASURES, Fallen, Present

if TYPE_CHECKING:
    import pandas as pd

    from features.history import History
    from serving.noticing.repository import NoticeStore

PARCEL_COLUMNS: Final = (
    "shipment_id", "order_key", "warehouse", "carrier", "outlet", "shipped_at", "promised_at",
    "picked_up_at", "first_attempt_at", "first_attempt_ok", "delivered_at", "known_at", "state",
    "cost_minor", "origin_region",
)  # fmt: skip
ORDER_COLUMNS: Final = (
    "order_key", "placed_at", "ship_country", "ship_region", "ship_city", "deliver_by",
)  # fmt: skip


EFFECTS: Final = "effects"
"""Name of the report with what warnings change."""


def read_parcels(history: History) -> pd.DataFrame:
    """Read every parcel with its order's place and promise.

    Returns
    -------
    DataFrame
        Shipments' columns, ``placed_at``, ``ship_country``, ``ship_region``, ``ship_city``,
        ``origin_city`` and ``city``: the outlet's own, else the one delivered to.
    """
    parcels = history.frame("shipments", columns=PARCEL_COLUMNS)
    orders = history.frame("orders", columns=ORDER_COLUMNS)
    found = parcels.merge(orders, on="order_key", how="left")
    found["promised_at"] = found["promised_at"].fillna(found["deliver_by"])
    found["city"] = found["outlet"].map(_cities(history, "outlets", "outlet"))
    found["city"] = found["city"].where(found["city"].notna(), found["ship_city"])
    found["origin_city"] = found["warehouse"].map(_cities(history, "warehouses", "warehouse"))
    return found.drop(columns=["deliver_by"])


def read_lines(history: History) -> pd.DataFrame:
    """Read what was ordered."""
    return history.frame("order_lines", columns=("order_key", "sku", "quantity", "placed_at"))


def read_alerts(history: History) -> tuple[Alert, ...]:
    """Read the weather and traffic warnings."""
    if not history.has("alerts"):
        return ()
    return tuple(_alert(row) for row in reference_rows(history, "alerts"))


def read_book(history: History, store: NoticeStore, expected: Effect) -> AlertBook:
    """Read the warnings, with what past ones changed as far as that was learned.

    Parameters
    ----------
    history
        Any history.
    store
        Where the hourly look keeps what it learned.
    expected
        What the merchant expects of a warning, per level of severity.
    """
    alerts = read_alerts(history)
    effects = expected_effects(alerts, expected)
    kept = store.report(EFFECTS)
    for kind, severity, end, sizes in kept[1] if kept else ():
        effects[kind, severity, end] = Effect(**sizes)
    return AlertBook(alerts, effects)


def read_present(store: NoticeStore) -> Present:
    """Read how outlets go by the newest look; nothing before the first one.

    Parameters
    ----------
    store
        Where the look keeps what it found.
    """
    rates = {measure: _outlet_rates(store, measure) for measure in MEASURES}
    calm = dict(rates["first_attempt"])
    fallen: defaultdict[str, list[Fallen]] = defaultdict(list)
    for drop in store.alerts(is_open=True):
        outlet, measure, words = drop["outlet"], drop["kind"], drop["text"]
        known = rates[measure]
        rate = known[outlet] if outlet in known else drop["now"]
        fallen[outlet].append(Fallen(drop["alert_id"], measure, rate, words["zh"], words["en"]))
        if measure == "first_attempt":
            calm[outlet] = drop["usual"]
    return Present(calm, {name: tuple(found) for name, found in fallen.items()})


def _outlet_rates(store: NoticeStore, measure: str) -> dict[str, float]:
    """Read the present rate of every outlet."""
    kept = store.report(f"rates:{measure}")
    rows = kept[1]["rows"] if kept else ()
    return {row["path"][-1]: row["now"] for row in rows if row["level"] == "outlet"}


def _cities(history: History, table: str, key: str) -> dict[Any, Any]:
    if not history.has(table):
        return {}
    rows = history.frame(table, columns=(key, "city"))
    return dict(zip(rows[key], rows["city"], strict=True))


def _alert(row: dict[str, Any]) -> Alert:
    return Alert(
        row["alert_id"], row["kind"] or "other", row["severity"] or 1,
        row["country"], row["region"], row["city"],
        row["starts_at"], row["ends_at"], row["known_at"], row["text"],
    )  # fmt: skip
