"""The divisions of a cleaned Chinese text: its words put together, and its mistakes mended."""

from __future__ import annotations

import re
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Final

from msgspec import structs

from features.address.clean import MARK
from features.address.disguise import undisguised
from features.address.divisions import locate, with_quarter
from features.address.hits import without_sign
from features.address.repair import Repaired, repair

if TYPE_CHECKING:
    from features.address.gazetteer import Gazetteer

_CHINA_NAMES: Final = re.compile(
    "^(?:中华人民共和国|P\\.?R\\.?\\s?China|China)[,，\\s]*", re.IGNORECASE
)
_SEPARATORS: Final = re.compile(r"[\s,，;；|、/\\。]+")
_UNTIDY: Final = re.compile(r"[ \t\n,，;；|、/\\。*]")
"""A text without any of these is one word."""
_EDGES: Final = re.compile(r"[,，;；、|]")
"""No road or name reaches across these; spaces stand anywhere."""
_GOES_ON: Final = re.compile(
    r"[东南西北中]?[一二三四五六七八九十\d]*(?:路|街|大道|大街|巷|段|号|弄|[栋幢座]|单元|室)"
)
"""Words that belong to the one before them: 中山 北路."""
_CHINA: Final = "中国"
_SPACED_NUMBER: Final = re.compile(r"(?<!\d)\d(?: \d){2,}(?!\d)")
_BETWEEN_NUMBERS: Final = re.compile(r"(?<=\d)[\s,，;；、]+(?=\d)")
"""Of 人民路12 3栋 the two numbers are not one."""
_MASK: Final = re.compile(r"\*{2,}")


def read_china(text: str, gazetteer: Gazetteer) -> tuple[Repaired, tuple[int, ...]]:
    """Find the divisions of a cleaned Chinese text, repairing their names where that is needed.

    Returns
    -------
    tuple[Repaired, tuple[int, ...]]
        The text with its divisions, and where commas stood in it.

    Examples
    --------
    >>> from features.address.gazetteer import china
    >>> done, edges = read_china("中国浙江省，杭州市 西湖区", china())
    >>> done.text, edges
    ('浙江省杭州市西湖区', (3, 6))
    """
    if gazetteer.traditional.search(text):
        text = text.translate(gazetteer.simplified)
    simplified = undisguised(text)
    country = _CHINA_NAMES.match(simplified)
    simplified = simplified[country.end() :] if country else simplified
    parts = _parts(simplified) if _UNTIDY.search(simplified) else [simplified]
    if parts and parts[0].startswith(_CHINA) and _is_country(parts[0], gazetteer):
        parts[0] = parts[0][len(_CHINA) :]
    if parts:
        parts[0] = without_sign(parts[0], gazetteer)
    text = "".join(parts)
    edges = tuple(accumulate(map(len, parts)))[:-1] if len(parts) > 1 else ()
    done = repair(text, locate(text, gazetteer), gazetteer)
    located = with_quarter(done.text, done.located, gazetteer)
    if located is not done.located:
        done = structs.replace(done, located=located)
    return done, edges


def _parts(text: str) -> list[str]:
    """Split a text where no name reaches across, and take out what stands between words."""
    if all(len(word) == 1 for word in text.split(" ")):
        text = text.replace(" ", "")
    text = _BETWEEN_NUMBERS.sub(MARK, _SPACED_NUMBER.sub(_joined, text))
    words = _words(_MASK.sub("", text))
    return [part for word in words if (part := _SEPARATORS.sub("", word))]


def _words(text: str) -> list[str]:
    """Split a text where no name reaches across: at commas, and at spaces between whole words."""
    words = _EDGES.split(text)
    spaced = [part for word in words for part in word.split()]
    if len(spaced) > len(words) and all(len(word) > 1 for word in spaced):
        starts = [i for i, word in enumerate(spaced) if not i or not _GOES_ON.match(word)]
        return ["".join(spaced[a:b]) for a, b in pairwise([*starts, len(spaced)])]
    return words


def _is_country(text: str, gazetteer: Gazetteer) -> bool:
    """Tell whether 中国 stands before a division, and does not begin 中国人民大学."""
    behind = text[len(_CHINA) :]
    lengths = gazetteer.lengths.get(_CHINA, ())
    is_landmark = any(text[:length] in gazetteer.names for length in lengths)
    return not behind or (behind[:2] in gazetteer.lengths and not is_landmark)


def _joined(number: re.Match[str]) -> str:
    return number.group().replace(" ", "")
