"""The part of a Chinese address below the divisions: road, lane, number, building, unit, room."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from features.address.clean import MARK
from features.address.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable

_NUMERAL: Final = "[0-9A-Za-z一二三四五六七八九十百甲乙丙丁]"
_WORD: Final = r"(?:(?![号弄栋幢室座层](?<!栋(?=梁))|单元|(?<=单)元)[\u4e00-\u9fffA-Za-z0-9])"
_ROAD: Final = re.compile(
    r"\d{1,3}(?:国道|省道|县道|乡道)(?:[\u4e00-\u9fff]{2,4}段)?"
    r"|东四[一二三四五六七八九十]+条"
    rf"|(?:{_WORD}{{0,5}}?(?:\d{{1,3}}|[一二三四五六七八九十]{{1,3}})号(?=路(?!口)|大街)|{_WORD}{{1,14}}?)"
    r"(?:公路[\u4e00-\u9fff]{2,4}段|大道|大街|公路|马路|胡同|路|街(?!道|区|口|路(?![口东西南北]))|巷(?!子)|(?<![街地知味频])道(?![街路巷]))"
    r"(?:[东南西北中](?:段|侧|(?=\d))|[东南西北中]?[一二三四五六七八九十\d]+段|"
    r"[东南西北]?[一二三四五六七八九十\d]+(?:路|街|巷)|步行街)?"
)
_BEFORE_ROAD: Final = (
    re.compile(
        r"^.*(?:街道|开发区|工业区|高新区|保税区|园区|社区|小区|新村|基地|科技园|产业园|工业园|(?<=.)[镇乡](?!大[道街路]))(?=.{2,}$)"
    ),
    re.compile(r"^.*区(?=.{3,}$)"),
    re.compile(r"^.*(?:[东南西北]侧|旁边?|对面|附近|隔壁|门口|路口|斜对面)(?=.{3,}$)"),
    re.compile(r"^.*(?:(?<![青皇芦])岛|居委会?|村委会?|[\d一二三四五六七八九十]团)(?=.{3,}$)"),
    re.compile(
        r"^.*(?:花园|家园|[\u4e00-\u9fff]苑|公寓|大厦|广场|医院|大学(?!城|路)|学院|中学|小学|[\u4e00-\u9fff]{2}城|火车站)"
        r"(?=[^东南西北中前后大小上下内外一二三四五六七八九十].{2,}$)"
    ),
    re.compile(r"^.*村(?=[东南西北][^东南西北路街道巷大环侧段口门前后\d一二三四五六七八九十].+$)"),
    re.compile(r"^.*[村组楼墟](?=[^东南西北中前后大小老一二三四五六七八九十].{2,}$)"),
)
"""What ends an area named before a road: of 科技园南区高新南一道 the road is 高新南一道."""

_AREA_WORD: Final = re.compile("[道区园团村镇乡侧旁面近壁口岛会委苑寓厦场院学城站组楼墟地]")
"""Every such area ends in one of these, at least two characters before the road does."""
_LONGEST_AREA: Final = 6
_BEGINS_A_NAME: Final = re.compile(
    "[^路街道巷东南西北中前后上下大小新老一二三四五六七八九十\\d].{2,}$"
)
_SHORTEST_NAME: Final = 3
"""Characters that begin the name of a road, by that pattern."""
_LANE: Final = re.compile(r"(\d{1,5})\s*弄(?:\s*\d{1,4}\s*支弄)?")
_HOUSE: Final = re.compile(
    r"([A-Za-z甲乙丙丁特]?\d{1,5}(?:[-~、之]\d{1,5}){0,5}[甲乙丙丁A-Za-z]?|[零一二三四五六七八九十百]{1,6})\s*(?:号院|号(?!楼|栋|幢|线|房|馆|门|院|库|厂房|机|店))"
    r"(?:[附增]\s*\d{1,4}(?:-\d{1,4})?\s*(?:号|(?!\d|-))|之(?:[一二三四五六七八九十]{1,3}|\d{1,3}))?"
)
_DOOR_IN_LANE: Final = re.compile(
    r"(?<=[路街道段村里])(?:\d{1,4}巷)?(?:\d{1,4}弄)?\d{1,4}(?:[之-]\d{1,3})?号(?:之\d{1,3})?"
)
_BARE_HOUSE: Final = re.compile(
    r"(\d{1,5}(?:-(?:\d{1,2}|\d{5})|(?<=\d{3})-\d{3,4})?)"
    r"(?![\d-]|\s*(?:[号弄栋幢座室层楼组米路街区期年#]|单元|小区|[连团](?![\u4e00-\u9fff]*[路街])))"
)
"""A number right behind the road, without 号; 3-501 is a building and a room instead."""

_HOUSE_BELOW: Final = re.compile(r"\d{1,5}号(?=楼[下上旁])")
"""106号楼下 right behind a road is below number 106, and no building."""

_DASH: Final = re.compile(r"[一—–－~](?<=\d.)(?=\d)")
_HOUSE_BEFORE_GATE: Final = re.compile(r"(\d{1,5})\s*号(?=[院门])")
_BUILDING: Final = re.compile(
    rf"((?:(?<![A-Za-z])(?!(?<=之)[一二三四五六七八九十])(?:[A-Za-z]\s?)?{_NUMERAL}{{1,4}}|\d{{1,4}}))\s*(?:号楼(?:[A-Z]座)?|号栋|栋楼?|幢楼?|座|#楼?|号馆|号厂房)"
    r"|[A-Za-z]\d{0,2}楼|[东西南北中]座"
)
_UNIT: Final = re.compile(
    rf"({_NUMERAL}{{1,3}})\s*单元|({_NUMERAL}{{1,2}})\s*(?:号门|梯|门(?=\d{{1,4}}|{MARK}))|(?<=[栋幢座楼#])\d{{1,2}}门$"
)
_FLOOR: Final = re.compile(
    r"(\d{1,3}|[一二三四五六七八九十]{1,3}|负一|B\d)\s*(?:层|楼(?![\u4e00-\u9fff]*栋))(?:之[一二三四五六七八九十\d]{1,3})?"
    r"|(?<![\dA-Za-z-])\d{1,2}F(?![\dA-Za-z])"
)
_ROOM: Final = re.compile(
    r"([A-Za-z]?-?\d{1,5}(?:-\d{1,4})?[A-Za-z]?|[零〇一二三四五六七八九十百]{1,5})"
    r"\s*(?:室|房(?!间)|户|号房|号室)|(?:(?<=单元)|(?<=\d[楼层]))\d{1,4}号(?![楼栋幢院])"
    r"|(?<=[楼层])[A-Za-z](?:室|$)|(?<=单元)(?:\d{3,4}[A-Z]?|\d{1,2}[A-Z])(?![\d号栋幢-])"
    r"|(?<=[楼层元\d])[东西南北中]{1,2}户"
)
_DASHED: Final = re.compile(r"(?<![\d号弄-])(\d{1,3})-(\d{1,2})-(\d{3,4})(?!\d)")
_DOOR: Final = re.compile(r"(?<![\d号弄-])\d{1,3}-\d{1,2}-\d{1,2}(?![\d-])")
"""Building, unit or floor, and door of which no town counts them alike: 5-6-1."""
_PAIR: Final = re.compile(r"(?<![\dA-Za-z-])([A-Za-z]?\d{1,3})-(\d{3,4})(?![\d号弄-])")
_BEHIND_BUILDING: Final = re.compile(
    rf"(?<={MARK})-?(?:(?P<unit>\d{{1,2}})-(?P<door>\d{{3,4}}[A-Z]?)"
    rf"|(?P<room>\d{{1,2}}-\d{{1,2}}|\d{{3,4}}(?:[A-Z]|-\d{{3,4}})?|\d{{1,2}}[A-Z]\d{{0,2}}))(?=$|{MARK})"
)
"""What stands between a building and the next part: unit and room, floor and door, or the room."""
_TAIL: Final = re.compile(r"(?:^|(?<=[\u4e00-\u9fff]))[\s,，-]*([A-Za-z]?\d{3,5}[A-Za-z]?)\s*$")
_HEAD: Final = re.compile(rf"([A-Za-z]?\d{{3,4}}){MARK}+(?!\d)")
_VILLAGE: Final = re.compile(
    r"([\u4e00-\u9fff]{1,8}?(?:[庄屯寨家]?(?<!新)(?<!中关)村|(?<!山)[庄屯寨](?=\d|[一二三四五六七八九十]+组|$)|"
    r"嘎查|大队))(?!街|路|小区|村(?![委民]))"
)
_ABOVE_VILLAGE: Final = re.compile(r"^.*(?:街道|[镇乡])(?=.{2,}$)")
_INDOORS: Final = re.compile("[室房户元门梯楼层栋幢座#馆F]")
"""Building, unit, floor and room each need one of these."""
_ESTATE_EDGES: Final = ("- ,，与和及交叉口对面旁近", "- ,，")


class Detail(Record, frozen=True):
    """Parts of an address below its divisions; None is unknown.

    Parameters
    ----------
    street
        Road, or village where there is none.
    house
        Number on the road with its lane, as written.
    building, unit, room
        As written, without spaces.
    estate
        What stands between road and building.
    """

    street: str | None = None
    house: str | None = None
    building: str | None = None
    unit: str | None = None
    room: str | None = None
    estate: str | None = None

    @property
    def unit_and_room(self) -> str | None:
        """Unit, floor and room in one.

        Examples
        --------
        >>> Detail(unit="2单元", room="301室").unit_and_room, Detail().unit_and_room
        ('2单元301室', None)
        """
        return (self.unit or "") + (self.room or "") or None


def parse_detail(
    text: str, is_area: Callable[[str], bool] | None = None, *, has_lanes: bool = False
) -> Detail:
    """Parse what follows the divisions of a Chinese address.

    Parameters
    ----------
    text
        The rest of a cleaned address, without its divisions.
    is_area
        Whether the county has a township of a name without its kind: it may stand before a road.
    has_lanes
        Whether 巷 and 弄 with a number belong to the house, as in Taiwan.

    Returns
    -------
    Detail
        The parts that are there.

    Examples
    --------
    >>> detail = parse_detail("张江路288弄汤臣豪园3栋2单元501室")
    >>> detail.street, detail.house, detail.building, detail.unit, detail.room, detail.estate
    ('张江路', '288弄', '3栋', '2单元', '501室', '汤臣豪园')
    """
    rest = _DASH.sub("-", text.replace(" ", ""))
    door, rest = _take(_DOOR_IN_LANE, rest) if has_lanes else (None, rest)
    street, bare, rest = _take_street(rest, is_area)
    is_indoors = bool(_INDOORS.search(rest))
    room, rest = _take(_ROOM, rest) if is_indoors else (None, rest)
    unit, rest = _take(_UNIT, rest) if is_indoors else (None, rest)
    building, rest = _take(_BUILDING, rest) if is_indoors else (None, rest)
    lane, rest = _take(_LANE, rest) if "弄" in rest else (None, rest)
    house, rest = _take(_HOUSE, rest) if "号" in rest else (None, rest)
    if house is None and "号" in rest:
        gate = _HOUSE_BEFORE_GATE.search(rest)
        if gate:
            house, rest = gate.group(), rest[: gate.start()] + MARK + rest[gate.end() :]
    house = door or house or bare
    if building is None and room is None and "-" in rest:
        building, unit, room, rest = _take_dashed(rest, unit)
    elif room is None and building:
        unit, room, rest = _take_behind(rest, unit)
    floor, rest = _take(_FLOOR, rest) if is_indoors else (None, rest)
    if room is None and (building or unit or house or lane or floor):
        room, rest = _take_tail(rest)
    if room is None and building and not has_lanes:
        # 1503, 12号楼: what stands before a place in Taiwan is its postal code.
        head = _HEAD.match(rest)
        room, rest = (head.group(1), rest[head.end(1) :]) if head else (None, rest)
    if street is None:
        village = _VILLAGE.search(rest.split(MARK)[0])
        if village:
            street = _ABOVE_VILLAGE.sub("", village.group(1))
            rest = rest.replace(street, "", 1)
    return Detail(
        street=street,
        house=(lane or "") + (house or "") or None,
        building=building,
        unit=unit,
        room=(floor or "") + (room or "") or None,
        estate=_estate(rest),
    )


def _take(pattern: re.Pattern[str], text: str) -> tuple[str | None, str]:
    """Take the last match of a part out of the text, leaving a mark where it stood."""
    match = pattern.search(text)
    if match is None:
        return None, text
    return match.group().replace(" ", ""), text[: match.start()] + MARK + text[match.end() :]


def _take_street(
    text: str, is_area: Callable[[str], bool] | None
) -> tuple[str | None, str | None, str]:
    """Take out the first road without the area named before it, and a bare number behind it."""
    match = _ROAD.search(text)
    if match is None:
        return None, None, text
    road, end = match.group(), match.end()
    kept = 0
    if _AREA_WORD.search(road, 0, max(len(road) - 2, 0)):
        kept = max((found.end() for edge in _BEFORE_ROAD if (found := edge.match(road))), default=0)
    if is_area:
        shortest = _SHORTEST_NAME + road.endswith(("大道", "大街"))
        for n in range(min(_LONGEST_AREA, len(road) - kept - shortest), 1, -1):
            if is_area(road[kept : kept + n]):
                kept += n if _BEGINS_A_NAME.match(road, kept + n) else 0
                break
    bare = _BARE_HOUSE.match(text, end) or _HOUSE_BELOW.match(text, end)
    if bare:
        end = bare.end()
    start = match.start() + kept
    return road[kept:], bare.group() if bare else None, text[:start] + MARK + text[end:]


def _take_dashed(text: str, unit: str | None) -> tuple[str | None, str | None, str | None, str]:
    """Read the short forms 3-2-501 (building, unit, room) and 3-501 (building, room)."""
    match = _DASHED.search(text)
    if match:
        building, unit, room = f"{match[1]}栋", f"{match[2]}单元", f"{match[3]}室"
        return building, unit, room, text[: match.start()] + MARK + text[match.end() :]
    match = _PAIR.search(text)
    if match:
        rest = text[: match.start()] + MARK + text[match.end() :]
        return f"{match[1]}栋", unit, f"{match[2]}室", rest
    return None, unit, *_take(_DOOR, text)


def _take_behind(text: str, unit: str | None) -> tuple[str | None, str | None, str]:
    """Read what stands right behind a building: 3栋2-502 has a unit, 5栋18-6 a floor."""
    match = _BEHIND_BUILDING.search(text)
    if match is None or (unit and match["unit"]):
        return unit, None, text
    rest = text[: match.start()] + MARK + text[match.end() :]
    if match["unit"]:
        return f"{match['unit']}单元", f"{match['door']}室", rest
    return unit, match["room"], rest


def _take_tail(text: str) -> tuple[str | None, str]:
    """Read a bare number at the very end as the room."""
    head, mark, tail = text.rpartition(MARK)
    match = _TAIL.search(tail) if mark else None
    return (match.group(1), head + mark + tail[: match.start()]) if match else (None, text)


def _estate(rest: str) -> str | None:
    """Keep the longest run of words that no part explains."""
    first, last = _ESTATE_EDGES
    runs = [run.lstrip(first).rstrip(last) for run in rest.split(MARK)]
    named = [run for run in runs if len(run) >= 2 and not run.isdigit()]
    return max(named, key=len) if named else None
