"""The one-character signs of provinces, as on number plates."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from features.address.hits.longest import longest
from features.address.meanings import CITY, COUNTY

if TYPE_CHECKING:
    from features.address.gazetteer import Gazetteer

_PROVINCE_SIGNS: Final[dict[str, str]] = dict(
    re.findall(
        r"(.)(\d\d)",
        "冀13晋14蒙15辽21吉22黑23苏32浙33皖34闽35赣36鲁37豫41鄂42湘43粤44桂45琼46川51蜀51贵52黔52云53滇53"
        "藏54陕61秦61甘62陇62青63宁64新65",
    )
)
"""The characters that stand for provinces, as on number plates, with their codes."""


def without_sign(text: str, gazetteer: Gazetteer) -> str:
    """Drop the one-character sign of a province before a city that lies in it.

    Examples
    --------
    >>> from features.address.gazetteer import china
    >>> without_sign("琼海口龙华区", china()), without_sign("琼海市嘉积镇", china())
    ('海口龙华区', '琼海市嘉积镇')
    """
    code = _PROVINCE_SIGNS.get(text[:1])
    if code is None:
        return text
    city = longest(text, 1, gazetteer)
    if city is None or not _is_city_of(code, text[1:city], gazetteer):
        return text
    own = longest(text, 0, gazetteer)
    if own is None:
        return text[1:]
    nodes = (gazetteer.nodes[node] for node in gazetteer.names[text[:own]].by_node)
    return text if own >= city or any(node.level < COUNTY for node in nodes) else text[1:]


def _is_city_of(code: str, name: str, gazetteer: Gazetteer) -> bool:
    nodes = (gazetteer.nodes[node] for node in gazetteer.names[name].by_node)
    return any(node.level == CITY and node.code[:2] == code for node in nodes)
