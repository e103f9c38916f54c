"""Chinese addresses in Latin letters: pinyin and English, large to small or small to large."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from msgspec import structs

from features.address.detail import Detail
from features.address.hits import Hit
from features.address.meanings import COUNTY, PROVINCE, Meanings, Name
from features.address.names import short_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from features.address.gazetteer import Gazetteer

_WORD: Final = re.compile(r"[A-Za-z\u00c0-\u024f]+(?:['’][A-Za-z]+)?")
_KINDS: Final = {
    "province": "省", "sheng": "省", "municipality": "市", "city": "市", "shi": "市",
    "district": "区", "dist": "区", "qu": "区", "county": "县", "xian": "县", "prefecture": "州",
    "zhou": "州", "banner": "旗", "qi": "旗", "league": "盟",
}  # fmt: skip
_GLUED: Final = ("sheng", "shi", "qu", "xian")
"""Kinds that are written in one word with the name."""
_BREAKS_A_NAME: Final = re.compile(r"[,\d]")
_NEW_AREA: Final = frozenset({"area", "district", "qu"})
_SIDE: Final = (
    "north|south|east|west|middle|central|upper|lower|bei|nan|dong|xi|zhong|n|s|e|w|"
    "first|second|third|yi|er|san|si|wu"
)
_WAY: Final = (
    "road|rd|street|st|avenue|ave|lane|boulevard|blvd|highway|hwy|alley|lu|jie|dajie|dadao|xiang|"
    "hutong|nong|(?:bei|nan|dong|xi|zhong|huan)(?:lu|jie|dajie|dadao)"
)
_ROAD_AFTER: Final = re.compile(rf"[\s.,]*(?:(?:{_SIDE})[\s.]+){{0,2}}(?:{_WAY})\b", re.I)
_ROAD: Final = re.compile(
    rf"((?:[A-Z][A-Za-z'’]*|[a-z][a-z'’]*)(?:\s+[A-Za-z'’]+){{0,3}}?\s+(?:{_WAY})\b\.?"
    rf"|[A-Za-z]+(?:lu|dajie|dadao)\b)",
    re.I,
)
_HOUSE: Final = re.compile(
    r"\bNo\b\.?\s*(\d{1,5}(?:-\d+)?)|(\d{1,5})\s*hao\b|(?<![\w-])(\d{1,5}(?:-\d{1,3})?)(?=\s+[A-Z][a-z])|"
    r"(?<=\w)\s(\d{1,5})\s*(?:$|,)",
    re.I,
)
_LANE: Final = re.compile(
    r"(?<=road|. rd|. lu)\.?\s(\d{1,5})\s+lane\b|\b(?:lane|lon?g)\s*(\d{1,5})|(\d{1,5})\s*nong\b",
    re.I,
)
_BUILDING: Final = re.compile(
    r"\b(?:building|bldg|block|tower)\b\.?\s*(?:no\.?\s*)?([A-Z]?\d{1,3}|[A-Z])\b"
    r"|(\d{1,3})\s*(?:dong|zhuang)\b(?!\s*(?:lu|jie|road))",
    re.I,
)
_UNIT: Final = re.compile(r"\bunit\b\.?\s*([A-Z]?\d{1,2}|[A-Z])\b|(\d{1,2})\s*danyuan\b", re.I)
_ROOM: Final = re.compile(
    r"\b(?:room|rm|apt|apartment|flat|suite)\b\.?\s*#?\s*([A-Z]?\d{1,5}[A-Z]?)\b|(\d{2,5})\s*shi\b"
    r"|#\s*([A-Z]?\d{3,5}[A-Z]?)\b",
    re.I,
)
_FLOOR: Final = re.compile(r"\b(\d{1,3})\s*/?\s*F\b|\b(\d{1,3})(?:st|nd|rd|th)?\s+floor\b", re.I)
_MIN_WEIGHT: Final = 0.8
_MAX_WORDS: Final = 5
_MIN_LETTERS: Final = 4
_POSTAL: Final = re.compile(r"(?<!\d)\d{6}(?!\d)")
_ENGLISH: Final = {
    "tibet": "西藏", "innermongolia": "内蒙古", "hongkong": "香港", "macau": "澳门",
    "macao": "澳门", "kowloon": "九龙", "taiwan": "台湾", "taipei": "台北市", "newtaipei": "新北市",
    "kaohsiung": "高雄市", "keelung": "基隆市", "hsinchu": "新竹市", "taichung": "台中市",
    "harbin": "哈尔滨", "urumqi": "乌鲁木齐", "hohhot": "呼和浩特", "lhasa": "拉萨",
    "shigatse": "日喀则", "kashgar": "喀什", "hulunbuir": "呼伦贝尔", "qiqihar": "齐齐哈尔",
    "ordos": "鄂尔多斯", "peking": "北京", "canton": "广州", "shangrila": "香格里拉市",
    "turpan": "吐鲁番", "altay": "阿勒泰", "soochow": "苏州", "tsingtao": "青岛",
    "taoyuan": "桃园市", "pingtung": "屏东县", "chiayi": "嘉义市", "changhua": "彰化县",
    "yunlin": "云林县", "miaoli": "苗栗县", "nantou": "南投县", "hualien": "花莲县",
    "hotan": "和田地区", "aksu": "阿克苏地区", "kuqa": "库车市", "qamdo": "昌都市",
    "nyingchi": "林芝市",
    "golmud": "格尔木市", "korla": "库尔勒市", "xilinhot": "锡林浩特市", "ulanqab": "乌兰察布",
    "karamay": "克拉玛依", "kumul": "哈密", "nagqu": "那曲", "ngari": "阿里地区",
    "lushun": "旅顺口区", "lvshun": "旅顺口区",
    "bayannur": "巴彦淖尔", "turfan": "吐鲁番", "changji": "昌吉州", "bose": "百色",
    "taitung": "台东县", "tainan": "台南市", "penghu": "澎湖县",
    "shanxi": "陕西", "amoy": "厦门", "nanking": "南京", "tientsin": "天津", "chungking": "重庆",
}  # fmt: skip
"""English and older spellings; 陕西 is often spelled like 山西."""
_HONG_KONG: Final = {
    "wanchai": "湾仔", "causewaybay": "铜锣湾", "tsimshatsui": "尖沙咀", "mongkok": "旺角",
    "yaumatei": "油麻地", "kwuntong": "观塘", "shatin": "沙田", "tsuenwan": "荃湾",
    "tuenmun": "屯门", "yuenlong": "元朗", "northpoint": "北角", "quarrybay": "鲗鱼涌",
    "taikooshing": "太古城", "kennedytown": "坚尼地城", "sheungwan": "上环", "saiyingpun": "西营盘",
    "hunghom": "红磡", "kowloonbay": "九龙湾", "kwaichung": "葵涌", "tsingyi": "青衣",
    "tseungkwano": "将军澳", "saikung": "西贡", "taipo": "大埔", "fanling": "粉岭",
    "sheungshui": "上水", "tungchung": "东涌", "cheungshawan": "长沙湾", "shamshuipo": "深水埗",
    "laichikok": "荔枝角", "wongtaisin": "黄大仙", "sanpokong": "新蒲岗", "kowlooncity": "九龙城",
    "kowloontong": "九龙塘", "chaiwan": "柴湾", "maonshan": "马鞍山", "centralandwestern": "中西区",
    "yautsimmong": "油尖旺区", "kwaitsing": "葵青区", "happyvalley": "跑马地",
    "wongchukhang": "黄竹坑", "discoverybay": "愉景湾", "apleichau": "鸭脷洲", "central": "中环",
    "admiralty": "金钟", "aberdeen": "香港仔", "stanley": "赤柱", "kwaifong": "葵芳",
    "kwaihing": "葵兴", "saiwanho": "西湾河", "shaukeiwan": "筲箕湾", "hengfachuen": "杏花邨",
    "fortresshill": "炮台山", "tinhau": "天后", "lamtin": "蓝田", "yautong": "油塘",
    "ngautaukok": "牛头角", "choihung": "彩虹", "diamondhill": "钻石山", "lokfu": "乐富",
    "jordan": "佐敦", "taikoktsui": "大角咀", "homantin": "何文田", "tokwawan": "土瓜湾",
    "tiukengleng": "调景岭", "pokfulam": "薄扶林", "tinshuiwai": "天水围", "taiwai": "大围",
    "fotan": "火炭", "taihang": "大坑", "repulsebay": "浅水湾", "cyberport": "数码港",
    "lantauisland": "大屿山", "muiwo": "梅窝", "cheungchau": "长洲", "shamtseng": "深井",
    "hanghau": "坑口", "meifoo": "美孚", "shekkipmei": "石硖尾", "midlevels": "半山",
    "kaitak": "启德",
}  # fmt: skip
"""Places of Hong Kong as they are spelled there; they count only where Hong Kong is named."""
_ALONE: Final = frozenset({"central", "admiralty", "aberdeen", "stanley"})
"""Of these only what stands between commas: Queen's Road Central is a road."""


def names_china(text: str, gazetteer: Gazetteer) -> bool:
    """Tell whether a text in Latin letters names a city or province of China.

    Examples
    --------
    >>> from features.address.gazetteer import china
    >>> names_china("Wuhou Qu, Chengdu", china()), names_china("1 Main Street, Dover", china())
    (True, False)
    """
    return any(
        gazetteer.nodes[name.node].level < COUNTY or hit.has_kind
        for hit in _latin_hits(text, gazetteer)
        for name in hit.names.each
    )


def find_latin_hits(text: str, gazetteer: Gazetteer) -> list[Hit]:
    """Find names of divisions that are spelled in Latin letters.

    Examples
    --------
    >>> from features.address.gazetteer import china
    >>> text = "88 Jianguo Rd, Chaoyang District, Beijing"
    >>> [text[hit.start : hit.end] for hit in find_latin_hits(text, china())]
    ['Chaoyang District', 'Beijing']
    """
    return list(_latin_hits(text, gazetteer))


def _latin_hits(text: str, gazetteer: Gazetteer) -> Iterator[Hit]:
    """Find the names one after the other."""
    index = spellings(gazetteer)
    words = [(m.start(), m.end(), _plain(m.group())) for m in _WORD.finditer(text)]
    i = 0
    while i < len(words):
        found = _match(text, words, i, index)
        if found is None:
            i += 1
            continue
        names, following = found
        end = words[following - 1][1]
        kind, following = _kind(text, words, following)
        is_part = words[i][2] in _ALONE and not _stands_alone(text, words[i][0], end)
        if is_part or (kind is None and _ROAD_AFTER.match(text, end)):
            i = following
            continue
        end = words[following - 1][1]
        end += kind is not None and text[end : end + 1] == kind
        fitting = tuple(n for n in names if kind is None or _fits(n, kind, gazetteer))
        if not fitting:
            # Suzhou New District is a part of Suzhou.
            fitting = tuple(n for n in names if gazetteer.nodes[n.node].level < COUNTY)
            kind = None
        if fitting:
            yield Hit(words[i][0], end, Meanings.of(fitting), has_kind=kind is not None)
        i = following


def parse_latin_detail(text: str, hits: list[Hit]) -> Detail:
    """Parse road, number, building, unit and room; numbers come out as they are written in Chinese.

    Examples
    --------
    >>> found = parse_latin_detail("Room 501, Building 3, No. 288 Zhangjiang Road", [])
    >>> found.street, found.house, found.building, found.room
    ('Zhangjiang Road', '288号', '3栋', '501室')
    """
    for hit in hits:
        text = text[: hit.start] + "," * (hit.end - hit.start) + text[hit.end :]
    text = _POSTAL.sub(" ", text)
    room, text = _take(_ROOM, text, "室")
    unit, text = _take(_UNIT, text, "单元")
    building, text = _take(_BUILDING, text, "栋")
    floor, text = _take(_FLOOR, text, "楼")
    lane, text = _take(_LANE, text, "弄")
    house, text = _take(_HOUSE, text, "号")
    road = _ROAD.search(text)
    return Detail(
        street=" ".join(road.group().split()) if road else None,
        house=(lane or "") + (house or "") or None,
        building=building,
        unit=unit,
        room=(floor or "") + (room or "") or None,
    )


def _take(pattern: re.Pattern[str], text: str, kind: str) -> tuple[str | None, str]:
    match = pattern.search(text)
    if match is None:
        return None, text
    value = next(group for group in match.groups() if group)
    return value + kind, text[: match.start()] + " , " + text[match.end() :]


@cache
def spellings(gazetteer: Gazetteer) -> dict[str, tuple[Name, ...]]:
    """Map how divisions are spelled, without spaces, to what they may stand for."""
    found: dict[str, list[Name]] = {}
    for i, (node, spelled) in enumerate(zip(gazetteer.nodes, gazetteer.spellings, strict=True)):
        weight = 0.9 if node.level < COUNTY else 0.7
        stem = short_name(node.name) or node.name
        lone = node.level == COUNTY and len(stem) == 2 and len(spelled) <= _MIN_LETTERS
        # Of ü people write v or u.
        for form in {spelled, spelled.replace("lv", "lu").replace("nv", "nu")}:
            found.setdefault(form, []).append(Name(i, weight, needs_parent=lone))
    for spelled, chinese in _ENGLISH.items():
        today = (n for n in gazetteer.names[chinese].each if not n.until)
        found.setdefault(spelled, []).extend(n for n in today if n.weight >= _MIN_WEIGHT)
    for spelled, chinese in _HONG_KONG.items():
        each = gazetteer.names[chinese].each
        inside = (n for n in each if gazetteer.nodes[n.node].code[:2] == "81")
        found.setdefault(spelled, []).extend(structs.replace(n, needs_parent=True) for n in inside)
    return {spelled: tuple(names) for spelled, names in found.items()}


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Tell whether a word is all that stands between two commas or ends."""
    return text[:start].rstrip()[-1:] in {"", ","} and text[end:].lstrip()[:1] in {"", ","}


def _plain(word: str) -> str:
    return word.lower().replace("'", "").replace("’", "").replace("ü", "v")


def _match(
    text: str, words: list[tuple[int, int, str]], start: int, index: dict[str, tuple[Name, ...]]
) -> tuple[tuple[Name, ...], int] | None:
    """Find the longest run of words that spells a division; its kind may be glued to it."""
    runs = [words[start][2]]
    for at in range(start + 1, min(start + _MAX_WORDS, len(words))):
        if _BREAKS_A_NAME.search(text, words[at - 1][1], words[at][0]):
            break
        runs.append(runs[-1] + words[at][2])
    for n in range(len(runs), 0, -1):
        joined, stop = runs[n - 1], start + n
        if len(joined) >= _MIN_LETTERS and joined in index:
            return index[joined], stop
        if stop < len(words) and words[stop][2] == "county" and f"{joined}xian" in index:
            # Of 蔚县 the short name is the whole one.
            return index[f"{joined}xian"], stop
        if joined.endswith(_GLUED):
            for kind in _GLUED:
                stem = joined.removesuffix(kind)
                if stem != joined and len(stem) >= _MIN_LETTERS and stem in index:
                    return index[stem], stop
    return None


def _kind(text: str, words: list[tuple[int, int, str]], at: int) -> tuple[str | None, int]:
    """Read the kind of division behind a name, and where the words go on."""
    behind = words[at - 1][1]
    if text[behind : behind + 1] in tuple("省市区县州旗盟"):
        return text[behind], at
    if at >= len(words) or "," in text[words[at - 1][1] : words[at][0]]:
        return None, at
    word = words[at][2]
    if word in {"new", "xin"} and at + 1 < len(words) and words[at + 1][2] in _NEW_AREA:
        return "新区", at + 2
    if word == "xinqu":
        return "新区", at + 1
    return (_KINDS[word], at + 1) if word in _KINDS else (None, at)


def _fits(name: Name, kind: str, gazetteer: Gazetteer) -> bool:
    """Tell whether a division may be called a kind: an autonomous region is a province too."""
    node = gazetteer.nodes[name.node]
    if kind == "省":
        return node.level == PROVINCE
    if kind == "市":
        return node.level < COUNTY or node.name.endswith("市")
    if kind == "县":
        return node.level == COUNTY and node.name.endswith(("县", "旗"))
    return node.name.endswith(kind)
