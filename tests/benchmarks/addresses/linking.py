"""Whether one door written in many ways keeps one key, and different doors never share one.

``python -m tests.benchmarks.addresses.linking`` prints the share of disguised variants of a unit
that get its key, and how many pairs of different units share one.
"""

from __future__ import annotations

import argparse
import random
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from features.address.gazetteer import china
from features.address.keys import address_keys
from features.address.meanings import COUNTY
from features.address.names import short_name
from features.address.resolve import resolve

if TYPE_CHECKING:
    from collections.abc import Callable

SEED: Final = 7
_ROADS: Final = (
    *("人民路", "文三路", "中山北路", "建设大道", "学府路"),
    *("长江西路", "解放南街", "迎宾大道", "花园路", "科技二路"),
)
_DIGITS: Final = "零一二三四五六七八九"
_LOOKALIKES: Final = str.maketrans("0123456789", "０１２３４５６７８９")


@dataclass(frozen=True, slots=True)
class Door:
    """A unit, as it is."""

    divisions: tuple[str, ...]
    road: str
    house: int
    building: int
    unit: int
    room: int

    def written(self) -> str:
        """Write it the usual way."""
        place = "".join(self.divisions)
        return f"{place}{self.road}{self.house}号{self.building}栋{self.unit}单元{self.room}室"


def doors(n: int, rng: random.Random) -> list[Door]:
    """Make doors in random counties."""
    gazetteer = china()
    counties = [
        i
        for i, node in enumerate(gazetteer.nodes)
        if node.level == COUNTY and node.code[:2] not in {"71", "81", "82"}
    ]
    found = []
    for _ in range(n):
        names = tuple(gazetteer.nodes[i].name for i in gazetteer.paths[rng.choice(counties)])
        numbers = rng.randrange(1, 900), rng.randrange(1, 40), rng.randrange(1, 6)
        room = 100 * rng.randrange(1, 30) + rng.randrange(1, 9)
        found.append(Door(names, rng.choice(_ROADS), *numbers, room))
    return found


def _chinese(number: int) -> str:
    """Write a number below a hundred the Chinese way."""
    tens, ones = divmod(number, 10)
    if not tens:
        return _DIGITS[ones]
    return ("" if tens == 1 else _DIGITS[tens]) + "十" + (_DIGITS[ones] if ones else "")


def _spelled(number: int) -> str:
    return "".join(_DIGITS[int(digit)] for digit in str(number))


def _short(door: Door) -> str:
    *above, county = door.divisions
    return "".join(short_name(name) or name for name in above) + county


def _body(door: Door, place: str, building: str, unit: str, room: str) -> str:
    return f"{place}{door.road}{door.house}号{building}{unit}{room}"


def _circled(number: int) -> str:
    """Write a number in circles, which stand in one character up to twenty."""
    return (
        chr(0x2460 + number - 1)
        if number <= 20
        else chr(0x3251 + number - 21)
        if number <= 35
        else str(number)
    )


def _formal(number: int) -> str:
    """Write a number the way banks do."""
    return _chinese(number).translate(str.maketrans("一二三四五六七八九十", "壹贰叁肆伍陆柒捌玖拾"))


def _township(door: Door) -> str:
    """Name a township of the county of a door."""
    gazetteer = china()
    codes = (
        i
        for i, p in enumerate(gazetteer.paths)
        if tuple(gazetteer.nodes[n].name for n in p) == door.divisions
    )
    return next(iter(gazetteer.townships_of(next(codes))), "")


def _misspelt(name: str) -> str:
    """Write the first character as another one of the same sound."""
    for characters in china().sounds.values():
        if name[0] in characters:
            other = next((c for c in characters if c != name[0]), name[0])
            return other + name[1:]
    return name


def _traditional(text: str) -> str:
    many: dict[int, list[int]] = {}
    for traditional, simplified in china().simplified.items():
        many.setdefault(simplified, []).append(traditional)
    return text.translate({s: forms[0] for s, forms in many.items() if len(forms) == 1})


DISGUISES: Final[dict[str, Callable[[Door], str]]] = {
    "number of building": lambda d: _body(
        d, "".join(d.divisions), f"{d.building}号楼", f"{d.unit}单元", f"{d.room}室"
    ),
    "幢 and no 室": lambda d: _body(
        d, "".join(d.divisions), f"{d.building}幢", f"{d.unit}单元", f"{d.room}"
    ),
    "dashes": lambda d: f"{''.join(d.divisions)}{d.road}{d.house}号{d.building}-{d.unit}-{d.room}",
    "Chinese numerals": lambda d: _body(
        d,
        "".join(d.divisions),
        f"{_chinese(d.building)}栋",
        f"{_chinese(d.unit)}单元",
        f"{_spelled(d.room)}室",
    ),
    "Chinese house number": lambda d: (
        f"{''.join(d.divisions)}{d.road}{_spelled(d.house)}号{d.building}栋{d.unit}单元{d.room}室"
    ),
    "no 号": lambda d: (
        f"{''.join(d.divisions)}{d.road}{d.house} {d.building}栋{d.unit}单元{d.room}室"
    ),
    "short divisions": lambda d: d.written().replace("".join(d.divisions), _short(d)),
    "spaces and commas": lambda d: _body(
        d, ",".join(d.divisions) + " ", f" {d.building}栋 ", f"{d.unit} 单元 ", f"{d.room} 室"
    ),
    "full width": lambda d: d.written().translate(_LOOKALIKES),
    "traditional": lambda d: _traditional(d.written()),
    "remarks": lambda d: f"{d.written()}（放门口，谢谢！）",
    "name and phone": lambda d: f"张三丰 13800138000 {d.written()}",
    "divisions twice": lambda d: "".join(d.divisions) + d.written(),
    "hash signs": lambda d: _body(
        d, "".join(d.divisions), f"{d.building}#", f"{d.unit}单元", f"{d.room}室"
    ),
    "emoji and dots": lambda d: _body(
        d, "".join(d.divisions), f"·{d.building}栋😀", f"{d.unit}单元", f"{d.room}室。。"
    ),
    "invisible characters": lambda d: "\u200b".join(d.written()),
    "leading zeros": lambda d: _body(
        d, "".join(d.divisions), f"{d.building:02}栋", f"{d.unit:02}单元", f"{d.room:04}室"
    ),
    "one digit full width": lambda d: d.written().replace(
        str(d.house), str(d.house)[:-1] + str(d.house)[-1].translate(_LOOKALIKES)
    ),
    "letters for digits": lambda d: _body(
        d,
        "".join(d.divisions),
        f"{d.building}栋",
        f"{d.unit}单元",
        f"{d.room}室".replace("0", "O").replace("1", "l"),
    ),
    "circled numbers": lambda d: _body(
        d, "".join(d.divisions), f"{_circled(d.building)}栋", f"{d.unit}单元", f"{d.room}室"
    ),
    "formal numerals": lambda d: _body(
        d, "".join(d.divisions), f"{_formal(d.building)}栋", f"{d.unit}单元", f"{d.room}室"
    ),
    "dots between characters": lambda d: (
        "".join(d.divisions) + ".".join(f"{d.road}{d.house}号{d.building}栋{d.unit}单元{d.room}室")
    ),
    "dashes within the road": lambda d: d.written().replace(d.road, "-".join(d.road)),
    "brackets": lambda d: (
        f"{''.join(d.divisions)}{d.road}{d.house}号({d.building}栋)[{d.unit}单元]{d.room}室"
    ),
    "another spelling of the road": lambda d: d.written().replace("路", "Lu ").replace("街", "街"),
    "floor named": lambda d: _body(
        d, "".join(d.divisions), f"{d.building}栋", f"{d.unit}单元", f"{d.room // 100}楼{d.room}室"
    ),
    "township added": lambda d: d.written().replace(
        "".join(d.divisions), "".join(d.divisions) + _township(d)
    ),
    "junk before and behind": lambda d: f"@@##{d.written()}~~~ 备注:勿回",
    "county misspelt": lambda d: d.written().replace(d.divisions[-1], _misspelt(d.divisions[-1])),
    "accents over letters": lambda d: _body(
        d, "".join(d.divisions), f"{d.building}\u0301栋", f"{d.unit}单元", f"{d.room}室"
    ),
    "reversed": lambda d: (
        f"{d.road}{d.house}号{d.building}栋{d.unit}单元{d.room}室，"
        + "，".join(reversed(d.divisions))
    ),
}
"""What people do to an address so that it looks like another one."""

NEIGHBOURS: Final[dict[str, Callable[[Door], Door]]] = {
    "next room": lambda d: replace(d, room=d.room + 1),
    "next unit": lambda d: replace(d, unit=d.unit + 1),
    "next building": lambda d: replace(d, building=d.building + 1),
    "a digit more in the building": lambda d: replace(d, building=d.building + 10),
    "next number": lambda d: replace(d, house=d.house + 2),
    "a digit more in the number": lambda d: replace(d, house=d.house * 10 + 1),
    "unit and building swapped": lambda d: replace(d, unit=d.building + 6, building=d.unit),
    "another road": lambda d: replace(d, road=_ROADS[_ROADS.index(d.road) - 1]),
}
"""Doors that differ in one thing."""


@dataclass(frozen=True, slots=True)
class Linked:
    """How well keys link.

    Parameters
    ----------
    n_variants, n_linked
        Disguised variants, and those with the key of their door.
    n_pairs, n_false
        Pairs of different doors, and those that share a key.
    missed
        Number of variants missed, by disguise.
    """

    n_variants: int
    n_linked: int
    n_pairs: int
    n_false: int
    missed: dict[str, int]


def link(n_doors: int, *, seed: int = SEED) -> Linked:
    """Link variants of made doors, and compare doors that differ in one thing."""
    rng = random.Random(seed)  # noqa: S311 nothing secret
    missed = dict.fromkeys(DISGUISES, 0)
    n_false = 0
    made = doors(n_doors, rng)
    for door in made:
        own = _key(door.written())
        for name, disguise in DISGUISES.items():
            missed[name] += own is None or _key(disguise(door)) != own
        for change in NEIGHBOURS.values():
            other = change(door)
            disguise = rng.choice(list(DISGUISES.values()))
            n_false += _key(disguise(other)) == own
    n_variants = n_doors * len(DISGUISES)
    n_pairs = n_doors * len(NEIGHBOURS)
    return Linked(n_variants, n_variants - sum(missed.values()), n_pairs, n_false, missed)


def _key(raw: str) -> str | None:
    return address_keys(resolve(raw)).unit


def main() -> None:
    """Print recall and false links."""
    parser = argparse.ArgumentParser(description="Linking of disguised units.")
    parser.add_argument("-n", type=int, default=600, help="doors")
    found = link(parser.parse_args().n)
    sys.stdout.write(
        f"{found.n_variants} disguised variants: {found.n_linked / found.n_variants:.2%} linked; "
        f"{found.n_pairs} pairs of different units: {found.n_false} false links\n"
    )
    for name, n in found.missed.items():
        sys.stdout.write(f"  {name:<24} missed {n}\n")


if __name__ == "__main__":
    main()
