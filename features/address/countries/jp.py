"""Japan: 〒123-4567 prefecture, city, ward, quarter, block-number-building."""

from __future__ import annotations

import re
from typing import Final

from features.address.countries.divisions import JP_ROMAN
from features.address.countries.parts import Grammar, Parts
from features.address.countries.places import City, find_city

_PREFECTURES: Final = (
    "北海道|青森県|岩手県|宮城県|秋田県|山形県|福島県|茨城県|栃木県|群馬県|埼玉県|千葉県|東京都|神奈川県|"
    "新潟県|富山県|石川県|福井県|山梨県|長野県|岐阜県|静岡県|愛知県|三重県|滋賀県|京都府|大阪府|兵庫県|奈良県|"
    "和歌山県|鳥取県|島根県|岡山県|広島県|山口県|徳島県|香川県|愛媛県|高知県|福岡県|佐賀県|長崎県|熊本県|大分県|"
    "宮崎県|鹿児島県|沖縄県"
)
_LARGE: Final = (
    "札幌市|仙台市|さいたま市|千葉市|横浜市|川崎市|相模原市|新潟市|静岡市|浜松市|名古屋市|京都市|大阪市|堺市|神戸市|"
    "岡山市|広島市|北九州市|福岡市|熊本市"
)
_LARGE_CITIES: Final = frozenset(_LARGE.split("|"))
_WARDS: Final = {
    "kita": "北区", "minami": "南区", "higashi": "東区", "nishi": "西区", "chuo": "中央区",
    "naka": "中区", "midori": "緑区", "aoba": "青葉区", "minato": "港区", "hakata": "博多区",
    "nakamura": "中村区", "shimogyo": "下京区", "nakagyo": "中京区", "higashiyama": "東山区",
    "tennoji": "天王寺区", "naniwa": "浪速区", "yodogawa": "淀川区", "kanagawa": "神奈川区",
    "abeno": "阿倍野区", "asahi": "旭区", "fukushima": "福島区", "higashinari": "東成区",
    "higashisumiyoshi": "東住吉区", "higashiyodogawa": "東淀川区", "hirano": "平野区",
    "ikuno": "生野区", "joto": "城東区", "konohana": "此花区", "miyakojima": "都島区",
    "nishinari": "西成区", "nishiyodogawa": "西淀川区", "suminoe": "住之江区",
    "sumiyoshi": "住吉区", "taisho": "大正区", "tsurumi": "鶴見区", "fushimi": "伏見区",
    "kamigyo": "上京区", "nishikyo": "西京区", "sakyo": "左京区", "ukyo": "右京区",
    "yamashina": "山科区", "hodogaya": "保土ケ谷区", "isogo": "磯子区", "kanazawa": "金沢区",
    "kohoku": "港北区", "konan": "港南区", "sakae": "栄区", "seya": "瀬谷区",
    "totsuka": "戸塚区", "tsuzuki": "都筑区", "izumi": "泉区", "atsuta": "熱田区",
    "chikusa": "千種区", "meito": "名東区", "mizuho": "瑞穂区", "moriyama": "守山区",
    "nakagawa": "中川区", "showa": "昭和区", "tempaku": "天白区", "atsubetsu": "厚別区",
    "kiyota": "清田区", "shiroishi": "白石区", "teine": "手稲区", "toyohira": "豊平区",
    "hyogo": "兵庫区", "nada": "灘区", "nagata": "長田区", "suma": "須磨区",
    "tarumi": "垂水区", "higashinada": "東灘区", "jonan": "城南区", "sawara": "早良区",
    "miyagino": "宮城野区", "taihaku": "太白区", "wakabayashi": "若林区", "asao": "麻生区",
    "kawasaki": "川崎区", "miyamae": "宮前区", "nakahara": "中原区", "saiwai": "幸区",
    "takatsu": "高津区", "tama": "多摩区", "asakita": "安佐北区", "asaminami": "安佐南区",
}  # fmt: skip
"""Wards of large cities in Latin letters."""
_TOKYO_WARDS: Final = {
    "adachi": "足立区", "arakawa": "荒川区", "bunkyo": "文京区", "chiyoda": "千代田区",
    "chuo": "中央区", "edogawa": "江戸川区", "itabashi": "板橋区", "katsushika": "葛飾区",
    "kita": "北区", "koto": "江東区", "meguro": "目黒区", "minato": "港区",
    "nakano": "中野区", "nerima": "練馬区", "ota": "大田区", "setagaya": "世田谷区",
    "shibuya": "渋谷区", "shinagawa": "品川区", "shinjuku": "新宿区", "suginami": "杉並区",
    "sumida": "墨田区", "taito": "台東区", "toshima": "豊島区",
}  # fmt: skip
"""Wards of Tokyo, which call themselves cities in English."""

_ROMAN: Final = re.compile(r"\b([A-Za-z]+)(?:-(ku|shi|cho|machi)|[ -](City|Ward))\b", re.I)
_BARE_WARD: Final = re.compile(rf"\b({'|'.join(_TOKYO_WARDS)})\b", re.I)
_ROMAN_BLOCK: Final = re.compile(r"\b(\d{1,4}(?:-\d{1,4}){1,2})\b")
_POSTAL: Final = re.compile(r"〒?\s*(\d{3}-\d{4})")
_PLACE: Final = re.compile(
    rf"({_PREFECTURES})?\s*((?:.{{1,5}}?郡.{{1,5}}?[町村])|(?:.{{1,6}}?市.{{1,4}}?区)|.{{1,6}}?[市区])?"
)
_BLOCK: Final = re.compile(
    r"(?P<quarter>[^\d\s]{1,16}?)\s*(?P<block>(?:\d{1,3}|[一二三四五六七八九十]{1,2})丁目(?:\s*\d{1,4}番地?(?:の?\s*\d{1,3}号?)?)?"
    r"(?:\s*\d{1,4}(?:-\d{1,3}){0,2})?|\d{1,4}(?:-\d{1,4}){1,3}|\d{1,4}番地?(?:\s*\d{1,3}号?)?|\d{1,5}(?=\s|$))"
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
    if not any("\u3041" <= c <= "\u9fff" for c in text):
        return _parse_roman(text, postal)
    text = text.replace("\u2212", "-")
    place = _PLACE.match(text)
    province, city = (place[1], place[2]) if place else (None, None)
    known = (
        find_city(city.partition("市")[0] + "市" if "市" in city else city, "JP") if city else None
    )
    province = province or (known.division if known else None)
    rest = text[place.end() :].strip() if place else text
    block = _BLOCK.match(rest)
    if block is None:
        confidence = 0.8 if province and city else 0.3
        return Parts(province, city, postal=postal, confidence=confidence, point=known)
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
        0.95 if province and city else 0.5,
        known,
    )


def _parse_roman(text: str, postal: str | None) -> Parts:
    """Parse a Japanese address in Latin letters; divisions come out in their own script."""
    words = re.split(r"[\s,]+", re.sub(r"(?i)\bJapan\b", " ", text).casefold())
    province = next((JP_ROMAN[w] for w in reversed(words) if w in JP_ROMAN), None)
    city = ward = None
    for name, kind in _places(text, province):
        own = find_city(name, "JP", province)
        if kind.lower() == "shi" and own:
            city = own.name.rstrip("市") + "市"
        elif kind.lower() == "ku":
            ward = _ward(name.lower(), province, city, own)
    if ward and city is None and province != "東京都":
        # Abeno-ku, Osaka: the city is named without its kind.
        cities = (find_city(word, "JP", province) for word in reversed(words) if word)
        large = (own.name.rstrip("市") + "市" for own in cities if own)
        city = next((name for name in large if name in _LARGE_CITIES), None)
    place = (city or "") + (ward or "") or None
    known = find_city(place.partition("市")[0] + "市" if city else place, "JP") if place else None
    block = _ROMAN_BLOCK.search(text)
    return Parts(
        province or (known.division if known else None),
        place,
        house=block.group(1) if block else None,
        postal=postal,
        confidence=0.9 if province and place else 0.5,
        point=known,
    )


def _places(text: str, province: str | None) -> list[tuple[str, str]]:
    """List the names with their kind; in Tokyo a bare name of a ward is one."""
    found = [(name, kind or "") for name, kind, _ in _ROMAN.findall(text) if kind]
    for name, _, english in _ROMAN.findall(text):
        if english:
            is_ward = province == "東京都" and name.lower() in _TOKYO_WARDS
            found.append((name, "ku" if is_ward or english.lower() == "ward" else "shi"))
    if not found and province == "東京都":
        found = [(name, "ku") for name in _BARE_WARD.findall(text)[:1]]
    return found


def _ward(name: str, province: str | None, city: str | None, own: City | None) -> str | None:
    if province == "東京都" and name in _TOKYO_WARDS:
        return _TOKYO_WARDS[name]
    return _WARDS.get(name) if city or own is None else own.name.rstrip("区") + "区"


JAPAN: Final = Grammar(
    "JP", re.compile(rf"{_PREFECTURES}|〒|[\u3041-\u30ff]|^(?:{_LARGE})|丁目|\d番地"), parse
)
