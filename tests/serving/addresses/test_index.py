from __future__ import annotations

import stat
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from features.address.points import Point
from serving.addresses.evidence import evidence
from tests.serving.addresses.desk import TIE

if TYPE_CHECKING:
    from tests.serving.addresses.desk import Desk

ESTATE = "上海市浦东新区张江路288弄汤臣豪园3栋2单元501室"


def rebuild(desk: Desk) -> Any:
    """Rebuild the index from all that speaks for a place."""
    index = desk.runtime.addresses.updates.index
    index.rebuild(evidence(desk.runtime.addresses.store))
    return index


def delivered(desk: Desk, key: str) -> None:
    """Report that an order's parcel arrived."""
    body = {
        "shipments": [
            {
                "shipment_id": f"s-{key}",
                "order_key": key,
                "known_at": "2026-03-01T08:35:00Z",
                "delivered_at": "2026-03-01T08:34:00Z",
            }
        ]
    }
    answer = desk.call("POST", "/v1/outcomes", json=body)
    assert answer.status_code < 300, answer.text


def enhanced(desk: Desk, raw: str) -> dict[str, Any]:
    """Enhance an address over HTTP."""
    body = {"addresses": [{"raw": raw, "country": "CN"}]}
    found: dict[str, Any] = desk.call("POST", "/v1/addresses/enhance", json=body).json()
    return dict(found["addresses"][0])


def test_without_an_index_nothing_is_known_and_nothing_fails(desk: Desk) -> None:
    place = enhanced(desk, "上海市浦东新区汤臣豪园3栋")

    assert (place["points"], place["completed"]) == ([], [])


def test_a_delivered_address_completes_the_next_one(desk: Desk) -> None:
    delivered(desk, desk.send("1", ESTATE))
    rebuild(desk)

    place = enhanced(desk, "上海市浦东新区汤臣豪园5栋")

    assert (place["points"][0]["street"], place["points"][0]["house"]) == ("张江路", "288弄")
    assert [(part["part"], part["value"]) for part in place["completed"]] == [
        ("street", "张江路"), ("house", "288弄"),
    ]  # fmt: skip


def test_an_order_that_has_not_arrived_is_no_evidence(desk: Desk) -> None:
    desk.send("1", ESTATE)
    rebuild(desk)

    assert enhanced(desk, "上海市浦东新区汤臣豪园5栋")["points"] == []


def test_a_reviewers_choice_becomes_a_place_and_settles_what_is_like_it(desk: Desk) -> None:
    key = desk.send("1", "朝阳区建国路88号现代城3号楼501室")
    desk.choose(desk.case(key), 1)
    index = rebuild(desk)

    found = index.search("建国路88号现代城", ["110105"])[0]

    assert (found.point.name, found.point.street, found.point.house) == (
        "现代城", "建国路", "88号",
    )  # fmt: skip
    assert found.point.n_seen == 3


def test_a_choice_taken_back_is_no_evidence(desk: Desk) -> None:
    case = desk.case(desk.send("1", TIE))
    desk.choose(case, 1)
    desk.call("POST", f"/v1/addresses/reviews/{case['case_id']}/undo")

    assert rebuild(desk).search("建国路88号", ["110105"]) == ()


def test_the_index_holds_no_unit_room_name_or_phone(desk: Desk) -> None:
    delivered(desk, desk.send("1", f"张三 13800138000 {ESTATE}"))
    rebuild(desk)

    folder = desk.runtime.settings.points_folder
    written = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    for secret in ("张三", "13800138000", "501", "2单元"):
        assert secret.encode() not in written
    assert "汤臣豪园".encode() in written


def test_only_its_owner_may_read_the_index(desk: Desk) -> None:
    rebuild(desk)

    folder = desk.runtime.settings.points_folder
    assert {
        stat.S_IMODE(each.stat().st_mode) & 0o077 for each in (folder, *folder.glob("points-*"))
    } == {0}


def test_who_is_erased_is_gone_after_the_next_rebuild(desk: Desk) -> None:
    delivered(desk, desk.send("1", ESTATE))
    index = rebuild(desk)
    assert "汤臣" in index.search("张江路288弄汤臣豪园", ["310115"])[0].point.name

    with desk.runtime.engine.begin() as connection:
        connection.execute(text("DELETE FROM personal"))
    rebuild(desk)

    left = index.search("张江路288弄汤臣豪园", ["310115"])
    assert [match.point.name for match in left if "汤臣" in match.point.name] == []


def test_a_failed_rebuild_leaves_the_old_index(desk: Desk) -> None:
    delivered(desk, desk.send("1", ESTATE))
    index = rebuild(desk)

    with pytest.raises(ZeroDivisionError):
        index.rebuild(Point("310115", str(1 // zero)) for zero in (1, 0))

    assert index.search("张江路288弄汤臣豪园", ["310115"])
    assert len(list(desk.runtime.settings.points_folder.glob("points-*"))) == 1
