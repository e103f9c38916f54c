"""Comparable forms of an address: what two differently written orders to one door share."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from features.address.result import Resolution

KEY_VERSION: Final = 5
"""Raised when an address may get another key than before: history then needs a new import."""

_DIGITS: Final = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_CHINESE_NUMBER: Final = re.compile("[零〇一二两三四五六七八九十百]+")
_KIND: Final = re.compile(
    r"号楼|号栋|号馆|栋楼?|幢楼?|座|#楼?|楼|单元|号门|梯|室|房|户|号房|号室|号院|号|层"
)
_NOISE: Final = re.compile(r"[\s,.;:/\\_#'\"·、。，；：—–-]+")


@dataclass(frozen=True, slots=True)
class AddressKeys:
    """Comparable forms down to the unit, the building and the road; None when not known so far.

    They hold personal data: only their keyed hashes may be stored.
    """

    unit: str | None = None
    building: str | None = None
    road: str | None = None


def address_keys(place: Resolution) -> AddressKeys:
    """Write the comparable forms of a resolved address.

    Parameters
    ----------
    place
        A resolved address.

    Returns
    -------
    AddressKeys
        A road needs a county or city and a road or estate; a building needs a number besides. An
        address without unit or room is its building. Where the channel masks a part, the unit
        stays unknown.

    Examples
    --------
    >>> from features.address.resolve import resolve
    >>> one = address_keys(resolve("上海市浦东新区张江路288弄3号楼2单元501室"))
    >>> two = address_keys(resolve("浦东新区 张江路288弄 三栋二单元 501"))
    >>> one.unit == two.unit, one.unit
    (True, '310115|张江路|288弄|3|2|501')
    """
    area = place.adcode or _area_abroad(place)
    way = _plain(place.street or place.estate or "")
    if area is None or not way:
        return AddressKeys()
    road = f"{area}|{way}"
    number, building = _number(place.house), _number(place.building)
    if not (number or building):
        return AddressKeys(road=road)
    house = f"{road}|{number}|{building}"
    room = _without_floor(_number(place.room))
    unit = (place.unit or "").removesuffix(place.room or "")
    if place.is_masked:
        return AddressKeys(building=house, road=road)
    return AddressKeys(unit=f"{house}|{_number(unit)}|{room}", building=house, road=road)


def _area_abroad(place: Resolution) -> str | None:
    """Name the area of an address outside China: country and postal code, else country and city."""
    if place.country is None or not (place.postal or place.city):
        return None
    return f"{place.country}:{_plain(place.postal or place.city or '')}"


def _plain(text: str) -> str:
    """Fold case, accents, spaces and punctuation; Chinese numerals become digits."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    bare = "".join(c for c in folded if not unicodedata.combining(c))
    return _NOISE.sub("", unicodedata.normalize("NFC", bare))


def _number(text: str | None) -> str:
    """Write a number part without its kind: 三号楼, 3栋 and 3# are all 3; a lane stays a lane."""
    if not text:
        return ""
    joined = _CHINESE_NUMBER.sub(lambda m: str(_value(m.group())), text)
    bare = _KIND.sub("-", joined)
    return "-".join(filter(None, (_plain(part).lstrip("0") for part in bare.split("-"))))


def _without_floor(room: str) -> str:
    """Leave out a floor that the room's number says again: 3楼302室 is 302.

    Examples
    --------
    >>> _without_floor("3-302"), _without_floor("18-1807"), _without_floor("3-1")
    ('302', '1807', '3-1')
    """
    floor, _, rest = room.partition("-")
    return rest if floor.isdigit() and rest.isdigit() and rest[:-2] == floor else room


def _value(numeral: str) -> int:
    """Read a Chinese numeral below a thousand: 二十三 is 23, 五零一 is 501.

    Examples
    --------
    >>> _value("十二"), _value("二十三"), _value("五零一"), _value("一百零二")
    (12, 23, 501, 102)
    """
    if not any(c in numeral for c in "十百"):
        return int("".join(str(_DIGITS[c]) for c in numeral))
    total, digit = 0, 0
    for c in numeral:
        if c == "百":
            total, digit = total + (digit or 1) * 100, 0
        elif c == "十":
            total, digit = total + (digit or 1) * 10, 0
        else:
            digit = _DIGITS[c]
    return total + digit
