"""Misspelt roads: their kind by its sound, known names by one wrong character."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from features.address.repair import SAME_SOUND, Repair, spelling_index

if TYPE_CHECKING:
    from features.address.gazetteer import Gazetteer

_WRONG_SIGNS: Final = re.compile("[露陆录鹿璐碌鹭接皆阶借节到倒稻导浩毫耗昊豪好]")
_WRONG_KIND: Final = re.compile(
    "(?<=[\u4e00-\u9fff]{2})(?:(?<!大)(?P<路>[露陆录鹿璐碌鹭])|(?P<街>[接皆阶借节])|(?P<大道>大[到倒稻导]))"
    r"(?=\d{1,5}(?:[号弄浩毫耗昊豪好]|$))"
)
"""What input methods offer for the kind of a road, between its name and a number."""
_WRONG_NUMBER: Final = re.compile("(?<=\\d)(?:[浩毫耗昊豪](?![\u4e00-\u9fff])|好(?=$|[\\d楼院]))")
"""What they offer for 号."""
_STREET: Final = re.compile(
    "([\u4e00-\u9fff]{2,3}?)([东南西北中]?(?:大道|大街|路|街|道)"
    "(?:[东南西北中]?[一二三四五六七八九十]?段)?)$"
)
_KNOWN: Final = frozenset(
    re.findall(
        r"\w+",
        "人民 解放 建设 和平 胜利 中山 中华 中央 长安 朝阳 新华 长江 黄河 "
        "北京 南京 上海 天津 重庆 广州 武汉 延安 淮海 友谊 迎宾 团结 幸福 "
        "青年 民主 民族 革命 劳动 体育 体育场 科技 科学 教育 工业 商业 金融 "
        "世纪 政府 车站 火车站 机场 环城 滨江 滨河 滨海 沿江 湖滨 学府 大学 "
        "英雄 芙蓉 牡丹 凤凰 天府 深南 珞喻 雁塔 朱雀 玄武 未央 长乐 太白 "
        "春熙 红星 红旗 东风 跃进 爱国 建国 复兴 振兴 珠江 嘉陵 松花江 香港 "
        "澳门 台湾 长春 沈阳 哈尔滨 济南 青岛 大连 成都 昆明 苏州 杭州 光明 "
        "平安",
    )
)
"""Names of roads that stand in most cities, or that everybody knows."""
_NUMERALS: Final = frozenset("一二三四五六七八九十")
_NEARLY: Final = frozenset({"人名"})
"""What only nearly sounds the same, and no road is called."""
_WILD: Final = "?"


def mend_kind(text: str) -> tuple[str, Repair | None]:
    """Put right what was typed for 路, 街, 大道 or 号 before and behind a number.

    Examples
    --------
    >>> mend_kind("中山露168浩")[0], mend_kind("水岸白鹿3栋")[0]
    ('中山路168号', '水岸白鹿3栋')
    """
    if not _WRONG_SIGNS.search(text):
        return text, None
    done = None
    wrong = _WRONG_KIND.search(text)
    if wrong and wrong.lastgroup:
        typed = text[wrong.start() - 2 : wrong.end()]
        done = Repair(typed, typed[:2] + wrong.lastgroup, SAME_SOUND)
        text = text[: wrong.start()] + wrong.lastgroup + text[wrong.end() :]
    return _WRONG_NUMBER.sub("号", text), done


def mend_name(street: str, gazetteer: Gazetteer) -> Repair | None:
    """Find the road known everywhere that a street sounds like, but for one character.

    A street that a division or township is called like is not misspelt: 钟山路 is no 中山路.

    Examples
    --------
    >>> from features.address.gazetteer import china
    >>> mend_name("人名南路四段", china()).right
    '人民南路四段'
    >>> mend_name("钟山路", china()) is None
    True
    """
    parts = _STREET.match(street)
    if parts is None or parts[1] in _KNOWN:
        return None
    name = parts[1]
    index = spelling_index(gazetteer)
    for i, typed in enumerate(name):
        fitting = _open_names().get(name[:i] + _WILD + name[i + 1 :], ())
        if not fitting or typed in _NUMERALS or _is_a_place(name, gazetteer):
            continue
        alike = [right for right in fitting if index.likeness(typed, right[i]) == SAME_SOUND]
        if len(alike) == 1 or (name in _NEARLY and len(fitting) == 1):
            return Repair(street, (alike or fitting)[0] + parts[2], SAME_SOUND)
    return None


@cache
def _open_names() -> dict[str, list[str]]:
    """Index the known names with each character left open."""
    found: dict[str, list[str]] = {}
    for name in sorted(_KNOWN):
        for i in range(len(name)):
            found.setdefault(name[:i] + _WILD + name[i + 1 :], []).append(name)
    return found


def _is_a_place(name: str, gazetteer: Gazetteer) -> bool:
    """Tell whether a division or township has a name."""
    kinds = ("街道", "镇", "乡")
    return name in gazetteer.names or any(gazetteer.township(name + kind) for kind in kinds)
