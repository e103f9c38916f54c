"""Misspelt names of divisions: repaired by sound and by shape, inside the best parent only.

One wrong character is looked for, in a word that stands where a division may stand. It must be
read like the right one, or share a component with it; of several names that fit, none is chosen
unless the rest of the text decides.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from features.address.divisions import Located, locate
from features.address.meanings import COUNTY
from features.address.names import short_name
from features.address.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from features.address.gazetteer import Gazetteer

SAME_SOUND: Final = 0.95
NEAR_SOUND: Final = 0.85
SAME_PART: Final = 0.75
"""How alike two characters are; the confidence of a repair is multiplied by it."""

_LONGEST: Final = 12
_ROUNDS: Final = 3
_SHORTEST: Final = 2
_ALONE: Final = 2
"""Pieces of evidence from which a repaired name does not stand alone."""
_LONG_NAME: Final = 4
"""Names longer than this are known again whatever the one wrong character is."""
_LONGEST_SHORT: Final = 4
"""Longest short name of a city that is looked for without its kind."""
_CITY_KINDS: Final = frozenset("省市州盟")
"""和 joins two places unless it stands behind one of these."""
_WILD: Final = "?"
_EVERYDAY_PARTS: Final = frozenset("一丨口木水土人日")
"""Components of so many characters that sharing one means nothing."""
_CHUNK_ENDS: Final = frozenset("省市区县旗州盟去曲巿驱线")
"""Kinds of divisions, and what is typed for them."""
_NO_DIVISION: Final = re.compile(
    "(?:[小社园校街厂景库片矿工发高术保税游]|[工产商农物]业)区$|高新区$|^的"
)
_LOOKALIKES: Final = {
    character: frozenset(group)
    for group in (
        "未末朱", "己已巳", "土士上", "千干于", "太大犬", "人入八", "天夫", "王玉主",
        "田由甲申", "午牛", "木本术", "万方", "刀力", "厂广", "儿几", "乌鸟", "住往",
        "侯候", "戊戌戍", "拔拨", "折拆", "免兔", "今令", "竞竟", "亨享", "亳毫", "崇祟",
        "沭沐", "泗洒", "泸沪", "汨汩", "荥荣", "冶治", "栗粟", "莱菜", "衮兖", "茌荏",
        "睢雎", "丰手", "北比", "丘兵", "司同", "巨臣", "目日曰", "白自", "贝见", "石右",
        "瓜爪", "间闻问", "幸辛", "暨既", "普晋",
    )
    for character in group
}  # fmt: skip
"""Characters that are taken for one another though they share no component of a dictionary."""
_MISTYPED_KINDS: Final = {
    "去": "区", "曲": "区", "驱": "区", "渠": "区", "线": "县", "现": "县", "巿": "市", "是": "市",
}  # fmt: skip
"""What is typed for the kind of a division."""
_TYPED_FOR: Final = {
    kind: kind + "".join(typed for typed, meant in _MISTYPED_KINDS.items() if meant == kind)
    for kind in _MISTYPED_KINDS.values()
}
"""Every kind with what is typed for it."""
_BEGINS_A_WORD: Final = re.compile(
    "曲[江阜靖阳沃周水松麻园塘]|渠[县江]|现代|线[路缆]|是[否不]|去[年往]|.?(?:路|街|大道|巷)"
)
_MISTYPED_STREET: Final = re.compile("街(?:到|倒)(?=[\u4e00-\u9fff])")
"""街道 as the input method has it."""
_MISTYPED_SIGNS: Final = re.compile("[到倒" + "".join(_MISTYPED_KINDS) + "]")
"""Every mistyped kind holds one of these."""
_SYLLABLE_FOLDS: Final = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"), ("l", "n"))


class Repair(Record, frozen=True):
    """One word put right."""

    typed: str
    right: str
    likeness: float


class Repaired(Record, frozen=True):
    """A text after its repairs, with what it says then."""

    text: str
    located: Located
    repairs: tuple[Repair, ...] = ()


def repair(text: str, located: Located, gazetteer: Gazetteer) -> Repaired:
    """Repair the names of divisions that a text misspells.

    Parameters
    ----------
    text
        Simplified Chinese without spaces.
    located
        What it says as it stands.
    gazetteer
        The divisions.

    Returns
    -------
    Repaired
        The text as it was where nothing can be repaired.

    Examples
    --------
    >>> from features.address.gazetteer import china
    >>> done = repair("杭洲市萧杉区市心路1号", locate("杭洲市萧杉区市心路1号", china()), china())
    >>> done.text, [r.typed for r in done.repairs]
    ('杭州市萧山区市心路1号', ['杭洲市', '萧杉区'])
    """
    repairs: list[Repair] = []
    if _MISTYPED_SIGNS.search(text):
        for start, end, right in _mistyped_kinds(text, located, gazetteer):
            repairs.append(Repair(text[start:end], right, SAME_SOUND))
            text = text[:start] + right + text[end:]
        if repairs:
            located = locate(text, gazetteer)
    for _ in range(_ROUNDS):
        if _is_deep(located, gazetteer):
            text, located, more = _restore(text, located, gazetteer)
            repairs += more
            break
        step = _step(text, located, gazetteer)
        if step is None:
            break
        text, located, done = step
        repairs.append(done)
    return Repaired(text, located, tuple(repairs))


def _mistyped_kinds(
    text: str, located: Located, gazetteer: Gazetteer
) -> Iterator[tuple[int, int, str]]:
    """List what stands for the kind of a division that is known without it: 宝山去, 南城街到."""
    for hit in located.support:
        right = _MISTYPED_KINDS.get(text[hit.end : hit.end + 1])
        if right is None or hit.has_kind or hit.is_township or hit.names.is_landmark:
            continue
        if any(other.is_township and other.start == hit.end for other in located.support):
            # 河北渠口镇 is no 河北区.
            continue
        name = text[hit.start : hit.end] + right
        if name in gazetteer.names and not _BEGINS_A_WORD.match(text, hit.end):
            yield hit.start, hit.end + 1, name
    for match in _MISTYPED_STREET.finditer(text):
        yield match.start(), match.end(), "街道"


def alike_township(typed: str, names: Sequence[str], gazetteer: Gazetteer) -> Repair | None:
    """Find the one township of a county that a misspelt name must mean.

    Examples
    --------
    >>> from features.address.gazetteer import china
    >>> alike_township("张工镇", ("张江镇", "川沙新镇"), china()) is None
    True
    >>> alike_township("张疆镇", ("张江镇", "川沙新镇"), china()).right
    '张江镇'
    """
    index = spelling_index(gazetteer)
    found = []
    for name in names:
        if len(name) == len(typed) and name != typed:
            wrong = [pair for pair in zip(typed, name, strict=True) if pair[0] != pair[1]]
            likeness = index.likeness(*wrong[0]) if len(wrong) == 1 else 0.0
            if likeness >= NEAR_SOUND:
                found.append(Repair(typed, name, likeness))
    return found[0] if len(found) == 1 else None


def _restore(
    text: str, located: Located, gazetteer: Gazetteer
) -> tuple[str, Located, list[Repair]]:
    """Put right the names of divisions that are known without them: 深圳市保安区新安街道.

    Else what is left of a misspelt name would be read as the beginning of a road.
    """
    done: list[Repair] = []
    for start, end, right in _misspelt_on_path(text, located, gazetteer):
        fixed = text[:start] + right + text[end:]
        after = locate(fixed, gazetteer)
        if after.path == located.path and len(right) == end - start:
            done.append(Repair(text[start:end], right, SAME_SOUND))
            text, located = fixed, after
    return text, located, done


def _misspelt_on_path(
    text: str, located: Located, gazetteer: Gazetteer
) -> Iterator[tuple[int, int, str]]:
    """List what stands for the full name of a division of the path, but for one character."""
    unsaid = set(located.path)
    for hit in located.support:
        if hit.has_kind and hit.is_named:
            unsaid.difference_update(hit.names.by_node)
    if not unsaid:
        return
    named = {n: hit for hit in located.support if hit.is_named for n in hit.names.by_node}
    taken = [(hit.start, hit.end) for hit in (*located.support, *located.foreign)]
    for node in (node for node in located.path if node in unsaid):
        right, own = gazetteer.nodes[node].name, named.get(node)
        starts = [own.start] if own else [0, *(end for _, end in taken)]
        kinds = _TYPED_FOR.get(right[-1], right[-1])
        for start in starts:
            end = start + len(right)
            if end > len(text) or text[end - 1] not in kinds:
                continue
            others = (span for span in taken if own is None or span != (own.start, own.end))
            is_free = not any(a < end and start < b for a, b in others)
            if (
                is_free
                and _is_misspelt(text[start:end], right, gazetteer)
                and not _BEGINS_A_WORD.match(text, end - 1)
            ):
                yield start, end, right
                break


def _is_misspelt(typed: str, right: str, gazetteer: Gazetteer) -> bool:
    """Tell whether a word is another one but for one character of the same sound or shape."""
    if typed in gazetteer.names:
        return False
    wrong = [pair for pair in zip(typed, right, strict=True) if pair[0] != pair[1]]
    return len(wrong) == 1 and spelling_index(gazetteer).likeness(*wrong[0]) > 0


def _is_deep(located: Located, gazetteer: Gazetteer) -> bool:
    return bool(located.path) and gazetteer.nodes[located.path[-1]].level == COUNTY


def _step(text: str, located: Located, gazetteer: Gazetteer) -> tuple[str, Located, Repair] | None:
    """Make the one repair after which the text says most."""
    best: list[tuple[float, str, Located, Repair]] = []
    for start, end in _chunks(text, located):
        if text[start] == "和" and text[start - 1 : start] not in _CITY_KINDS:
            continue
        for name, node, likeness in _alike(text[start:end], located.path, gazetteer):
            fixed = text[:start] + name + text[end:]
            after = locate(fixed, gazetteer)
            # Without a parent a shape is not enough: 北六区 is no misspelt 北市区.
            # Nor is the sound of two characters: 林之语 is no misspelt 林芝.
            unsure = likeness < NEAR_SOUND or len(name) <= _SHORTEST
            if unsure and not located.path and len(after.support) < _ALONE:
                continue
            if node in after.path and len(after.path) >= len(located.path):
                done = Repair(text[start:end], name, likeness)
                # What else the text names decides between names that are equally alike.
                best.append((likeness + len(after.support), fixed, after, done))
    best.sort(key=lambda item: (-item[0], -len(item[3].typed)))
    if not best or (len(best) > 1 and best[0][0] - best[1][0] < 0.05 and best[0][1] != best[1][1]):
        return None
    return best[0][1:]


def _chunks(text: str, located: Located) -> Iterator[tuple[int, int]]:
    """List the words that stand where a division may stand: first, or right behind another."""
    names = (hit for hit in located.support if not hit.names.is_landmark)
    covered = sorted((hit.start, hit.end) for hit in names)
    for begin in [0, *(end for _, end in covered)]:
        ahead = [start for start, end in covered if end > begin]
        limit = min([begin + _LONGEST, len(text), *ahead])
        for end in range(begin + 2, limit + 1):
            if end - begin <= _LONGEST_SHORT or text[end - 1] in _CHUNK_ENDS:
                yield begin, end


def _alike(chunk: str, path: tuple[int, ...], gazetteer: Gazetteer) -> list[tuple[str, int, float]]:
    """List the names below a path that differ from a word in one character which is like theirs."""
    index, paths = spelling_index(gazetteer), gazetteer.paths
    above = path[-1] if path else None
    whole = chunk[-1] in _CHUNK_ENDS and len(chunk) > 2
    if whole and _NO_DIVISION.search(chunk):
        return []
    patterns = index.full if whole else index.short
    found = []
    for i, typed in enumerate(chunk):
        for name, node in patterns.get(chunk[:i] + _WILD + chunk[i + 1 :], ()):
            # To compare two characters takes longest: most names lie elsewhere.
            if (above is not None and above not in paths[node]) or name == chunk:
                continue
            likeness = index.likeness(typed, name[i])
            if likeness >= (SAME_PART if whole else NEAR_SOUND):
                found.append((name, node, likeness))
            elif len(name) > _LONG_NAME:
                found.append((name, node, SAME_PART))
    return found


class SpellingIndex:
    """Names with any one character left open, and how alike two characters are."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._parts = gazetteer.parts
        self._nearly: dict[str, set[str]] = {}
        self._syllables: dict[str, set[str]] = {}
        for syllable, characters in gazetteer.sounds.items():
            for character in characters:
                self._syllables.setdefault(character, set()).add(syllable)
        self.full: dict[str, list[tuple[str, int]]] = {}
        self.short: dict[str, list[tuple[str, int]]] = {}
        for name, entries in gazetteer.names.items():
            for entry in entries.each:
                if not entry.is_landmark and len(name) > 2 and name[-1] in _CHUNK_ENDS:
                    _leave_open(self.full, name, entry.node)
        for i, node in enumerate(gazetteer.nodes):
            stem = short_name(node.name) if node.level < COUNTY else None
            if stem:
                _leave_open(self.short, stem, i)

    def likeness(self, typed: str, right: str) -> float:
        """Tell how alike two characters are; 0 when nothing but their place is the same.

        Examples
        --------
        >>> from features.address.gazetteer import china
        >>> index = spelling_index(china())
        >>> index.likeness("洲", "州"), index.likeness("恩", "思"), index.likeness("沙", "城")
        (0.95, 0.75, 0.0)
        """
        one, two = self._syllables.get(typed, set()), self._syllables.get(right, set())
        if not one.isdisjoint(two):
            return SAME_SOUND
        if not self._folded(typed).isdisjoint(self._folded(right)):
            return NEAR_SOUND
        if right in _LOOKALIKES.get(typed, ()):
            return SAME_PART
        # A character may be a component of the other: 定 of 淀.
        parts = {typed, *self._parts.get(typed, "")}
        others = {right, *self._parts.get(right, "")}
        return SAME_PART if parts & others - _EVERYDAY_PARTS else 0.0

    def _folded(self, character: str) -> set[str]:
        """Fold the sounds that are mixed up in the south: zh and z, ng and n, l and n."""
        found = self._nearly.get(character)
        if found is None:
            found = {_plain(syllable) for syllable in self._syllables.get(character, ())}
            self._nearly[character] = found
        return found


def _leave_open(patterns: dict[str, list[tuple[str, int]]], name: str, node: int) -> None:
    for i in range(len(name)):
        patterns.setdefault(name[:i] + _WILD + name[i + 1 :], []).append((name, node))


def _plain(syllable: str) -> str:
    for sound, plain in _SYLLABLE_FOLDS:
        syllable = syllable.replace(sound, plain)
    return syllable


@cache
def spelling_index(gazetteer: Gazetteer) -> SpellingIndex:
    """Build the index once."""
    return SpellingIndex(gazetteer)
