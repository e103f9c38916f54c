from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.address.completion import completed
from features.address.points import Match, Point
from features.address.points_index import PointFile, build
from features.address.resolve import resolve

if TYPE_CHECKING:
    from pathlib import Path

POINTS = (
    Point("310115", "汤臣豪园", "张江路", "288弄", 31.2, 121.6, 5),
    Point("310115", "汤臣高尔夫", "龙东大道", "1号", n_seen=2),
    Point("310115", "张江大厦", "张江路", "289号"),
    Point("330106", "华星时代广场", "文三路", "478号"),
    Point("330106", None, "文三路", "398号"),
    Point("330105", "文三新村", "湖墅路", "12号"),
)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> PointFile:
    folder = tmp_path_factory.mktemp("points")
    build(POINTS, folder)
    return PointFile(folder)


def names(found: tuple[Match, ...]) -> list[str]:
    return [match.point.name or "" for match in found]


@pytest.mark.parametrize(
    "asked",
    [
        "张江路288弄汤臣豪园", "汤臣豪园", "汤臣毫园", "湯臣豪園", "汤臣豪圆", "臣豪园3栋",
        "张江路288", "豪园汤臣张江路288弄", "张江路 ２８８ 弄",
    ],
)  # fmt: skip
def test_a_place_is_found_however_it_is_written(index: PointFile, asked: str) -> None:
    assert names(index.search(asked, ["310115"]))[0] == "汤臣豪园"


def test_nothing_alike_is_no_answer(index: PointFile) -> None:
    assert index.search("和平饭店", ["310115"]) == ()
    assert index.search("", ["310115"]) == ()


def test_only_the_divisions_asked_for_are_searched(index: PointFile) -> None:
    assert names(index.search("文三路478号华星时代广场", ["330105"])) == []
    assert names(index.search("文三路478号华星时代广场", ["330100"]))[0] == "华星时代广场"
    assert names(index.search("文三路478号华星时代广场", ["330000"]))[0] == "华星时代广场"
    assert names(index.search("文三路478号华星时代广场"))[0] == "华星时代广场"


def test_a_point_comes_back_as_it_was_given(index: PointFile) -> None:
    assert index.search("张江路288弄汤臣豪园", ["310115"])[0].point == POINTS[0]


def test_an_exact_match_is_surer_than_one_that_is_alike(index: PointFile) -> None:
    exact = index.search("龙东大道1号汤臣高尔夫", ["310115"])[0]
    alike = index.search("龙东大道汤臣高尔夫球场", ["310115"])[0]

    assert exact.score == 1.0
    assert exact.confidence > alike.confidence


def test_points_of_one_place_are_one(tmp_path: Path) -> None:
    assert build([*POINTS, *POINTS], tmp_path) == len(POINTS)

    found = PointFile(tmp_path).search("汤臣豪园", ["310115"])[0]
    assert found.point.n_seen == 10


def test_an_empty_index_finds_nothing(tmp_path: Path) -> None:
    assert build([], tmp_path) == 0

    empty = PointFile(tmp_path)
    assert (len(empty), empty.search("汤臣豪园", ["310115"])) == (0, ())


@settings(deadline=None)
@given(st.text(max_size=80))
def test_no_text_breaks_a_search(index: PointFile, asked: str) -> None:
    assert all(0 <= match.score <= 1 for match in index.search(asked, ["310115", "330100"]))


@pytest.mark.parametrize(
    "asked", ["汤臣豪园3栋", "张江路288", "张江路9999", "汤臣", "龙东大道1", "张江路"]
)
def test_no_number_is_invented(index: PointFile, asked: str) -> None:
    place = resolve(f"上海市浦东新区{asked}")

    told = completed(place, index.search(asked, ["310115"]))

    known = {point.house for point in POINTS} | {point.street for point in POINTS}
    assert {value for _, value, _ in told} <= known


def test_places_that_disagree_complete_nothing() -> None:
    place = resolve("上海市浦东新区汤臣豪园3栋")
    one = Match(Point("310115", "汤臣豪园", "张江路", "288弄"), 1.0)
    other = Match(Point("310115", "汤臣豪园", "龙东大道", "15号"), 1.0)

    assert completed(place, [one, other]) == []


def test_a_number_that_was_written_stays(index: PointFile) -> None:
    place = resolve("上海市浦东新区张江路300号汤臣豪园")

    assert completed(place, index.search("张江路300号汤臣豪园", ["310115"])) == []


def test_the_county_is_completed_where_only_one_fits() -> None:
    place = resolve("杭州市文三路478号华星时代广场")
    known = Match(POINTS[3], 1.0)

    assert completed(place, [known]) == [("district", "西湖区", 1)]
