"""What people are shown exists in Chinese and English; what buyers are told gives nothing away."""

from __future__ import annotations

import re
from typing import Any

import pytest

from models import thresholds
from models.detectors import DETECTORS
from models.policy.buyer_wording import ROUTINE, TOPICS, buyer_text
from models.policy.costs import EVIDENCE, HARMS, TREATMENTS
from models.policy.facts import OrderFacts
from models.policy.gates import gates_of, value_limits
from models.policy.rules.fields import everywhere, finding_field
from models.policy.rules.library import packs
from models.policy.rules.reading import read_rules
from models.thresholds import Threshold
from tests.contracts.test_detectors import FEATURES

CHINESE = re.compile(r"[\u4e00-\u9fff]")

GATED = [
    OrderFacts(platform_risk=risk, payment_status=payment, status=status)
    for risk in (None, "review", "locked", "frozen")
    for payment in ("paid", "pending", "partially_paid", "voided", "refunded")
    for status in ("paid", "shipped")
]


def is_said(zh: str, en: str) -> bool:
    """Tell whether a text is Chinese in Chinese, and not in English."""
    return bool(CHINESE.search(zh)) and bool(en) and not CHINESE.search(en)


def limits() -> list[tuple[str, Threshold]]:
    """Find every limit of the table of limits, also in its dictionaries."""
    found: list[tuple[str, Threshold]] = []
    for name, value in vars(thresholds).items():
        inside: dict[str, Any] = value if isinstance(value, dict) else {"": value}
        found += [
            (f"{name} {k}", each) for k, each in inside.items() if isinstance(each, Threshold)
        ]
    return found


@pytest.mark.parametrize(("name", "limit"), limits(), ids=lambda given: str(given)[:40])
def test_a_limit_has_a_label_in_both_languages_and_a_unit(name: str, limit: Threshold) -> None:
    assert is_said(limit.zh, limit.en), name
    assert limit.unit


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda d: d.name)
def test_every_reason_of_a_detector_is_said_in_both_languages(detector: Any) -> None:
    reasons = [reason for features in FEATURES for reason in detector.assess(features).reasons]

    assert [r.code for r in reasons if not is_said(r.zh, r.en)] == []
    assert {r.code for r in reasons}


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda d: d.name)
def test_a_detector_can_be_named_in_a_rule_and_has_a_price(detector: Any) -> None:
    field = everywhere()[finding_field(detector.name)]

    assert is_said(field.zh, field.en)
    assert EVIDENCE[detector.name].harm in HARMS


@pytest.mark.parametrize("priced", [*HARMS.values(), *TREATMENTS.values()], ids=lambda p: p.en)
def test_harms_and_treatments_are_named_in_both_languages(priced: Any) -> None:
    assert is_said(priced.zh, priced.en)


def test_gates_and_limits_of_value_are_said_in_both_languages() -> None:
    reasons = [gate.reason for facts in GATED for gate in gates_of(facts)]
    for treatment in TREATMENTS.values():
        reasons += [g.reason for g in value_limits(OrderFacts(value_minor=1e12), treatment, 1.0)]

    assert {r.code for r in reasons} >= {"platform_hold", "payment_not_confirmed"}
    assert [r.code for r in reasons if not is_said(r.zh, r.en)] == []


@pytest.mark.parametrize("pack", packs(), ids=lambda pack: pack.name)
def test_every_ready_made_rule_is_named_in_both_languages(pack: Any) -> None:
    rules = read_rules(pack.text, everywhere()).rules

    assert is_said(pack.zh, pack.en)
    assert len(rules) == pack.n_rules
    assert [rule.id for rule in rules if not is_said(rule.zh, rule.en)] == []


@pytest.mark.parametrize("field", everywhere().values(), ids=lambda field: field.name)
def test_everything_that_a_rule_may_read_is_named_in_both_languages(field: Any) -> None:
    assert is_said(field.zh, field.en)


@pytest.mark.parametrize("said", [ROUTINE, *TOPICS.values()], ids=lambda said: said[1][:30])
def test_what_a_buyer_is_told_gives_nothing_away(said: tuple[str, str]) -> None:
    zh, en = said
    logic = re.compile(
        r"\d|%|fraud|risk|score|limit|model|detect|suspic|device|account|other buyer|\bIP\b"
        r"|欺诈|风险|分数|上限|模型|检测|嫌疑|设备|账户|其他买家|黑名单",
        re.IGNORECASE,
    )

    assert is_said(zh, en)
    assert not logic.search(zh)
    assert not logic.search(en)


def test_what_rests_on_other_people_is_routine_to_the_buyer() -> None:
    others = (
        "linked_buyers_n_buyers", "promotion_ring_device", "shared_identity_ip", "burst_ip",
        "reseller_ring_group", "fresh_account_device", "card_testing_ip", "duplicate_device",
        "near_duplicate_address_unit", "surprise_device", "model_fraud", "rule_7",
        "device__buyer_distinct__30d", "links__n_buyers", "payment__order_count__24h",
    )  # fmt: skip

    assert {buyer_text(code) for code in others} == {ROUTINE}
