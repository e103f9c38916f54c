"""Numbers and roads that are written so that a machine does not know them again."""

from __future__ import annotations

import re
from typing import Final

_FORMAL: Final = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰", "一二三四五六七八九十百")
_FORMAL_NUMBER: Final = re.compile(
    "[壹贰叁肆伍陆柒捌玖拾佰零〇]{1,6}(?=号(?!院)|[栋幢座室楼层弄]|单元)"
)
"""Numerals of cheques; alone they are names too, such as 陆家嘴 and 壹号院."""
_LETTER_IN_NUMBER: Final = re.compile(
    r"(?<=\d)[OolI]+(?=[\dOolI]|[室号栋幢]|单元)|(?<=[号栋幢楼元层])[lI](?=[\dOolI]{1,4}室)"
)
_DIGITS: Final = str.maketrans("OolI", "0011")
_DOTTED: Final = re.compile(r"(?:[\u4e00-\u9fff\d][.·•・*_~-]){5}")
_DOT: Final = re.compile(r"(?<=[\u4e00-\u9fff\d])[.·•・*_~-](?=[\u4e00-\u9fff\d])")
_SPELLED_ROAD: Final = re.compile(r"(?<=[\u4e00-\u9fff])\s*(?:lu|road|rd)\b\.?(?=\s*\d)", re.I)
_DOTS: Final = re.compile("[.·•・*_~-]")
_LETTERS: Final = re.compile("[OolIuUdD]")
_CHEQUE: Final = re.compile("[壹贰叁肆伍陆柒捌玖拾]")
_SIGNS: Final = re.compile("[.·•・*_~OolIuUdD壹贰叁肆伍陆柒捌玖拾-]")


def undisguised(text: str) -> str:
    """Write numbers and roads of a Chinese address the usual way.

    Parameters
    ----------
    text
        A normalised text.

    Returns
    -------
    str
        The same where nothing is disguised.

    Examples
    --------
    >>> undisguised("文三路39O号贰拾陆栋"), undisguised("文.三.路.3.9.0.号")
    ('文三路390号二十六栋', '文三路390号')
    >>> undisguised("陆家嘴环路壹号院"), undisguised("人民Lu 72号")
    ('陆家嘴环路壹号院', '人民路 72号')
    """
    if not _SIGNS.search(text):
        return text
    if _CHEQUE.search(text):
        text = _FORMAL_NUMBER.sub(_to_everyday, text)
    if _DOTS.search(text) and _DOTTED.search(text):
        text = _DOT.sub("", text)
    if not _LETTERS.search(text):
        return text
    return _SPELLED_ROAD.sub("路", _LETTER_IN_NUMBER.sub(_to_digit, text))


def _to_everyday(number: re.Match[str]) -> str:
    return number.group().translate(_FORMAL)


def _to_digit(letter: re.Match[str]) -> str:
    return letter.group().translate(_DIGITS)
