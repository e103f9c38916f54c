"""How the moments of a column are written: a pattern for them, or none where imports need none."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from features.mapping.drafting.words import months
from features.mapping.macros import ZONES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_CLOCK: Final = (
    r"(?:(?P<join>,? +|T)(?P<hour>\d{1,2}):\d\d(?P<seconds>:\d\d)?(?P<part>\.\d+)?"
    r"(?P<half> ?[AaPp][Mm])?(?P<tail> ?(?:hs?\.?|Uhr))?"
    rf"(?P<zone> (?:UTC|GMT|{'|'.join(ZONES)}))?)?"
)
_YEAR: Final = r"(?P<year>\d{4}|\d\d)"
_NUMBERED: Final = re.compile(
    rf"(?P<first>\d{{1,2}})(?P<sign>[/.-])(?P<second>\d{{1,2}})(?P=sign){_YEAR}{_CLOCK}"
)
_WORD: Final = r"(?P<month>[^\W\d]{3,10}\.?)"
_DAY_NAMED: Final = re.compile(
    rf"\d{{1,2}}(?P<before>\.? |[-/]| de ){_WORD}(?P<behind>,? |[-/]| de ){_YEAR}{_CLOCK}"
)
_MONTH_NAMED: Final = re.compile(
    rf"{_WORD}(?P<before>[ -])\d{{1,2}}(?P<behind>,? |-){_YEAR}{_CLOCK}"
)
_FORMS: Final = (_NUMBERED, _DAY_NAMED, _MONTH_NAMED)

_HALVES: Final = {
    "上午": "AM", "下午": "PM", "午前": "AM", "午後": "PM", "오전": "AM", "오후": "PM",
}  # fmt: skip
_HALVED: Final = re.compile(
    rf"\d{{4}}(?P<sign>[-/.])\d{{1,2}}(?P=sign)\d{{1,2}} (?P<half>{'|'.join(_HALVES)}) ?"
    r"\d{1,2}:\d\d(?P<seconds>:\d\d)?"
)
_YEAR_FIRST: Final = re.compile(r"\d{4}([-/. ]|年)\d{1,2}([-/. ]|月)\d{1,2}.*")
_SIGNLESS: Final = re.compile(r"\d{8}|\d{14}|[2-7]\d{4}(\.\d+)?|0")
_NEVER: Final = re.compile(r"0001-01-01.*|0000-00-00.*|[-/—]+|")
_DAY_ALONE: Final = re.compile(r"\d{4}\D\d{1,2}\D\d{1,2}日?([T ]00:00(:00(\.0+)?)?Z?)?|\d{8}")
_TIME_OF_DAY: Final = re.compile(
    r"\d{1,2}:\d\d(?P<seconds>:\d\d)?(?P<part>\.\d+)?(?P<half> ?[AaPp][Mm])?"
)
_THAI_YEAR: Final = re.compile(r"(?<!\d)(2[45]\d\d)(?!\d)")
_EPOCHS: Final = {10: "epoch_s", 13: "epoch_ms", 16: "epoch_us"}

N_MONTHS: Final = 12
N_SHORT: Final = 3
"""Letters of a short month, as ``strptime`` counts them."""
AHEAD: Final = 543
"""Years that the calendar of Thailand is ahead."""


def is_moment(value: str) -> bool:
    """Tell whether a text is a moment, or says that there is none.

    Examples
    --------
    >>> [is_moment(text) for text in ("May-01-24", "1 de maio de 2024 08:05 hs.", "soon")]
    [True, True, False]
    """
    return bool(
        _YEAR_FIRST.fullmatch(value)
        or _SIGNLESS.fullmatch(value)
        or _NEVER.fullmatch(value)
        or (value.isdigit() and len(value) in _EPOCHS)
        or _taken_apart(value)
    )


def is_time_of_day(value: str) -> bool:
    """Tell whether a text is a time of day alone.

    Examples
    --------
    >>> is_time_of_day("08:05"), is_time_of_day("8:05 PM"), is_time_of_day("2024-05-01 08:05")
    (True, True, False)
    """
    return bool(_TIME_OF_DAY.fullmatch(value))


def times_of_day(values: Sequence[str]) -> list[str]:
    """Give the patterns of times of day.

    Examples
    --------
    >>> times_of_day(("08:05:00", "9:05:10")), times_of_day(("11:05 PM",))
    (['%H:%M:%S'], ['%I:%M %p'])
    """
    found = [match for value in values if (match := _TIME_OF_DAY.fullmatch(value))]
    return list(dict.fromkeys(map(_time, found)))


def has_halves(values: Sequence[str]) -> bool:
    """Tell whether times of day are counted in two halves.

    Examples
    --------
    >>> has_halves(("11:05 PM",)), has_halves(("23:05",))
    (True, False)
    """
    return any(found["half"] for value in values if (found := _TIME_OF_DAY.fullmatch(value)))


def has_days_alone(values: Sequence[str]) -> bool:
    """Tell whether moments are known to the day alone.

    Examples
    --------
    >>> has_days_alone(("2024-05-01", "05/13/24")), has_days_alone(("2024-05-01 08:05",))
    (True, False)
    """
    known = [value for value in values if is_moment(value) and not _NEVER.fullmatch(value)]
    return bool(known) and all(
        (found["hour"] is None) if (found := _taken_apart(value)) else _DAY_ALONE.fullmatch(value)
        for value in known
    )


def reading(values: Sequence[str]) -> dict[str, Any]:
    """Give the modifiers by which moments are read; none where an import tells by itself.

    Parameters
    ----------
    values
        Different values of a column; those that are no moments are passed over.

    Examples
    --------
    >>> reading(("31/12/2023", "01/02/2024"))
    {'format': '%d/%m/%Y'}
    >>> reading(("May-01-24", "Dec-13-24"))
    {'format': '%b-%d-%y'}
    >>> reading(("May 1, 2024 8:00:00 AM PDT",))
    {'format': '%b %d, %Y %I:%M:%S %p %Z'}
    >>> reading(("2024-05-01 08:05",))
    {}
    """
    known = [value for value in values if is_moment(value) and not _NEVER.fullmatch(value)]
    if years := _thai_years(known):
        return {"replace": years} | reading([_replaced(value, years) for value in known])
    if halved := [found for value in known if (found := _HALVED.fullmatch(value))]:
        return _halves(halved)
    if known and all(value.isdigit() for value in known):
        lengths = {len(value) for value in known}
        form = _EPOCHS.get(lengths.pop()) if len(lengths) == 1 else None
        return {"format": form} if form else {}
    matches = [match for value in known if (match := _taken_apart(value))]
    if not matches:
        return {}
    replaced = _named_otherwise(matches)
    patterns = Counter(_pattern(match, month_first=_month_first(matches)) for match in matches)
    listed = [pattern for pattern, _ in patterns.most_common()]
    return ({"replace": replaced} if replaced else {}) | {
        "format": listed[0] if len(listed) == 1 else listed
    }


def is_unsure(values: Sequence[str]) -> bool:
    """Tell whether nothing says if the day or the month stands first.

    Examples
    --------
    >>> is_unsure(("01/02/2024",)), is_unsure(("31/12/2023", "01/02/2024"))
    (True, False)
    """
    found = [match for value in values if (match := _NUMBERED.fullmatch(value))]
    return bool(found) and all(max(_numbers(match)) <= N_MONTHS for match in found)


def _taken_apart(value: str) -> re.Match[str] | None:
    """Match a moment with its year behind; a month by name has to be one."""
    found = next((match for form in _FORMS if (match := form.fullmatch(value))), None)
    if found is None or found.re is _NUMBERED or _is_month(found["month"]):
        return found
    return None


def _numbers(match: re.Match[str]) -> tuple[int, int]:
    return int(match["first"]), int(match["second"])


def _month_first(found: Iterable[re.Match[str]]) -> bool:
    """Tell whether the month stands first: 25/12 can only be a day first.

    Where no number tells, the reading by which the moments lie closer together is the likely one,
    and else only the American sign is a slash.
    """
    numbered = [match for match in found if match.re is _NUMBERED]
    firsts, seconds = zip(*map(_numbers, numbered), strict=True) if numbered else ((), ())
    if any(one > N_MONTHS for one in (*firsts, *seconds)):
        return not any(one > N_MONTHS for one in firsts)
    if any(match["half"] for match in numbered):
        return True
    days_first = {(match["year"], match["second"]) for match in numbered}
    months_first = {(match["year"], match["first"]) for match in numbered}
    if len(days_first) != len(months_first):
        return len(months_first) < len(days_first)
    return any(match["sign"] == "/" for match in numbered)


def _pattern(match: re.Match[str], *, month_first: bool) -> str:
    """Write the pattern of one moment."""
    year = "%Y" if len(match["year"]) == len("2024") else "%y"
    if match.re is _NUMBERED:
        days = ("%m", "%d") if month_first else ("%d", "%m")
        return match["sign"].join((*days, year)) + _clock(match)
    before, behind, word = match["before"], match["behind"], match["month"]
    if not _is_english(word):
        return (f"%d-%m-{year}" if match.re is _DAY_NAMED else f"%m-%d{behind}{year}") + _clock(
            match
        )
    month = ("%B" if len(word.rstrip(".")) > N_SHORT else "%b") + ("." if word[-1] == "." else "")
    day = f"%d{before}{month}" if match.re is _DAY_NAMED else f"{month}{before}%d"
    return f"{day}{behind}{year}" + _clock(match)


def _clock(match: re.Match[str]) -> str:
    """Write the pattern of the time of day, if there is one."""
    if match["hour"] is None:
        return ""
    zone = " %Z" if match["zone"] else ""
    return f"{match['join']}{_time(match)}{match['tail'] or ''}{zone}"


def _time(match: re.Match[str]) -> str:
    """Write the pattern of hours, minutes and what is finer."""
    hour = "%I" if match["half"] else "%H"
    half = (" %p" if match["half"].startswith(" ") else "%p") if match["half"] else ""
    seconds = ":%S" if match["seconds"] else ""
    part = ".%f" if match["part"] else ""
    return f"{hour}:%M{seconds}{part}{half}"


def _month(word: str, names: Sequence[str]) -> int | None:
    """Give the number of a month, written in full or shortened."""
    plain = word.rstrip(".").lower()
    return next((n for n, name in enumerate(names, start=1) if name.startswith(plain)), None)


def _is_month(word: str) -> bool:
    return any(_month(word, names) for names in months().values())


def _is_english(word: str) -> bool:
    return _month(word, months()["en"]) is not None


def _named_otherwise(found: Sequence[re.Match[str]]) -> dict[str, str]:
    """Write what stands for months that are named in another language than English."""
    named = [match for match in found if match.re is not _NUMBERED]
    if all(_is_english(match["month"]) for match in named):
        return {}
    told = [names for names in months().values() if all(_month(m["month"], names) for m in named)]
    if not told:
        return {}
    first = named[0]
    word, before, behind = first["month"], first["before"], first["behind"]
    letters = len(word.rstrip("."))
    is_short = told[0][(_month(word, told[0]) or 1) - 1] != word.rstrip(".").lower()
    replaced = {}
    for number, name in enumerate(told[0], start=1):
        text = name[:letters] if is_short else name
        text = (text.capitalize() if word[0].isupper() else text) + ("." if word[-1] == "." else "")
        if first.re is _DAY_NAMED:
            replaced[f"{before}{text}{behind}"] = f"-{number:02}-"
        else:
            replaced[f"{text}{before}"] = f"{number:02}-"
    return replaced


def _thai_years(known: Sequence[str]) -> dict[str, str]:
    """Write what stands for the years of the Thai calendar; empty where it is not used."""
    years = [int(found[1]) for value in known if (found := _THAI_YEAR.search(value))]
    if not years or len(years) < len(known):
        return {}
    return {str(year): str(year - AHEAD) for year in range(min(years), max(years) + 2)}


def _replaced(value: str, texts: dict[str, str]) -> str:
    for old, new in texts.items():
        value = value.replace(old, new)
    return value


def _halves(found: Sequence[re.Match[str]]) -> dict[str, Any]:
    """Read moments whose half of the day is named in another language than English."""
    first = found[0]
    sign, blank = first["sign"], " " if f"{first['half']} " in first[0] else ""
    seconds = ":%S" if first["seconds"] else ""
    pairs = list(zip(*[iter(_HALVES.items())] * 2, strict=True))
    return {
        "replace": next(dict(pair) for pair in pairs if first["half"] in dict(pair)),
        "format": f"%Y{sign}%m{sign}%d %p{blank}%I:%M{seconds}",
    }
