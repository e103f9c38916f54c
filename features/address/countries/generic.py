"""Any other country: a number beside a street, a unit word; enough to compare two addresses."""

from __future__ import annotations

import re
from typing import Final

from features.address.countries.parts import Grammar, Parts

_UNIT: Final = re.compile(
    r"[,\s]*\b((?:Apt|Apartment|Unit|Suite|Ste|Flat|Room|Rm|Floor|Fl|App|Appt|Étage)\.?\s*#?\s*[\w-]+"
    r"|#\s*\d[\w-]*)",
    re.IGNORECASE,
)
_NUMBER_FIRST: Final = re.compile(r"^(\d+[A-Za-z]?(?:[-/]\d+[A-Za-z]?)?)[\s,]+(.+)$")
_NUMBER_LAST: Final = re.compile(r"^(.*?\D)\s+(\d+\s?[A-Za-z]?(?:[-/]\d+)?)$")


def parse(text: str) -> Parts:
    """Parse a street line that may stand anywhere.

    Examples
    --------
    >>> found = parse("12 Rue de la Paix, Apt 4, 75002 Paris")
    >>> found.house, found.street, found.unit
    ('12', 'Rue de la Paix', 'Apt 4')
    """
    unit = _UNIT.search(text)
    if unit:
        text = text[: unit.start()] + ", " + text[unit.end() :]
    for piece in (piece.strip() for piece in text.split(",")):
        match = _NUMBER_FIRST.match(piece)
        if match:
            return Parts(
                street=match[2].strip(), house=match[1],
                unit=unit.group(1) if unit else None, confidence=0.4,
            )  # fmt: skip
        match = _NUMBER_LAST.match(piece)
        if match:
            return Parts(
                street=match[1].strip(), house=match[2].replace(" ", ""),
                unit=unit.group(1) if unit else None, confidence=0.4,
            )  # fmt: skip
    return Parts(unit=unit.group(1) if unit else None, confidence=0.2)


ANYWHERE: Final = Grammar("", re.compile("(?!)"), parse)
