from __future__ import annotations

import pytest

from features.address.clean import clean, normalise


@pytest.mark.parametrize(
    ("raw", "phone"),
    [
        ("杭州 13800138000", "13800138000"),
        ("杭州 138-0013-8000", "13800138000"),
        ("杭州 +86 138 0013 8000", "+8613800138000"),
        ("杭州 138****8000", "138****8000"),
        ("杭州 0571-87654321", "057187654321"),
        ("杭州文三路1380号", None),
    ],
)
def test_phones_are_lifted_and_numbers_stay(raw: str, phone: str | None) -> None:
    assert clean(raw).phone == phone


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("张三 13800138000 杭州市西湖区文三路1号", "张三"),
        ("杭州市西湖区文三路1号 欧阳娜娜 13800138000", "欧阳娜娜"),
        ("收货人：李海南 杭州市西湖区文三路1号", "李海南"),
        ("方正县 人民路1号", None),
        ("黄山市 屯溪区", None),
        ("高新区 13800138000", None),
    ],
)
def test_names_are_lifted_and_places_stay(raw: str, name: str | None) -> None:
    assert clean(raw).name == name


def test_wishes_are_lifted_and_places_in_brackets_stay() -> None:
    lifted = clean("文三路1号（3号楼）（放门口），请提前打电话")

    assert lifted.text == "文三路1号 3号楼"
    assert lifted.remarks == ("放门口", "请提前打电话")


@pytest.mark.parametrize(
    ("raw", "text", "remark"),
    [
        ("请放门口 杭州市西湖区文三路1号3栋", "杭州市西湖区文三路1号3栋", "请放门口"),
        ("杭州市西湖区文三路1号 快递放1楼小卖部", "杭州市西湖区文三路1号", "快递放1楼小卖部"),
        ("杭州市西湖区文三路1号 必须发顺丰", "杭州市西湖区文三路1号", "必须发顺丰"),
    ],
)
def test_a_wish_is_lifted_from_either_end(raw: str, text: str, remark: str) -> None:
    lifted = clean(raw)

    assert (lifted.text, lifted.remarks) == (text, (remark,))


def test_divisions_in_leading_brackets_stay_and_labels_go() -> None:
    assert clean("【浙江】【杭州】西湖区文三路1号").text == "浙江 杭州 西湖区文三路1号"
    assert clean("文三路1号，固话0571-87654321").text == "文三路1号"


def test_an_email_and_a_postal_code_are_lifted() -> None:
    lifted = clean("杭州市西湖区文三路1号 邮编:310000 Zhang.San@Example.com")

    assert (lifted.email, lifted.postal) == ("zhang.san@example.com", "310000")
    assert lifted.text == "杭州市西湖区文三路1号"


def test_normal_text_is_left_as_it_is() -> None:
    assert normalise("杭州市西湖区文三路1号") == ("杭州市西湖区文三路1号", ())


@pytest.mark.parametrize(
    "raw",
    [
        "寄件人：王磊 广东省深圳市龙岗区 收件人：何丽 云南省曲靖市麒麟区麒麟南路66号 13872400007",
        "收件人：何丽 云南省曲靖市麒麟区麒麟南路66号 13872400007 寄件人：王磊 广东省深圳市龙岗区",
        "何丽 13872400007 四川省遂宁市船山区油坊街8号 改成 云南省曲靖市麒麟区麒麟南路66号",
        "原地址：四川省遂宁市船山区 改为：云南省曲靖市麒麟区麒麟南路66号 13872400007",
    ],
)
def test_of_two_addresses_the_one_to_deliver_to_stays(raw: str) -> None:
    lifted = clean(raw)

    assert lifted.text == "云南省曲靖市麒麟区麒麟南路66号"
    assert lifted.phone == "13872400007"
    assert any("深圳市" in said or "遂宁市" in said for said in lifted.remarks)


def test_a_name_glued_to_the_telephone_leaves_the_room() -> None:
    lifted = clean("人民路8号2栋301郝灵台13812345678")

    assert (lifted.text, lifted.name) == ("人民路8号2栋301", "郝灵台")
    assert clean("人民路8号2栋13812345678").name is None
