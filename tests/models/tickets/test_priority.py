"""The model learns from examples, listens to corrections, and says why."""

from __future__ import annotations

import pytest

from models.tickets.examples import PRIORITIES, Example, TicketFacts, shipped
from models.tickets.priority import TicketModel
from tests.benchmarks.tickets import judge


@pytest.fixture(scope="module")
def model() -> TicketModel:
    return TicketModel(shipped())


@pytest.mark.parametrize(
    ("text", "priority"),
    [
        ("客服态度很好，点个赞", "suggestion"),
        ("I suggest a larger font in the app", "suggestion"),
        ("请问保修期多长", "normal"),
        ("How do I get an invoice", "normal"),
        ("充电器起火了", "urgent"),
    ],
)
def test_plain_messages_get_their_priority(model: TicketModel, text: str, priority: str) -> None:
    assert model.priority(text).priority == priority


def test_facts_of_the_order_change_the_priority(model: TicketModel) -> None:
    text = "麻烦改一下地址"

    before = model.priority(text, TicketFacts(is_shipped=False))
    after = model.priority(text, TicketFacts(is_shipped=True, is_delivered=True))

    assert before.priority == "urgent"
    assert after.priority != "urgent"


def test_probabilities_add_up_to_one(model: TicketModel) -> None:
    for text in ("", "?", "发票", "a" * 10_000, "<script>", "\x00\ud83d"):
        found = model.priority(text)

        assert set(found.probabilities) == set(PRIORITIES)
        assert sum(found.probabilities.values()) == pytest.approx(1.0)
        assert found.probabilities[found.priority] == max(found.probabilities.values())


def test_reasons_are_pieces_of_the_message(model: TicketModel) -> None:
    text = "建议包装换成可回收的纸"

    reasons = model.priority(text).reasons

    assert reasons
    assert all(isinstance(reason.value, str) and reason.value in text for reason in reasons)
    assert 0 < sum(reason.share for reason in reasons) <= 1


def test_a_correction_is_learned(model: TicketModel) -> None:
    text = "店庆主题灯牌不亮了"
    assert model.priority(text).priority != "urgent"

    corrected = TicketModel(shipped(), [Example(text, "urgent")])

    assert corrected.priority(text).priority == "urgent"
    assert corrected.priority("灯牌又不亮了").priority == "urgent"
    assert corrected.version != model.version


def test_the_last_correction_of_a_text_counts() -> None:
    text = "店庆主题灯牌不亮了"
    corrections = [Example(text, "urgent"), Example(text, "suggestion")]

    assert TicketModel(shipped(), corrections).priority(text).priority == "suggestion"


def test_the_same_examples_give_the_same_model(model: TicketModel) -> None:
    again = TicketModel(shipped()[::-1])

    assert again.version == model.version
    assert again.priority("什么时候发货").probabilities == pytest.approx(
        model.priority("什么时候发货").probabilities, abs=1e-3
    )


def test_matters_it_never_saw_are_told_apart() -> None:
    found = judge(seeds=1)

    assert found.macro_f1 >= 0.83


def test_judging_notices_labels_without_meaning() -> None:
    shuffled = judge(seeds=1, shuffle_labels=True)

    assert shuffled.macro_f1 < 0.5
