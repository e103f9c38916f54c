"""The divisions of China as shipped: names, centres, townships, former names."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from features.address.names import short_name, spoken_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_TOWNSHIP: Final = 0.6
"""Weight of a township as evidence for its county."""
_MAX_OWNERS: Final = 40
"""Townships of a name held by more counties are no evidence without a named parent."""

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
    "天府新区": "510100",
    "前郭县": "220721",
    "恩施州": "422800",
    "湘西州": "433100",
    "延边州": "222400",
}
_PARTED: Final = {"50": ("四川", 1997), "46": ("广东", 1988)}
"""Provinces made out of another one, and when."""
_GENERIC: Final = frozenset(
    re.findall(
        r"\w+",
        "城区 郊区 矿区 新城 城中 城东 城西 城北 城南 市中 新市 海州 东区 西区 南区 北区 铁西 铁东 "
        "桥东 桥西 路南 路北 河东 河西 河北 南关 西市 站前 向阳 东风 新华 新兴 和平 青年 中山 解放 "
        "建华 振兴 文峰 红旗 东方 光明 前进 前锋 友谊 平安 朝阳 长安 中原 东城 西城 新城区 城关 "
        "老城 古城 永定 丰台 大同 江东 江南 江北 文圣 白云 青山 南山 西山 东山 北关 湖里 鼓楼",
    )
)
"""Short names that are ordinary words or shared by many: they count only under a named parent."""


@dataclass(frozen=True, slots=True)
class Division:
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


@dataclass(frozen=True, slots=True)
class Name:
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


class Meanings(tuple[Name, ...]):
    """What one text may stand for, with what is asked of it for every address.

    Examples
    --------
    >>> found = china().names["朝阳区"]
    >>> len(found), found.strongest, found.is_landmark
    (2, 1.0, False)
    """

    by_node: dict[int, Name]
    strongest: float
    is_landmark: bool
    needs_parent: bool
    has_former: bool

    def __new__(cls, names: Iterable[Name]) -> Meanings:
        """Compute the answers once."""
        found = super().__new__(cls, names)
        found.by_node = {name.node: name for name in found}
        found.strongest = max(name.weight for name in found)
        found.is_landmark = all(name.is_landmark for name in found)
        found.needs_parent = all(name.needs_parent for name in found)
        found.has_former = any(name.until for name in found)
        return found


@dataclass(frozen=True, eq=False)
class Gazetteer:
    """Every division, with the names that may stand for it."""

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

    @cached_property
    def traditional(self) -> frozenset[str]:
        """Characters that have a simplified form."""
        return frozenset(map(chr, self.simplified))

    @cached_property
    def index(self) -> dict[str, int]:
        """Index of a division by code."""
        return {node.code: i for i, node in enumerate(self.nodes)}

    @cached_property
    def paths(self) -> tuple[tuple[int, ...], ...]:
        """Path of each division from its province down to itself."""
        found: list[tuple[int, ...]] = []
        for i, node in enumerate(self.nodes):
            found.append((*found[node.parent], i) if node.parent >= 0 else (i,))
        return tuple(found)

    @cached_property
    def names(self) -> dict[str, Meanings]:
        """Everything a name may stand for."""
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
        return {text: Meanings(self._lived_in(entry)) for text, entry in found.items()}

    def _other_names(self, today: set[str]) -> Iterator[tuple[str, Name]]:
        """List former names, nicknames and landmarks with what they stand for."""
        for text, changes in self.former.items():
            for code, year in changes:
                yield from _former(text, self.index[code], year, today)
        for text, index, year in self._parted_names():
            yield text, Name(index, 0.8, until=year)
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
        return [
            replace(name, weight=min(name.weight, _EMPTY), needs_parent=True)
            if self._is_empty(self.nodes[name.node]) and not name.until
            else name
            for name in entry.values()
        ]

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

    @cached_property
    def lengths(self) -> dict[str, tuple[int, ...]]:
        """Lengths of the names that begin with two given characters, longest first."""
        found: dict[str, set[int]] = {}
        for text in self.names:
            found.setdefault(text[:2], set()).add(len(text))
        return {start: tuple(sorted(n, reverse=True)) for start, n in found.items()}

    @cached_property
    def township_owners(self) -> dict[str, list[int]]:
        """Divisions that have a township of a name."""
        found: dict[str, list[int]] = {}
        for code, joined in self.townships.items():
            owner = self.index[code]
            for name in joined.split("|"):
                found.setdefault(name, []).append(owner)
        return found

    @cached_property
    def known_townships(self) -> dict[str, list[int]]:
        """Owners of townships by the names of today, and by those they had as towns and villages.

        Towns become sub-districts and the old name stays in use: 钱清镇 is 钱清街道.
        """
        former: dict[str, list[int]] = {}
        for name, owners in self.township_owners.items():
            stem = _stem(name)
            for kind in _WAS.get(name[len(stem) :], ()):
                former.setdefault(stem + kind, []).extend(owners)
        return former | self.township_owners

    @cached_property
    def _township_meanings(self) -> dict[str, Meanings]:
        return {}

    def township(self, name: str) -> Meanings | None:
        """Give what a township's name speaks for; None when there is none of that name."""
        owners = self.known_townships.get(name)
        if owners is None:
            return None
        found = self._township_meanings.get(name)
        if found is None:
            shared = len(owners) > _MAX_OWNERS
            found = Meanings(Name(node, _TOWNSHIP, needs_parent=shared) for node in owners)
            self._township_meanings[name] = found
        return found

    def is_deepest(self, node: int) -> bool:
        """Tell whether no listed division lies below one: a county, or 东莞市."""
        return node not in self.children

    def radius_m(self, node: int) -> int | None:
        """Say how far the places of a division lie from its centre, in metres."""
        return self.radii[node] or None

    @cached_property
    def children(self) -> dict[int, tuple[int, ...]]:
        """Divisions right below each."""
        found: dict[int, list[int]] = {}
        for i, node in enumerate(self.nodes):
            found.setdefault(node.parent, []).append(i)
        return {parent: tuple(below) for parent, below in found.items()}

    def townships_of(self, node: int) -> tuple[str, ...]:
        """Names of the townships of a county, or of a city without counties."""
        return self._townships(node)[0]

    def areas_of(self, node: int) -> frozenset[str]:
        """Names of the townships without their kind, where two characters or more stay."""
        return self._townships(node)[1]

    def _townships(self, node: int) -> tuple[tuple[str, ...], frozenset[str]]:
        found = self._split.get(node)
        if found is None:
            joined = self.townships.get(self.nodes[node].code, "")
            names = tuple(joined.split("|")) if joined else ()
            stems = map(_stem, names)
            found = self._split[node] = names, frozenset(stem for stem in stems if len(stem) >= 2)
        return found

    @cached_property
    def _split(self) -> dict[int, tuple[tuple[str, ...], frozenset[str]]]:
        """Townships already split, by division."""
        return {}


def _former(text: str, node: int, year: int, today: set[str]) -> Iterator[tuple[str, Name]]:
    """List the forms of a former name; of 安庆市/枞阳县 also 安庆枞阳县."""
    above, stroke, own = text.partition("/")
    if stroke:
        for first in filter(None, (above, short_name(above), *spoken_names(above))):
            yield first + own, Name(node, 0.8, until=year)
        return
    yield text, Name(node, 0.8, needs_parent=len(text) == 2 or text[-1] == "镇", until=year)
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


@lru_cache(maxsize=1)
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
