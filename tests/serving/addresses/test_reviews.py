from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serving.addresses.reviews import UNDO
from tests.serving.addresses.desk import PATH, SAME, TIE

if TYPE_CHECKING:
    from tests.serving.addresses.desk import Desk


ABROAD = {"country": "US", "region": "IL", "city": "Springfield", "postal_code": "62701"}


def test_an_address_abroad_with_its_city_waits_for_nobody(desk: Desk) -> None:
    desk.send("1", "12 Main St", address=ABROAD)
    desk.send("2", "12 Main St", address={"country": "US"})

    assert [case["typed"] for case in desk.open()] == ["12 Main St"]


@pytest.mark.parametrize("line", ["", "  ", "****"])
def test_a_line_that_says_nothing_waits_for_nobody(desk: Desk, line: str) -> None:
    desk.send("1", line, address={"region": "浙江省", "city": "杭州市", "district": "西湖区"})

    assert desk.open() == []


def test_an_unsure_address_waits_with_its_numbered_choices(desk: Desk) -> None:
    key = desk.send("1", TIE)

    case = desk.case(key)

    assert case["typed"] == TIE
    assert [(each["number"], each["city"]) for each in case["choices"]] == [
        (1, "北京市"), (2, "长春市"),
    ]  # fmt: skip
    assert case["choices"][0]["standard"] == "北京市朝阳区建国路88号3号楼501室"


@pytest.mark.parametrize(("role", "status"), [(None, 401), ("score", 403), ("review", 200)])
def test_only_reviewers_see_and_choose(desk: Desk, role: str | None, status: int) -> None:
    case = desk.case(desk.send("1", TIE))

    assert desk.call("GET", PATH, role=role).status_code == status
    assert desk.choose(case, 1, role=role).status_code == status


def test_a_choice_becomes_the_label_and_the_address_of_the_order(desk: Desk) -> None:
    key = desk.send("1", TIE)

    answer = desk.choose(desk.case(key), 2, role="review").json()

    assert answer["label_text"] == "吉林省长春市朝阳区建国路88号3号楼501室"
    assert (answer["state"], answer["settled_by"]) == ("settled", "review")
    assert desk.order(key)["address"]["city"] == "长春市"
    assert desk.order(key)["address_updates"][-1]["by"] == "review"
    assert desk.open() == []


def test_equal_addresses_that_wait_are_settled_with_it(desk: Desk) -> None:
    first, second, other = desk.send("1", TIE), desk.send("2", SAME), desk.send("3", "鼓楼区1号")
    assert desk.case(first)["equal_waiting"] == 2

    answer = desk.choose(desk.case(first), 1)

    assert answer.json()["settled"] == 2
    assert desk.order(second)["address"]["standard"] == "北京市朝阳区建国路88号3栋602"
    assert [case["order_key"] for case in desk.open()] == [other]


def test_another_building_is_not_equal(desk: Desk) -> None:
    first = desk.send("1", "朝阳区建国路88号3号楼501室")
    desk.send("2", "朝阳区建国路88号5号楼501室")

    assert desk.choose(desk.case(first), 1).json()["settled"] == 1


def test_a_later_order_to_an_equal_address_is_settled_by_what_was_chosen(desk: Desk) -> None:
    desk.choose(desk.case(desk.send("1", TIE)), 2, role="review")

    later = desk.send("2", SAME)
    desk.work()

    assert desk.order(later)["address"]["city"] == "长春市"
    assert desk.case(later, "settled")["settled_by"] == "review"


def test_none_of_them_settles_without_an_address(desk: Desk) -> None:
    key = desk.send("1", TIE)
    decided = desk.order(key)["address"]

    answer = desk.choose(desk.case(key), 0).json()

    assert (answer["state"], answer["label_text"]) == ("settled", None)
    assert desk.order(key)["address"] == decided


def test_a_choice_is_kept_as_a_label_to_learn_from(desk: Desk) -> None:
    desk.choose(desk.case(desk.send("1", TIE)), 2, role="review")

    label = next(iter(desk.runtime.addresses.store.labels()))

    assert (label["chosen"], label["confidence"], label["actor"]) == (2, 0.0, "review")
    assert label["parts"]["line"] == TIE
    assert [choice.city for choice in label["shown"]] == ["北京市", "长春市"]


def test_a_choice_can_be_taken_back_with_all_that_it_settled(desk: Desk) -> None:
    first, second = desk.send("1", TIE), desk.send("2", SAME)
    case = desk.case(first)
    decided = desk.order(second)["address"]
    desk.choose(case, 1)

    answer = desk.call("POST", f"{PATH}/{case['case_id']}/undo")

    assert (answer.json()["state"], answer.json()["settled"]) == ("open", 2)
    assert {each["order_key"] for each in desk.open()} == {first, second}
    assert desk.order(second)["address"] == decided
    assert list(desk.runtime.addresses.store.labels()) == []


def test_a_choice_of_long_ago_stays(desk: Desk) -> None:
    case = desk.case(desk.send("1", TIE))
    desk.choose(case, 1)

    desk.clock.at += UNDO + 1

    assert desk.call("POST", f"{PATH}/{case['case_id']}/undo").status_code == 409


def test_two_reviewers_do_not_overwrite_each_other(desk: Desk) -> None:
    case = desk.case(desk.send("1", TIE))

    assert desk.choose(case, 1).status_code == 200
    assert desk.choose(case, 2).status_code == 409


def test_choices_that_changed_meanwhile_are_a_conflict(desk: Desk) -> None:
    case = desk.case(desk.send("1", TIE))
    desk.work()

    late = desk.choose(case, 1, body={"version": case["version"]})

    assert late.status_code == 409
    assert desk.choose(case, 1, body={"version": case["version"] + 1}).status_code == 200


@pytest.mark.parametrize("choice", [3, 4, -1, "1", None])
def test_a_choice_that_is_not_there_is_refused(desk: Desk, choice: object) -> None:
    case = desk.case(desk.send("1", TIE))

    answer = desk.call("POST", f"{PATH}/{case['case_id']}/choose", json={"choice": choice})

    assert answer.status_code == 422
    assert desk.case(case["order_key"])["state"] == "open"


def test_a_case_that_is_not_there_is_not_found(desk: Desk) -> None:
    answer = desk.call("POST", f"{PATH}/adr_{'0' * 32}/choose", json={"choice": 1})

    assert answer.status_code == 404


def test_pages_follow_each_other_without_loss(desk: Desk) -> None:
    sent = [desk.send(str(number), f"朝阳区建国路{number + 1}号") for number in range(5)]
    seen, cursor = [], None

    for _ in range(3):
        page = desk.call("GET", PATH, params={"limit": 2} | ({"cursor": cursor} if cursor else {}))
        seen += [item["order_key"] for item in page.json()["items"]]
        cursor = page.json()["next_cursor"]

    assert sorted(seen) == sorted(sent)
    assert cursor is None


def test_a_cursor_of_elsewhere_is_refused(desk: Desk) -> None:
    assert desk.call("GET", PATH, params={"cursor": "x"}).status_code == 422
