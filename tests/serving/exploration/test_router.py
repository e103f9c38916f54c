"""Trials, the price of a minute and packed orders over HTTP."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from features.durations import DAY_US
from models.policy.costs import DecisionPolicy
from models.policy.exploration import ExplorationPolicy
from serving.exploration.moments import Moments
from serving.exploration.repository import TrialStore
from serving.scoring.replay import differences
from serving.store.tables import REVIEWS, TRIALS
from tests.serving.orders import order

if TYPE_CHECKING:
    from tests.serving.conftest import Service

ALWAYS = ExplorationPolicy(release_share=0.5, review_share=0.5, day_minor=3_000)


def under(service: Service, policy: DecisionPolicy) -> None:
    """Let a service decide under another policy."""
    scorer, clock = service.runtime.scorer, service.clock
    scorer.judge = replace(scorer.judge, policy=policy)
    scorer.store.keep_policy(scorer.judge.policy_version, policy.document())
    scorer.moments = Moments(TrialStore(service.runtime.engine), policy, b"secret", clock)
    service.runtime.exploration.moments = scorer.moments


def scored(service: Service, n: int, **more: Any) -> list[dict[str, Any]]:
    return [service.score(order(order_id=f"t-{i}", **more)).json() for i in range(n)]


def test_arm_and_propensity_are_answered_and_stored(service: Service) -> None:
    under(service, replace(DecisionPolicy(), exploration=ALWAYS))

    answers = scored(service, 12)

    arms = {answer["trial"]["arm"] for answer in answers}
    tried = [answer for answer in answers if answer["trial"]["arm"] == "review"]
    assert arms == {"as_intended", "review"}
    assert {answer["action"] for answer in tried} == {"review"}
    assert len(service.rows(TRIALS)) == len(tried)
    assert {row["propensity"] for row in service.rows(TRIALS)} == {0.5}


def test_the_days_money_is_never_overspent(service: Service) -> None:
    under(service, replace(DecisionPolicy(), exploration=ALWAYS))

    answers = scored(service, 25)

    stakes = [row["stake_minor"] for row in service.rows(TRIALS)]
    causes = {answer["trial"]["excluded_by"] for answer in answers}
    assert 0 < sum(stakes) <= 3_000
    assert causes == {None, "budget"}


def test_every_stored_decision_is_made_again_to_the_last_bit(service: Service) -> None:
    policy = replace(DecisionPolicy(), exploration=ALWAYS)
    under(service, policy)
    answers = scored(service, 10)

    for answer in answers:
        stored = service.runtime.scorer.store.decisions(answer["order_key"])[0]

        assert stored.basis["moment"]["minute_minor"] > 0
        assert differences(stored, policy.document(), service.runtime.scorer.judge) == {}


def test_a_packed_order_opens_no_case_and_keeps_what_was_decided(service: Service) -> None:
    held = service.score(order(payment_status="pending")).json()
    before = service.rows(REVIEWS)

    packed = service.score(
        order(status="shipped", revision="2", platform_risk={"flag": "locked"})
    ).json()

    assert held["action"] == "hold"
    assert (packed["action"], packed["is_frozen"]) == ("hold", True)
    assert packed["rule_hits"][0]["id"] == "already_packed"
    assert service.rows(REVIEWS) == before


def test_an_order_first_seen_packed_is_left_alone(service: Service) -> None:
    answer = service.score(order(status="delivered", payment_status="pending")).json()

    assert (answer["action"], answer["is_frozen"], answer["trial"]) == ("release", True, None)
    assert service.rows(REVIEWS) == []


def test_the_policy_is_shown_with_label_and_unit_in_both_languages(service: Service) -> None:
    answer = service.call("GET", "/v1/policy").json()

    limits = {limit["name"]: limit for limit in answer["limits"]}
    assert limits["capacity.minutes_per_day"]["unit"] == "minutes"
    assert limits["treatments.cod.value_minor"]["value"] == [300_000, 1_500_000]
    assert all(limit["label"]["zh"] and limit["label"]["en"] for limit in answer["limits"])
    assert answer["minute_price"]["minor"] == 300.0


def test_a_report_leaves_out_what_is_not_mature(service: Service) -> None:
    under(service, replace(DecisionPolicy(), exploration=ALWAYS))
    scored(service, 6)

    early = service.call("GET", "/v1/policy/exploration").json()
    service.clock.advance(61 * DAY_US / 1e6)
    late = service.call("GET", "/v1/policy/exploration").json()

    assert early["release"]["n_orders"] == 0
    assert late["release"]["n_orders"] + sum(late["excluded"].values()) == 6
    assert late["release"]["n_explored"] == len(service.rows(TRIALS))
    assert late["days"][0]["spent_minor"] <= late["cap_minor"]


def test_reports_are_for_reviewers(service: Service) -> None:
    assert service.call("GET", "/v1/policy", role="score").status_code == 403


@pytest.mark.parametrize("days", ["0", "731", "x"])
def test_a_period_out_of_range_is_refused(service: Service, days: str) -> None:
    assert service.call("GET", f"/v1/policy/exploration?days={days}").status_code == 422


@pytest.mark.parametrize(("language", "words"), [("zh", "试验"), ("en", "On trial")])
def test_the_page_of_an_order_says_that_it_is_on_trial(
    service: Service, language: str, words: str
) -> None:
    under(service, replace(DecisionPolicy(), exploration=ALWAYS))
    tried = next(a for a in scored(service, 12) if a["trial"]["arm"] == "review")
    service.client.post("/console/login", data={"key": service.keys["review"]})

    page = service.client.get(f"/console/orders/{tried['order_key']}?lang={language}")

    assert page.status_code == 200
    assert words in page.text


def test_workers_take_up_each_others_decisions_and_a_restart_all_of_them(
    service: Service,
) -> None:
    policy, store = DecisionPolicy(), TrialStore(service.runtime.engine)
    under(service, policy)
    other = Moments(store, policy, b"secret", service.clock)
    for i in range(30):
        service.clock.advance(60)
        service.score(order(order_id=f"w-{i}"))
    service.clock.advance(5)

    fresh = Moments(store, policy, b"secret", service.clock)
    workers = [service.runtime.scorer.moments, other, fresh]
    prices = [each.at("m/c/s/1", service.clock()).minute_minor for each in workers]

    assert prices[0] != 300.0
    assert prices[0] == prices[1] == prices[2]
    assert len({each.load.target(240.0) for each in workers}) == 1
