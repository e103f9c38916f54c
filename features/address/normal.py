"""One writing for all spellings of an address text: what a cache or a queue compares."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from features.address.clean import lift, normalise
from features.address.gazetteer import china

_NOISE: Final = re.compile(r"[^\w#]+|_")
_BUILDING: Final = re.compile(r"(?<=[0-9a-z])(?:号楼|号栋|栋楼|幢楼?|#楼?|座)")
_ROOM: Final = re.compile(r"(?<=\d)(?:号房|号室|房(?!间)|户)")


def folded(text: str) -> str:
    """Fold width, script, case, accents and punctuation of a text.

    Examples
    --------
    >>> folded("張江路 ２８８弄"), folded("São Paulo")
    ('张江路288弄', 'saopaulo')
    """
    plain = unicodedata.normalize("NFKC", text).translate(china().simplified)
    if not plain.isascii():
        split = unicodedata.normalize("NFD", plain)
        plain = "".join(c for c in split if not unicodedata.combining(c))
    return _NOISE.sub("", plain.casefold())


def normal_form(text: str) -> str:
    """Write an address text so that equal addresses are equal texts.

    Parameters
    ----------
    text
        As the buyer typed it; a name, a phone or a wish in it is left out.

    Returns
    -------
    str
        Personal data still: only its keyed hash may be kept in the open.

    Examples
    --------
    >>> normal_form("朝阳区建国路88号 3幢 501室") == normal_form("朝阳区，建国路８８号3号楼501房")
    True
    >>> normal_form("朝阳区建国路88号3栋") == normal_form("朝阳区建国路88号5栋")
    False
    """
    plain = folded(lift(*normalise(text)).text)
    return _ROOM.sub("室", _BUILDING.sub("栋", plain)).replace("#", "")
