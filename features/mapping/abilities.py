"""Which models a history supports, as far as its profile tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from features.history import HistoryProfile

LABELLED: Final = ("fraud", "refund", "return", "cancel", "refusal")
DELIVERY: Final = ("late", "eta")


def abilities(profile: HistoryProfile) -> dict[str, str | None]:
    """Give each model the reason why a history cannot support it, or None when it can.

    Parameters
    ----------
    profile
        Profile of the history.

    Returns
    -------
    dict
        Model to reason or None. A model may still find too few rows when it is trained.

    Examples
    --------
    >>> from features.history import HistoryProfile
    >>> abilities(HistoryProfile(excused={"eta": "no delivery dates"}))["eta"]
    'no delivery dates'
    """
    found: dict[str, str | None] = {}
    for model in LABELLED:
        if model not in profile.labels or not profile.rows.get("outcomes"):
            found[model] = f"no outcome tells which orders were {_BAD[model]}"
        else:
            found[model] = None
    for model in DELIVERY:
        found[model] = None if profile.rows.get("shipments") else "there are no shipments"
    if found["late"] is None and "late" not in profile.labels:
        found["late"] = "no promised delivery is known"
    found["demand"] = None if profile.demand else "no demand series is declared"
    found["abnormal"] = None if profile.entities else "no entity links one order to another"
    for model, reason in profile.excused.items():
        if model in found:
            found[model] = reason
    return found


_BAD: Final = {
    "fraud": "fraud",
    "refund": "refunded",
    "return": "returned",
    "cancel": "cancelled",
    "refusal": "refused at the door",
}
