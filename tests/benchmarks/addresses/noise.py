"""Addresses made from the list of divisions and spoilt the way people spoil them, with the truth.

The spoiling knows nothing of how the resolver repairs: wrong characters come from the input
method's candidates for a syllable and from characters with a common component, and every
combination of left-out levels, short forms, order, script and additions may occur.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from features.address.gazetteer import Gazetteer, china
from features.address.meanings import COUNTY
from features.address.names import short_name, spoken_names

if TYPE_CHECKING:
    from collections.abc import Iterator


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_ROADS: Final = _words(
    "人民路 解放路 建设大道 中山路 文化路 新华街 北京路 上海路 南京东路 长江路 "
    "黄河路 长安街 青年路 和平路 学府路 工业大道 迎宾大道 滨河北路 环城西路 "
    "东大街 西大街 南门街 育才路 光明路 胜利街 友谊路 振兴路 科技路 创业路 "
    "海南路 湖南路 朝阳路 西湖路 鼓楼街 江南大道 花园路 体育场路 火车站前路 "
    "幸福路 平安大街 桃园路 杏林路 金融街 府前街 重庆路 天津路 广州大道 大学路 "
    "凤凰路 龙泉路 经三路 纬五路 一环路 二环路东段 复兴路 团结路 朝阳北路 兴业街"
)
_ESTATES: Final = _words(
    "阳光花园 万科城 碧桂园 恒大名都 绿地世纪城 金色家园 锦绣华庭 世纪大厦 "
    "创新产业园 东方明珠花园 上海花园 保利香槟 中海国际 幸福里 桂花苑 北京华联 "
    "龙湖天街 工人新村 财富广场"
)
_PEOPLE: Final = _words(
    "王伟 李海南 张吉林 刘洋 陈丽 杨朝阳 赵长安 黄山 周平 吴敏 徐州 孙东 马兰 朱江"
)
_WISHES: Final = _words(
    "请放门口 周末送货 送前打电话 放菜鸟驿站 不要放快递柜 麻烦尽快 家里没人放物业"
)


@dataclass(frozen=True, slots=True)
class Made:
    """A made address.

    Parameters
    ----------
    raw
        What "was typed".
    path
        Names from the province down that the text leaves no doubt about.
    kinds
        What was done to it.
    """

    raw: str
    path: tuple[str, ...]
    kinds: tuple[str, ...]


def made(n: int, *, seed: int) -> Iterator[Made]:
    """Make addresses, reproducibly.

    Parameters
    ----------
    n
        How many.
    seed
        Seed of everything random.
    """
    rng = random.Random(seed)  # noqa: S311 nothing secret
    maker = _Maker(china(), rng)
    for _ in range(n):
        yield maker.one()


class _Maker:
    def __init__(self, gazetteer: Gazetteer, rng: random.Random) -> None:
        self._gazetteer = gazetteer
        self._rng = rng
        self._counties = [
            i
            for i, node in enumerate(gazetteer.nodes)
            if node.level == COUNTY and node.code[:2] not in {"71", "81", "82"}
        ]
        self._former: dict[int, list[str]] = {}
        for name, changes in gazetteer.former.items():
            for code, _ in changes:
                self._former.setdefault(gazetteer.index[code], []).append(name)
        self._traditional = _traditional(gazetteer)

    def one(self) -> Made:
        rng = self._rng
        county = rng.choice(self._counties)
        path = self._gazetteer.paths[county]
        names = [self._gazetteer.nodes[i].name for i in path]
        kinds: list[str] = []
        words = list(names)
        truth = tuple(names)
        if county in self._former and rng.random() < 0.5:
            words[-1] = rng.choice(self._former[county])
            kinds.append("former name")
        if rng.random() < 0.25:
            words = [self._short(i, word, rng) for i, word in zip(path, words, strict=True)]
            kinds.append("short forms")
        if rng.random() < 0.2:
            at = rng.randrange(len(words))
            words[at] = self._misspelt(words[at])
            kinds.append("misspelt")
        if rng.random() < 0.35:
            dropped = self._drop(path, words)
            kinds.append(f"without {dropped}")
            if dropped == "county":
                truth = truth[:-1]
        if rng.random() < 0.15:
            words = [*words, *self._township(county)]
            truth = tuple(names)
            kinds.append("township")
        return Made(*self._written("".join(words), truth, kinds))

    def _short(self, node: int, word: str, rng: random.Random) -> str:
        options = [short_name(word), *spoken_names(word)]
        known = [option for option in options if option]
        # A county's short name alone is a guess even for people; half keep its kind.
        if self._gazetteer.nodes[node].level == COUNTY and rng.random() < 0.5:
            return word
        return rng.choice(known) if known else word

    def _misspelt(self, word: str) -> str:
        at = self._rng.randrange(max(len(word) - 1, 1))
        wrong = _confusable(self._gazetteer).get(word[at], "")
        return word[:at] + self._rng.choice(wrong) + word[at + 1 :] if wrong else word

    def _drop(self, path: tuple[int, ...], words: list[str]) -> str:
        """Leave a level out; in place of the words of that level stands nothing."""
        levels = {1: "province", 2: "city", 3: "county"}
        at = self._rng.choice(range(len(words)))
        words[at] = ""
        return levels[self._gazetteer.nodes[path[at]].level]

    def _township(self, county: int) -> list[str]:
        names = self._gazetteer.townships_of(county)
        return [self._rng.choice(names)] if names else []

    def _written(
        self, place: str, truth: tuple[str, ...], kinds: list[str]
    ) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
        rng = self._rng
        detail = self._detail()
        text = place + detail
        chance = rng.random()
        if chance < 0.06:
            text = f"{detail} {place}"
            kinds.append("detail first")
        elif chance < 0.12:
            text = text.translate(self._traditional)
            kinds.append("traditional")
        elif chance < 0.18:
            text = f"{rng.choice(_PEOPLE)} 13{rng.randrange(10**8, 10**9)} {text}"
            kinds.append("name and phone")
        elif chance < 0.24:
            text = f"{text} {rng.choice(_WISHES)}"
            kinds.append("wish")
        elif chance < 0.28:
            text = place + text
            kinds.append("twice")
        elif chance < 0.32:
            text = " ".join(text)
            kinds.append("spaced")
        return text, truth, tuple(kinds)

    def _detail(self) -> str:
        rng = self._rng
        parts = [f"{rng.choice(_ROADS)}{rng.randrange(1, 900)}号"]
        if rng.random() < 0.5:
            parts.append(rng.choice(_ESTATES))
        if rng.random() < 0.5:
            parts.append(f"{rng.randrange(1, 30)}{rng.choice(('栋', '幢', '号楼'))}")
        if rng.random() < 0.4:
            parts.append(f"{rng.randrange(1, 5)}单元")
        if rng.random() < 0.5:
            parts.append(f"{rng.randrange(1, 30)}0{rng.randrange(1, 9)}{rng.choice(('室', ''))}")
        return "".join(parts)


@lru_cache(maxsize=1)
def _confusable(gazetteer: Gazetteer) -> dict[str, str]:
    """Map characters to those of the same syllable, and to some that share a component."""
    found: dict[str, set[str]] = {}
    for characters in gazetteer.sounds.values():
        for character in characters:
            found.setdefault(character, set()).update(characters[:20])
    owners: dict[str, list[str]] = {}
    for character, parts in gazetteer.parts.items():
        for part in parts:
            owners.setdefault(part, []).append(character)
    for character, parts in gazetteer.parts.items():
        rare = min(parts, key=lambda part: len(owners[part]))
        found.setdefault(character, set()).update(owners[rare][:5])
    return {c: "".join(sorted(others - {c})) for c, others in found.items()}


def _traditional(gazetteer: Gazetteer) -> dict[int, int]:
    """Turn the shipped table round, where a simplified character has one traditional form."""
    many: dict[int, list[int]] = {}
    for traditional, simplified in gazetteer.simplified.items():
        many.setdefault(simplified, []).append(traditional)
    return {simplified: forms[0] for simplified, forms in many.items() if len(forms) == 1}
