"""One resolved address on one screen, in both languages: what it is, why, and what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from features.address.result import LARGE_TO_SMALL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from features.address.result import Resolution

DIVISIONS: Final = ("province", "city", "district")
LABELS: Final = {
    "country": "country 国家", "province": "province 省", "city": "city 市",
    "district": "district 区县", "township": "township 乡镇", "street": "street 路",
    "house": "house 号", "estate": "estate 小区", "building": "building 栋",
    "unit": "unit, room 单元室", "postal": "postal 邮编",
}  # fmt: skip
PRECISIONS_ZH: Final = (
    "未知", "国家", "省", "市", "区县", "乡镇", "道路", "门牌", "楼栋", "单元室",
)  # fmt: skip
LACKS: Final = (
    (("street", "estate"), "road 道路"),
    (("house", "building"), "number 门牌号"),
    (("unit",), "unit and room 单元室"),
)
"""What an address lacks when none of some parts is known."""
CAUSES: Final = {
    "empty text": ("没有文字", "give an address 请填写地址"),
    "control characters": ("控制字符", "left out 已略去"),
    "markup": ("网页标记", "left out 已略去"),
    "no place in the text": ("文中没有地点", "give city and road 请写明城市和道路"),
    "no place recognised": ("认不出地点", "give city and country 请写明城市和国家"),
    "no division recognised": ("认不出行政区划", "give the city 请写明城市"),
    "several places fit equally well": ("几处地点同样符合", "give the city 请写明城市"),
    "one place fits, but no more than a guess": ("只能猜到一处", "give the city 请写明城市"),
    "a second address": ("还有第二个地址", "leave one 请只留一个"),
}
"""What was wrong with a text, in Chinese, and what mends it."""
TOO_LONG: Final = ("文字过长", "left out 已略去")


def show(place: Resolution) -> None:
    """Print one address; the line of confidence is the one of this home."""
    from rich.console import Console
    from rich.table import Table

    from serving.settings import load_settings

    view = Table(show_header=False, show_edge=False, box=None, pad_edge=False)
    view.add_column(style="dim", no_wrap=True)
    view.add_column()
    for label, value in rows(place, load_settings().address_line):
        view.add_row(label, value)
    Console(highlight=False).print(view)


def rows(place: Resolution, line: float) -> Iterator[tuple[str, str]]:
    """List what is worth saying of an address.

    Parameters
    ----------
    place
        The resolved address.
    line
        Confidence from which an address needs nobody.

    Examples
    --------
    >>> from features.address.resolve import resolve
    >>> dict(rows(resolve("上海市浦东新区张江路288弄X栋"), 0.9))["missing 缺少"]
    'unit and room 单元室'
    """
    yield "typed 原文", place.raw
    if place.standard:
        yield "standard 标准写法", place.standard
    yield from _fields(place)
    yield from _notes(place)
    yield "precision 精度", f"{place.precision} {PRECISIONS_ZH[place.level]} ({place.level} / 9)"
    missing = [what for names, what in LACKS if not any(getattr(place, name) for name in names)]
    if _lacks_district(place):
        missing.insert(0, "district 区县")
    if missing:
        yield "missing 缺少", ", ".join(missing)
    yield from _where(place)
    yield "confidence 置信度", f"{place.confidence:.2%} that the divisions are right 区划正确"
    yield "review 审核", _verdict(place, line)
    yield from _others(place)
    yield "data 数据", _data()


def _fields(place: Resolution) -> Iterator[tuple[str, str]]:
    """List the parts: divisions always, with those the text leaves out; the others where known."""
    for name, label in LABELS.items():
        value = getattr(place, name)
        if value:
            yield label, f"{value}  (inferred 推断)" if name in place.inferred else value
        elif name in DIVISIONS and (name != "district" or _lacks_district(place)):
            yield label, "unknown 未知"


def _lacks_district(place: Resolution) -> bool:
    """Tell whether an address needs a county and has none: 东莞市 has none, nor has London."""
    from features.address.gazetteer import china

    if place.district or place.country not in LARGE_TO_SMALL - {"JP"}:
        return False
    return place.adcode is None or not china().is_deepest(china().index[place.adcode])


def _notes(place: Resolution) -> Iterator[tuple[str, str]]:
    """Say what was replaced, corrected, lifted out or wrong."""
    for former, today, year in place.replaced:
        yield "renamed 更名", f"{former} → {today} ({year})"
    for typed, right in place.corrected:
        yield "corrected 纠正", f"{typed} → {right}"
    lifted = [part for part in (place.name, place.phone, place.email, *place.remarks) if part]
    if lifted:
        yield "lifted out 剥离", " · ".join(lifted)
    for cause in place.unusable:
        in_chinese, mend = CAUSES.get(cause, TOO_LONG)
        yield "problem 问题", f"{cause} {in_chinese}: {mend}"


def _where(place: Resolution) -> Iterator[tuple[str, str]]:
    """Say what the coordinates are of: never the door, which no shipped data knows."""
    if place.lat is None or place.lon is None:
        return
    division = place.district or place.city or place.province
    far = f"± {(place.radius_m or 0) / 1000:.0f} km or more 或更远"
    yield "centre 中心点", f"{place.lat:.4f}, {place.lon:.4f} {place.datum} ({division}, {far})"


def _verdict(place: Resolution, line: float) -> str:
    """Say what an order with this address would meet."""
    from serving.scoring.places import is_sure

    if is_sure(place, line):
        return f"not needed, the line is {line:.0%} 无需审核"
    return f"needed, the line is {line:.0%} 需人工审核"


def _others(place: Resolution) -> Iterator[tuple[str, str]]:
    """List the readings, where there is more than the answer itself."""
    if len(place.candidates) == 1 and place.confidence > 0:
        yield "candidates 候选", "no other place fits 没有其他地点符合"
        return
    for number, candidate in enumerate(place.candidates, start=1):
        names = [candidate.province, candidate.city, candidate.district]
        path = " ".join(dict.fromkeys(name for name in names if name))
        yield f"candidate 候选 {number}", f"{path}  {candidate.confidence:.2%}"


def _data() -> str:
    from features.address.gazetteer import china

    return f"divisions of {china().release} 区划数据 {china().release}"
