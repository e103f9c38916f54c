"""Money as integers: ISO 4217 minor units, converted exactly, halves to the even neighbour."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

_EXPONENTS: Final = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: (
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD "
        "CAD CDF CHF CNH CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS "
        "GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR "
        "LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD "
        "PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN "
        "SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD YER ZAR ZMW "
        "ZWG"
    ),
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}

EXPONENTS: Final[dict[str, int]] = {
    code: exponent for exponent, codes in _EXPONENTS.items() for code in codes.split()
}
"""Currency code to the number of decimal digits of its minor unit (ISO 4217)."""


def exponent(currency: str) -> int:
    """Give the number of decimal digits of a currency's minor unit.

    Raises
    ------
    ValueError
        When the code is not a currency of ISO 4217.

    Examples
    --------
    >>> exponent("CNY"), exponent("JPY"), exponent("KWD")
    (2, 0, 3)
    """
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise ValueError(
            f"{currency!r} is not an ISO 4217 currency code; write three capitals such as CNY"
        ) from None


def exchange(minor: int, currency: str, base: str, rate: Decimal) -> int:
    """Convert minor units of one currency to minor units of another.

    Parameters
    ----------
    minor
        Amount in minor units of ``currency``.
    currency, base
        ISO 4217 codes, from and to.
    rate
        Units of ``base`` for one unit of ``currency``.

    Returns
    -------
    int
        Amount in minor units of ``base``, halves to even.

    Examples
    --------
    >>> exchange(10_00, "USD", "CNY", Decimal("7.1"))
    7100
    >>> exchange(1000, "JPY", "CNY", Decimal("0.0485"))
    4850
    """
    return _round(Decimal(minor) * minor_rate(currency, base, rate))


def minor_rate(currency: str, base: str, rate: Decimal) -> Decimal:
    """Give minor units of ``base`` for one minor unit of ``currency``.

    Parameters
    ----------
    currency, base
        ISO 4217 codes; they may have different numbers of digits.
    rate
        Units of ``base`` for one unit of ``currency``, both major.

    Raises
    ------
    ValueError
        When a code is not a currency of ISO 4217.

    Examples
    --------
    >>> str(minor_rate("JPY", "CNY", Decimal("0.0485")))
    '4.85'
    """
    return rate.scaleb(exponent(base) - exponent(currency))


def in_major(minor: float, currency: str) -> str:
    """Write an amount in major units with the currency's own digits, without its sign.

    Examples
    --------
    >>> in_major(1234500, "CNY"), in_major(980, "JPY"), in_major(-1500, "KWD")
    ('12,345.00', '980', '-1.500')
    """
    digits = exponent(currency)
    return f"{minor / 10**digits:,.{digits}f}"


def _round(number: Decimal) -> int:
    return int(number.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
