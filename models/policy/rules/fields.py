"""What conditions may speak of: catalogue features, order facts, findings and model scores."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from features.schema import ORDERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from features.feature import Feature
    from features.history import HistoryProfile

NUMBER: Final = "number"
TEXT: Final = "text"
FLAG: Final = "flag"

KINDS: Final = {NUMBER: ("数字", "number"), TEXT: ("文本", "text"), FLAG: ("是/否", "yes or no")}
"""Kind of field to its name; a flag is the number 1 or 0."""

FEATURE, ORDER, FINDING, MODEL = "feature", "order", "finding", "model"
SCORED: Final = ("fraud", "refund", "return", "cancel", "refusal")
"""Models whose probability and percentile rules may read."""


@dataclass(frozen=True, slots=True)
class Field:
    """Something that an order has and a condition may test.

    Parameters
    ----------
    name
        As conditions write it.
    zh, en
        What a value says.
    unit
        Unit of a number; ``""`` for text.
    kind
        ``number``, ``flag`` or ``text``.
    source
        ``feature``, ``order``, ``finding`` or ``model``.
    values
        The only texts it ever says; empty when they are open.

    Examples
    --------
    >>> price = Field("order__value_minor", "订单金额", "value of the order", "minor")
    >>> price.document()["unit"], price.document()["kind"], price.document()["values"]
    ('minor', 'number', [])
    """

    name: str
    zh: str
    en: str
    unit: str = ""
    kind: str = NUMBER
    source: str = FEATURE
    values: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Write the field for JSON."""
        return {
            "name": self.name,
            "text": {"zh": self.zh, "en": self.en},
            "unit": self.unit,
            "kind": self.kind,
            "source": self.source,
            "values": list(self.values),
        }


_HOURS: Final = "hours"
FACTS: Final = (
    Field(
        "order__status", "订单状态", "order status", "", TEXT, ORDER, ORDERS["status"].values or ()
    ),
    Field(
        "order__payment_status", "付款状态", "payment status", "", TEXT, ORDER,
        ORDERS["payment_status"].values or (),
    ),
    Field("order__note", "买家留言或工单文字", "the buyer's note or ticket text", "", TEXT, ORDER),
    Field("order__ship_district", "收货区县", "district of delivery", "", TEXT, ORDER),
    Field(
        "order__address_kind", "收货地址类型", "kind of delivery address", "", TEXT, ORDER,
        ("residential", "commercial", "pickup_point", "locker", "freight_forwarder"),
    ),
    Field("order__placed_at", "下单时刻", "instant of the order",
          "microseconds since 1970 UTC", NUMBER, ORDER),
    Field("order__hours_since_paid", "付款后经过的小时数", "hours since it was paid",
          _HOURS, NUMBER, ORDER),
    Field("order__hours_past_dispatch", "超过最晚发货时间的小时数（未到为负）",
          "hours past the latest dispatch, negative before it", _HOURS, NUMBER, ORDER),
)  # fmt: skip
"""Facts of the order that are no features: a history knows them only as they are now."""

_FINDINGS: Final = {
    "duplicate": ("重复下单", "duplicate order"),
    "near_duplicate": ("疑似重复下单", "near-duplicate order"),
    "burst": ("爆发下单", "burst of orders"),
    "promotion_ring": ("薅羊毛团伙", "promotion ring"),
    "reseller_ring": ("囤货转卖团伙", "reseller ring"),
    "shared_identity": ("身份共用", "shared identity"),
    "linked_buyers": ("关联买家", "linked buyers"),
    "fresh_account": ("新开账户", "fresh account"),
    "card_testing": ("盗卡试刷", "card testing"),
    "outlier": ("金额或数量异常", "unusual value or quantity"),
    "impossible_item": ("单品数量或价格异常", "impossible quantity or price of a product"),
    "surprise": ("多项偏离平时", "unusual in several ways"),
    "platform_hold": ("平台风控", "the channel's own hold"),
    "payment_mismatch": ("付款状态不符", "payment that does not match"),
}
_MODELS: Final = {
    "fraud": ("欺诈", "fraud"),
    "refund": ("退款", "refund"),
    "return": ("退货", "return"),
    "cancel": ("取消", "cancellation"),
    "refusal": ("拒收", "refusal"),
}


def finding_field(detector: str) -> str:
    """Name the field that holds a detector's score.

    Examples
    --------
    >>> finding_field("burst")
    'finding__burst'
    """
    return f"finding__{detector}"


def model_field(model: str, what: str) -> str:
    """Name the field that holds a model's ``probability`` or ``percentile``.

    Examples
    --------
    >>> model_field("fraud", "percentile")
    'model__fraud__percentile'
    """
    return f"model__{model}__{what}"


@cache
def everywhere() -> dict[str, Field]:
    """Give the fields that rules may name whatever the history is like.

    Examples
    --------
    >>> everywhere()["order__is_cod"].kind, everywhere()["finding__burst"].en
    ('flag', 'score of the detector: burst of orders (0 to 1)')
    """
    from features.catalogue import declare
    from features.entities import BUILT_IN
    from features.history import HistoryProfile, LabelProfile

    columns = {column for entity in BUILT_IN.values() for column in entity.columns}
    kinds = ("fraud", "refund", "return", "cancel", "refusal")
    profile = HistoryProfile(
        entities=dict.fromkeys(sorted(columns | {"promo_code", "sku_set_key"}), 1.0),
        labels={kind: LabelProfile(kind, 30.0) for kind in kinds},
        rows={"orders": 1, "order_lines": 1, "outcomes": 1},
    )
    found = {f.name: _of_feature(f) for f in declare(profile, purposes=("risk", "abnormal"))}
    return found | _beside_features()


def fields_of(profile: HistoryProfile) -> dict[str, Field]:
    """Give the fields that orders of a history have.

    Parameters
    ----------
    profile
        What is true of the history.

    Examples
    --------
    >>> from features.history import HistoryProfile
    >>> bare = fields_of(HistoryProfile())
    >>> "order__is_cod" in bare, "attribute__is_group_buy" in bare
    (True, False)
    >>> own = fields_of(HistoryProfile(attributes={"attribute__is_group_buy": "bool"}))
    >>> "attribute__is_group_buy" in own
    True
    """
    from features.catalogue import declare

    found = {f.name: _of_feature(f) for f in declare(profile, purposes=("risk", "abnormal"))}
    return found | _beside_features()


def known_fields(profile: HistoryProfile | None) -> dict[str, Field]:
    """Give every field that a document may name: those everywhere, and the history's own.

    Examples
    --------
    >>> from features.history import HistoryProfile
    >>> own = known_fields(HistoryProfile(attributes={"attribute__vip": "bool"}))
    >>> "attribute__vip" in own, "attribute__vip" in known_fields(None)
    (True, False)
    """
    return everywhere() | (fields_of(profile) if profile is not None else {})


def _of_feature(feature: Feature) -> Field:
    if feature.kind != NUMBER:
        values: tuple[str, ...] = ()
        column = feature.name.removeprefix("order__")
        # A merchant's own attribute is no column of the schema.
        if feature.sources == (f"orders.{column}",) and column in ORDERS:
            values = ORDERS[column].values or ()
        return Field(feature.name, feature.zh, feature.en, feature.unit, TEXT, values=values)
    kind = FLAG if feature.unit.startswith("yes = 1") else NUMBER
    return Field(feature.name, feature.zh, feature.en, feature.unit, kind)


def _beside_features() -> dict[str, Field]:
    found = list(FACTS)
    for name, (zh, en) in _FINDINGS.items():
        found.append(
            Field(
                finding_field(name), f"检测器得分：{zh}（0 到 1）",
                f"score of the detector: {en} (0 to 1)", "score", NUMBER, FINDING,
            )
        )  # fmt: skip
    for name, (zh, en) in _MODELS.items():
        found += [
            Field(
                model_field(name, "probability"), f"模型：{zh}概率",
                f"model: probability of {en}", "probability", NUMBER, MODEL,
            ),
            Field(
                model_field(name, "percentile"), f"模型：{zh}风险分位（0 到 100）",
                f"model: percentile of {en} (0 to 100)", "percentile", NUMBER, MODEL,
            ),
        ]  # fmt: skip
    return {field.name: field for field in found}


def number_of(value: Any) -> float | None:
    """Read a value as a number; None when it is unknown.

    Examples
    --------
    >>> number_of(True), number_of(float("nan")), number_of("7"), number_of(7)
    (1.0, None, None, 7.0)
    """
    if isinstance(value, int | float) and value == value:
        return float(value)
    return None


def text_of(value: Any) -> str | None:
    """Read a value as text; None when it is unknown or empty.

    Examples
    --------
    >>> text_of("cod"), text_of(""), text_of(3.0)
    ('cod', None, None)
    """
    return value if isinstance(value, str) and value else None


def words_of(text: str) -> str:
    r"""Give text as searches read it: full width made half, lower case, single spaces.

    Examples
    --------
    >>> words_of("ＷＲＯＮＧ  Address\n没发货！")
    'wrong address 没发货!'
    """
    return " ".join(unicodedata.normalize("NFKC", text).lower().split())


def fact_values(row: Mapping[str, Any]) -> dict[str, float | str | None]:
    """Give the facts of a flat row that rules may read, by field.

    Parameters
    ----------
    row
        A row of the table ``orders`` as the service makes it, with what the order says beside
        (``note``, ``address_kind``); instants are microseconds.

    Examples
    --------
    >>> hour = 3_600_000_000
    >>> found = fact_values({"received_at": 50 * hour, "paid_at": hour, "status": "paid"})
    >>> found["order__hours_since_paid"], found["order__note"]
    (49.0, None)
    """
    received = row.get("received_at")
    return {
        "order__status": row.get("status"),
        "order__payment_status": row.get("payment_status"),
        "order__note": row.get("note"),
        "order__ship_district": row.get("ship_district"),
        "order__address_kind": row.get("address_kind"),
        "order__placed_at": row.get("placed_at"),
        "order__hours_since_paid": _hours(row.get("paid_at"), received),
        "order__hours_past_dispatch": _hours(row.get("ship_by"), received),
    }


def _hours(since: int | None, until: int | None) -> float | None:
    return None if since is None or until is None else (until - since) / 3_600_000_000
