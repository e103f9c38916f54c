"""The divisions of China as shipped: names, centres, townships, former names."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from msgspec import structs

from features.address.names import short_name, spoken_names
from features.address.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_TOWNSHIP: Final = 0.6
"""Weight of a township as evidence for its county."""
_WAS_TOWNSHIP: Final = 0.1
"""Weight of one of another kind, where there is one of that name today."""
_FORMER: Final = 0.8
"""Weight of a former name."""
_MAX_OWNERS: Final = 40
"""Townships of a name held by more counties are no evidence without a named parent."""

_ABOLISHED: Final = re.compile("（[^）]*撤[^）]*）")
"""What the list says behind the name of a township that is no more."""

_WAS: Final = {"街道": ("镇", "乡"), "镇": ("乡",)}
"""What townships of a kind have been before."""

_EMPTY: Final = 0.5
"""Weight of a county in which no township is listed."""

PROVINCE: Final = 1
CITY: Final = 2
COUNTY: Final = 3

_NICKNAMES: Final[dict[str, str]] = {
    "九龙": "810000",
    "新界": "810000",
    "港岛": "810000",
    "内蒙": "150000",
    "哈市": "230100",
    "乌市": "650100",
    "魔都": "310000",
    "羊城": "440100",
    "鹏城": "440300",
    "蓉城": "510100",
    "北平": "110000",
    "雄安新区": "130600",
    "苏州工业园区": "320500",
    "西咸新区": "610100",
    "湘江新区": "430100",
    "滇中新区": "530100",
    "贵安新区": "520000",
    "赣江新区": "360000",
    "郑东新区": "410100",
    "金普新区": "210200",
    "西海岸新区": "370211",
    "东湖高新区": "420100",
    "东湖新技术开发区": "420100",
    "东湖高新技术开发区": "420100",
    "天府新区": "510100",
    "前郭县": "220721",
    "恩施州": "422800",
    "湘西州": "433100",
    "延边州": "222400",
}
_FORGOTTEN_YEARS: Final = 10
"""Years after which a name means the division that had it last."""
_PARTED: Final = {"50": ("四川", 1997), "46": ("广东", 1988)}
"""Provinces made out of another one, and when."""
_DIVIDED: Final = {
    "330102": {"330114": 2021},
    "330109": {"330114": 2021},
    "330110": {"330113": 2021},
    "440113": {"440115": 2012},
    "440306": {"440309": 2016, "440311": 2018},
    "440307": {"440310": 2016},
}
"""Counties a part of which became another one, with the year: many still write 宝安区民治街道.

Source: notices of the State Council on changes of divisions.
"""
_GENERIC: Final = frozenset(
    re.findall(
        r"\w+",
        "城区 郊区 矿区 新城 城中 城东 城西 城北 城南 市中 新市 海州 东区 西区 南区 北区 铁西 铁东 "
        "桥东 桥西 路南 路北 河东 河西 河北 南关 西市 站前 向阳 东风 新华 新兴 和平 青年 中山 解放 "
        "建华 振兴 文峰 红旗 东方 光明 前进 前锋 友谊 平安 朝阳 长安 中原 东城 西城 新城区 城关 "
        "合作 通道 资源 商城 "
        "老城 古城 永定 丰台 大同 江东 江南 江北 文圣 白云 青山 南山 西山 东山 北关 湖里 鼓楼",
    )
)
"""Short names that are ordinary words or shared by many: they count only under a named parent."""


class Division(Record, frozen=True):
    """One division.

    Parameters
    ----------
    code
        GB/T 2260 code, six digits.
    name
        Full name.
    level
        1 province, 2 city, 3 county.
    parent
        Index of the parent, or -1.
    lat, lon
        Centre in WGS-84 degrees, or None when unknown.
    """

    code: str
    name: str
    level: int
    parent: int
    lat: float | None
    lon: float | None


class Name(Record, frozen=True):
    """What a name may stand for.

    Parameters
    ----------
    node
        Index of the division.
    weight
        How surely the name means a division: 1 full, less for short, former and nick names.
    needs_parent
        Whether it counts only beside a parent that is named too.
    until
        Year in which the name went out of use; 0 while it is in use.
    is_landmark
        Whether it is a place inside the division and no name of it.
    """

    node: int
    weight: float
    needs_parent: bool = False
    until: int = 0
    is_landmark: bool = False


class Meanings(Record, frozen=True):
    """What one text may stand for, with what is asked of it for every address.

    Parameters
    ----------
    each
        The meanings.
    by_node
        The same by their division.
    strongest
        Weight of the weightiest.
    is_landmark, needs_parent
        Whether all of them are, or do.
    has_former
        Whether one of them is a name out of use.

    Examples
    --------
    >>> found = china().names["朝阳区"]
    >>> len(found.each), found.strongest, found.is_landmark
    (2, 1.0, False)
    """

    each: tuple[Name, ...]
    by_node: dict[int, Name]
    strongest: float
    is_landmark: bool
    needs_parent: bool
    has_former: bool

    @classmethod
    def of(cls, names: Iterable[Name]) -> Meanings:
        """Compute the answers once."""
        each = tuple(names)
        return cls(
            each,
            {name.node: name for name in each},
            max([name.weight for name in each]),
            all(name.is_landmark for name in each),
            all(name.needs_parent for name in each),
            any(name.until for name in each),
        )


@dataclass(eq=False, slots=True)
class Gazetteer:
    """Every division, with the names that may stand for it.

    Parameters
    ----------
    traditional
        Finds a character that has a simplified form.
    index
        Index of a division by code.
    paths
        Path of each division from its province down to itself.
    children
        Divisions right below each.
    names
        Everything a name may stand for.
    lengths
        Lengths of the names that begin with two given characters, longest first.
    heads
        Every character that a name begins with.
    parted
        What the name of a county stands for beside a township of a part that it has given away.
    township_owners
        Divisions that have a township of a name.
    known_townships
        The same, also by the names that townships had as towns and villages.
    """

    release: str
    nodes: tuple[Division, ...]
    spellings: tuple[str, ...]
    radii: tuple[int, ...]
    townships: dict[str, str]
    former: dict[str, list[tuple[str, int]]]
    landmarks: dict[str, tuple[str, ...]]
    simplified: dict[int, int]
    sounds: dict[str, str]
    parts: dict[str, str]

    traditional: re.Pattern[str] = field(init=False)
    index: dict[str, int] = field(init=False)
    paths: tuple[tuple[int, ...], ...] = field(init=False)
    children: dict[int, tuple[int, ...]] = field(init=False)
    names: dict[str, Meanings] = field(init=False)
    lengths: dict[str, tuple[int, ...]] = field(init=False)
    heads: frozenset[str] = field(init=False)
    parted: dict[int, dict[int, Name]] = field(init=False)
    township_owners: dict[str, list[int]] = field(init=False)
    known_townships: dict[str, list[int]] = field(init=False)
    _speaking: dict[str, Meanings] = field(init=False, default_factory=dict)
    _areas: dict[str, list[int]] = field(init=False)
    _split: dict[int, tuple[str, ...]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Build the tables: each address asks them often, and nothing is read as fast as a slot."""
        self.traditional = re.compile(f"[{''.join(map(chr, self.simplified))}]")
        self.index = {node.code: i for i, node in enumerate(self.nodes)}
        self.paths = tuple(self._paths())
        self.children = self._children()
        self.names = self._named()
        self.lengths = self._lengths()
        self.heads = frozenset(start[0] for start in self.lengths)
        self.parted = {
            self.index[code]: {
                self.index[part]: Name(self.index[part], _FORMER, until=year)
                for part, year in parts.items()
            }
            for code, parts in _DIVIDED.items()
        }
        self.township_owners = self._owners()
        self.known_townships = self._owners_before()
        for name, owners in self.township_owners.items():
            before = [one for one in self.known_townships.get(name, ()) if one not in owners]
            self.known_townships[name] = owners + before
        self._areas = self._owners_of_areas()

    def _paths(self) -> list[tuple[int, ...]]:
        found: list[tuple[int, ...]] = []
        for i, node in enumerate(self.nodes):
            found.append((*found[node.parent], i) if node.parent >= 0 else (i,))
        return found

    def _named(self) -> dict[str, Meanings]:
        found: dict[str, dict[int, Name]] = {}

        def add(text: str, name: Name) -> None:
            entry = found.setdefault(text, {})
            if name.node not in entry or entry[name.node].weight < name.weight:
                entry[name.node] = name

        shorts = [(short_name(node.name), node.level) for node in self.nodes]
        largest = {short: level for short, level in sorted(shorts, key=_level_down) if short}
        for i, node in enumerate(self.nodes):
            generic = node.name in _GENERIC or len(node.name) == 2
            add(node.name, Name(i, 1.0, needs_parent=generic and node.level == COUNTY))
            short = short_name(node.name)
            if short:
                add(short, self._short(i, short, largest[short] < node.level))
            for spoken in spoken_names(node.name):
                add(spoken, Name(i, 0.9, needs_parent=len(spoken) == 2))
        for text, name in self._other_names(set(found)):
            add(text, name)
        return {text: Meanings.of(self._lived_in(entry)) for text, entry in found.items()}

    def _other_names(self, today: set[str]) -> Iterator[tuple[str, Name]]:
        """List former names, nicknames and landmarks with what they stand for."""
        for text, changes in self.former.items():
            for code, year in changes:
                yield from _former(text, self.index[code], year, today)
        for text, index, year in self._parted_names():
            yield text, Name(index, _FORMER, until=year)
        for text, code in _NICKNAMES.items():
            yield text, Name(self.index[code], 0.8)
        for text, codes in self.landmarks.items():
            bare = text.rstrip("!?")
            lone = text.endswith("?") or (len(bare) == 2 and bare == text)
            for code in codes:
                yield bare, Name(self.index[code], 0.65, needs_parent=lone, is_landmark=True)

    def _parted_names(self) -> Iterator[tuple[str, int, int]]:
        """Name what lay in another province until its own was made: 四川省巫山县."""
        below = [(node.name, i) for i, node in enumerate(self.nodes)]
        below += [
            (text, self.index[code])
            for text, changes in self.former.items()
            if "/" not in text and len(text) > 2
            for code, _ in changes
        ]
        for text, i in below:
            province, year = _PARTED.get(self.nodes[i].code[:2], ("", 0))
            if province and self.nodes[i].level > PROVINCE:
                short = short_name(text)
                called = (text, f"{short}县", f"{short}市") if short else (text,)
                for name in called:
                    if not name.endswith(("县", "市")):
                        continue
                    yield f"{province}省{name}", i, year
                    yield province + name, i, year

    def _lived_in(self, entry: dict[int, Name]) -> Iterable[Name]:
        """Let a county without a township count beside its namesake only under a named parent.

        三沙市南沙区 is a sea; who writes 南沙区 lives in 广州市南沙区.
        """
        if len(entry) == 1:
            return entry.values()
        entry = {node: name for node, name in entry.items() if not self._is_over(name, entry)}
        return [
            structs.replace(name, weight=min(name.weight, _EMPTY), needs_parent=True)
            if self._is_empty(self.nodes[name.node]) and not name.until
            else name
            for name in entry.values()
        ]

    def _is_over(self, name: Name, entry: dict[int, Name]) -> bool:
        """Tell whether a name has since been that of another division of the same city.

        达县 was a county for longer than 达县地区 was a prefecture.
        """
        paths = self.paths
        return name.until > 0 and any(
            other.until >= name.until + _FORGOTTEN_YEARS
            and other.weight >= name.weight
            and paths[other.node][:2] == paths[name.node][:2]
            for other in entry.values()
        )

    def _is_empty(self, node: Division) -> bool:
        return node.level == COUNTY and node.code < "7" and node.code not in self.townships

    def _short(self, index: int, short: str, names_larger: bool) -> Name:
        """Weigh a short name: 西安 is the city, hardly ever a district of that name."""
        node = self.nodes[index]
        if node.level < COUNTY:
            return Name(index, 0.6 if names_larger else 0.9)
        # Districts of Hong Kong, Macau and Taiwan: 观音 and the like are everyday words.
        common = names_larger or short in _GENERIC or node.code[0] in "78"
        return Name(index, 0.55 if names_larger else 0.7, needs_parent=common)

    def _lengths(self) -> dict[str, tuple[int, ...]]:
        found: dict[str, set[int]] = {}
        for text in self.names:
            found.setdefault(text[:2], set()).add(len(text))
        return {start: tuple(sorted(n, reverse=True)) for start, n in found.items()}

    def _owners(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for code, joined in self.townships.items():
            owner = self.index[code]
            for name in joined.split("|"):
                if not _ABOLISHED.search(name):
                    found.setdefault(name, []).append(owner)
        return found

    def _owners_before(self) -> dict[str, list[int]]:
        """List the owners of townships that were abolished or have become another kind.

        The old name stays in use: 钱清镇 is 钱清街道.
        """
        former: dict[str, list[int]] = {}
        for code, joined in self.townships.items():
            for name in filter(_ABOLISHED.search, joined.split("|")):
                former.setdefault(_ABOLISHED.sub("", name), []).append(self.index[code])
        for name, owners in self.township_owners.items():
            stem = _stem(name)
            for kind in _WAS.get(name[len(stem) :], ()):
                former.setdefault(stem + kind, []).extend(owners)
        return former

    def _owners_of_areas(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for name, owners in self.township_owners.items():
            found.setdefault(_stem(name), []).extend(owners)
        return found

    def _children(self) -> dict[int, tuple[int, ...]]:
        found: dict[int, list[int]] = {}
        for i, node in enumerate(self.nodes):
            found.setdefault(node.parent, []).append(i)
        return {parent: tuple(below) for parent, below in found.items()}

    def township(self, name: str) -> Meanings | None:
        """Give what a township's name speaks for; None when there is none of that name.

        Examples
        --------
        >>> owners = china().township("淀山湖镇").by_node
        >>> [china().nodes[node].name for node in owners], china().township("无此镇")
        (['昆山市'], None)
        """
        owners = self.known_townships.get(name)
        if owners is None:
            return None
        found = self._speaking.get(name)
        if found is None:
            today = self.township_owners.get(name, owners)
            shared = len(today) > _MAX_OWNERS
            found = Meanings.of(
                Name(node, _TOWNSHIP if node in today else _WAS_TOWNSHIP, needs_parent=shared)
                for node in owners
            )
            self._speaking[name] = found
        return found

    def is_deepest(self, node: int) -> bool:
        """Tell whether no listed division lies below one: a county, or 东莞市.

        Examples
        --------
        >>> from features.address.gazetteer import china
        >>> china().is_deepest(0)  # a province
        False
        """
        return node not in self.children

    def radius_m(self, node: int) -> int | None:
        """Say how far the places of a division lie from its centre, in metres.

        Examples
        --------
        >>> from features.address.gazetteer import china
        >>> by_code = {node.code: i for i, node in enumerate(china().nodes)}
        >>> china().radius_m(by_code["330000"]) > china().radius_m(by_code["330106"])
        True
        """
        return self.radii[node] or None

    def townships_of(self, node: int) -> tuple[str, ...]:
        """Names of the townships of a county, or of a city without counties.

        Examples
        --------
        >>> from features.address.gazetteer import china
        >>> west_lake = next(i for i, node in enumerate(china().nodes) if node.code == "330106")
        >>> "西溪街道" in china().townships_of(west_lake)
        True
        """
        found = self._split.get(node)
        if found is None:
            joined = _ABOLISHED.sub("", self.townships.get(self.nodes[node].code, ""))
            found = self._split[node] = tuple(joined.split("|")) if joined else ()
        return found

    def has_area(self, node: int, name: str) -> bool:
        """Tell whether a division has a township of a name that is given without its kind.

        Examples
        --------
        >>> from features.address.gazetteer import china
        >>> west_lake = next(i for i, node in enumerate(china().nodes) if node.code == "330106")
        >>> china().has_area(west_lake, "西溪"), china().has_area(west_lake, "张江")
        (True, False)
        """
        return node in self._areas.get(name, ())


def _former(text: str, node: int, year: int, today: set[str]) -> Iterator[tuple[str, Name]]:
    """List the forms of a former name; of 安庆市/枞阳县 also 安庆枞阳县."""
    above, stroke, own = text.partition("/")
    if stroke:
        for first in filter(None, (above, short_name(above), *spoken_names(above))):
            yield first + own, Name(node, _FORMER, until=year)
        return
    yield text, Name(node, _FORMER, needs_parent=len(text) == 2 or text[-1] == "镇", until=year)
    short = short_name(text)
    if short:
        yield short, Name(node, 0.25 if short in today else 0.6, needs_parent=True, until=year)


def _stem(township: str) -> str:
    """Drop the kind from the name of a township."""
    if township.endswith(("街道", "苏木")):
        return township[:-2]
    return township[:-1] if township.endswith(("镇", "乡")) else township


def _level_down(short: tuple[str | None, int]) -> int:
    return -short[1]


@cache
def china() -> Gazetteer:
    """Load the shipped gazetteer of China.

    Examples
    --------
    >>> china().nodes[china().index["310115"]].name
    '浦东新区'
    """
    packed = files("features.address").joinpath("data/china.json.gz").read_bytes()
    raw: dict[str, Any] = json.loads(gzip.decompress(packed))
    traditional, simplified = raw["simplified"]
    # A character of today's names stays: 乾安县 is written so, though 乾 also stands for 干.
    kept = frozenset("".join([*(node[1] for node in raw["nodes"]), *raw["townships"].values()]))
    nodes = tuple(Division(*node) for node in raw["nodes"])
    return Gazetteer(
        release=raw["release"],
        nodes=nodes,
        spellings=tuple(raw["spellings"]),
        radii=tuple(raw["radii"]),
        townships=raw["townships"],
        former=raw["former"],
        landmarks=_landmarks(nodes),
        simplified={ord(a): ord(b) for a, b in _VARIANTS}
        | {ord(a): ord(b) for a, b in zip(traditional, simplified, strict=True) if a not in kept},
        sounds=raw["sounds"],
        parts=raw["parts"],
    )


_VARIANTS: Final = re.findall(
    r"(\w)(\w)",
    "巿市 瑯琅 寳宝 厰厂 缐线 濶阔 鄕乡 甯宁 寕宁 寜宁 寗宁 栢柏 荘庄 庒庄 塲场 砲炮 蘓苏 髙高 "
    "彊疆 鼇鳌 囯国",
)
"""Other forms of characters, which no table of traditional ones holds."""


def _landmarks(nodes: tuple[Division, ...]) -> dict[str, tuple[str, ...]]:
    """Read the places that people name instead of an address, with the codes they lie in."""
    codes: dict[str, str] = {}
    whole: list[str] = []
    for node in nodes:
        name = node.name if node.parent < 0 else whole[node.parent] + node.name
        whole.append(name)
        codes[name] = node.code
    found: dict[str, tuple[str, ...]] = {}
    text = files("features.address").joinpath("data/landmarks.txt").read_text("utf-8")
    for line in text.splitlines():
        if not line.startswith("#"):
            division, _, places = line.partition(": ")
            for place in places.split():
                found[place] = (*found.get(place, ()), codes[division])
    return found
