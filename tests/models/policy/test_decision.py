from __future__ import annotations

import json

import pytest

from models.contracts import Assessment, Prediction, Reason
from models.policy.costs import DecisionPolicy
from models.policy.decision import Decision, decide
from models.policy.facts import ACTIONS, Moment, OrderFacts, RuleHit
from models.policy.rules.verdict import RuleVerdict


def order(value_minor: float | None = 20_000, **more: object) -> OrderFacts:
    return OrderFacts(value_minor=value_minor, **more)  # type: ignore[arg-type] # keywords of a test


def fraud(probability: float) -> dict[str, Prediction]:
    return {"fraud": Prediction(probability, 50.0)}


def finding(score: float, code: str = "burst_ip", duplicate_of: str | None = None) -> Assessment:
    reason = Reason(code, "原因", "cause", value=9.0, typical=1.0, share=1.0)
    return Assessment(score, (reason,), duplicate_of)


def hit_ids(decision: Decision) -> list[str]:
    return [hit.id for hit in decision.rule_hits]


def ruled(*outcomes: tuple[str | None, float], tags: tuple[str, ...] = ()) -> RuleVerdict:
    """Give the verdict of rules with these actions and points."""
    hits = tuple(
        RuleHit(f"rule-{i}", "rule", "规则", "rule", {"action": action, "points": points})
        for i, (action, points) in enumerate(outcomes)
    )
    return RuleVerdict(outcomes[-1][0], sum(points for _, points in outcomes), hits, tags=tags)


def strictness(decision: Decision) -> int:
    return ACTIONS.index(decision.action)


def test_an_order_that_nothing_speaks_against_is_released() -> None:
    decision = decide(order(), {}, {})

    assert decision.action == "release"
    assert decision.expected_loss_minor == 0
    assert decision.priority == 0.0
    assert decision.reasons == ()


def test_the_action_is_the_cheapest_in_expectation() -> None:
    for probability in (0.0, 0.01, 0.05, 0.2, 0.6, 0.95):
        decision = decide(order(200_000), fraud(probability), {})

        assert decision.costs_minor[decision.action] == min(decision.costs_minor.values())


def test_a_higher_probability_never_makes_the_decision_milder() -> None:
    decisions = [decide(order(100_000), fraud(p / 100), {}) for p in range(101)]

    levels = [strictness(d) for d in decisions]
    assert levels == sorted(levels)
    assert {0, 2} <= set(levels)
    priorities = [d.priority for d in decisions]
    assert priorities == sorted(priorities)


def test_of_two_equally_risky_orders_the_dearer_comes_first() -> None:
    cheap = decide(order(5_000), fraud(0.1), {})
    dear = decide(order(500_000), fraud(0.1), {})

    assert dear.priority > cheap.priority
    assert dear.expected_loss_minor > cheap.expected_loss_minor


@pytest.mark.parametrize("risk", ["locked", "frozen"])
def test_what_the_channel_has_locked_is_held_whatever_it_costs(risk: str) -> None:
    decision = decide(order(1, platform_risk=risk), fraud(0.0), {})

    assert decision.action == "hold"
    assert decision.reasons[0].code == "platform_hold"
    assert hit_ids(decision) == ["platform_hold"]


@pytest.mark.parametrize("status", ["pending", "partially_paid", "voided", "refunded"])
def test_an_order_that_is_not_paid_is_held(status: str) -> None:
    assert decide(order(payment_status=status), {}, {}).action == "hold"


@pytest.mark.parametrize("status", ["paid", "authorized", "unknown", None])
def test_other_payment_states_hold_nothing(status: str | None) -> None:
    assert decide(order(payment_status=status), {}, {}).action == "release"


def test_cash_on_delivery_needs_no_payment_first() -> None:
    assert decide(order(payment_status="pending", is_cod=True), {}, {}).action == "release"


def test_a_sure_finding_is_reviewed_even_when_little_is_at_stake() -> None:
    decision = decide(order(100), {}, {"burst": finding(0.95)})

    assert decision.action in {"review", "hold"}
    assert hit_ids(decision) == ["burst"]


def test_a_hint_below_the_line_is_no_rule_hit() -> None:
    decision = decide(order(), {}, {"burst": finding(0.3)})

    assert decision.rule_hits == ()
    assert decision.action == "release"


def test_a_duplicate_names_the_order_it_repeats() -> None:
    found = {"duplicate": finding(0.95, "duplicate_phone", duplicate_of="m/c/s/1")}

    decision = decide(order(), {}, found)

    assert decision.duplicate_of == "m/c/s/1"
    assert decision.action == "review"


def test_reasons_are_merged_by_code_and_ordered_by_share() -> None:
    reasons = tuple(
        Reason(f"r{i}", "原因", "cause", share=share)
        for i, share in enumerate([0.05, 0.3, 0.1, 0.25, 0.2, 0.1])
    )
    predictions = {"fraud": Prediction(0.4, 99.0, reasons)}

    decision = decide(order(), predictions, {})

    assert [r.code for r in decision.reasons] == ["r1", "r3", "r4", "r2", "r5"]
    assert sum(r.share for r in decision.reasons) <= 1.0


def test_a_return_is_no_ground_to_stop_an_order() -> None:
    decision = decide(order(30_000), {"return": Prediction(0.6, 80.0)}, {})

    assert decision.action == "release"
    assert decision.expected_loss_minor > 0


def test_an_unknown_value_counts_as_nothing_but_fixed_costs_stay() -> None:
    assert decide(order(None), fraud(0.5), {}).expected_loss_minor == 5_000


def test_a_model_without_a_cost_is_ignored() -> None:
    assert decide(order(), {"eta": Prediction(1.0, 99.0)}, {}).expected_loss_minor == 0


def test_the_same_input_gives_the_same_decision_in_any_order() -> None:
    found = {"burst": finding(0.7), "duplicate": finding(0.9, "duplicate_phone")}
    predictions = fraud(0.2) | {"refund": Prediction(0.3, 70.0)}

    one = decide(order(), predictions, found)
    other = decide(order(), dict(reversed(predictions.items())), dict(reversed(found.items())))

    assert one == other


def test_the_policy_survives_storage() -> None:
    policy = DecisionPolicy.of_currency("USD")

    restored = DecisionPolicy.from_document(json.loads(json.dumps(policy.document())))

    assert restored == policy
    assert decide(order(), fraud(0.2), {}, restored) == decide(order(), fraud(0.2), {}, policy)


def test_every_band_is_reached() -> None:
    cases = [(1_000, 0.001), (20_000, 0.1), (50_000, 0.15), (500_000, 0.5)]

    bands = [decide(order(value), fraud(p), {}).band for value, p in cases]

    assert bands == ["low", "medium", "high", "critical"]


@pytest.mark.parametrize(
    ("points", "risk", "action"),
    [
        (49.0, 0.0, "release"),
        (50.0, 0.0, "review"),
        (99.0, 0.0, "review"),
        (100.0, 0.0, "hold"),
        (-49.0, 0.9, "hold"),
        (-50.0, 0.9, "review"),
        (-100.0, 0.9, "release"),
        (-50.0, 0.0, "release"),
    ],
)
def test_points_of_rules_move_what_the_models_ask_for(
    points: float, risk: float, action: str
) -> None:
    decision = decide(order(200_000), fraud(risk), {}, rules=ruled((None, points)))

    assert decision.action == action


@pytest.mark.parametrize(
    ("ruling", "risk", "action"),
    [("release", 0.9, "release"), ("review", 0.9, "hold"), ("review", 0.0, "review"),
     ("hold", 0.0, "hold")],
)  # fmt: skip
def test_the_action_of_a_rule_goes_before_points_and_models(
    ruling: str, risk: float, action: str
) -> None:
    decision = decide(order(200_000), fraud(risk), {}, rules=ruled((None, 60.0), (ruling, 0.0)))

    assert decision.action == action


def test_no_rule_releases_what_a_gate_holds() -> None:
    decision = decide(order(platform_risk="locked"), {}, {}, rules=ruled(("release", 0.0)))

    assert decision.action == "hold"
    assert hit_ids(decision) == ["platform_hold", "rule-0"]


def test_what_a_rule_holds_does_not_wait_at_the_end_of_the_queue() -> None:
    held = decide(order(), {}, {}, rules=ruled(("hold", 0.0)))
    reviewed = decide(order(), {}, {}, rules=ruled(("review", 0.0)))

    assert (held.band, reviewed.band) == ("high", "medium")
    assert held.reasons[0].code == "rule_rule-0"


def test_a_tag_alone_changes_nothing_but_the_tags() -> None:
    plain, tagged = decide(order(), {}, {}), decide(order(), {}, {}, rules=RuleVerdict(tags=("a",)))

    assert tagged.tags == ("a",)
    assert (tagged.action, tagged.priority, tagged.reasons) == (
        plain.action,
        plain.priority,
        plain.reasons,
    )


def test_a_packed_order_keeps_the_action_in_force_and_says_so() -> None:
    for standing in (None, "release", "hold"):
        decision = decide(
            order(500_000, status="shipped", platform_risk="locked", standing=standing),
            fraud(0.99),
            {"burst": finding(0.99)},
            rules=ruled(("hold", 0.0)),
            moment=Moment(draw=0.0, budget_minor=1e9),
        )

        assert decision.action == (standing or "release")
        assert decision.is_frozen
        assert decision.trial is None
        assert decision.rule_hits[0].id == "already_packed"
        assert "already_packed" in {reason.code for reason in decision.reasons}


@pytest.mark.parametrize(
    ("value", "is_cod", "action"),
    [
        (299_999, True, "release"),
        (300_000, True, "review"),
        (1_500_000, True, "hold"),
        (300_000, False, "release"),
        (3_000_000, False, "review"),
        (15_000_000, False, "hold"),
    ],
)
def test_the_value_alone_asks_for_a_look_by_the_way_of_paying(
    value: int, is_cod: bool, action: str
) -> None:
    decision = decide(order(value, is_cod=is_cod), {}, {})

    assert decision.action == action
    assert [hit.source for hit in decision.rule_hits] == ([] if action == "release" else ["limit"])


def test_a_merchants_rule_may_overrule_the_limit_of_value() -> None:
    assert decide(order(3_000_000), {}, {}, rules=ruled(("release", 0.0))).action == "release"


def test_value_limits_follow_the_currency() -> None:
    policy = DecisionPolicy.of_currency("USD")

    assert decide(order(420_000), {}, {}, policy).action == "review"
    assert decide(order(419_999), {}, {}, policy).action == "release"


def test_what_is_paid_at_the_door_cannot_be_charged_back() -> None:
    prepaid = decide(order(100_000), fraud(0.3), {})
    cod = decide(order(100_000, is_cod=True), fraud(0.3), {})

    assert cod.expected_loss_minor < prepaid.expected_loss_minor


def test_holding_a_presale_order_costs_less() -> None:
    usual = decide(order(100_000), fraud(0.3), {}).costs_minor
    presale = decide(order(100_000, is_presale=True), fraud(0.3), {}).costs_minor

    assert presale["hold"] < usual["hold"]
    assert presale["release"] == usual["release"]
