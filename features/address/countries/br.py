"""Brazil: street, number, complement, district, city - UF, 12345-678."""

from __future__ import annotations

import re
from typing import Final

from features.address.countries.divisions import BR_CODES as STATES
from features.address.countries.parts import Grammar, Parts
from features.address.countries.places import city_at_end, find_city, fold

_COUNTRY: Final = re.compile(r"[\s,-]*\bBra[sz]il\s*$", re.I)
_CEP: Final = re.compile(r"(?:CEP[:\s]*)?\b(\d{5}-\d{3}|\d{8})\b", re.I)
_CODE: Final = re.compile(rf"[\s,/-]+({'|'.join(STATES)})(?=\s*(?:,|$))")
_BY_NAME: Final = {fold(name): name for name in STATES.values()}
_MOST_WORDS: Final = 4
"""Words of Rio Grande do Norte."""
_KINDS: Final = (
    r"Rua|R\.|Avenida|Av\.?|Travessa|Tv\.?|Alameda|Al\.|Praça|Praca|Pç\.?|"
    r"Rodovia|Rod\.|Estrada|Largo"
)
_STREET: Final = re.compile(
    rf"(?:^|,)\s*(?P<street>(?:{_KINDS})\s(?:\d{{1,2}}\sde\s)?[^,\d]+?(?:\s\d+\sde\s[A-Za-zç]+)?)\s*(?:,|nº|n\.|\s)\s*"
    r"(?P<house>\d+(?:\s?[A-Za-z]\b)?|s/n)?(?=$|[\s,-])",
    re.I,
)
_BEGINS_STREET: Final = re.compile(rf"(?:{_KINDS})\s", re.I)
_UNIT: Final = re.compile(r"\b((?:Apto?|Ap|Apartamento|Sala|Casa|Loja|Cj)\.?\s*\d[\w-]*)", re.I)
_BUILDING: Final = re.compile(r"\b((?:Bloco|Bl\.?|Torre|Edif[ií]cio)\s+[\w-]+)", re.I)


def parse(text: str) -> Parts:
    """Parse a Brazilian address.

    Examples
    --------
    >>> found = parse("Rua Augusta, 1500 - Apto 42 - Consolação, São Paulo - SP, 01304-001")
    >>> found.street, found.house, found.unit, found.city, found.province, found.postal
    ('Rua Augusta', '1500', 'Apto 42', 'São Paulo', 'São Paulo', '01304-001')
    >>> found = parse("Av Atlantica 1702 Copacabana Rio de Janeiro RJ")
    >>> found.street, found.house, found.city
    ('Av Atlantica', '1702', 'Rio de Janeiro')
    """
    text = _COUNTRY.sub("", text)
    cep = _CEP.search(text)
    if cep:
        text = f"{text[: cep.start()]},{text[cep.end() :]}"
    text = text.strip(" ,-.")
    state, city, rest = _place(text)
    unit, building = _UNIT.search(rest), _BUILDING.search(rest)
    street = _STREET.search(rest.strip(" ,"))
    house = street["house"] if street else None
    known = find_city(city, "BR", state) if city else None
    confidence = 0.95 if known and state else 0.8 if known else 0.6 if city else 0.3
    return Parts(
        state or (known.division if known else None),
        known.name if known else city,
        street["street"].strip() if street else None,
        None if house == "s/n" else house,
        building.group(1) if building else None,
        unit.group(1) if unit else None,
        cep.group(1) if cep else None,
        confidence,
        known,
    )


def _place(text: str) -> tuple[str | None, str | None, str]:
    """Find state and city, and what is left of the text without them."""
    code = _CODE.search(text)
    if code:
        before, behind = text[: code.start()].strip(" ,-"), text[code.end() :]
        state = STATES[code[1]]
        known = city_at_end(before, "BR", state)
        if known:
            return state, known[0], f"{before[: -len(known[1])]},{behind}"
        head, _, last = re.sub(r"\s-\s", ",", before).rpartition(",")
        return state, last.strip() or None, f"{head},{behind}"
    pieces = [piece.strip(" -") for piece in re.split(r",|\s-\s", text)]
    named = next((_BY_NAME[fold(p)] for p in reversed(pieces) if fold(p) in _BY_NAME), None)
    if named is None:
        ending = _ending_in_state(pieces)
        if ending:
            return ending
    others = [p for p in pieces if named is None or fold(p) != fold(named)]
    # Alameda Santos is a street of São Paulo, and no place in Santos.
    apart = [p for p in others if not _BEGINS_STREET.match(p)]
    found = find_city(",".join(apart), "BR", named)
    if found is None and named:
        found = find_city(named, "BR", named)
    found = found or find_city(",".join(others), "BR", named)
    return named, found.name if found else None, text


def _ending_in_state(pieces: list[str]) -> tuple[str, str, str] | None:
    """Find a city with its state behind it where no comma parts them from the road."""
    for piece in reversed(pieces):
        words = piece.split()
        for n in range(min(_MOST_WORDS, len(words) - 1), 0, -1):
            state = _BY_NAME.get(fold(" ".join(words[-n:])))
            before = " ".join(words[:-n])
            known = city_at_end(before, "BR", state) if state else None
            if state and known:
                return state, known[0], before[: -len(known[1])].strip()
    return None


BRAZIL: Final = Grammar(
    "BR",
    re.compile(
        r"\b(?:Rua|Avenida|Travessa|Alameda|Praça)\s[A-ZÀ-Úd]|\b\d{5}-\d{3}\b|\bCEP\b|\bBloco\s"
        rf"|\s-\s(?:{'|'.join(STATES)})\s*$|\b(?:Av|R)\.?\s[^,]+,.*/(?:{'|'.join(STATES)})\b"
    ),
    parse,
)
