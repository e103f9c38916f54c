"""What exports call things: the words of `words.yaml`, and how names are compared with them."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

Words = dict[str, dict[str, tuple[str, ...]]]

_FILE: Final = Path(__file__).with_name("words.yaml")
_BRACKETS: Final = re.compile(r"[(\[{【][^)\]}】]*[)\]}】]")
_SIGNS: Final = re.compile(r"[\W_]+")
STATES: Final = "states"
STATES_OF: Final = "states_of"
PAYMENT_STATES: Final = "payment_states"
MILESTONES: Final = "milestones"
CHANNELS: Final = "channels"
MONTHS: Final = "months"
PAYMENTS: Final = "payments"
EVENTS: Final = "events"
TELLING: Final = "telling_states"
OTHERWISE: Final = "otherwise"
CLOCKS: Final = "clocks"
ELAPSED: Final = "elapsed"
NAMED: Final = ("orders", "address", "order_lines", "shipments", "after_sales", "cases",
                "refund", "return", "cancel", "chargeback", "fraud")  # fmt: skip
"""Parts whose words are names of columns."""


def plain(name: str) -> str:
    """Write a name as names are compared: without case, signs and what stands in brackets.

    Examples
    --------
    >>> plain("Order-ID"), plain("商品单价(元)"), plain("shipping_address.city")
    ('orderid', '商品单价', 'shippingaddresscity')
    """
    text = unicodedata.normalize("NFKC", name).lower()
    return _SIGNS.sub("", _BRACKETS.sub("", text)) or _SIGNS.sub("", text)


@cache
def _document() -> dict[str, Any]:
    """Give the words as they stand in the file."""
    found: dict[str, Any] = yaml.safe_load(_FILE.read_text("utf-8"))
    return found


@cache
def words() -> Words:
    """Give the words by part and meaning, the most telling first, as they are compared.

    Examples
    --------
    >>> words()["orders"]["currency"][:4]
    ('币种', '货币', 'currencycode', 'currency')
    """
    return {
        part: {meaning: tuple(map(plain, names)) for meaning, names in meanings.items()}
        for part, meanings in _document().items()
        if part not in {OTHERWISE, STATES_OF}
    }


@cache
def words_of(part: str, where: str | None = None) -> dict[str, tuple[str, ...]]:
    """Give the words of a part as one channel means them.

    Parameters
    ----------
    part
        Such as ``orders``.
    where
        The channel, if it is known.

    Examples
    --------
    >>> words_of("order_lines", "amazon")["total_minor"]
    ('itemprice',)
    >>> "itemprice" in words_of("order_lines", "amazon")["unit_price_minor"]
    False
    """
    own = _document()[OTHERWISE].get(where, {}).get(part, {})
    told = {meaning: tuple(map(plain, names)) for meaning, names in own.items()}
    taken = {name for names in told.values() for name in names}
    usual = {m: tuple(n for n in names if n not in taken) for m, names in words()[part].items()}
    return usual | told


def months() -> dict[str, tuple[str, ...]]:
    """Give what languages call the months, as people write them.

    Examples
    --------
    >>> months()["pt"][4]
    'maio'
    """
    found: dict[str, tuple[str, ...]] = _document()[MONTHS]
    return found


@cache
def _known() -> frozenset[str]:
    return frozenset(name for part in NAMED for names in words()[part].values() for name in names)


def is_known(name: str) -> bool:
    """Tell whether exports use a name for a column.

    Examples
    --------
    >>> is_known("订单编号"), is_known("Order ID"), is_known("17")
    (True, True, False)
    """
    return plain(name) in _known()


def state(said: str, where: str | None = None) -> str | None:
    """Read what a channel says of an order's state; None when no word of it is known.

    Parameters
    ----------
    said
        Its words.
    where
        The channel, if it is known.

    Examples
    --------
    >>> state("卖家已发货,等待买家确认"), state("(删除)等待出库"), state("3")
    ('shipped', 'cancelled', None)
    >>> state("failed"), state("failed", "lazada")
    (None, 'delivery_failed')
    >>> state("Partially Refunded")  # tells of the money alone
    """
    text = _bare(said)
    for meaning, names in _document()[STATES_OF].get(where, {}).items():
        if text in map(plain, names):
            return str(meaning)
    found = _first_in(STATES, said)
    is_of_money = found == "partially_shipped" and payment_state(said) == "partially_refunded"
    return None if is_of_money else found


def payment_state(said: str) -> str | None:
    """Read what a channel says of the money of an order; None when no word of it is known.

    Examples
    --------
    >>> payment_state("partially_refunded"), payment_state("已退款"), payment_state("fulfilled")
    ('partially_refunded', 'refunded', None)
    """
    return _first_in(PAYMENT_STATES, said)


def milestone(said: str) -> str | None:
    """Read what a carrier says of where a parcel is; None when no word of it is known.

    Examples
    --------
    >>> milestone("已签收"), milestone("Out for delivery"), milestone("Returned to sender")
    ('delivered', 'out_for_delivery', 'returned')
    """
    return _first_in(MILESTONES, said)


def payment(said: str) -> str | None:
    """Read what a channel says of how an order is paid; None when no word of it is known.

    Examples
    --------
    >>> payment("货到付款"), payment("Visa ending 4242"), payment("?")
    ('cod', 'card', None)
    """
    return _first_in(PAYMENTS, said)


def _bare(said: str) -> str:
    # What stands in brackets counts here: (删除)等待出库 is no longer waiting.
    return _SIGNS.sub("", unicodedata.normalize("NFKC", said).lower())


def _first_in(part: str, said: str) -> str | None:
    """Find the meaning that a text is a word of, or else the first that it holds a word of."""
    text, known = _bare(said), words()[part]
    return next(
        (meaning for meaning, names in known.items() if text in names),
        next((m for m, names in known.items() if any(n in text for n in names)), None),
    )


def holds(part: str, meaning: str, text: str) -> bool:
    """Tell whether a text holds one of the words of a meaning.

    Examples
    --------
    >>> holds("case_words", "vain", "商家拒绝退款"), holds("case_words", "vain", "退款成功")
    (True, False)
    """
    return any(word in plain(text) for word in words()[part][meaning])


def channel(files: list[str], columns: list[str]) -> str | None:
    """Tell the channel by the names of files, or else by those of columns.

    Examples
    --------
    >>> channel(["ExportOrderList.csv"], ["买家会员名", "天猫卡券抵扣"])
    'taobao'
    >>> channel(["天猫订单.csv"], ["买家会员名"]), channel(["orders.csv"], ["订单号"])
    ('tmall', None)
    """
    return _channel(files) or _channel(columns)


def _channel(names: list[str]) -> str | None:
    texts = [plain(name) for name in names]
    return next(
        (
            meaning
            for meaning, told in words()[CHANNELS].items()
            if any(word in text for word in told for text in texts)
        ),
        None,
    )
