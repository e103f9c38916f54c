"""What names of divisions may stand for: full, short, spoken, former and nick names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from msgspec import structs

from features.address.meanings import COUNTY, PROVINCE, Division, Meanings, Name
from features.address.names import short_name, spoken_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

FORMER: Final = 0.8
"""Weight of a former name."""
_EMPTY: Final = 0.5
"""Weight of a county in which no township is listed."""
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


@dataclass(frozen=True)
class Naming:
    """Gathers every name of the divisions.

    Parameters
    ----------
    nodes, paths
        The divisions, and the path of each from its province down to itself.
    index
        Index of a division by code.
    townships
        Names of the townships of each county, by its code.
    former
        Former names, with the codes of what they are called today and the years of the changes.
    landmarks
        Places that people name instead of a division, with the codes they lie in.

    Examples
    --------
    >>> from features.address.gazetteer import china
    >>> known = china()
    >>> naming = Naming(known.nodes, known.paths, known.index, known.townships, {}, {})
    >>> names = naming.names()
    >>> [names[text].strongest for text in ("杭州市", "杭州", "羊城")], "钱塘市" in names
    ([1.0, 0.9, 0.8], False)
    """

    nodes: Sequence[Division]
    paths: Sequence[tuple[int, ...]]
    index: Mapping[str, int]
    townships: Mapping[str, str]
    former: Mapping[str, list[tuple[str, int]]]
    landmarks: Mapping[str, tuple[str, ...]]

    def names(self) -> dict[str, Meanings]:
        """Give everything a name may stand for, by the name."""
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
            yield text, Name(index, FORMER, until=year)
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


def _former(text: str, node: int, year: int, today: set[str]) -> Iterator[tuple[str, Name]]:
    """List the forms of a former name; of 安庆市/枞阳县 also 安庆枞阳县."""
    above, stroke, own = text.partition("/")
    if stroke:
        for first in filter(None, (above, short_name(above), *spoken_names(above))):
            yield first + own, Name(node, FORMER, until=year)
        return
    yield text, Name(node, FORMER, needs_parent=len(text) == 2 or text[-1] == "镇", until=year)
    short = short_name(text)
    if short:
        yield short, Name(node, 0.25 if short in today else 0.6, needs_parent=True, until=year)


def _level_down(short: tuple[str | None, int]) -> int:
    return -short[1]
