"""Names of divisions in a Chinese text: evidence, weighed by where it stands and what follows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from msgspec import structs

from features.address.gazetteer import CITY, COUNTY, PROVINCE, Meanings
from features.address.names import short_name
from features.address.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from features.address.gazetteer import Gazetteer

_ROAD_AFTER: Final = re.compile(
    r"[东南西北中上下内外前后新老正横]{0,2}(?![一二三五七八九][一四七](?!十))"
    r"[一二三四五六七八九十\d]{0,3}(?:环|支)?"
    r"(?:大道|大街|大路|公路|马路|胡同|路|街(?![道口])|巷|道(?!口)|弄)"
)
_PLACE_AFTER: Final = re.compile(
    r"(?:大厦|广场|小区|花园|家园|花苑|公寓|新村|新城(?!市)|大酒店|酒店|宾馆|饭店|银行|街道|苑|大楼|名邸|豪庭|豪园|"
    r"商城|商厦|商场|华联|百货|公馆|庭院|雅苑|雅居|山庄|里(?=\d)|村|镇|乡|楼|门(?![头源]))(?!路|大道|大街|街|巷)"
)
_INSTITUTE_AFTER: Final = re.compile(
    r"[\u4e00-\u9fff]{0,4}?(?:大学(?!城|路)|学院|医院|机场|火车站(?!前)|站(?![前高])|公园)(?!路|街|大道)"
)
_ELSEWHERE: Final = re.compile(
    "[\u4e00-\u9fff]{0,5}校区|附[属中小]|分[校院店]|第[一二三四五六](?![大街路])|医院|店"
)
"""What follows the name of a landmark when something of its name lies elsewhere."""

_CAMPUS: Final = re.compile("([\u4e00-\u9fff]{0,5})校区")

_KIND: Final = frozenset("省市区县州盟旗")
_RURAL_KIND: Final = frozenset("县旗")
_CALLED: Final = frozenset("市区县")
_RURAL: Final = frozenset("镇乡")
_ROAD_SIGNS: Final = frozenset("路街")
_SIDES_OF_ROADS: Final = frozenset("侧边段面方口头首端")
"""Behind these 唐山路南 is where on a road, and no 路南区 of 唐山."""
_WORD_ENDS: Final = frozenset("号室栋幢楼座层元户")
"""Behind these a new word begins."""
_INSTITUTES: Final = frozenset({"大学", "学院", "医院", "中学", "小学"})
"""What a name ends in that begins a sentence's word: 北理工大学 of 华北理工大学 is none."""
_GROUNDS: Final = frozenset({"古城", "古镇", "景区", "校区", "机场"})
"""What a road of its own begins behind."""
_PLACE_ENDS: Final = frozenset("路街道巷弄村区镇乡里院园城站旁边近侧在到市县州省")
"""Behind these another place may begin."""
_LONGEST_REST: Final = 4
"""Characters that the name of a township has beside that of a division which it holds."""
_LONGEST_CITY: Final = 3
"""Characters of 景德镇, the one city that is called like a town."""
_PROVINCE_SIGNS: Final[dict[str, str]] = dict(
    re.findall(
        r"(.)(\d\d)",
        "冀13晋14蒙15辽21吉22黑23苏32浙33皖34闽35赣36鲁37豫41鄂42湘43粤44桂45琼46川51蜀51贵52黔52云53滇53"
        "藏54陕61秦61甘62陇62青63宁64新65",
    )
)
"""The characters that stand for provinces, as on number plates, with their codes."""
_TOWN_WORDS: Final = frozenset("心民府")
"""What makes a road's name behind 市: the middle, the people and the seat of a town."""
_TOWNSHIP_END: Final = re.compile("街道|[镇乡]|苏木")
_LONGEST_TOWNSHIP: Final = 14
"""Characters of 军赛佤族拉祜族傈僳族德昂族乡."""
_DETAIL_BEGINS: Final = re.compile(r"\d+\s*(?:号|弄|栋|幢|室|单元)|大道|路|街(?!道)|巷")

_LATE: Final = 0.3
"""Share of its weight that evidence after the first house number keeps."""
_LATE_SHORT: Final = 0.1
"""Share that a short name keeps there: it is more likely part of another word."""

_HEADS_ROAD: Final = 0.6
"""Share of its weight that a short name keeps before what is a whole road name itself."""
_WHOLE_ROAD: Final = 3
"""Characters from which 东大街 or 中南路 may be the whole name of a road."""
_ROAD_SOON: Final = re.compile(r"[\u4e00-\u9fff]{0,3}?(?:大道|大街|路|街(?!道)|巷)")

_ROAD_OF_NAME: Final = re.compile(
    r"[\u4e00-\u9fff](?<![东南西北中上下内外前后新老正横大府县市环一二三四五六七八九十])"
    r"(?:大道|大街|路|街(?![道口])|巷)"
)
"""One character and a kind of road: 余杭塘路 is named after 余杭, and there is no 塘路."""

_OTHER_ROAD_SOON: Final = re.compile(r"[\u4e00-\u9fff]{1,8}?(?:大道|大街|路|街(?!道)|巷|道)")

_WEAK: Final = 0.3
"""Share of its weight that the name of a university, hospital or airport keeps."""
_UNIVERSITY: Final = 0.7
"""Share that a province or city keeps at the head of a university: nearly all of the landmarks
called so lie in it, and 河北工业大学 does not."""
_COUNTY_SHORT: Final = 0.7
"""Weight up to which a name is a county's short one."""
_APART: Final = 0.4
"""Share that a county's short name keeps which stands apart from the names before it."""
_SURE: Final = 0.9
"""Weight from which a name right behind another shows that both are divisions."""


class Hit(Record, frozen=True):
    """A name found in the text: ``text[start:end]``."""

    start: int
    end: int
    names: Meanings
    factor: float = 1.0
    is_township: bool = False
    is_late: bool = False
    has_kind: bool = False

    @property
    def is_named(self) -> bool:
        """Tell whether it names a division, and no estate that is called like one."""
        is_division = not (self.is_township or self.names.is_landmark)
        return is_division and (self.has_kind or not self.is_late)

    def stands_before_road(self, text: str, gazetteer: Gazetteer) -> bool:
        """Tell whether a road follows which the name is no part of.

        中关村南大街 is one road; 钟楼 and 汉口 reach over several counties and name no road, nor
        does an old town: 平遥古城西大街.
        """
        soon = _OTHER_ROAD_SOON.match(text, self.end)
        own = _ROAD_AFTER.match(text, self.end)
        if soon is None or own is None:
            return soon is not None
        is_area = text[self.end - 2 : self.end] in _GROUNDS or all(
            gazetteer.nodes[node].level < COUNTY for node in self.names.by_node
        )
        return is_area and own.end() - self.end >= _WHOLE_ROAD

    @property
    def is_full(self) -> bool:
        """Tell whether the text names a division in full here."""
        whole = self.has_kind and self.end - self.start > 2
        return whole and not self.is_township and self.names.strongest >= 1.0


def without_sign(text: str, gazetteer: Gazetteer) -> str:
    """Drop the one-character sign of a province before a city that lies in it.

    Examples
    --------
    >>> from features.address.gazetteer import china
    >>> without_sign("琼海口龙华区", china()), without_sign("琼海市嘉积镇", china())
    ('海口龙华区', '琼海市嘉积镇')
    """
    code = _PROVINCE_SIGNS.get(text[:1])
    city = _longest(text, 1, gazetteer) if code else None
    if city is None or not _is_city_of(code, text[1:city], gazetteer):
        return text
    own = _longest(text, 0, gazetteer)
    if own is None:
        return text[1:]
    nodes = (gazetteer.nodes[node] for node in gazetteer.names[text[:own]].by_node)
    return text if own >= city or any(node.level < COUNTY for node in nodes) else text[1:]


def _is_city_of(code: str | None, name: str, gazetteer: Gazetteer) -> bool:
    nodes = (gazetteer.nodes[node] for node in gazetteer.names[name].by_node)
    return any(node.level == CITY and node.code[:2] == code for node in nodes)


def is_before_a_road(text: str, at: int) -> bool:
    """Tell whether a road begins at a place of a text, and none that is named by what precedes.

    Examples
    --------
    >>> is_before_a_road("吉大景山路2号", 2), is_before_a_road("人民中路2号", 2)
    (True, False)
    """
    soon = _OTHER_ROAD_SOON.match(text, at)
    if soon is None or _TOWNSHIP_END.search(text, at, soon.end() + 1):
        return False
    return not (_ROAD_AFTER.match(text, at) or _PLACE_AFTER.match(text, at))


def begins_a_longer_name(text: str, start: int, end: int, gazetteer: Gazetteer) -> bool:
    """Tell whether the name of a division or landmark reaches over an end.

    Examples
    --------
    >>> from features.address.gazetteer import china
    >>> [begins_a_longer_name(road, 0, 2, china()) for road in ("九龙坡路9号", "九龙路9号")]
    [True, False]
    """
    longest = _longest(text, start, gazetteer)
    return longest is not None and longest > end


def find_hits(text: str, gazetteer: Gazetteer) -> list[Hit]:
    """Find every name of a division or township that a text without spaces holds.

    Examples
    --------
    >>> from features.address.gazetteer import china
    >>> [(hit.start, hit.end) for hit in find_hits("上海市南京东路300号", china())]
    [(0, 3)]
    """
    hits = _scan(text, gazetteer)
    townships = _scan_townships(text, gazetteer, hits)
    if townships:
        hits = [
            _of_its_part(hit, townships, gazetteer)
            for hit in hits
            if not any(one.start <= hit.start and hit.end <= one.end for one in townships)
        ]
    return hits + townships


def _of_its_part(hit: Hit, townships: list[Hit], gazetteer: Gazetteer) -> Hit:
    """Read a county that was divided as the part in which its township lies today."""
    for county in hit.names.by_node:
        for part, name in gazetteer.parted.get(county, {}).items():
            for township in townships:
                owners = township.names.by_node
                if part in owners and county not in owners:
                    return structs.replace(hit, names=Meanings.of([name]))
    return hit


def _scan(text: str, gazetteer: Gazetteer) -> list[Hit]:
    """Find division names from left to right, the longest first, without overlap."""
    hits: list[Hit] = []
    seen: set[int] = set()
    detail = _DETAIL_BEGINS.search(text)
    late_from = detail.start() if detail else len(text)
    stop = 0
    heads, starts, known = gazetteer.heads, gazetteer.lengths, gazetteer.names
    # Hardly any two characters begin a name: to look for those first saves most of the time.
    for i in [i for i, c in enumerate(text) if c in heads and text[i : i + 2] in starts]:
        if i < stop:
            continue
        end = _longest(text, i, gazetteer)
        if end is None:
            continue
        names = known[text[i:end]]
        behind = hits[-1].end if hits else 0
        if i == behind and _is_whole(text, i, end, names):
            stop, factor, whole = end, 1.0, True
        else:
            if _is_no_name(text, i, end, names, hits, gazetteer):
                continue
            stop, factor = _accept(text, i, end, names, gazetteer)
            if factor == 0.0 and names.is_landmark:
                end, names, stop, factor = _instead(text, i, end, gazetteer)
            if factor == 0.0:
                stop, factor = _after_all(text, i, end, stop, hits, gazetteer)
            whole = _ends_in_kind(text, i, stop)
            named = not whole and not names.is_landmark and bool(hits) and hits[-1].has_kind
            if named and not seen.isdisjoint(names.by_node) and _ROAD_SOON.match(text, end):
                # 大名县大名府路: a road named after where it is.
                factor = 0.0
        if factor > 0:
            if not whole and names.strongest <= _COUNTY_SHORT:
                factor *= _apart(text, i, stop, names, hits)
            late = i > late_from and bool(hits) and hits[0].start < late_from
            if late:
                factor *= _LATE if _names_its_place_last(text, i, stop) else _LATE_SHORT
            hits.append(Hit(i, stop, names, factor, is_late=late, has_kind=whole))
            seen.update(names.by_node)
    return hits


def _is_whole(text: str, start: int, end: int, names: Meanings) -> bool:
    """Tell whether a name is a full one that nothing behind it makes another: 浙江省, 西湖区."""
    is_full = end - start > 2 and text[end - 1] in _KIND and not names.is_landmark
    return is_full and text[end : end + 1] not in _RURAL


def _is_no_name(
    text: str, start: int, end: int, names: Meanings, hits: list[Hit], gazetteer: Gazetteer
) -> bool:
    """Tell whether what looks like a name is a part of another word."""
    if end - start == 2 and (
        _is_end_of_a_county(text, start, end, hits, gazetteer)
        or _is_part_of_a_landmark(start, names, hits, gazetteer)
    ):
        return True
    return (
        _is_inside_a_word(text, start, end, hits, names)
        or (text[end - 1] in _RURAL and _ends_a_township(text, start, end, hits, gazetteer))
        or (names.is_landmark and _is_of_a_namesake(start, names, hits, gazetteer))
        or (text[end - 1] in _RURAL and _is_of_a_township(text[start:end], names, hits, gazetteer))
    )


def _is_part_of_a_landmark(
    start: int, names: Meanings, hits: list[Hit], gazetteer: Gazetteer
) -> bool:
    """Tell whether 东区 and the like are a part of the landmark before them: 北京大学东区."""
    if not (names.needs_parent and hits and hits[-1].end == start):
        return False
    today = [name.node for name in names.each if not name.until]
    return hits[-1].names.is_landmark and _is_elsewhere(today, hits[-1], gazetteer)


def _is_elsewhere(nodes: Iterable[int], hit: Hit, gazetteer: Gazetteer) -> bool:
    """Tell whether some divisions lie in other provinces than what a hit names."""
    own = {gazetteer.paths[node][0] for node in hit.names.by_node}
    return own.isdisjoint(gazetteer.paths[node][0] for node in nodes)


def _is_of_a_township(name: str, names: Meanings, hits: list[Hit], gazetteer: Gazetteer) -> bool:
    """Tell whether a division called 乡 or 镇 is not meant, but a township of what precedes it.

    江西新丰乡 is not in Taiwan, and 湖北龙港镇 no city of Zhejiang.
    """
    paths = gazetteer.paths
    before = {paths[node][0] for hit in hits for node in hit.names.by_node}
    if not before or not before.isdisjoint(paths[node][0] for node in names.by_node):
        return False
    owners = gazetteer.known_townships.get(name, ())
    return not before.isdisjoint(paths[node][0] for node in owners)


def _apart(text: str, start: int, end: int, names: Meanings, hits: list[Hit]) -> float:
    """Weigh a name that stands apart from those before it, or that has none before it.

    A landmark may stand anywhere, but 尖沙咀南路 behind words that say nothing is a road.
    """
    if not start or (hits and hits[-1].end == start and not hits[-1].names.is_landmark):
        return 1.0
    if end == len(text) and text[start - 1] in _WORD_ENDS:
        return 1.0
    if text.startswith("校区", end):
        return 1.0
    if not names.is_landmark:
        return _APART
    return _APART if not hits and _ROAD_AFTER.match(text, end) else 1.0


def _names_its_place_last(text: str, start: int, end: int) -> bool:
    """Tell whether a name behind the number may be a division: in full, or as the last word."""
    return (end - start > 2 and _ends_in_kind(text, start, end)) or end == len(text)


def _instead(
    text: str, start: int, end: int, gazetteer: Gazetteer
) -> tuple[int, Meanings, int, float]:
    """Read a landmark that is not meant: its city for another campus, else what it begins with.

    天津大学附属中学 is not where 天津大学 is, but in 天津.
    """
    names = gazetteer.names[text[start:end]]
    campus = _CAMPUS.match(text, end)
    if campus:
        named = _campus_divisions(campus[1], names, gazetteer)
        meant = named or _cities_of(names, gazetteer)
        return end, meant, campus.end(1), 1.0
    inner = _longest(text[: end - 1], start, gazetteer)
    if inner is None:
        return end, names, end, 0.0
    names = gazetteer.names[text[start:inner]]
    return inner, names, *_accept(text, start, inner, names, gazetteer)


def _campus_divisions(campus: str, names: Meanings, gazetteer: Gazetteer) -> Meanings | None:
    """Give the divisions that a campus is called after: cities, or counties of the province."""
    called = gazetteer.names.get(campus)
    if called is None:
        return None
    provinces = {gazetteer.paths[node][0] for node in names.by_node}
    fitting = [
        structs.replace(name, is_landmark=True, needs_parent=False)
        for name in called.each
        if gazetteer.nodes[name.node].level < COUNTY or gazetteer.paths[name.node][0] in provinces
    ]
    return Meanings.of(fitting) if fitting else None


def _cities_of(names: Meanings, gazetteer: Gazetteer) -> Meanings:
    """Give the cities that landmarks lie in: another campus is most likely in the same one."""
    paths = (gazetteer.paths[name.node] for name in names.each)
    above = {path[-2] if len(path) > 1 else path[-1] for path in paths}
    return Meanings.of(structs.replace(names.each[0], node=node) for node in above)


def _ends_in_kind(text: str, start: int, end: int) -> bool:
    """Tell whether a name says what kind of division it is; 州 of 温州 does not."""
    return text[end - 1] in _KIND and not (text[end - 1] == "州" and end - start == 2)


def _is_inside_a_word(text: str, start: int, end: int, hits: list[Hit], names: Meanings) -> bool:
    """Tell whether a name is cut out of a longer word: 市南 of 哈市南岗区, 新城 of 沣东新城."""
    before = text[start - 1] if start else ""
    if not "\u4e00" <= before <= "\u9fff" or (hits and hits[-1].end == start):
        return False
    if before in _WORD_ENDS:
        return False
    if names.is_landmark and text[end - 2 : end] in _INSTITUTES:
        return before not in _PLACE_ENDS
    if text[start] in _RURAL and text[end - 1] not in _KIND:
        return True
    if text[start] in "市县区" or (before != "省" and all(name.until for name in names.each)):
        return True
    is_cut = text[end - 1] not in _KIND or bool(hits and hits[-1].end == start - 1)
    return end - start == 2 and names.needs_parent and is_cut


def _is_end_of_a_county(
    text: str, start: int, end: int, hits: list[Hit], gazetteer: Gazetteer
) -> bool:
    """Tell whether a short county is cut out of a longer one's name: 宁县 of 江宁县."""
    if text[end - 1] not in _RURAL_KIND or not start or (hits and hits[-1].end == start):
        return False
    return text[start - 1 : end] in gazetteer.names


def _is_of_a_namesake(start: int, names: Meanings, hits: list[Hit], gazetteer: Gazetteer) -> bool:
    """Tell whether a landmark belongs to the place right before it, which is elsewhere.

    上海对外经贸大学 is not where 对外经贸大学 is.
    """
    if not hits or hits[-1].end != start or hits[-1].names.is_landmark:
        return False
    return _is_elsewhere(names.by_node, hits[-1], gazetteer)


def _ends_a_township(
    text: str, start: int, end: int, hits: list[Hit], gazetteer: Gazetteer
) -> bool:
    """Tell whether a name is cut out of a township's: 清镇 of 钱清镇, 新乡 of 维新乡."""
    floor = max(start - _LONGEST_REST, hits[-1].end if hits else 0)
    return any(text[k:end] in gazetteer.known_townships for k in range(floor, start))


def _after_all(
    text: str, start: int, end: int, stop: int, hits: list[Hit], gazetteer: Gazetteer
) -> tuple[int, float]:
    """Weigh a name once more that seems to be one of a road, by what it holds."""
    if _is_above_the_next(text, start, end, hits, gazetteer):
        return end, 1.0
    return stop, _HEADS_ROAD if _heads_road(text, start, end, hits, gazetteer) else 0.0


def _heads_road(text: str, start: int, end: int, hits: list[Hit], gazetteer: Gazetteer) -> bool:
    """Tell whether a short name stands before a whole road: 锦江 and 东大街, 澳门 and 新马路."""
    road = _ROAD_AFTER.match(text, end)
    if road is None or road.end() - end < _WHOLE_ROAD:
        return False
    nodes = [gazetteer.nodes[node] for node in gazetteer.names[text[start:end]].by_node]
    if start == 0:
        return any(node.level == PROVINCE for node in nodes)
    if not hits or hits[-1].end != start or hits[-1].has_kind:
        return False
    return _is_below(gazetteer.names[text[start:end]].by_node, hits[-1], gazetteer)


def _is_above_the_next(
    text: str, start: int, end: int, hits: list[Hit], gazetteer: Gazetteer
) -> bool:
    """Tell whether a name stands before a county or town of its own: 宁波镇海, 云南三街镇.

    Else its first character would make a road or a town of what precedes it.
    """
    may_follow = text[end : end + 2] in gazetteer.lengths or _TOWNSHIP_END.search(
        text, end + 1, end + _LONGEST_TOWNSHIP
    )
    if not may_follow:
        return False
    above = gazetteer.names[text[start:end]].by_node
    if start and not (hits and hits[-1].end == start and _is_below(above, hits[-1], gazetteer)):
        return False
    if _is_above_a_township(text, end, above, gazetteer):
        return True
    follows = _longest(text, end, gazetteer)
    if follows is None or text[follows : follows + 1] in _SIDES_OF_ROADS:
        return False
    # There is a 河北路 in many cities, and 路北区 in Hebei: of a road only the city decides.
    n_above = -2 if text[end] in _ROAD_SIGNS else 0
    return any(
        not (name.is_landmark or name.until)
        and not above.keys().isdisjoint(gazetteer.paths[name.node][n_above:-1])
        for name in gazetteer.names[text[end:follows]].each
    )


def _is_above_a_township(text: str, start: int, above: Iterable[int], gazetteer: Gazetteer) -> bool:
    """Tell whether a township of one of some divisions begins at a place of a text."""
    known, paths = gazetteer.known_townships, gazetteer.paths
    divisions = set(above)
    return any(
        not divisions.isdisjoint(paths[owner])
        for kind in _TOWNSHIP_END.finditer(text, start + 1, start + _LONGEST_TOWNSHIP)
        for owner in known.get(text[start : kind.end()], ())
    )


def _is_below(nodes: Iterable[int], hit: Hit, gazetteer: Gazetteer) -> bool:
    """Tell whether one of some divisions lies in what a hit names."""
    return any(not hit.names.by_node.keys().isdisjoint(gazetteer.paths[node]) for node in nodes)


def _longest(text: str, start: int, gazetteer: Gazetteer) -> int | None:
    """Find where the longest name that begins at a place ends."""
    names, left = gazetteer.names, len(text) - start
    for length in gazetteer.lengths.get(text[start : start + 2], ()):
        if length <= left and text[start : start + length] in names:
            end = start + length
            if text[end - 1] == "市" and _begins_the_next(text, start, end, gazetteer):
                return end - 1
            return end
    return None


def _begins_the_next(text: str, start: int, end: int, gazetteer: Gazetteer) -> bool:
    """Tell whether the 市 at the end of a name belongs to what follows it.

    青岛市北区 is 青岛 and 市北区; 萧山 has been no 市 for long, but has a 市心中路.
    """
    names = gazetteer.names
    child = names.get(text[end - 1 : end + 2])
    city = names.get(text[start : end - 1])
    if city and (_is_child(child, city, gazetteer) or _is_short_child(text, end, city, gazetteer)):
        return True
    return (
        city is not None
        and text[end : end + 1] in _TOWN_WORDS
        and all(name.until for name in names[text[start:end]].each)
        and _OTHER_ROAD_SOON.match(text, end) is not None
    )


def _is_child(child: Meanings | None, city: Meanings, gazetteer: Gazetteer) -> bool:
    nodes = gazetteer.nodes
    return child is not None and any(nodes[node].parent in city.by_node for node in child.by_node)


def _is_short_child(text: str, end: int, city: Meanings, gazetteer: Gazetteer) -> bool:
    """Tell whether 市 begins a district's short name: 青岛市南香港中路, but 青岛市南京路."""
    starts = gazetteer.lengths
    if text[end : end + 2] in starts or text[end + 1 : end + 3] not in starts:
        return False
    child = gazetteer.names.get(text[end - 1 : end + 1])
    return _is_child(child, city, gazetteer) and _longest(text, end + 1, gazetteer) is not None


def _accept(
    text: str, start: int, end: int, names: Meanings, gazetteer: Gazetteer
) -> tuple[int, float]:
    """Weigh a name by what follows it: a road or a building of that name is no division."""
    if names.is_landmark:
        return _accept_landmark(text, start, end, gazetteer)
    if text[end : end + 1] in _RURAL and gazetteer.township(text[start : end + 1]):
        # 芒市镇 is a town of 芒市.
        return end, 0.0
    is_kind = text[end - 1] in _KIND and not (
        text[end - 1] == "州" and end - start == 2 and text[end : end + 1] in _CALLED
    )
    if (is_kind and end - start > 2) or (text[end - 1] == "镇" and end - start > _LONGEST_CITY):
        return end, 1.0
    if not is_kind and _begins_a_township(text, start, end, names, gazetteer):
        return end, 0.0
    is_road = _names_a_road(text, end)
    is_estate = is_road or bool(_PLACE_AFTER.match(text, end))
    if is_kind and not (is_estate if text[end - 1] == "州" else is_road):
        return end, 1.0
    follows = _longest(text, end, gazetteer)
    if follows is not None and _follows_on(text[start:end], text[end:follows], gazetteer):
        return end, 1.0
    if text[end : end + 1] == "市" and _is_short_child(text, end + 1, names, gazetteer):
        return end, 1.0
    is_short = names.strongest <= _COUNTY_SHORT
    if start and is_short and _ROAD_OF_NAME.match(text, end):
        return end, 0.0
    if is_estate:
        return end, 0.0
    if (
        end < len(text)
        and text[end] in _KIND
        and not text.startswith(("区域", "市场", "市政", "市心"), end)
    ):
        fits = _may_be_called(text[end], text[start:end], gazetteer)
        return end + 1, 1.0 if fits else 0.0 if start else _WEAK
    institute = _INSTITUTE_AFTER.match(text, end)
    if institute:
        is_city = not is_short and institute.group().endswith(("大学", "学院"))
        return end, _UNIVERSITY if is_city and not start else _WEAK
    # 三江国际花园 is an estate, 昆山前进东路 is a road in 昆山.
    # There is an 江北新区 in Nanjing, and 江北区 in Ningbo.
    lone = start == 0 and is_short and not _DETAIL_BEGINS.search(text, end)
    lone = lone or (start == 0 and names.needs_parent and text.startswith("新区", end))
    return end, _WEAK if lone and not _has_township(text, end, names, gazetteer) else 1.0


def _names_a_road(text: str, end: int) -> bool:
    """Tell whether a name is that of the road behind it; 云县西大街 is 西大街 in 云县."""
    road = _ROAD_AFTER.match(text, end)
    if road is None:
        return False
    return text[end - 1] not in _RURAL_KIND or road.end() - end < _WHOLE_ROAD


def _has_township(text: str, start: int, names: Meanings, gazetteer: Gazetteer) -> bool:
    """Tell whether a township of a division follows its name: 昆山 and 淀山湖镇."""
    kind = _TOWNSHIP_END.search(text, start)
    owners = gazetteer.known_townships.get(text[start : kind.end()], ()) if kind else ()
    return not names.by_node.keys().isdisjoint(owners)


def _begins_a_township(
    text: str, start: int, end: int, names: Meanings, gazetteer: Gazetteer
) -> bool:
    """Tell whether a short name is cut out of a township's: 川沙 of 川沙新镇."""
    kind = _TOWNSHIP_END.search(text, end, end + _LONGEST_REST)
    if kind is None or text[start : kind.end()] not in gazetteer.township_owners:
        return False
    own = gazetteer.township_owners.get(text[end : kind.end()], ())
    return names.by_node.keys().isdisjoint(own)


def _follows_on(name: str, behind: str, gazetteer: Gazetteer) -> bool:
    """Tell whether a name shows that the one before it is a division: 唐山路北区, 澳门路环."""
    names = gazetteer.names[behind]
    if names.strongest >= _SURE:
        return True
    above = gazetteer.names[name].by_node
    return names.is_landmark and any(
        not above.keys().isdisjoint(gazetteer.paths[node]) for node in names.by_node
    )


def _may_be_called(kind: str, name: str, gazetteer: Gazetteer) -> bool:
    """Tell whether a division of a name may be of a kind: a county may be a 市, but no 区 or 省."""
    nodes = [gazetteer.nodes[node] for node in gazetteer.names[name].by_node]
    if kind == "省":
        return any(node.level == PROVINCE for node in nodes)
    return kind != "区" or any(not node.name.endswith(("县", "旗")) for node in nodes)


def _accept_landmark(text: str, start: int, end: int, gazetteer: Gazetteer) -> tuple[int, float]:
    """Weigh a landmark: 北京大学深圳医院 is not where 北京大学 is."""
    if _TOWNSHIP_END.match(text, end) or text[end : end + 1] in _KIND:
        # 杭州西湖区 is a district of 杭州.
        return end, 0.0
    elsewhere = _ELSEWHERE.match(text, end)
    if elsewhere and _is_own_campus(text[start:end], elsewhere.group(), gazetteer):
        return end, 1.0
    if elsewhere or (end - start == 2 and _ROAD_AFTER.match(text, end)):
        return end, 0.0
    follows = _longest(text, end, gazetteer)
    if follows is not None:
        behind = gazetteer.names[text[end:follows]]
        # 东区 and the like are parts of the landmark.
        is_word = behind.strongest <= _COUNTY_SHORT or behind.needs_parent
        follows = None if is_word else follows
    other = follows is not None and not (
        _ROAD_AFTER.match(text, follows) or _ROAD_OF_NAME.match(text, follows)
    )
    return end, _WEAK if other else 1.0


def _is_own_campus(name: str, campus: str, gazetteer: Gazetteer) -> bool:
    """Tell whether a campus is called after the county that its landmark lies in."""
    nodes = (gazetteer.nodes[node] for node in gazetteer.names[name].by_node)
    return campus.endswith("校区") and any(
        campus == f"{short_name(node.name)}校区" for node in nodes
    )


def _scan_townships(text: str, gazetteer: Gazetteer, hits: list[Hit]) -> list[Hit]:
    """Find names of townships outside the divisions already found, or around a short name."""
    found: list[Hit] = []
    floor = 0
    known = gazetteer.known_townships
    for match in _TOWNSHIP_END.finditer(text):
        end = match.end()
        longest = _LONGEST_TOWNSHIP if text[match.start() - 1 : end] == "族乡" else 10
        for start in range(max(floor, end - longest), end - 1):
            names = gazetteer.township(text[start:end]) if text[start:end] in known else None
            if names is None:
                continue
            over = [hit for hit in hits if hit.start < end and start < hit.end]
            if not over or _holds(start, end, names, over, hits, gazetteer):
                found.append(Hit(start, end, names, is_township=True))
                floor = end
                break
    return found


def _holds(
    start: int, end: int, names: Meanings, over: list[Hit], hits: list[Hit], gazetteer: Gazetteer
) -> bool:
    """Tell whether a township of what is named before it is called after short names.

    The 平山 of 张掖市平山湖蒙古族乡 is no county of Hebei.
    """
    if hits[0] in over or len(over) == len(hits):
        return False
    inside = all(
        start <= hit.start and hit.end <= end
        and not (hit.has_kind and hit.is_full)
        and hit.names.strongest <= _COUNTY_SHORT
        for hit in over
    )  # fmt: skip
    others = [hit for hit in hits if hit not in over]
    return inside and any(_is_below(names.by_node, hit, gazetteer) for hit in others)
