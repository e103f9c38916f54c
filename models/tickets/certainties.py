"""Messages whose priority needs no learning: danger, theft, a threat, an order still to be stopped.

A certainty is a pattern over the text, in Chinese or English, and where it needs one a fact about
the order. The first that holds decides; a new one is one entry.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from models.tickets.examples import TicketFacts


OVERDUE_DAYS: Final = 2.0
"""Days beyond the promise after which asking for the parcel is urgent."""

REFUND_DAYS: Final = 10.0
"""Days an unpaid refund may be open before asking for it is urgent."""


def _always(_facts: TicketFacts) -> bool:
    return True


def _unshipped(facts: TicketFacts) -> bool:
    return facts.is_shipped is False


def _said_delivered(facts: TicketFacts) -> bool:
    return facts.is_delivered is True


def _overdue(facts: TicketFacts) -> bool:
    return facts.is_delivered is not True and (facts.days_late or 0.0) > OVERDUE_DAYS


def _refund_overdue(facts: TicketFacts) -> bool:
    return (facts.refund_days_open or 0.0) > REFUND_DAYS


@dataclass(frozen=True, slots=True)
class Certainty:
    """A pattern that settles a priority.

    Parameters
    ----------
    code
        Stable identifier.
    zh, en
        Why, in Chinese and English.
    pattern
        Searched in the folded text; Chinese and English together.
    holds
        What must be true of the order.
    priority
        What it settles.
    """

    code: str
    zh: str
    en: str
    pattern: re.Pattern[str]
    holds: Callable[[TicketFacts], bool] = _always
    priority: str = "urgent"


def _pattern(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives))


CERTAINTIES: Final = (
    Certainty(
        "danger",
        "人身或用电安全",
        "danger to people or from electricity",
        _pattern(
            r"冒烟|起火|着火|漏电|触电|电了一下|爆炸|鼓包|火星|焦味|烧(黑|焦|坏)|烫(伤|出)",
            r"安全隐患|跳闸",
            r"\b(smok(e|ing)|on fire|caught fire|sparks?|electric(al)? shock|explod|swollen)",
            r"\b(burn(t|ed|ing)|melt(ed|ing)|dangerous)",
        ),
    ),
    Certainty(
        "health",
        "涉及健康或伤害",
        "somebody's health",
        _pattern(
            r"过敏|呕吐|腹泻|拉肚子|中毒|医院|急诊|受伤|流血|划破|划伤|玻璃渣|红肿|窒息|吞(下|了)",
            r"(药|食|奶|粉|吃).{0,6}过期",
            r"\b(allerg|hospital|poison|vomit|rash|chok(e|ed|ing)|injur|bleed|glass in|cut my)",
            r"\b(was sick|food poisoning)",
        ),
    ),
    Certainty(
        "stolen",
        "账号或付款被盗",
        "an account or payment in strange hands",
        _pattern(
            r"被盗|盗刷|盗用|不是我(下|买|操作|拍)|没操作|诈骗|骗子|冒充|泄露|异地登录",
            r"\b(hacked|stolen|unauthori[sz]ed|without my permission|scam|fraud|leaked|phishing)",
            r"\bdid not (place|make) this",
        ),
    ),
    Certainty(
        "charged_twice",
        "重复扣款",
        "charged more than once",
        _pattern(
            r"重复扣|扣了?(我)?(两|2|三|3|多)(次|笔)|多(扣|收)了",
            r"\b(charged|billed|paid|debited) (me |my card )?(twice|double|two times|three times)",
            r"\b(double|duplicate) (payment|charge)|\b(two|three|identical) (identical )?charges",
        ),
    ),
    Certainty(
        "threat",
        "声明将投诉或诉诸法律",
        "a complaint or legal step announced",
        _pattern(
            r"12315|投诉|举报|起诉|律师|法院|曝光|消协|平台介入|市场监管",
            r"\b(lawyer|attorney|sue|legal action|trading standards|chargeback|ombudsman)\b",
            r"\b(dispute|report you|small claims)",
        ),
    ),
    Certainty(
        "stop_the_order",
        "发货前要求取消或修改",
        "cancel or change before it ships",
        _pattern(
            r"取消|先?别发|不要发|不想要|改.{0,6}(地址|电话|收)|(地址|电话|门牌).{0,12}(错|改|更正|换)|拦",
            r"\b(cancel|stop|do not (ship|send)|don't (ship|send)|hold (the|my) order)",
            r"\bwrong (street|address|number|postcode|flat|phone)",
            r"\b(change|fix|correct) the (address|number)",
        ),
        _unshipped,
    ),
    Certainty(
        "delivered_but_missing",
        "显示签收但未收到",
        "shown as delivered but not there",
        _pattern(
            r"没收到|没有收到|未收到|不见|冒领|签收人|什么都没有|查不到|不在家|被偷",
            r"\b(no parcel|nothing|never (got|received|picked)|not (here|there)|missing|where is)",
            r"\bsigned for",
        ),
        _said_delivered,
    ),
    Certainty(
        "overdue",
        "已超过承诺时间",
        "beyond the promised day",
        _pattern(
            r"没到|还没|没影|没动|不动|不更新|物流信息|超过|卡在|等了|丢|催",
            r"\b(late|still|stuck|not (arrived|moved)|where|lost|should have|promised|nobody)",
        ),
        _overdue,
    ),
    Certainty(
        "refund_overdue",
        "退款久未到账",
        "a refund long unpaid",
        _pattern(r"退款|退钱|不退|没退|到账|钱呢|的钱", r"\b(refund|money|pay me|paid back)"),
        _refund_overdue,
    ),
    Certainty(
        "seizure",
        "清关期限",
        "a customs deadline",
        _pattern(
            r"退运|销毁|没收|扣(下|留)|海关.{0,8}(截止|最后|今天)",
            r"\b(customs|border).{0,40}\b(today|tomorrow|seiz|destroy|return)",
            r"\bseized\b|\bdestroy it",
        ),
    ),
    Certainty(
        "at_once",
        "买家要求立即处理",
        "asked for at once",
        _pattern(
            r"(很|好|太|着|非常|十万火)急|急(用|需|等|穿|着)|等着(用|开|吃)",
            r"马上|立刻|立即|赶紧|赶快|火速",
            r"\b(immediately|right away|right now|at once|asap|urgent(ly)?|hurry|act now)\b",
        ),
    ),
)
"""In the order in which they are tried."""


def certain(text: str, facts: TicketFacts) -> Certainty | None:
    """Find the certainty that settles a message, or None.

    Examples
    --------
    >>> from models.tickets.examples import NO_FACTS, TicketFacts
    >>> certain("充电器冒烟了", NO_FACTS).code
    'danger'
    >>> certain("please cancel", TicketFacts(is_shipped=True)) is None
    True
    """
    folded = text.casefold()
    return next((c for c in CERTAINTIES if c.holds(facts) and c.pattern.search(folded)), None)
