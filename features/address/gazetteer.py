"""The divisions of China as shipped: names, centres, townships, former names."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final

from features.address.meanings import Division, Meanings, Name
from features.address.naming import FORMER, Naming

_TOWNSHIP: Final = 0.6
"""Weight of a township as evidence for its county."""
_WAS_TOWNSHIP: Final = 0.1
"""Weight of one of another kind, where there is one of that name today."""
_MAX_OWNERS: Final = 40
"""Townships of a name held by more counties are no evidence without a named parent."""

_ABOLISHED: Final = re.compile("（[^）]*撤[^）]*）")
"""What the list says behind the name of a township that is no more."""

_WAS: Final = {"街道": ("镇", "乡"), "镇": ("乡",)}
"""What townships of a kind have been before."""


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
        naming = Naming(
            self.nodes, self.paths, self.index, self.townships, self.former, self.landmarks
        )
        self.names = naming.names()
        self.lengths = self._lengths()
        self.heads = frozenset(start[0] for start in self.lengths)
        self.parted = {
            self.index[code]: {
                self.index[part]: Name(self.index[part], FORMER, until=year)
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


def _stem(township: str) -> str:
    """Drop the kind from the name of a township."""
    if township.endswith(("街道", "苏木")):
        return township[:-2]
    return township[:-1] if township.endswith(("镇", "乡")) else township


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
