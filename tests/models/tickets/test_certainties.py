"""What needs no learning is settled by a pattern and, where it takes one, a fact of the order."""

from __future__ import annotations

import pytest

from models.tickets.certainties import CERTAINTIES, certain
from models.tickets.examples import NO_FACTS, TicketFacts

UNSHIPPED = TicketFacts(is_shipped=False)
SHIPPED = TicketFacts(is_shipped=True)


@pytest.mark.parametrize(
    ("text", "facts", "code"),
    [
        ("插座冒烟了", NO_FACTS, "danger"),
        ("MY SON HAD A RASH", NO_FACTS, "health"),
        ("卡被盗刷", NO_FACTS, "stolen"),
        ("you charged me twice", NO_FACTS, "charged_twice"),
        ("我要打12315", NO_FACTS, "threat"),
        ("请取消订单", UNSHIPPED, "stop_the_order"),
        ("wrong address on the order", UNSHIPPED, "stop_the_order"),
        ("显示签收了可我没收到", TicketFacts(is_delivered=True), "delivered_but_missing"),
        ("还没到", TicketFacts(is_delivered=False, days_late=3), "overdue"),
        ("my refund please", TicketFacts(refund_days_open=15), "refund_overdue"),
        ("马上处理", NO_FACTS, "at_once"),
    ],
)
def test_a_certain_matter_is_urgent(text: str, facts: TicketFacts, code: str) -> None:
    found = certain(text, facts)

    assert found is not None
    assert (found.code, found.priority) == (code, "urgent")


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("请取消订单", SHIPPED),
        ("请取消订单", NO_FACTS),
        ("还没到", TicketFacts(is_delivered=False, days_late=1)),
        ("还没到", TicketFacts(is_delivered=True, days_late=9)),
        ("my refund please", TicketFacts(refund_days_open=3)),
        ("红包过期了能补发吗", NO_FACTS),
        ("which issue of the magazine is it", NO_FACTS),
    ],
)
def test_without_the_fact_nothing_is_certain(text: str, facts: TicketFacts) -> None:
    assert certain(text, facts) is None


def test_every_certainty_speaks_both_languages() -> None:
    for certainty in CERTAINTIES:
        assert any("一" <= character <= "鿿" for character in certainty.zh), certainty.code
        assert certainty.en.isascii(), certainty.code
