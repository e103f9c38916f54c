"""Grammars of addresses outside China, one file a country."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from features.address.countries.br import BRAZIL
from features.address.countries.de import GERMANY
from features.address.countries.gb import UNITED_KINGDOM
from features.address.countries.generic import ANYWHERE
from features.address.countries.jp import JAPAN
from features.address.countries.parts import Grammar, Parts
from features.address.countries.places import country_names, find_city, fold, guess_country
from features.address.countries.us import UNITED_STATES

if TYPE_CHECKING:
    from collections.abc import Iterator

CHINESE: Final = frozenset({"CN", "HK", "MO", "TW"})
"""Where addresses are written in Chinese, by one grammar."""

COUNTRIES: Final[dict[str, Grammar]] = {
    grammar.country: grammar for grammar in (UNITED_STATES, UNITED_KINGDOM, GERMANY, JAPAN, BRAZIL)
}
"""Every grammar by ISO 3166 alpha-2 code."""

_NAMES: Final = {
    "US": ("us usa u united", r"\bU\.?S\.?A\.?\b|\bUnited States\b|^美国"),
    "GB": (
        "uk u united england scotland wales",
        r"\bU\.?K\.?\b|\bUnited Kingdom\b|\bEngland\b|\bScotland\b|\bWales\b|^英国",
    ),
    "NL": ("netherlands nederland", r"\bNetherlands\b|\bNederland\b"),
    "DE": ("germany deutschland", r"\bGermany\b|\bDeutschland\b|^德国"),
    "JP": ("japan", r"\bJapan\b|^日本"),
    "BR": ("brazil brasil", r"\bBra[sz]il\b|^巴西"),
    "CN": ("china", r"\bP\.?\s?R\.?\s*(?:of\s+)?China\b|\bChina\b"),
    "MO": (
        "macau macao taipa coloane",
        r"\bMaca[uo]\b(?!.*\b(?:RN|Rio Grande|Bra[sz]il)\b)|\b(?:Taipa|Coloane), ?Maca[uo]\b",
    ),
    "FR": ("france", r"\bFrance\b|^法国"),
    "CA": ("canada", r"\bCanada\b|^加拿大"),
    "AU": ("australia", r"\bAustralia\b|^澳大利亚"),
    "SG": ("singapore", r"\bSingapore\b|^新加坡"),
    "KR": ("korea", r"\bKorea\b|韩国|[\uac00-\ud7a3]{2}"),
    "RU": ("russia", r"\bRussia\b|Россия|^俄罗斯"),
    "IN": ("india", r"\bIndia\b"),
    "ES": ("spain españa", r"\bSpain\b|\bEspaña\b"),
    "IT": ("italy italia", r"\bItaly\b|\bItalia\b"),
    "MX": ("mexico méxico", r"\bM[eé]xico\b(?!,)"),
    "TH": ("thailand", r"\bThailand\b|[\u0e01-\u0e3a]{3}"),
    "VN": ("vietnam việtnam viet việt", r"\bVi[eệ]t ?Nam\b"),
}
"""How countries are named: the words that such names begin with in Latin letters, and the names."""
_BY_NAME: Final = tuple(
    (code, frozenset(words.split()), re.compile(names, re.IGNORECASE))
    for code, (words, names) in _NAMES.items()
)
_WORD: Final = re.compile(r"[^\W\d_]+")
_COMMAS: Final = re.compile(r"[,，;\n]")
_MAY_NAME: Final = re.compile(
    r"[A-Za-zÀ-ÿ]{2}|[A-Za-z]\.[A-Za-z]|\bD-\d{5}|[А-я\u0e01-\u0e7f\uac00-\ud7a3\u3041-\u30ff〒]|県|東京都|大阪府|京都府|北海道"
    r"|(?:札幌|仙台|横浜|名古屋|大阪|神戸|広島|京都|福岡|熊本|岡山|静岡|浜松|新潟|千葉|川崎)市|丁目|\d番地"
    r"|^(?:美国|英国|德国|日本|巴西|法国|加拿大|澳大利亚|新加坡|韩国|俄罗斯)"
)
"""Without any of these a text names no country, and most Chinese addresses have none; one letter
is a building."""


_OTHER_SCRIPT: Final = re.compile(
    "[A-Za-zÀ-ÿ\u0400-\u04ff\u0e01-\u0e7f\uac00-\ud7a3\u3041-\u30ff〒]"
)
_OTHER_LETTERS: Final = re.compile("[^\x00-\u024f\u1e00-\u1eff\u2000-\u206f]")
"""What is neither Latin nor punctuation: names may then stand without spaces between them."""
_ABROAD_IN_HAN: Final = re.compile(
    "県|東京都|大阪府|京都府|北海道|札幌市|仙台市|横浜市|名古屋市|大阪市|神戸市|広島市|京都市|福岡市|熊本市|岡山市|静岡市|浜松市|"
    "新潟市|千葉市|川崎市|丁目|番地|美国|英国|德国|日本|巴西|法国|加拿大|澳大利亚|新加坡|韩国|俄罗斯"
)
"""What else names a country; both are looked for first, since most addresses hold neither."""
_ALSO_A_STATE: Final = frozenset({"georgia", "jersey"})


def country_of(text: str) -> str | None:
    """Guess the country of an address from its name, or from a form that only one country has.

    Examples
    --------
    >>> country_of("10 Downing Street, London SW1A 2AA"), country_of("Main Street 5")
    ('GB', None)
    """
    if not (_OTHER_SCRIPT.search(text) or _ABROAD_IN_HAN.search(text)):
        return None
    if not _MAY_NAME.search(text):
        return None
    last = fold(_COMMAS.split(text.strip(" ,.。"))[-1])
    if last in country_names() and last not in _ALSO_A_STATE:
        return country_names()[last]
    found = list(_named(text))
    if found:
        return max(found)[1]
    marked = [code for code, grammar in COUNTRIES.items() if grammar.mark.search(text)]
    return marked[0] if len(marked) == 1 else None


def _named(text: str) -> Iterator[tuple[int, str]]:
    """List the countries that a text names, with where it does."""
    words = set(_WORD.findall(text.casefold()))
    is_latin = _OTHER_LETTERS.search(text) is None
    for code, first, names in _BY_NAME:
        if is_latin and first.isdisjoint(words):
            continue
        match = names.search(text)
        if match:
            yield match.start(), code


__all__ = [
    "ANYWHERE", "COUNTRIES", "Grammar", "Parts", "country_of", "find_city", "guess_country",
]  # fmt: skip
