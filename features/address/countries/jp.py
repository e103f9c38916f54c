"""Japan: 〒123-4567 prefecture, city, ward, quarter, block-number-building."""

from __future__ import annotations

import re
from typing import Final

from features.address.countries.parts import Grammar, Parts

_PREFECTURES: Final = (
    "北海道|青森県|岩手県|宮城県|秋田県|山形県|福島県|茨城県|栃木県|群馬県|埼玉県|千葉県|東京都|神奈川県|"
    "新潟県|富山県|石川県|福井県|山梨県|長野県|岐阜県|静岡県|愛知県|三重県|滋賀県|京都府|大阪府|兵庫県|奈良県|"
    "和歌山県|鳥取県|島根県|岡山県|広島県|山口県|徳島県|香川県|愛媛県|高知県|福岡県|佐賀県|長崎県|熊本県|大分県|"
    "宮崎県|鹿児島県|沖縄県"
)
_POSTAL: Final = re.compile(r"〒?\s*(\d{3}-\d{4})")
_PLACE: Final = re.compile(
    rf"({_PREFECTURES})?\s*((?:.{{1,5}}?郡.{{1,5}}?[町村])|(?:.{{1,6}}?市.{{1,4}}?区)|.{{1,6}}?[市区])?"
)
_BLOCK: Final = re.compile(
    r"(?P<quarter>[^\d\s]{1,12}?)\s*(?P<block>\d{1,3}丁目(?:\s*\d{1,4}番地?(?:の?\s*\d{1,3}号?)?)?"
    r"(?:\s*\d{1,4}(?:-\d{1,3}){0,2})?|\d{1,4}(?:-\d{1,4}){1,3}|\d{1,4}番地?(?:\s*\d{1,3}号?)?)"
)
_ROOM: Final = re.compile(r"(\d{1,4}\s*号室|\d{1,4}\s*室|\d{1,2}\s*[F階])\s*$")


def parse(text: str) -> Parts:
    """Parse a Japanese address.

    Examples
    --------
    >>> found = parse("〒150-0002 東京都渋谷区渋谷2-21-1 渋谷ヒカリエ 8階")
    >>> found.postal, found.province, found.city, found.street, found.house, found.building
    ('150-0002', '東京都', '渋谷区', '渋谷', '2-21-1', '渋谷ヒカリエ')
    """
    text = text.replace("日本国", "").replace("日本", "").strip(" ,、")
    postal_match = _POSTAL.search(text)
    postal = postal_match.group(1) if postal_match else None
    if postal_match:
        text = (text[: postal_match.start()] + text[postal_match.end() :]).strip(" ,、")
    place = _PLACE.match(text)
    province, city = (place[1], place[2]) if place else (None, None)
    rest = text[place.end() :].strip() if place else text
    block = _BLOCK.match(rest)
    if block is None:
        confidence = 0.8 if province and city else 0.3
        return Parts(province, city, postal=postal, confidence=confidence)
    tail = rest[block.end() :].strip()
    room = _ROOM.search(tail)
    building = (tail[: room.start()] if room else tail).strip() or None
    return Parts(
        province,
        city,
        block["quarter"].strip(),
        block["block"].replace(" ", ""),
        building,
        room.group(1).replace(" ", "") if room else None,
        postal,
        0.85 if province and city else 0.5,
    )


JAPAN: Final = Grammar("JP", re.compile(rf"{_PREFECTURES}|〒|[\u3041-\u30ff]"), parse)
