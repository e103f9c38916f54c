"""Features of the group that an order's identity links make; `features.links` says which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from features.coverage import carries
from features.feature import Feature
from features.links import BUYERS, COLUMNS, Link

if TYPE_CHECKING:
    from features.history import HistoryProfile

_CLOCKS: Final = ("placed_at", "received_at")
_OUTCOMES: Final = ("kind", "is_bad", "known_at")


def _feature(quantity: str, zh: str, en: str, unit: str) -> Feature:
    columns = dict.fromkeys((*_CLOCKS, *BUYERS, *COLUMNS))
    sources = [f"orders.{column}" for column in columns]
    if quantity.startswith("fraud"):
        sources += [f"outcomes.{column}" for column in _OUTCOMES]
    return Feature(
        f"links__{quantity}",
        zh,
        en,
        unit,
        sources=tuple(sources),
        link=Link(quantity),
        purposes=("risk", "abnormal"),
    )


LINK_FEATURES: Final = (
    _feature(
        "n_buyers",
        "关联买家数（含本人）：通过共用手机、设备、付款账户、邮箱、地址连在一起的买家",
        "buyers linked by shared phone, device, payment account, e-mail or address, this one too",
        "buyers",
    ),
    _feature(
        "order_count__90d",
        "近 90 天其他关联买家的订单数",
        "orders of the other linked buyers, last 90 days",
        "orders",
    ),
    _feature(
        "order_count__7d",
        "近 7 天其他关联买家的订单数",
        "orders of the other linked buyers, last 7 days",
        "orders",
    ),
    _feature(
        "fraud_count__known_90d",
        "近 90 天其他关联买家的订单中已知欺诈数",
        "orders of the other linked buyers, last 90 days, known to be fraud",
        "orders",
    ),
    _feature(
        "fraud_share__known_90d",
        "近 90 天其他关联买家的订单中已知欺诈占比",
        "share of the other linked buyers' orders, last 90 days, known to be fraud",
        "share",
    ),
    _feature(
        "strength",
        "与关系最近的另一买家的关联证据（1 即视为同一伙）",
        "evidence that ties the buyer to the closest other buyer; from 1 on the two are linked",
        "share of the evidence needed",
    ),
    _feature(
        "n_shared",
        "本单与其他买家共用的身份信息数（公共地址、送礼时收件人的手机号等除外）",
        "identifiers of the order that other buyers used too, without hubs and phones of gifts",
        "identifiers",
    ),
)
"""Every feature of identity links."""


def features(profile: HistoryProfile) -> tuple[Feature, ...]:
    """Give the features of identity links that a history supports.

    Parameters
    ----------
    profile
        What is true of the history: it must carry a buyer, and two of the identifiers.

    Examples
    --------
    >>> from features.history import HistoryProfile
    >>> keys = {"buyer_key": 1.0, "device_key": 0.6, "address_unit_key": 0.9}
    >>> [f.name for f in features(HistoryProfile(entities=keys))][:2]
    ['links__n_buyers', 'links__order_count__90d']
    >>> features(HistoryProfile(entities={"buyer_key": 1.0, "device_key": 0.6}))
    ()
    """
    n_linking = sum(carries(profile, column) for column in COLUMNS)
    if n_linking < 2 or not any(carries(profile, column) for column in BUYERS):
        return ()
    has_fraud = bool({"fraud", "chargeback"} & set(profile.labels))
    return tuple(f for f in LINK_FEATURES if has_fraud or "fraud" not in f.name)
