from __future__ import annotations

import pytest

from features.address.detail import Detail, parse_detail


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("文三路398号", Detail("文三路", "398号")),
        ("文三路398-1号", Detail("文三路", "398-1号")),
        ("张江路288弄12号", Detail("张江路", "288弄12号")),
        ("花园东路10号B座", Detail("花园东路", "10号", "B座")),
        ("3号路5号", Detail("3号路", "5号")),
        ("经三路2号院", Detail("经三路", "2号院")),
        ("3号楼", Detail(building="3号楼")),
        ("3-2-501", Detail(building="3栋", unit="2单元", room="501室")),
        ("3-501", Detail(building="3栋", room="501室")),
        ("人民路5号12楼", Detail("人民路", "5号", room="12楼")),
        ("桃园新村8幢302", Detail(building="8幢", room="302", estate="桃园新村")),
        ("科技园南区高新南一道8号", Detail("高新南一道", "8号", estate="科技园南区")),
        ("张庄村12号", Detail("张庄村", "12号")),
        ("大村村6队", Detail("大村村", estate="6队")),
        ("七乡大道3号", Detail("七乡大道", "3号")),
        ("华苑梅苑路6号", Detail("梅苑路", "6号", estate="华苑")),
        ("丁字沽三号路8号", Detail("丁字沽三号路", "8号")),
        ("天华南路56号附1", Detail("天华南路", "56号附1")),
        ("前进路5号3号楼2-502", Detail("前进路", "5号", "3号楼", "2单元", "502室")),
        ("前进路5号5栋18-6", Detail("前进路", "5号", "5栋", room="18-6")),
        ("前进路5号A座12F", Detail("前进路", "5号", "A座", room="12F")),
        ("黄海路29号5-6-1", Detail("黄海路", "29号", room="5-6-1")),
        ("前进路5号2单元15层东户", Detail("前进路", "5号", unit="2单元", room="15层东户")),
        ("北四路86小区3栋2单元401", Detail("北四路", None, "3栋", "2单元", "401", "86小区")),
        ("中山东路106号楼下小卖部", Detail("中山东路", "106号", estate="楼下小卖部")),
        ("中街路3号", Detail("中街路", "3号")),
        ("栋梁路666号12幢", Detail("栋梁路", "666号", "12幢")),
        ("信息产业基地春漫大道16号", Detail("春漫大道", "16号", estate="信息产业基地")),
        ("你知道的", Detail(estate="你知道的")),
        ("中南路8号3号楼2门501室", Detail("中南路", "8号", "3号楼", "2门", "501室")),
        ("中南路8号3栋2门5楼501", Detail("中南路", "8号", "3栋", "2门", "5楼501")),
        ("中南路8号之一3栋501室", Detail("中南路", "8号之一", "3栋", room="501室")),
        ("中南路8号之一5楼", Detail("中南路", "8号之一", room="5楼")),
        ("中南路8号5F", Detail("中南路", "8号", room="5F")),
        ("中南路288弄501", Detail("中南路", "288弄", room="501")),
        ("师东村东升路18弄6号", Detail("东升路", "18弄6号", estate="师东村")),
        ("", Detail()),
        ("号弄栋", Detail(estate="号弄栋")),
    ],
)
def test_parts_are_told_apart(text: str, detail: Detail) -> None:
    assert parse_detail(text) == detail


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("忠孝东路四段216巷27弄3号2楼", Detail("忠孝东路四段", "216巷27弄3号", room="2楼")),
        ("景平路634之2号", Detail("景平路", "634之2号")),
        ("北新路一段88巷11号之3", Detail("北新路一段", "88巷11号之3")),
    ],
)
def test_a_lane_of_taiwan_belongs_to_the_house(text: str, detail: Detail) -> None:
    assert parse_detail(text, has_lanes=True) == detail


def test_letters_of_a_name_are_no_part_of_a_building() -> None:
    assert parse_detail("东三环中路39号建外SOHO16号楼").building == "16号楼"
    assert parse_detail("天府大道1700号E1栋").building == "E1栋"
