"""Rules over HTTP: saved only when sound, in force at once, versioned, seen in decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from serving.rules.repository import Version
from serving.scoring.replay import differences
from tests.serving.conftest import Service, blank_store, service
from tests.serving.orders import order

if TYPE_CHECKING:
    from models.policy.rules.verdict import RuleSet

__all__ = ["blank_store", "service"]


def rule(rule_id: str, when: str, then: str, mode: str = "live") -> str:
    return (
        f"  - id: {rule_id}\n    name: {{zh: 规则, en: the rule {rule_id}}}\n"
        f"    mode: {mode}\n    when: {when}\n    then: {then}\n"
    )


def rules(*each: str) -> str:
    return "rules:\n" + "".join(each)


DEAR = rule("dear", '{field: order__value_minor, op: ">=", value: 20000}', "{action: review}")
LATE = rule("note", "{field: order__note, op: contains any of, value: [没发货]}", "{action: hold}")
TRIAL = rule("trial", "{field: order__channel, op: ==, value: shopify}", "{action: hold}", "shadow")


@pytest.fixture(autouse=True)
def known_value(service: Service) -> None:
    """Give orders of a service without history the one feature that the tests speak of."""
    state = service.runtime.scorer.state
    known = {"order__value_minor": 23900.0, "order__channel": "shopify"}
    object.__setattr__(state, "values", lambda _order, _lines: (known, ()))


def save(service: Service, text: str, role: str = "admin", **headers: str) -> Any:
    return service.call("PUT", "/v1/rules", role=role, json={"text": text}, headers=headers)


def test_before_anything_is_saved_there_are_no_rules(service: Service) -> None:
    answer = service.call("GET", "/v1/rules").json()

    assert (answer["number"], answer["rules"], answer["saved_at"]) == (0, [], None)


def test_a_saved_rule_decides_the_next_order_without_a_restart(service: Service) -> None:
    before = service.score(order("1")).json()
    saved = save(service, rules(DEAR)).json()
    after = service.score(order("2")).json()

    assert before["action"] == "release"
    assert after["action"] == "review"
    (hit,) = after["rule_hits"]
    assert hit == {
        "id": "dear",
        "source": "rule",
        "version": saved["version"],
        "text": {"zh": "规则", "en": "the rule dear"},
        "outcome": {"action": "review"},
    }
    assert after["versions"]["rules"] == saved["version"]


def test_rules_may_come_as_an_object(service: Service) -> None:
    condition = {"field": "order__is_cod", "op": "==", "value": True}
    one = {"id": "cod", "name": {"zh": "货到付款", "en": "cod"}, "when": condition}
    document = {"rules": [one | {"then": {"points": 10}}]}

    answer = service.call("PUT", "/v1/rules", json={"document": document})

    assert answer.json()["rules"][0]["outcome"] == {"points": 10.0}


def test_a_broken_rule_is_refused_with_its_place_and_mend_and_changes_nothing(
    service: Service,
) -> None:
    save(service, rules(DEAR))
    broken = rules(DEAR, rule("typo", "{field: order__is_cdo, op: ==, value: 1}", "{points: 5}"))

    answer = save(service, broken)

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "invalid_rules")
    (fault,) = problem["errors"]
    assert fault["pointer"] == "/rules/1/when/field"
    assert fault["detail"] == (
        "line 10, column 12: rule 'typo', when.field: there is no field 'order__is_cdo'; "
        "did you mean 'order__is_cod'?"
    )
    assert service.call("GET", "/v1/rules").json()["number"] == 1
    assert service.score(order("1")).json()["action"] == "review"


def test_a_rule_that_can_never_be_reached_is_refused(service: Service) -> None:
    narrower = rule("dearer", '{field: order__value_minor, op: ">", value: 90000}', "{points: 5}")

    answer = save(service, rules(DEAR, narrower))

    assert "rule 'dear' above it already ends" in answer.json()["errors"][0]["detail"]


def test_saving_over_somebody_elses_version_is_refused(service: Service) -> None:
    seen = save(service, rules(DEAR)).headers["ETag"]
    save(service, rules(DEAR, LATE))

    stale = save(service, rules(TRIAL), **{"If-Match": seen})
    fresh = save(
        service, rules(TRIAL), **{"If-Match": service.call("GET", "/v1/rules").headers["ETag"]}
    )

    assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
    assert (fresh.status_code, fresh.json()["number"]) == (200, 3)


def test_two_who_save_at_once_do_not_both_succeed(service: Service) -> None:
    store = service.runtime.rules.store
    first = Version(1, "aaa", "rules: []", "a", 1, None)

    assert store.add(first)
    assert not store.add(Version(1, "bbb", "rules: []", "b", 1, None))


def test_earlier_versions_are_kept_with_who_and_why(service: Service) -> None:
    service.call("PUT", "/v1/rules", json={"text": rules(DEAR), "note": "first"})
    save(service, rules(LATE))

    versions = service.call("GET", "/v1/rules/versions").json()["items"]
    first = service.call("GET", "/v1/rules/versions/1").json()

    assert [(v["number"], v["saved_by"], v["note"]) for v in versions] == [
        (2, "admin", None),
        (1, "admin", "first"),
    ]
    assert first["text"] == rules(DEAR)
    assert service.call("GET", "/v1/rules/versions/3").status_code == 404


def test_only_an_admin_may_change_rules(service: Service) -> None:
    assert save(service, rules(DEAR), role="review").status_code == 403
    assert service.call("GET", "/v1/rules", role="review").status_code == 200
    assert service.call("GET", "/v1/rules", role="score").status_code == 403


def test_a_rule_on_trial_is_reported_and_has_no_effect(service: Service) -> None:
    save(service, rules(TRIAL))

    decision = service.score(order("1")).json()

    assert (decision["action"], decision["rule_hits"]) == ("release", [])
    assert [hit["id"] for hit in decision["shadow_hits"]] == ["trial"]
    (listed,) = service.call("GET", "/v1/rules").json()["rules"]
    assert listed["fired_30d"] == 1


def test_another_process_takes_saved_rules_up(service: Service) -> None:
    service.runtime.rules.store.add(Version(1, "aaa", rules(DEAR), "other", 1, None))

    changed = service.runtime.rules.refresh()

    assert changed
    assert not service.runtime.rules.refresh()
    assert service.score(order("1")).json()["action"] == "review"


def test_stored_rules_that_no_longer_read_are_named_in_every_decision(service: Service) -> None:
    gone = rule("gone", "{field: attribute__gone, op: is known}", "{points: 5}")
    service.runtime.rules.store.add(Version(1, "aaa", rules(gone), "other", 1, None))
    service.runtime.rules.refresh()

    decision = service.score(order("1")).json()

    (missing,) = [part for part in decision["degraded"] if part["part"] == "rules"]
    assert "attribute__gone" in missing["why"]


def test_words_in_the_buyers_note_are_found_and_stored_apart(service: Service) -> None:
    save(service, rules(LATE))
    document = order("1", notes={"buyer": "怎么一直没发货，我住文三路"})

    decision = service.score(document).json()

    assert decision["action"] == "hold"
    (stored,) = service.runtime.scorer.store.decisions(decision["order_key"])
    assert stored.basis["beside"]["order__note"] == "怎么一直没发货，我住文三路"
    with service.runtime.engine.connect() as connection:
        (raw,) = connection.exec_driver_sql("SELECT basis FROM decisions").fetchone() or ("",)
    assert "文三路" not in raw


def test_a_decision_replays_under_the_rules_it_was_made_under(service: Service) -> None:
    save(service, rules(DEAR, LATE, TRIAL))
    service.score(order("1", notes={"buyer": "没发货"}))
    old: RuleSet = service.runtime.scorer.judge.rules
    save(service, rules(TRIAL))
    scorer = service.runtime.scorer
    (stored,) = scorer.store.decisions("demo/shopify/eu/1")
    policy = scorer.store.policy(stored.basis["policy"])

    assert differences(stored, policy, scorer.judge, old) == {}


def test_a_check_tells_errors_from_warnings_and_saves_nothing(service: Service) -> None:
    same = rule("again", '{field: order__value_minor, op: ">=", value: 20000}', "{tag: x}")
    answer = service.call(
        "POST", "/v1/rules/check", role="review", json={"text": rules(same, DEAR)}
    ).json()

    assert (answer["ok"], answer["n_rules"]) == (True, 2)
    assert [(f["code"], f["severity"], f["rule"]) for f in answer["faults"]] == [
        ("same", "warning", "dear")
    ]
    assert service.call("GET", "/v1/rules").json()["number"] == 0


def test_every_field_says_its_meaning_in_both_languages(service: Service) -> None:
    items = service.call("GET", "/v1/rules/fields").json()["items"]

    assert len(items) > 200
    assert all(item["text"]["zh"] and item["text"]["en"] and item["operators"] for item in items)


def test_packs_are_offered(service: Service) -> None:
    items = service.call("GET", "/v1/rules/packs").json()["items"]

    assert {"bursts", "duplicates", "stuck", "complaints"} <= {item["name"] for item in items}


def test_without_a_history_there_is_nothing_to_try_rules_on(service: Service) -> None:
    answer = service.call("POST", "/v1/rules/backtest", json={"text": rules(DEAR)})

    assert (answer.status_code, answer.json()["code"]) == (409, "not_supported")


def test_a_rule_that_did_nothing_for_a_month_is_called_silent(service: Service) -> None:
    quiet = rule("quiet", '{field: order__value_minor, op: "<", value: 100}', "{points: 5}")
    save(service, rules(quiet, DEAR))

    def silent() -> list[str]:
        answer = service.call("POST", "/v1/rules/check", json={"text": rules(quiet, DEAR)}).json()
        return [fault["rule"] for fault in answer["faults"] if fault["code"] == "silent"]

    service.score(order("1"))
    young = silent()
    service.clock.advance(31 * 86_400)
    service.score(order("2"))

    assert (young, silent()) == ([], ["quiet"])
