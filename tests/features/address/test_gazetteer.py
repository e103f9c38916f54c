from __future__ import annotations

from collections import Counter

from features.address.gazetteer import china
from features.address.meanings import CITY, COUNTY, PROVINCE
from features.address.names import short_name


def test_every_division_has_its_place_in_the_tree() -> None:
    gazetteer = china()

    for i, node in enumerate(gazetteer.nodes):
        path = gazetteer.paths[i]
        levels = [gazetteer.nodes[j].level for j in path]
        assert levels == sorted(set(levels))
        assert levels[0] == PROVINCE
        assert len(node.code) == 6
        assert node.code[:2] == gazetteer.nodes[path[0]].code[:2]


def test_the_counts_are_those_of_the_official_list() -> None:
    mainland = [n for n in china().nodes if n.code[:2] not in {"71", "81", "82"}]
    counts = Counter(node.level for node in mainland)

    assert counts[PROVINCE] == 31
    assert counts[CITY] == 333
    assert 2840 <= counts[COUNTY] <= 2860


def test_newest_changes_are_known() -> None:
    names = {node.name for node in china().nodes}

    assert {"两江新区", "岑岭县", "临平区", "黔西市"} <= names
    assert not {"江干区", "下城区", "渝北区"} & names


def test_coordinates_lie_in_china() -> None:
    placed = [node for node in china().nodes if node.lat is not None and node.lon is not None]

    assert len(placed) > 0.98 * sum(n.code[:2] not in {"71", "81", "82"} for n in china().nodes)
    assert all(3.0 < n.lat < 54.0 and 73.0 < n.lon < 136.0 for n in placed)  # type: ignore[operator] # placed


def test_nearly_every_county_has_townships() -> None:
    counties = [
        n for n in china().nodes if n.level == COUNTY and n.code[:2] not in {"71", "81", "82"}
    ]

    assert sum(n.code in china().townships for n in counties) > 0.99 * len(counties)


def test_former_names_lead_to_divisions_of_today() -> None:
    gazetteer = china()

    assert len(gazetteer.former) > 1000
    changes = [change for entry in gazetteer.former.values() for change in entry]
    assert all(code in gazetteer.index and 1949 < year <= 2026 for code, year in changes)


def test_short_names_keep_at_least_two_characters() -> None:
    shorts = [short_name(node.name) for node in china().nodes]

    assert all(short is None or len(short) >= 2 for short in shorts)
