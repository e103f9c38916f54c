from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.address.keys import address_keys
from features.address.resolve import resolve, resolve_parts
from features.address.result import PRECISIONS
from tests.features.address.cases import CASES, FIELDS, Case

UNKNOWN = "-"


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.family}: {case.raw[:24]}")
def test_finds_what_the_text_says(case: Case) -> None:
    place = resolve(case.raw)

    found = {name: getattr(place, name) or UNKNOWN for name in FIELDS}
    expected = {n: t for n, t in zip(FIELDS, case.truth, strict=True) if t}
    assert {name: found[name] for name in expected} == expected


def test_every_family_has_its_cases() -> None:
    families = [case.family for case in CASES]

    assert len(CASES) >= 60
    assert all(families.count(family) >= 2 for family in set(families))


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "   ",
        "13800138000",
        "+86 138-0013-8000",
        "0",
        "！！！",
        "\x00\x01\x02",
        "😊😊😊",
        "'; DROP TABLE orders;--",
        "<script>alert(1)</script>",
        "{{7*7}}",
        "NaN",
        "不知道",
        "同上",
        "家里",
        "区" * 300,
        "路" * 10_000,
        "1" * 10_000,
    ],
)
def test_what_is_no_address_places_nothing(raw: str) -> None:
    place = resolve(raw)

    assert place.level == 0
    assert place.confidence == 0.0
    assert place.lat is None
    assert place.unusable or not any("\u4e00" <= c <= "\u9fff" for c in raw)


@given(st.text(max_size=200))
@settings(max_examples=300, deadline=None)
def test_never_fails_on_any_text(raw: str) -> None:
    place = resolve(raw)

    assert 0 <= place.level <= 9
    assert 0.0 <= place.confidence <= 1.0
    assert len(place.candidates) <= 3


@given(
    st.text(alphabet="上海市浦东新区北京朝阳路街号弄栋单元室省县镇村中山南12 ,(){}-*", max_size=60)
)
@settings(max_examples=300, deadline=None)
def test_never_fails_on_pieces_of_addresses(raw: str) -> None:
    place = resolve(raw)

    assert place.precision in PRECISIONS
    assert sum(c.confidence for c in place.candidates) <= 1.0 + 1e-9


def test_a_long_text_is_cut_and_not_trusted() -> None:
    place = resolve("浙江省杭州市西湖区文三路398号 " * 500)

    assert place.confidence < 0.5
    assert any("characters" in part for part in place.unusable)


def test_two_addresses_in_one_are_not_trusted() -> None:
    place = resolve("福建省厦门市思明区湖滨南路1号 浙江省杭州市上城区延安路1号")

    assert place.confidence < 0.5
    assert "a second address" in place.unusable


def test_markup_and_control_characters_are_named_and_the_rest_is_used() -> None:
    place = resolve("<b>北京市</b>\x00海淀区中关村大街1号")

    assert place.district == "海淀区"
    assert set(place.unusable) == {"markup", "control characters"}


def test_broken_characters_never_come_out_again() -> None:
    place = resolve("12 Main\ud800 Street, Springfield, IL 62701")

    json.dumps(place.document(), ensure_ascii=False).encode("utf-8")
    assert place.street == "Main Street"


def test_a_tie_asserts_nothing_and_lists_the_readings() -> None:
    place = resolve("朝阳区建国路88号")

    assert (place.province, place.city, place.district) == (None, None, None)
    assert place.country == "CN"
    assert {c.city for c in place.candidates} == {"北京市", "长春市"}
    assert place.candidates[0].confidence == place.candidates[1].confidence < 0.5


def test_the_name_of_a_province_and_city_means_the_province() -> None:
    place = resolve("吉林")

    assert (place.province, place.city) == ("吉林省", None)


def test_former_names_are_reported() -> None:
    assert resolve("杭州市江干区秋涛路12号").replaced == (("江干区", "上城区", 2021),)


def test_levels_that_were_not_written_are_reported() -> None:
    assert resolve("昆山市前进东路100号").inferred == ("province", "city")


def test_what_is_lifted_out_is_kept() -> None:
    place = resolve("王海南 13812345678 杭州市余杭区文一西路969号(请放前台)")

    assert (place.name, place.phone, place.remarks) == ("王海南", "13812345678", ("请放前台",))


def test_a_contradiction_lowers_the_confidence() -> None:
    assert resolve("江苏省南京市朝阳区滨江路1号").confidence < resolve("南京市滨江路1号").confidence


def test_the_precision_is_that_of_the_deepest_part() -> None:
    city, road = "浙江省杭州市", "杭州市西湖区文三路"
    texts = ["浙江省", city, f"{city}西湖区", f"{city}西湖区转塘街道", road]
    texts += [f"{road}{tail}" for tail in ("1号", "1号2栋", "1号2栋301室")]

    assert [resolve(text).level for text in texts] == [2, 3, 4, 5, 6, 7, 8, 9]


def test_a_province_has_no_point_and_a_county_has_its_centre_in_wgs84() -> None:
    county = resolve("上海市浦东新区")

    assert resolve("浙江省").lat is None
    assert county.lat == pytest.approx(31.22, abs=0.02)
    assert county.lon == pytest.approx(121.54, abs=0.02)


def test_parts_and_line_are_one_address() -> None:
    parts = {"region": "浙江省", "city": "杭州市", "district": "西湖区"}

    apart = resolve_parts("文三路398号2栋301室", country="CN", **parts)
    repeated = resolve_parts("浙江省杭州市西湖区文三路398号2栋301室", country="CN", **parts)

    assert address_keys(apart) == address_keys(repeated)
    assert (apart.adcode, apart.level) == (repeated.adcode, repeated.level) == ("330106", 9)


def test_parts_that_are_missing_are_survived() -> None:
    assert resolve_parts(None).level == 0
    assert resolve_parts(None, country="US", city="Boston").city == "Boston"
    assert resolve_parts("12 High Street", country="IE", city="Cork").house == "12"


def test_the_country_of_the_order_wins() -> None:
    assert resolve("Main Street 5", "DE").country == "DE"
    assert resolve("東京都渋谷区渋谷2-21-1", "JP").province == "東京都"


def test_a_document_holds_exactly_the_fields_of_a_line_out() -> None:
    assert list(resolve("杭州").document()) == [
        "country", "province", "city", "district", "street", "house", "building", "unit",
        "lat", "lon", "precision", "confidence", "candidates",
    ]  # fmt: skip


@pytest.mark.slow
def test_an_address_takes_less_than_a_millisecond() -> None:
    resolve("上海")
    texts = [case.raw for case in CASES] * 10

    begin = time.process_time()
    for raw in texts:
        resolve(raw)
    mean = (time.process_time() - begin) / len(texts)

    assert mean < 1e-3


@pytest.mark.parametrize(
    ("text", "county"),
    [
        ("四川省巫山县广东中路3号", "巫山县"),
        ("四川省黔江县城西路2号", "黔江区"),
        ("广东省琼山县府城镇中山路8号", "琼山区"),
        ("浙江省苍南县龙港镇通港路92号", "龙港市"),
    ],
)
def test_a_county_once_of_another_parent_is_where_it_is_today(text: str, county: str) -> None:
    assert resolve(text).district == county


@pytest.mark.parametrize(
    ("text", "district", "street"),
    [
        ("珠海吉大景山路2号", "香洲区", "景山路"),
        ("湖州织里珍贝路1786号", "吴兴区", "珍贝路"),
        ("苏州平江路8号", "姑苏区", "平江路"),
        ("长沙五一大道235号", None, "五一大道"),
        ("青岛香港东路195号", None, "香港东路"),
    ],
)
def test_a_quarter_right_behind_its_city_tells_the_county(
    text: str, district: str | None, street: str
) -> None:
    place = resolve(text)

    assert (place.district, place.street) == (district, street)


def test_a_person_and_a_telephone_abroad_are_lifted_out() -> None:
    place = resolve("Jane Miller, 88 Elm St, Apt 2, Madison, WI 53703, 608-555-0100")

    assert (place.name, place.phone) == ("Jane Miller", "608-555-0100")
    assert (place.city, place.street, place.house) == ("Madison", "Elm St", "88")


@pytest.mark.parametrize(
    "text",
    ["New York, 350 5th Ave, NY 10118", "Kansas City, MO 64106", "Rua Augusta, 2690, Santos"],
)
def test_a_city_or_road_abroad_is_no_person(text: str) -> None:
    assert resolve(text).name is None


def test_the_number_of_an_order_is_a_remark() -> None:
    place = resolve("广东省深圳市福田区彩田路3号 order#A123456")

    assert place.remarks == ("order#A123456",)
    assert place.building is None


def test_a_ward_of_a_large_japanese_city_is_read_in_latin_letters() -> None:
    assert resolve("1-1-43 Abenosuji, Abeno-ku, Osaka 545-6016, Japan").city == "大阪市阿倍野区"


@pytest.mark.parametrize(
    ("text", "district", "township"),
    [
        ("浙江钱清镇", "柯桥区", "钱清镇"),
        ("浦东新区川沙新镇华川家园16号", "浦东新区", "川沙新镇"),
        ("吉林二道白河镇", "安图县", "二道白河镇"),
        ("昆山淀山湖镇", "昆山市", "淀山湖镇"),
    ],
)
def test_a_township_is_known_by_its_whole_name_and_its_former_kind(
    text: str, district: str, township: str
) -> None:
    place = resolve(text)

    assert (place.district, place.township) == (district, township)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("221B Baker St London", ("GB", "London", "Baker St", "221B", None)),
        ("12 Main St Springfield", ("US", "Springfield", "Main St", "12", None)),
        ("Church House, Church Street, Ludlow SY8 1AA",
         ("GB", "Ludlow", "Church Street", None, None)),
        ("Flat 2/1, 15 Byres Road, Glasgow G11 5RD",
         ("GB", "Glasgow", "Byres Road", "15", "Flat 2/1")),
        ("Apt 7, 318 Cedar Ave S, Minneapolis, MN 55454",
         ("US", "Minneapolis", "Cedar Ave S", "318", "Apt 7")),
        ("5th Floor, 120 Broadway, New York, NY 10271",
         ("US", "New York", "Broadway", "120", "5th Floor")),
        ("Attn: Receiving, 2455 Paces Ferry Rd SE, Atlanta, GA 30339",
         ("US", "Atlanta", "Paces Ferry Rd SE", "2455", None)),
        ("Rua do Sol 250 Olinda Pernambuco 53120-010",
         ("BR", "Olinda", "Rua do Sol", "250", None)),
        ("Münchner Straße 15, 85221 Dachau", ("DE", "Dachau", "Münchner Straße", "15", None)),
    ],
)  # fmt: skip
def test_abroad_a_city_may_follow_its_road_and_a_unit_may_stand_first(
    text: str, found: tuple[str | None, ...]
) -> None:
    place = resolve(text)

    assert (place.country, place.city, place.street, place.house, place.unit) == found


@pytest.mark.parametrize(
    ("text", "district", "replaced"),
    [
        ("深圳市宝安区民治街道民治大道100号", "龙华区", (("宝安区", "龙华区", 2016),)),
        ("杭州市江干区下沙街道2号大街58号", "钱塘区", (("江干区", "钱塘区", 2021),)),
        ("深圳市宝安区西乡街道宝源路1号", "宝安区", ()),
        ("杭州市余杭区良渚街道古墩路1号", "余杭区", ()),
    ],
)
def test_the_township_tells_the_part_of_a_county_that_was_divided(
    text: str, district: str, replaced: tuple[tuple[str, str, int], ...]
) -> None:
    place = resolve(text)

    assert (place.district, place.replaced) == (district, replaced)


def test_a_city_with_the_county_of_another_asserts_neither() -> None:
    place = resolve("天津市朝阳区建国路1号")

    assert (place.province, place.city, place.district) == (None, None, None)
    assert "several places fit equally well" in place.unusable


@pytest.mark.parametrize("regiment", ["十团", "130团", "一六三团"])
def test_the_road_of_a_regiment_is_named_without_it(regiment: str) -> None:
    assert resolve(f"新疆阿拉尔市{regiment}胜利路3号").street == "胜利路"


@pytest.mark.parametrize(
    ("text", "district"),
    [
        ("宁波镇海人民路8号", "镇海区"),
        ("昭通镇雄人民路8号", "镇雄县"),
        ("哈尔滨道里人民路8号", "道里区"),
        ("临汾乡宁人民路8号", "乡宁县"),
        ("唐山路北人民路8号", "路北区"),
        ("青岛市南香港中路8号", "市南区"),
        ("西安新城人民路8号", "新城区"),
        ("吉林镇赉人民路8号", "镇赉县"),
    ],
)
def test_the_first_character_of_a_county_is_no_kind_of_what_precedes_it(
    text: str, district: str
) -> None:
    place = resolve(text)

    assert (place.district, place.house) == (district, "8号")
    assert resolve("唐山路南侧8号").district is None
    assert resolve("青岛市南京路8号").street == "南京路"


@pytest.mark.parametrize(
    ("text", "district"),
    [
        ("江西新丰乡府前街9号", "宜黄县"),
        ("云南三街镇府前街9号", "楚雄市"),
        ("河北渠口镇府前街9号", "香河县"),
        ("宁夏镇罗镇府前街9号", "沙坡头区"),
        ("湖南回龙山瑶族乡府前街9号", "资兴市"),
        ("甘肃省张掖市平山湖蒙古族乡府前街9号", "甘州区"),
        ("辽宁省鞍山市红旗营子乡府前街9号", "岫岩满族自治县"),
        ("四川省达县府前街9号", "达川区"),
    ],
)
def test_a_township_is_read_whole_behind_its_province_or_city(text: str, district: str) -> None:
    place = resolve(text)

    assert (place.district, place.street) == (district, "府前街")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("湘江新区麓谷大道658号", ("湖南省", "长沙市", None)),
        ("东湖新技术开发区关山大道8号", ("湖北省", "武汉市", None)),
        ("西海岸新区长江中路230号", ("山东省", "青岛市", "黄岛区")),
        ("江北新区浦滨路150号", (None, None, None)),
        ("前海深港合作区梦海大道8号", (None, None, None)),
    ],
)
def test_a_zone_lies_in_its_own_city_and_in_no_namesake(
    text: str, place: tuple[str | None, str | None, str | None]
) -> None:
    found = resolve(text)

    assert (found.province, found.city, found.district) == place


def test_a_quarter_is_not_cut_out_of_a_longer_name() -> None:
    assert resolve("青岛市九龙坡路9号").district is None
    assert resolve("珠海吉大景山路2号").district == "香洲区"


@pytest.mark.parametrize(
    ("text", "district", "street"),
    [
        ("云南省云县西大街115号", "云县", "西大街"),
        ("四川射洪东大街675号", "射洪市", "东大街"),
        ("海男省万宁县人民路8号", "万宁市", "人民路"),
        ("吉林省松原市扶余县人民路8号", "扶余市", "人民路"),
        ("广东省请远市清城区人民路8号", "清城区", "人民路"),
    ],
)
def test_a_county_is_told_from_the_road_and_the_word_beside_it(
    text: str, district: str, street: str
) -> None:
    place = resolve(text)

    assert (place.district, place.street) == (district, street)


def test_a_county_is_not_cut_out_of_a_misspelt_province() -> None:
    assert resolve("嘿龙江省齐齐哈尔市鼓楼街520号").district is None


def test_a_county_of_another_city_of_the_province_leaves_the_city_open() -> None:
    place = resolve("福建省厦门市鼓楼区五四路9号")

    assert (place.province, place.city, place.district) == ("福建省", None, None)


def test_a_room_may_stand_before_its_building() -> None:
    place = resolve("1503, 12号楼, 西门路9号, 吴中区, 苏州")

    assert (place.street, place.house, place.building, place.unit) == (
        "西门路", "9号", "12号楼", "1503",
    )  # fmt: skip
    assert resolve("106台北市大安區忠孝東路四段1號3棟").unit is None
