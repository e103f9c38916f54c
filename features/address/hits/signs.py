"""What tells behind a name in a Chinese text whether it is one of a division."""

from __future__ import annotations

import re
from typing import Final

ROAD_AFTER: Final = re.compile(
    r"[东南西北中上下内外前后新老正横]{0,2}(?![一二三五七八九][一四七](?!十))"
    r"[一二三四五六七八九十\d]{0,3}(?:环|支)?"
    r"(?:大道|大街|大路|公路|马路|胡同|路|街(?![道口])|巷|道(?!口)|弄)"
)
OTHER_ROAD_SOON: Final = re.compile(r"[\u4e00-\u9fff]{1,8}?(?:大道|大街|路|街(?!道)|巷|道)")
ROAD_OF_NAME: Final = re.compile(
    r"[\u4e00-\u9fff](?<![东南西北中上下内外前后新老正横大府县市环一二三四五六七八九十])"
    r"(?:大道|大街|路|街(?![道口])|巷)"
)
"""One character and a kind of road: 余杭塘路 is named after 余杭, and there is no 塘路."""
WHOLE_ROAD: Final = 3
"""Characters from which 东大街 or 中南路 may be the whole name of a road."""
PLACE_AFTER: Final = re.compile(
    r"(?:大厦|广场|小区|花园|家园|花苑|公寓|新村|新城(?!市)|大酒店|酒店|宾馆|饭店|银行|街道|苑|大楼|名邸|豪庭|豪园|"
    r"商城|商厦|商场|华联|百货|公馆|庭院|雅苑|雅居|山庄|里(?=\d)|村|镇|乡|楼|门(?![头源]))(?!路|大道|大街|街|巷)"
)
TOWNSHIP_END: Final = re.compile("街道|[镇乡]|苏木")
LONGEST_TOWNSHIP: Final = 14
"""Characters of 军赛佤族拉祜族傈僳族德昂族乡."""
DETAIL_BEGINS: Final = re.compile(r"\d+\s*(?:号|弄|栋|幢|室|单元)|大道|路|街(?!道)|巷")
KIND: Final = frozenset("省市区县州盟旗")
"""Kinds of divisions."""
RURAL_KIND: Final = frozenset("县旗")
RURAL: Final = frozenset("镇乡")
"""Kinds of townships."""
WORD_ENDS: Final = frozenset("号室栋幢楼座层元户")
"""Behind these a new word begins."""
COUNTY_SHORT: Final = 0.7
"""Weight up to which a name is a county's short one."""
WEAK: Final = 0.3
"""Share of its weight that the name of a university, hospital or airport keeps."""


def ends_in_kind(text: str, start: int, end: int) -> bool:
    """Tell whether a name says what kind of division it is; 州 of 温州 does not.

    Examples
    --------
    >>> [ends_in_kind(name, 0, len(name)) for name in ("西湖区", "恩施州", "温州", "西湖")]
    [True, True, False, False]
    """
    return text[end - 1] in KIND and not (text[end - 1] == "州" and end - start == 2)


def is_before_a_road(text: str, at: int) -> bool:
    """Tell whether a road begins at a place of a text, and none that is named by what precedes.

    Examples
    --------
    >>> is_before_a_road("吉大景山路2号", 2), is_before_a_road("人民中路2号", 2)
    (True, False)
    """
    soon = OTHER_ROAD_SOON.match(text, at)
    if soon is None or TOWNSHIP_END.search(text, at, soon.end() + 1):
        return False
    return not (ROAD_AFTER.match(text, at) or PLACE_AFTER.match(text, at))
