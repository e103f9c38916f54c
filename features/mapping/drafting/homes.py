"""Where a shop is at home by the words of its files: currency, time zone, calling code."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from features.mapping.drafting.roles import roles
from features.money import EXPONENTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from features.mapping.drafting.columns import Column
    from features.mapping.drafting.roles import Roles


@dataclass(frozen=True, slots=True)
class Home:
    """What moments, amounts and phone numbers mean that do not say it themselves.

    Parameters
    ----------
    currency
        ISO 4217 code.
    timezone
        Name of the zone.
    calling_code
        Of phone numbers without one; empty where it cannot be told.
    country
        Where its parcels go that do not say it; empty where it cannot be told.
    """

    currency: str
    timezone: str
    calling_code: str = ""
    country: str = ""


_NOWHERE: Final = Home("USD", "UTC")
_TELLING: Final[dict[str, Home]] = {
    r"[\u3040-\u30ff]": Home("JPY", "Asia/Tokyo", "81", "JP"),
    r"[\uac00-\ud7a3]": Home("KRW", "Asia/Seoul", "82", "KR"),
    r"[\u0e00-\u0e7f]": Home("THB", "Asia/Bangkok", "66", "TH"),
    r"[\u0400-\u04ff]": Home("RUB", "Europe/Moscow", "7", "RU"),
    r"[\u1ea0-\u1ef9\u01a1\u01b0]": Home("VND", "Asia/Ho_Chi_Minh", "84", "VN"),
    "[訂單號買貨運費]": Home("TWD", "Asia/Taipei", "886", "TW"),
    r"[\u4e00-\u9fff]": Home("CNY", "Asia/Shanghai", "86", "CN"),
    r"(?i)\b(pesanan|pembeli|jumlah)\b": Home("IDR", "Asia/Jakarta", "62", "ID"),
    r"(?i)\b(pedido|venda|anúncio)\b.*[ãç]|[ãç].*\b(pedido|venda)\b|\(BRL\)|^CEP$": Home(
        "BRL", "America/Sao_Paulo", "55", "BR"
    ),
    r"(?i)\b(bestell\w*|auftrag\w*|kunde\w*|rechnung\w*)\b": Home(
        "EUR", "Europe/Berlin", "49", "DE"
    ),
    r"(?i)\b(commande|montant|adresse de livraison)\b": Home("EUR", "Europe/Paris", "33", "FR"),
    r"(?i)\b(ordine|importo)\b": Home("EUR", "Europe/Rome", "39", "IT"),
}
"""What names of columns show, the most telling first, to where such files are written."""

_COUNTRIES: Final[dict[str, Home]] = {
    "PH|Philippines": Home("PHP", "Asia/Manila", "63", "PH"),
    "MY|Malaysia": Home("MYR", "Asia/Kuala_Lumpur", "60", "MY"),
    "SG|Singapore": Home("SGD", "Asia/Singapore", "65", "SG"),
    "ID|Indonesia": Home("IDR", "Asia/Jakarta", "62", "ID"),
    "TH|Thailand": Home("THB", "Asia/Bangkok", "66", "TH"),
    "VN|Vietnam|Viet Nam": Home("VND", "Asia/Ho_Chi_Minh", "84", "VN"),
    "IN|India": Home("INR", "Asia/Kolkata", "91", "IN"),
    "JP|Japan": Home("JPY", "Asia/Tokyo", "81", "JP"),
    "KR|South Korea": Home("KRW", "Asia/Seoul", "82", "KR"),
    "GB|UK|United Kingdom": Home("GBP", "Europe/London", "44", "GB"),
    "DE|Germany": Home("EUR", "Europe/Berlin", "49", "DE"),
    "FR|France": Home("EUR", "Europe/Paris", "33", "FR"),
    "IT|Italy": Home("EUR", "Europe/Rome", "39", "IT"),
    "ES|Spain": Home("EUR", "Europe/Madrid", "34", "ES"),
    "NL|Netherlands": Home("EUR", "Europe/Amsterdam", "31", "NL"),
    "PL|Poland": Home("PLN", "Europe/Warsaw", "48", "PL"),
    "BR|Brazil|Brasil": Home("BRL", "America/Sao_Paulo", "55", "BR"),
    "TR|Turkey": Home("TRY", "Europe/Istanbul", "90", "TR"),
    "US|USA|United States": Home("USD", "UTC", "1", "US"),
}
"""How files call a country that most parcels go to, to where such a shop is at home."""

_SIGNS: Final = {
    "฿": "THB", "₩": "KRW", "₫": "VND", "₱": "PHP", "€": "EUR", "£": "GBP", "R$": "BRL",
    "Rp": "IDR", "RM": "MYR", "₹": "INR", "₽": "RUB", "元": "CNY", "zł": "PLN", "₺": "TRY",
}  # fmt: skip
MANY: Final = 2
"""Countries beyond which a shop is at home in none of them."""
_CODE: Final = re.compile(r"\(([A-Z]{3})\)")


def home(columns: Sequence[Column], heads: Roles) -> Home:
    """Tell where a shop is at home.

    Parameters
    ----------
    columns
        Of all its files.
    heads
        What the columns of the orders mean.

    Examples
    --------
    >>> from features.mapping.drafting.columns import Column
    >>> home([Column("訂單編號", 1, 1, ("1",))], {}).timezone
    'Asia/Taipei'
    """
    names = [column.name for column in columns]
    found = next((place for sign, place in _TELLING.items() if _shows(sign, names)), None)
    found = found or _by_country(columns) or _by_values(columns) or _NOWHERE
    money = _stated(heads, names)
    return replace(found, currency=money) if money else found


def _by_country(columns: Sequence[Column]) -> Home | None:
    """Tell by the country that most parcels go to."""
    country = roles(columns, "address", ("country",)).get("country")
    if country is None or country.n_distinct > MANY:
        return None
    most = country.values[0].casefold()
    return next(
        (place for told, place in _COUNTRIES.items() if most in told.casefold().split("|")), None
    )


def _by_values(columns: Sequence[Column]) -> Home | None:
    """Tell by the script that most values of some column are written in."""
    for sign, place in _TELLING.items():
        for column in columns if sign.startswith("[") else ():
            shown = sum(bool(re.search(sign, value)) for value in column.values)
            if 2 * shown > len(column.values):
                return place
    return None


def _shows(sign: str, names: Iterable[str]) -> bool:
    return any(re.search(sign, name) for name in names)


def _stated(heads: Roles, names: Iterable[str]) -> str | None:
    """Name the currency that columns state: a column of it, codes in names, signs at amounts."""
    column = heads.get("currency")
    said = (value.upper() for value in column.values) if column else iter(())
    if first := next((code for code in said if code in EXPONENTS), None):
        return first
    codes = Counter(code for name in names for code in _CODE.findall(name) if code in EXPONENTS)
    if codes:
        return str(codes.most_common(1)[0][0])
    amounts = [v for m, c in heads.items() if m.endswith("_minor") for v in c.values]
    beside = Counter(code for value in amounts for code in (_sign_of(value),) if code)
    return beside.most_common(1)[0][0] if beside else None


def _sign_of(value: str) -> str | None:
    text = re.sub(r"[\d.,\s'()+-]", "", value)
    return text if text in EXPONENTS else _SIGNS.get(text)
