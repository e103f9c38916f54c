"""Brazil: street, number, complement, district, city - UF, 12345-678."""

from __future__ import annotations

import re
from typing import Final

from features.address.countries.parts import Grammar, Parts

STATES: Final[dict[str, str]] = {
    "AC": "Acre", "AL": "Alagoas", "AP": "Amapá", "AM": "Amazonas", "BA": "Bahia", "CE": "Ceará",
    "DF": "Distrito Federal", "ES": "Espírito Santo", "GO": "Goiás", "MA": "Maranhão",
    "MT": "Mato Grosso", "MS": "Mato Grosso do Sul", "MG": "Minas Gerais", "PA": "Pará",
    "PB": "Paraíba", "PR": "Paraná", "PE": "Pernambuco", "PI": "Piauí", "RJ": "Rio de Janeiro",
    "RN": "Rio Grande do Norte", "RS": "Rio Grande do Sul", "RO": "Rondônia", "RR": "Roraima",
    "SC": "Santa Catarina", "SP": "São Paulo", "SE": "Sergipe", "TO": "Tocantins",
}  # fmt: skip

_COUNTRY: Final = re.compile(r"[\s,-]*Bra[sz]il\s*$", re.I)
_CEP: Final = re.compile(r"(?:CEP[:\s]*)?\b(\d{5}-\d{3}|\d{8})\b", re.I)
_PLACE: Final = re.compile(rf"([^,;]+?)\s*[-/,]\s*({'|'.join(STATES)})\s*$")
_STREET: Final = re.compile(
    r"^(?P<street>(?:Rua|R\.|Avenida|Av\.?|Travessa|Tv\.?|Alameda|Al\.|Praça|Pç\.?|Rodovia|Rod\.|"
    r"Estrada|Largo)\s[^,\d]+?(?:\s\d+\sde\s[A-Za-zç]+)?)\s*(?:,|nº|n\.|\s)\s*"
    r"(?P<house>\d+(?:\s?[A-Za-z]\b)?|s/n)?(?=$|[\s,-])",
    re.I,
)
_UNIT: Final = re.compile(r"\b((?:Apto?|Apartamento|Sala|Casa|Loja|Cj)\.?\s*[\w-]+)", re.I)
_BUILDING: Final = re.compile(r"\b((?:Bloco|Bl\.?|Torre|Edif[ií]cio)\s*[\w-]+)", re.I)


def parse(text: str) -> Parts:
    """Parse a Brazilian address.

    Examples
    --------
    >>> found = parse("Rua Augusta, 1500 - Apto 42 - Consolação, São Paulo - SP, 01304-001")
    >>> found.street, found.house, found.unit, found.city, found.province, found.postal
    ('Rua Augusta', '1500', 'Apto 42', 'São Paulo', 'São Paulo', '01304-001')
    """
    text = _COUNTRY.sub("", text)
    cep = _CEP.search(text)
    postal = cep.group(1) if cep else None
    if cep:
        text = text[: cep.start()] + text[cep.end() :]
    text = text.strip(" ,-.")
    place = _PLACE.search(text)
    city = state = None
    if place:
        city, state = place[1].strip(" -").rpartition(" - ")[2], STATES[place[2]]
        text = text[: place.start()]
    unit, building = _UNIT.search(text), _BUILDING.search(text)
    street = _STREET.match(text.strip(" ,"))
    confidence = 0.85 if place and street else 0.6 if place else 0.3
    return Parts(
        state,
        city,
        street["street"].strip() if street else None,
        street["house"] if street else None,
        building.group(1) if building else None,
        unit.group(1) if unit else None,
        postal,
        confidence,
    )


BRAZIL: Final = Grammar(
    "BR",
    re.compile(r"\b(?:Rua|Avenida|Travessa|Alameda)\s[A-ZÀ-Ú]|\b\d{5}-\d{3}\b|\bCEP\b"),
    parse,
)
