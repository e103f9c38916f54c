"""What an address says below its divisions: the text without them, and its township."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from features.address.clean import MARK
from features.address.names import short_name
from features.address.record import Record
from features.address.repair import Repair, alike_township

if TYPE_CHECKING:
    from collections.abc import Sequence

    from features.address.divisions import Located
    from features.address.gazetteer import Gazetteer
    from features.address.hits import Hit

_TOWNSHIP_KIND: Final = re.compile("街|[镇乡]|苏木|地区|农场|林场|开发区|园区|团$")
_ROAD_LATER: Final = re.compile("(?:路|大道|大街|[^道]街|巷)\\d")
_TOWNSHIP: Final = re.compile(
    "\ue000?[\u4e00-\u9fff]{1,5}?(?:街道(?!办)|[镇乡](?!大[道街路]|[路街东西南北中镇乡村政卫人])|苏木)"
)
"""A township that the list does not hold: renamed, merged, or of another county."""
_ROAD_KIND: Final = re.compile("[路街]$")
_ADMIN_NOISE: Final = ("市辖区", "辖区", "-")
_ADMIN_WORDS: Final = re.compile("^(?:市辖区|辖区|-)+")


class Remainder(Record, frozen=True):
    """What is left of a text, the township taken out of it, and how that was misspelt."""

    text: str
    township: str | None = None
    misspelt: Repair | None = None


def take_out(text: str, edges: tuple[int, ...], found: Located, gazetteer: Gazetteer) -> Remainder:
    """Take the divisions out of a text, and the township of the county found.

    Parameters
    ----------
    text
        Simplified Chinese without spaces.
    edges
        Where commas stood in it.
    found
        Its divisions.
    gazetteer
        The divisions.

    Returns
    -------
    Remainder
        What is left for road, number and room.

    Examples
    --------
    >>> from features.address.divisions import locate
    >>> from features.address.gazetteer import china
    >>> text = "上海市浦东新区张江镇孙桥路100号"
    >>> take_out(text, (), locate(text, china()), china()).township
    '张江镇'
    """
    rest = _between(text, [*_taken(text, found, gazetteer), *[(at, at) for at in edges]])
    if rest.startswith(_ADMIN_NOISE):
        rest = _ADMIN_WORDS.sub("", rest)
    if not found.path:
        named_only = _TOWNSHIP.match(rest)
        rest = rest[named_only.end() :] if named_only else rest
        return Remainder(rest.replace(MARK, ""), named_only.group() if named_only else None)
    if not _TOWNSHIP_KIND.search(rest):
        return Remainder(rest.strip(MARK))
    names = gazetteer.townships_of(found.path[-1])
    at, typed, name = _township(rest, names)
    misspelt = None
    if name is None:
        unlisted = _TOWNSHIP.match(rest)
        if unlisted is None:
            return Remainder(rest.strip(MARK))
        at, typed = 0, unlisted.group()
        misspelt = alike_township(typed.strip(MARK), names, gazetteer)
        name = misspelt.right if misspelt else typed
    return Remainder((rest[:at] + MARK + rest[at + len(typed) :]).strip(MARK), name, misspelt)


def _taken(text: str, found: Located, gazetteer: Gazetteer) -> list[tuple[int, int]]:
    """List what the names of divisions take of a text."""
    spans = [(hit.start, hit.end) for hit in found.foreign]
    for hit in found.support:
        if hit.names.is_landmark:
            # A landmark is no part of the name of the road behind it: 广州塔 and 阅江西路.
            if hit.stands_before_road(text, gazetteer):
                spans.append((hit.end, hit.end))
            n_city = _city_before(hit, text, found, gazetteer)
            if n_city:
                spans.append((hit.start, hit.start + n_city))
        elif hit.is_named:
            spans.append((hit.start, hit.end))
    return spans


def _between(text: str, spans: list[tuple[int, int]]) -> str:
    """Join what stands between the spans of a text by marks."""
    kept, last = [], 0
    for start, end in sorted(spans):
        if start > last:
            kept.append(text[last:start])
        if end > last:
            last = end
    if last < len(text):
        kept.append(text[last:])
    return MARK.join(kept)


def _city_before(hit: Hit, text: str, found: Located, gazetteer: Gazetteer) -> int:
    """Count the characters that name the city within a landmark: 哈尔滨 of 哈尔滨中央大街."""
    for node in found.path:
        short = short_name(gazetteer.nodes[node].name)
        if (
            short
            and text.startswith(short, hit.start)
            and _ROAD_KIND.search(text, hit.start, hit.end)
        ):
            return len(short)
    return 0


def _township(rest: str, names: Sequence[str]) -> tuple[int, str, str | None]:
    """Find the first township of a county that the text names: where, as what, its full name."""
    hits = [(at, -len(name), name) for name in names if (at := rest.find(name)) >= 0]
    if hits:
        at, _, name = min(hits)
        return at, name, name
    # 荔城街荔城大道: what is a street elsewhere is how Guangzhou shortens a sub-district.
    for name in names:
        short = name.removesuffix("道")
        if short.endswith("街") and rest.startswith(short) and _ROAD_LATER.search(rest, len(short)):
            return 0, short, name
    return 0, "", None
