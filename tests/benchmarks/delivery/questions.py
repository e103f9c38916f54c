"""What is asked of each data set: which models, and periods of how many months."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.training.material import Material


@dataclass(frozen=True, slots=True)
class Question:
    """One data set and how it is walked through.

    Parameters
    ----------
    folder
        Data set.
    models
        ``late``, ``eta``.
    months
        Length of a period; None for one period that is the newest fifth of the orders.
    since
        First period, a date on the merchant's clock.
    chosen_before
        Periods before this date were looked at when the models were made.
    pair
        Column whose values share a matured mean in the simplest peer that looks at the order.
    histories
        Entities whose late rate the public way of doing it keeps.
    """

    folder: str
    models: tuple[str, ...]
    months: int | None
    since: str
    chosen_before: str
    pair: str
    histories: tuple[str, ...]

    def periods(self, material: Material) -> Iterator[tuple[pd.Timestamp, pd.Timestamp]]:
        """Walk through the periods, each as its first instant and the first one after it."""
        placed, zone = material.orders["placed_at"], material.profile.timezone
        last = placed.max() + pd.Timedelta(microseconds=1)
        if self.months is None:
            newest = placed.sort_values().iloc[len(placed) * 4 // 5]
            yield newest.tz_convert(zone).normalize().tz_convert("UTC"), last
            return
        step = pd.DateOffset(months=self.months)
        begins = pd.Timestamp(self.since, tz=zone)
        while begins < last:
            yield begins.tz_convert("UTC"), (begins + step).tz_convert("UTC")
            begins += step


QUESTIONS = {
    "olist": Question(
        "olist_partial", ("late", "eta"), 1, "2017-11-01", "2018-01-01", "entity__lane",
        ("entity_seller", "entity_lane", "entity_category", "region"),
    ),
    "scms": Question(
        "scms_delivery_history", ("late",), 3, "2010-01-01", "2011-07-01",
        "entity__vendor_country",
        ("entity_vendor", "entity_country", "entity_site", "entity_vendor_country"),
    ),
    "dmc": Question(
        "dmc2010", ("late",), None, "2008-04-01", "2008-11-01", "entity__payment_case",
        ("entity_payment_case", "entity_mail_domain", "entity_postcode"),
    ),
}  # fmt: skip
