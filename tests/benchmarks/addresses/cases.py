"""The evaluation set: addresses with their truth, by part and family.

The parts were written one after the other: ``seen`` and ``held`` for the first version, the others
each before the mending that they led to.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.features.address.cases import CASES

FOLDER: Final = Path(__file__).parent
PARTS: Final = (
    "seen", "held", "fresh", "final", "last", "blind", "verdict", "closing", "typed", "proof",
    "spot", "pasted", "intake", "ledger", "parcel",
)  # fmt: skip
CHINA_ONLY: Final = frozenset({"closing", "spot", "parcel"})
PARTS_ABROAD: Final = tuple(part for part in PARTS if part not in CHINA_ONLY)
ADMIN: Final = ("province", "city", "district")
DETAIL: Final = ("street", "house", "building", "unit")
ABROAD: Final = ("province", "city", *DETAIL)
UNKNOWN: Final = "-"


@dataclass(frozen=True, slots=True)
class Question:
    """An address text with what must come out.

    Parameters
    ----------
    family
        The trap it is of.
    raw
        What was typed.
    truth
        Field name to value; None must be unknown, and a field that is not there is not judged.
    """

    family: str
    raw: str
    truth: dict[str, str | None]


def chinese(part: str) -> list[Question]:
    """Read the Chinese addresses of a part; those of the unit tests belong to the seen one."""
    questions = [
        _question(family, raw, (*ADMIN, *DETAIL), truth.split(), skip="?")
        for family, raw, truth in _rows(f"{part}.txt")
    ]
    if part == "seen":
        questions += [
            _question(case.family, case.raw, (*ADMIN, *DETAIL), case.truth, skip="")
            for case in CASES
            if case.country is None
        ]
    return questions


def abroad(part: str) -> list[Question]:
    """Read the addresses abroad of a part; the family is the country."""
    questions = []
    rows = _rows(f"abroad_{part}.txt") if part in PARTS_ABROAD else []
    for family, raw, truth in rows:
        names = ("country", "city") if family == "elsewhere" else ABROAD
        values = [value.strip() for value in truth.split(";")]
        questions.append(_question(family, raw, names, values, skip=""))
    return questions


def _rows(name: str) -> list[tuple[str, str, str]]:
    rows, family = [], ""
    for line in (FOLDER / name).read_text("utf-8").splitlines():
        if line.startswith("# "):
            family = line[2:]
        elif line and not line.startswith("//"):
            raw, _, truth = line.rpartition(" | ")
            rows.append((family, raw, truth))
    return rows


def _question(
    family: str, raw: str, names: tuple[str, ...], values: tuple[str, ...] | list[str], *, skip: str
) -> Question:
    pairs = zip(names, values, strict=False)
    truth = {n: None if v == UNKNOWN else v for n, v in pairs if v != skip and v != ""}
    return Question(family.partition(":")[0], raw, truth)
