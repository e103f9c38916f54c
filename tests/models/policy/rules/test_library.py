"""The ready-made packs: usable as they are, in both languages, alone and together."""

from __future__ import annotations

import re

import pytest

from models.errors import RuleError
from models.policy.rules.fields import everywhere
from models.policy.rules.library import pack, packs, together
from models.policy.rules.lint import check_rules, sound_rules
from models.policy.rules.verdict import RuleSet


@pytest.mark.parametrize("name", [found.name for found in packs()])
def test_a_pack_has_no_fault_of_its_own(name: str) -> None:
    document, faults = check_rules(pack(name).text, everywhere())

    assert document is not None
    assert [fault.sentence() for fault in faults if fault.code != "within"] == []
    for rule in document.rules:
        assert re.search(r"[\u4e00-\u9fff]", rule.zh)
        assert rule.en.isascii()


def test_all_packs_make_one_document() -> None:
    document = sound_rules(together(), everywhere())

    assert len(document.rules) == sum(found.n_rules for found in packs())


@pytest.mark.parametrize(
    ("note", "rule"),
    [
        ("怎么还没发货？？", "complaint-not-shipped"),
        ("发错地址了，麻烦改一下", "complaint-wrong-address"),
        ("一直没物流", "complaint-no-tracking"),
        ("ＰＬＥＡＳＥ  Cancel", "complaint-cancel"),
    ],
)
def test_words_of_complaint_are_found_however_they_are_typed(note: str, rule: str) -> None:
    rules = RuleSet(sound_rules(pack("complaints").text, everywhere()))

    assert [hit.id for hit in rules.judge({"order__note": note}).hits] == [rule]


def test_an_order_that_waits_past_its_dispatch_is_stuck_and_a_new_one_is_not() -> None:
    rules = RuleSet(sound_rules(pack("stuck").text, everywhere()))
    new = {"order__status": "paid", "order__hours_since_paid": 0.1}

    late = rules.judge(new | {"order__hours_past_dispatch": 5.0})
    waiting = rules.judge(new | {"order__hours_since_paid": 80.0})

    assert [hit.id for hit in late.hits] == ["stuck-past-dispatch"]
    assert [hit.id for hit in waiting.hits] == ["stuck-three-days"]
    assert rules.judge(new).hits == ()


def test_an_unknown_pack_names_those_there_are() -> None:
    with pytest.raises(RuleError, match="bursts"):
        pack("burst")
