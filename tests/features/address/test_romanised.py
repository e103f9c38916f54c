from __future__ import annotations

import pytest

from features.address.resolve import resolve


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("No. 5 Keji Road, Yanta District, Xi'an, Shaanxi", ("陕西省", "西安市", "雁塔区")),
        ("shanghai shi pudong xinqu zhangjiang lu 288 nong", ("上海市", "上海市", "浦东新区")),
        ("Suzhou Industrial Park, Jiangsu, China", ("江苏省", "苏州市", None)),
        ("Suzhou, Anhui, China", ("安徽省", "宿州市", None)),
        ("Kunming City, Yunnan Province", ("云南省", "昆明市", None)),
        ("12 Nanjing East Road, Huangpu District, Shanghai", ("上海市", "上海市", "黄浦区")),
        ("No. 1139 Changning Road, Changning District, Shanghai", ("上海市", "上海市", "长宁区")),
        (
            "1 Matheson Street, Causeway Bay, Hong Kong",
            ("香港特别行政区", "香港特别行政区", "湾仔区"),
        ),
        ("No. 1, Sec. 5, Xinyi Road, Xinyi District, Taipei", ("台湾省", "台北市", "信义区")),
        ("Changzhi, Shanxi", ("山西省", "长治市", None)),
        ("Yu County, Zhangjiakou", ("河北省", "张家口市", "蔚县")),
        ("Golmud, Qinghai", ("青海省", "海西蒙古族藏族自治州", "格尔木市")),
        ("Lushunkou Qu, Dalian", ("辽宁省", "大连市", "旅顺口区")),
        ("88 Keling Road, Suzhou New District, Jiangsu", ("江苏省", "苏州市", None)),
        ("Qingdao 市南区香港中路40号", ("山东省", "青岛市", "市南区")),
    ],
)
def test_divisions_in_latin_letters_are_read(text: str, path: tuple[str, str, str | None]) -> None:
    place = resolve(text)

    assert (place.province, place.city, place.district) == path


def test_a_romanised_detail_comes_out_as_chinese_numbers() -> None:
    place = resolve("Room 501, Unit 2, Building 3, No. 288 Zhangjiang Road, Pudong, Shanghai")

    assert (place.street, place.house, place.building, place.unit) == (
        "Zhangjiang Road", "288号", "3栋", "2单元501室",
    )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["10 Main Street, Dover, DE 19901", "hello there", "A Road"],
)
def test_other_english_is_not_taken_for_pinyin(text: str) -> None:
    assert resolve(text).country != "CN"


def test_portuguese_roads_of_macau_are_not_in_brazil() -> None:
    assert resolve("Avenida de Almeida Ribeiro 61, Macau").province == "澳门特别行政区"
    assert resolve("Rua Augusto Severo 200, Macau - RN, Brasil").country == "BR"


def test_a_floor_is_no_house() -> None:
    place = resolve("13 Floor, No. 299 Gonghexin Rd, Jing'an District, Shanghai")

    assert (place.house, place.unit) == ("299号", "13楼")
