from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from features.history import History, HistoryProfile
from features.history_writing import write_history
from features.schema import TABLES, arrow_schema
from serving.checkup import examine
from serving.delivery.network_faults import network_faults
from serving.settings import Settings
from tests.serving.delivery.shop import ENDS, OUTLETS, WAREHOUSES

if TYPE_CHECKING:
    from pathlib import Path


def box(west: float, east: float) -> str:
    ring = [[west, 30], [east, 30], [east, 31], [west, 31], [west, 30]]
    return json.dumps({"type": "Polygon", "coordinates": [ring]})


def history(home: Path, outlets: list[dict[str, Any]], stock: list[dict[str, Any]]) -> History:
    rows = {"warehouses": WAREHOUSES, "outlets": outlets, "stock": stock}
    tables = {
        name: pa.Table.from_pylist(content, arrow_schema(TABLES[name]))
        for name, content in rows.items()
    }
    write_history(home / "history", tables, HistoryProfile(), source="test")
    return History(home / "history")


def outlet(name: str, fence: str | None, **changes: Any) -> dict[str, Any]:
    return OUTLETS[1] | {"outlet": name, "fence": fence} | changes


def test_each_fault_names_the_outlet_what_it_is_and_the_mend(tmp_path: Path) -> None:
    bow_tie = '{"type": "Polygon", "coordinates": [[[0, 0], [2, 2], [2, 0], [0, 2]]]}'
    found = history(
        tmp_path,
        [
            outlet("a", box(120, 122)),
            outlet("b", box(121, 123)),
            outlet("c", box(123, 124)),
            outlet("d", box(121, 123), carrier="sf"),
            outlet("e", bow_tie),
            outlet("f", None, daily_capacity=-1),
            outlet("g", None, next_kg_minor=None),
        ],
        [{"warehouse": "JX", "sku": "CUP", "at": ENDS, "on_hand": 1, "locked": 3}],
    )

    faults = [(fault.of, fault.what) for fault in network_faults(found)]

    assert faults == [
        ("outlet e", "the outer ring of a fence meets itself near [0, 0]"),
        ("outlets a and b", "their fences overlap"),
        ("outlet f", "daily_capacity is below zero"),
        ("outlet g", "its tariff names no price after the first kilogram"),
        ("stock of 1 SKUs", "is below zero, such as CUP in JX"),
    ]


def test_the_doctor_tells_them_with_the_mend(tmp_path: Path) -> None:
    history(tmp_path, [outlet("a", "broken")], [])

    found = [one for one in examine(Settings(home=tmp_path)) if one.name == "network"]

    assert [one.state for one in found] == ["warn"]
    assert "outlet a" in found[0].what
    assert "上海市 decides meanwhile" in found[0].fix


def test_a_sound_network_has_no_fault(tmp_path: Path) -> None:
    history(tmp_path, [outlet("a", box(120, 121)), outlet("b", box(121, 122))], [])

    found = [one for one in examine(Settings(home=tmp_path)) if one.name == "network"]

    assert [one.state for one in found] == ["ok"]
