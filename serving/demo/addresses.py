"""Addresses as people type them: short forms, missing parts, other scripts, remarks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from serving.demo.places import places

if TYPE_CHECKING:
    from serving.demo.frames import Frame

ROADS: Final = (
    "人民路", "解放路", "建设路", "中山路", "和平路", "文化路", "新华路", "胜利路",
    "长江路", "黄河路", "迎宾大道", "滨河路", "学府路", "科技路", "创业路", "振兴街",
    "朝阳街", "光明路", "青年路", "花园路", "北环路", "南环路", "环城东路", "环城西路",
    "金桥路", "翠湖路",
)  # fmt: skip
ESTATES: Final = (
    "阳光花园", "锦绣家园", "金域华府", "绿城百合", "碧水云天", "东方明珠", "翡翠城", "丽景苑",
    "御景湾", "世纪新城", "书香门第", "紫金庄园", "香樟苑", "名仕公馆", "滨江一号", "望湖小区",
    "幸福里", "云栖雅苑",
)  # fmt: skip
OFFICES: Final = ("创新大厦", "国际中心", "软件园", "金融广场", "智慧谷", "时代广场")
REMARKS: Final = ("（放门口）", "（周末送）", " 到了打电话", "（放菜鸟驿站）", " 工作日勿送")
TRADITIONAL: Final = str.maketrans(
    "华学号楼园东广场单龙庄书门云业创", "華學號樓園東廣場單龍莊書門雲業創"
)
FULL_WIDTH: Final = str.maketrans("0123456789", "０１２３４５６７８９")
DIGITS: Final = "零一二三四五六七八九"
STREETS: Final = {
    "US": ("Oak Lane", "Maple Ave", "2nd Street", "Washington Blvd", "Sunset Drive", "Pine St"),
    "GB": ("High Street", "Station Road", "Church Lane", "Victoria Road", "Mill Lane"),
    "DE": ("Hauptstraße", "Bahnhofstr.", "Gartenweg", "Goethestraße", "Lindenallee"),
    "FR": ("rue de la Paix", "avenue Victor Hugo", "rue des Écoles", "boulevard Voltaire"),
    "ES": ("Calle Mayor", "Avenida de la Constitución", "Calle Real"),
    "JP": ("西新宿", "本町", "梅田", "北新宿"),
    "AU": ("George Street", "Queen St", "Ocean Parade", "Bourke Street"),
    "CA": ("King Street W", "Granville St", "Yonge Street", "Main St"),
    "SG": ("Orchard Road", "Bedok North Ave 1", "Tampines St 21"),
    "MY": ("Jalan SS 2/24", "Jalan Gasing", "Jalan PJU 7/3"),
    "HK": ("彌敦道", "廣東道", "太子道西"),
    "TW": ("忠孝東路四段", "中山北路二段", "信義路五段"),
    "BR": ("Rua Augusta", "Avenida Paulista", "Rua da Consolação"),
}
NUMBER_LAST: Final = frozenset({"DE", "ES", "BR"})
N_STYLES: Final = 12
"""Ways in which the same address is typed."""


def at_home(address: Any, style: int, *, masked_room: bool) -> str:
    """Type a Chinese street line, below the township.

    Parameters
    ----------
    address
        A row of the addresses.
    style
        Which of the ``N_STYLES`` ways.
    masked_room
        Whether the platform hides everything below the building.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> spot = SimpleNamespace(
    ...     road=3, house=86, estate=2, building=7, unit=1, room=1203, kind=0, place=0
    ... )
    >>> at_home(spot, 0, masked_room=False)
    '中山路86号金域华府7幢1单元1203室'
    >>> at_home(spot, 3, masked_room=True)
    '中山路86号金域华府7号楼****'
    """
    road, house = ROADS[address.road], f"{address.house}号"
    if address.kind == 2:
        return f"{road}{house}丰巢柜{address.building}号"
    if address.kind == 1:
        tower = f"{OFFICES[address.estate % len(OFFICES)]}{'ABC'[address.unit - 1]}座"
        return f"{road}{house}{tower}" + ("****" if masked_room else f"{address.room}")
    building = (
        f"{address.building}幢", f"{address.building}栋", f"{address.building}#",
        f"{address.building}号楼",
    )[style % 4]  # fmt: skip
    rooms = (
        f"{address.unit}单元{address.room}室",
        f"{address.unit}-{address.room}",
        f"{DIGITS[address.unit]}单元{address.room}",
    )[style % 3]
    # A few people leave out the road, a few the estate.
    spot = ESTATES[address.estate]
    spot = {5: spot, 9: f"{road}{house}"}.get(style, f"{road}{house}{spot}")
    text = spot + building + ("****" if masked_room else rooms)
    if style == 10:
        # Some type the divisions once more, in short, in front of the street.
        province, city, district, _ = _rows()[address.place]
        text = province[:2] + city.removesuffix("市") + district + text
    if style == 7:
        text = text.translate(TRADITIONAL)
    if style == 8:
        text = text.translate(FULL_WIDTH)
    if style == 11 and not masked_room:
        text += REMARKS[address.building % len(REMARKS)]
    return text


def abroad(address: Any, country: str, style: int) -> tuple[str, str]:
    """Type an address abroad as two lines.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> abroad(SimpleNamespace(street=0, street_no=12, flat=4, building=1), "US", 0)
    ('12 Oak Lane', 'Apt 4')
    """
    street = STREETS[country][address.street % len(STREETS[country])]
    number = address.street_no
    flat = address.flat
    if country == "JP":
        return (
            f"{street}{number % 8 + 1}-{number % 20 + 1}-{number % 30 + 1}",
            f"{flat}号室" if flat else "",
        )
    if country in {"HK", "TW"}:
        return f"{street}{number}號", f"{flat % 20 + 1}樓" if flat else ""
    first = f"{street} {number}" if country in NUMBER_LAST else f"{number} {street}"
    if style % 4 == 1:
        first = first.upper()
    if not flat:
        return first, ""
    second = (f"Apt {flat}", f"Unit {flat}", f"#{flat}", f"Apt. {flat}")[style % 4]
    return (f"{first}, {second}", "") if style % 5 == 2 else (first, second)


def division(place: int, style: int) -> tuple[str, str, str, str]:
    """Name province, city, district and township as a form records them; the last often lacks."""
    row = _rows()[place]
    province, city, district, towns = row
    town = towns[style % len(towns)] if towns and style % 3 else ""
    return province, city, district, town


def _rows() -> list[tuple[str, str, str, list[str]]]:
    """Keep the divisions as plain tuples; building them once saves seconds."""
    if not _CACHE:
        known = places()
        for each in known.itertuples():
            towns = each.townships.split("|") if each.townships else []
            _CACHE.append((each.province, each.city, each.district, towns))
    return _CACHE


_CACHE: list[tuple[str, str, str, list[str]]] = []


def styles(orders: Frame) -> list[int]:
    """Choose how each order's address is typed: an account keeps its way with one address."""
    buyer, address = orders["buyer"].to_numpy(), orders["address"].to_numpy()
    mixed = (buyer * 2_654_435_761 + address * 40_503) >> 8
    chosen: list[int] = (mixed % N_STYLES).tolist()
    return chosen
