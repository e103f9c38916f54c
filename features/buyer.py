"""Features of the buyer that the order itself tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from features.durations import SECOND_US
from features.feature import Columns, Feature

if TYPE_CHECKING:
    from features.arrays import Floats

IDENTITY: Final = ("buyer_key", "phone_key", "email_key", "device_key", "payment_key")


def account_age_s(columns: Columns) -> Floats:
    """Seconds from opening the account to the order; negative when the clocks disagree.

    Examples
    --------
    >>> account_age_s({"placed_at": np.array([9e6]), "account_created_at": np.array([4e6])})
    array([5.])
    """
    age: Floats = (columns["placed_at"] - columns["account_created_at"]) / SECOND_US
    return age


def n_identifiers(columns: Columns) -> Floats:
    """How many of buyer, phone, e-mail, device and payment account the order names.

    Examples
    --------
    >>> one = {name: np.array(["h1:a"], object) for name in ("buyer_key", "phone_key")}
    >>> n_identifiers({"placed_at": np.zeros(1)} | one)
    array([2.])
    """
    result = np.zeros(len(columns["placed_at"]))
    for name in IDENTITY:
        if name in columns:
            result += [text is not None for text in columns[name].tolist()]
    return result


FEATURES: Final = (
    Feature(
        "buyer__account_age_s",
        "账户开立到下单的时间",
        "time from opening the account to the order",
        "seconds",
        sources=("orders.account_created_at",),
        function=account_age_s,
    ),
    Feature(
        "buyer__n_identifiers",
        "订单给出的身份信息数（买家、手机、邮箱、设备、付款账户）",
        "identifiers the order names: buyer, phone, e-mail, device, payment account",
        "identifiers",
        sources=tuple(f"orders.{name}" for name in IDENTITY),
        function=n_identifiers,
    ),
)
