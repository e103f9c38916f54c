from __future__ import annotations

import pytest

from features.address.divisions import judge, judge_all
from features.address.gazetteer import china
from features.address.hits import find_hits
from features.address.meanings import COUNTY
from features.address.names import short_name
from features.address.resolve import resolve
from tests.benchmarks.addresses.cases import PARTS, chinese

MAINLAND = [
    i
    for i, node in enumerate(china().nodes)
    if node.level == COUNTY and node.code[:2] not in {"71", "81", "82"}
]


def names_of(index: int) -> list[str]:
    return [china().nodes[i].name for i in china().paths[index]]


def test_what_is_read_at_once_is_what_weighing_every_reading_says() -> None:
    texts = {question.raw for part in PARTS for question in chinese(part)}
    texts |= {text[:at] for text in texts for at in (4, 7, 10)}

    for text in texts:
        hits = find_hits(text.translate(china().simplified), china())

        assert judge(hits, china()) == judge_all(hits, china()), text


@pytest.mark.slow
@pytest.mark.parametrize("tail", ["人民路1号", "花园小区2栋301"])
def test_every_county_is_found_when_written_in_full(tail: str) -> None:
    wrong = [
        text
        for i in MAINLAND
        if resolve(text := "".join(names_of(i)) + tail).adcode != china().nodes[i].code
    ]

    assert wrong == []


@pytest.mark.slow
def test_every_county_is_found_behind_short_names() -> None:
    wrong = []
    for i in MAINLAND:
        *above, county = names_of(i)
        text = "".join(short_name(name) or name for name in above) + county + "建设路3号"
        if resolve(text).adcode != china().nodes[i].code:
            wrong.append(text)

    assert wrong == []


@pytest.mark.slow
def test_a_county_alone_is_right_or_left_open() -> None:
    inhabited = [i for i in MAINLAND if china().nodes[i].code in china().townships]
    for i in inhabited:
        place = resolve(china().nodes[i].name + "建设路3号")

        assert place.adcode is None or china().nodes[i].code.startswith(place.adcode.rstrip("0"))


def test_a_name_shared_with_a_county_without_townships_means_the_other() -> None:
    assert resolve("南沙区进港大道8号").adcode == "440115"
    assert resolve("三沙市南沙区永暑礁").adcode == "460303"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("青岛市北区解放大道1号", ("青岛市", "市北区")),
        ("济南市中区经四路1号", ("济南市", "市中区")),
        ("哈尔滨道里区中央大街1号", ("哈尔滨市", "道里区")),
        ("台州路桥区银座街1号", ("台州市", "路桥区")),
        ("永州道县人民路1号", ("永州市", "道县")),
        ("西安新城区解放路1号", ("西安市", "新城区")),
        ("江苏镇江京口区中山路1号", ("镇江市", "京口区")),
        ("咸阳乾县人民路1号", ("咸阳市", "乾县")),
        ("商洛镇安县人民路1号", ("商洛市", "镇安县")),
        ("北京门头沟区新桥大街1号", ("北京市", "门头沟区")),
    ],
)
def test_names_that_look_like_the_word_before_them_are_read(
    text: str, names: tuple[str, str]
) -> None:
    place = resolve(text)

    assert (place.city, place.district) == names


@pytest.mark.parametrize(
    ("text", "adcode"),
    [
        ("安徽省安庆市枞阳县金山大道6号", "340722"),
        ("四川资阳简阳市雄州大道3号", "510185"),
        ("贵州省毕节地区毕节市碧阳大道1号", "520502"),
        ("四川省重庆市渝中区民权路28号", "500103"),
        ("台湾高雄县凤山市光远路120号", "710254"),
    ],
)
def test_a_county_is_found_under_the_city_it_once_belonged_to(text: str, adcode: str) -> None:
    place = resolve(text)

    assert (place.adcode, bool(place.replaced)) == (adcode, True)
