"""Keys: what names an order, and what links orders without showing who is behind them.

Personal data becomes a keyed hash (HMAC-SHA256, one secret per tenant) of its normalised form, so
that two spellings of one phone number link, and nobody without the secret can try numbers out.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
import unicodedata
from collections import defaultdict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

HASH_PREFIX: Final = "h1:"
SKU_SET_PREFIX: Final = "s1:"
_HEX: Final = 32
_BLOCK: Final = 64
_MIN_PHONE_DIGITS: Final = 5
_MIN_SHOWN: Final = 7
"""Characters that a masked value must still show. A mobile number that is masked in the usual way
shows 3 + 4 digits, which 10,000 numbers share; what shows less stands for too many people."""
_ROUNDED: Final = re.compile(r"\d(\.\d+)?[eE]\+\d+")
"""As spreadsheets write numbers; ids such as 12e45 are none."""
_NOBODY: Final = frozenset(
    {"null", "none", "nan", "n/a", "#n/a", "\\n", "unknown", "-", "--", "无"}
)
_TRUNK_PREFIX: Final = re.compile(r"^(?:00|011)(?=[1-9])")
_CHINA_MOBILE: Final = re.compile(r"^(?:86)?(1[3-9]\d{9})$")
_EXTENSION: Final = re.compile(r"(?i)(?:ext\.?|x|转|#|,)\s*\d{1,6}$")
_GOOGLE: Final = frozenset({"gmail.com", "googlemail.com"})


def order_key(merchant_id: str, channel: str, shop_id: str, order_id: str) -> str:
    """Name an order over all merchants, channels and shops.

    Examples
    --------
    >>> order_key("acme", "shopify", "eu", "#1001/2")
    'acme/shopify/eu/#1001%2F2'
    """
    return "/".join(
        part.replace("%", "%25").replace("/", "%2F")
        for part in (merchant_id, channel, shop_id, order_id)
    )


def keyed_hash(secret: bytes, kind: str, normalised: str) -> str:
    """Hash a normalised value under the tenant's secret.

    Parameters
    ----------
    secret
        The tenant's secret key.
    kind
        What the value is (``phone``, ``email``, …); equal texts of different kinds do not link.
    normalised
        The value in its normal form. A value that is a hash already passes through.

    Returns
    -------
    str
        ``h1:`` and 32 hexadecimal digits.

    Examples
    --------
    >>> keyed_hash(b"secret", "phone", "+8613800000000")
    'h1:5af5fd0d66f8ddfc3f2a5543e5600b8b'
    """
    if normalised.startswith(HASH_PREFIX):
        return normalised
    message = f"{kind}\x1f{normalised}".encode()
    return HASH_PREFIX + hmac.digest(secret, message, "sha256").hex()[:_HEX]


def keyed_hash_sql(secret: bytes, kind: str, value: str) -> str:
    """Write :func:`keyed_hash` as a DuckDB expression; the twin that hashes whole columns.

    Parameters
    ----------
    secret, kind
        As for :func:`keyed_hash`.
    value
        SQL of the normalised text.

    Returns
    -------
    str
        SQL of the hash; NULL where the value is NULL.

    Notes
    -----
    HMAC is ``H(key ^ opad, H(key ^ ipad, message))`` [1]_.

    .. [1] RFC 2104.

    Examples
    --------
    >>> import duckdb
    >>> with duckdb.connect() as connection:
    ...     sql = keyed_hash_sql(b"secret", "phone", "'+8613800000000'")
    ...     row = connection.execute(f"SELECT {sql}").fetchone()
    >>> row[0] == keyed_hash(b"secret", "phone", "+8613800000000")
    True
    """
    key = hashlib.sha256(secret).digest() if len(secret) > _BLOCK else secret
    padded = key.ljust(_BLOCK, b"\0")
    inner, outer = (_blob(bytes(byte ^ pad for byte in padded)) for pad in (0x36, 0x5C))
    prefix = _blob(f"{kind}\x1f".encode())
    digest = f"sha256({outer} || unhex(sha256({inner} || {prefix} || encode({value}))))"
    return (
        f"CASE WHEN starts_with({value}, '{HASH_PREFIX}') THEN {value} "
        f"ELSE '{HASH_PREFIX}' || substr({digest}, 1, {_HEX}) END"
    )


def _blob(content: bytes) -> str:
    """Write bytes as a DuckDB literal."""
    return "'" + "".join(f"\\x{byte:02X}" for byte in content) + "'::BLOB"


def identifies(text: str) -> bool:
    """Tell whether a text can link two orders.

    A word for nobody cannot, nor what is masked too much or was rounded by a spreadsheet.

    Examples
    --------
    >>> [identifies(text) for text in ("anna", "138****0000", "t**1", "1.38E+10", "NULL")]
    [True, True, False, False, False]
    """
    if "*" in text or "＊" in text:
        return sum(sign.isalnum() for sign in text) >= _MIN_SHOWN
    return text.strip().lower() not in _NOBODY and not _ROUNDED.fullmatch(text.strip())


def normal_text(text: str) -> str | None:
    """Give the comparable form of free text: width and case folded, blanks squeezed.

    Examples
    --------
    >>> normal_text("  ＡＢＣ  Straße ")
    'abc strasse'
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split()) or None


def normal_phone(text: str, country_code: str = "86") -> str | None:
    """Give the comparable form of a phone number.

    Parameters
    ----------
    text
        A number as a buyer types it.
    country_code
        Calling code that a number without one belongs to.

    Returns
    -------
    str or None
        ``+`` and digits; a masked number keeps its stars; None when there are too few digits.

    Examples
    --------
    >>> normal_phone("0086 138-0000-0000"), normal_phone("１３８００００００００")
    ('+8613800000000', '+8613800000000')
    >>> normal_phone("(020) 7946 0958", "44")
    '+442079460958'
    >>> normal_phone("138****0000"), normal_phone("******12"), normal_phone("n/a")
    ('138****0000', None, None)
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if not identifies(plain):
        return None
    if "*" in plain:
        return re.sub(r"[^\d*]", "", plain)
    international = plain.startswith("+")
    digits = re.sub(r"\D", "", plain)
    if not international and len(digits) > 11:
        digits = re.sub(r"\D", "", _EXTENSION.sub("", plain)) or digits
    if len(digits) < _MIN_PHONE_DIGITS:
        return None
    if international:
        return f"+{digits}"
    if _TRUNK_PREFIX.match(digits):
        return "+" + _TRUNK_PREFIX.sub("", digits)
    if country_code == "86" and (mobile := _CHINA_MOBILE.match(digits)):
        return f"+86{mobile.group(1)}"
    return f"+{country_code}{digits.removeprefix('0')}"


def normal_email(text: str) -> str | None:
    """Give the comparable form of an e-mail address.

    Examples
    --------
    >>> normal_email(" J.Doe+shop@GoogleMail.com ")
    'jdoe@gmail.com'
    >>> normal_email("J.Doe+shop@Example.org"), normal_email("j***@qq.com"), normal_email("none")
    ('j.doe@example.org', None, None)
    """
    local, at, domain = unicodedata.normalize("NFKC", text).strip().casefold().rpartition("@")
    local = local.split("+", 1)[0]
    if not (at and local and "." in domain and identifies(local)):
        return None
    if domain in _GOOGLE:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"


def email_domain(text: str) -> str | None:
    """Give the domain of an e-mail address in lower case.

    Examples
    --------
    >>> email_domain("a@QQ.com")
    'qq.com'
    """
    domain = unicodedata.normalize("NFKC", text).strip().casefold().rpartition("@")[2]
    return domain if "@" in text and "." in domain else None


def normal_ip(text: str) -> str | None:
    """Give the canonical text of an IP address; a plain number is read as IPv4.

    Examples
    --------
    >>> normal_ip("2001:DB8:0:0::1"), normal_ip("::ffff:10.0.0.1"), normal_ip("732758368.8")
    ('2001:db8::1', '10.0.0.1', '43.173.1.96')
    >>> normal_ip("unknown") is None
    True
    """
    plain = text.strip()
    try:
        number = plain.partition(".")[0] if re.fullmatch(r"\d+(\.\d*)?", plain) else ""
        address = ipaddress.ip_address(int(number) if number else plain)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return str(address)


def ip_network(text: str) -> str | None:
    """Give the /24 of an IPv4 address or the /48 of an IPv6 one.

    Examples
    --------
    >>> ip_network("203.0.113.77"), ip_network("2001:db8:1:2::1")
    ('203.0.113.0/24', '2001:db8:1::/48')
    """
    normal = normal_ip(text)
    if normal is None:
        return None
    length = 48 if ":" in normal else 24
    return str(ipaddress.ip_network(f"{normal}/{length}", strict=False))


def sku_set_key(lines: Iterable[tuple[str | None, int]]) -> str | None:
    """Hash the set of SKUs and their quantities; the order of the lines does not matter.

    Parameters
    ----------
    lines
        SKU and quantity of each line; lines without a SKU are passed over.

    Returns
    -------
    str or None
        ``s1:`` and 32 hexadecimal digits, or None when no line has a SKU.

    Examples
    --------
    >>> sku_set_key([("B", 1), ("A", 2)]) == sku_set_key([("A", 1), ("B", 1), ("A", 1)])
    True
    """
    units: defaultdict[str, int] = defaultdict(int)
    for sku, quantity in lines:
        if sku is not None:
            units[sku] += quantity
    if not units:
        return None
    text = "\x1e".join(f"{sku}\x1f{units[sku]}" for sku in sorted(units))
    return SKU_SET_PREFIX + hashlib.sha256(text.encode()).hexdigest()[:_HEX]


def sku_set_sql(source: str) -> str:
    """Write :func:`sku_set_key` for every order of a line table; the twin for whole histories.

    Parameters
    ----------
    source
        Name of a table with ``order_key``, ``sku`` and ``quantity``.

    Returns
    -------
    str
        A query that gives ``order_key`` and ``sku_set_key``.

    Examples
    --------
    >>> import duckdb
    >>> with duckdb.connect() as connection:
    ...     row = connection.execute(
    ...         "CREATE TABLE line AS SELECT * FROM (VALUES ('o', 'B', 1), ('o', 'A', 2)) "
    ...         "AS t(order_key, sku, quantity)"
    ...     ).execute(sku_set_sql("line")).fetchone()
    >>> row[1] == sku_set_key([("A", 2), ("B", 1)])
    True
    """
    units = (
        "SELECT order_key, sku, sum(quantity) AS units "  # noqa: S608 the caller's own table name
        f'FROM "{source}" WHERE sku IS NOT NULL GROUP BY order_key, sku'
    )
    text = "string_agg(sku || chr(31) || units::BIGINT::VARCHAR, chr(30) ORDER BY sku)"
    key = f"'{SKU_SET_PREFIX}' || substr(sha256({text}), 1, {_HEX})"
    return f"SELECT order_key, {key} AS sku_set_key FROM ({units}) GROUP BY order_key"  # noqa: S608 as above


def channel_scoped(channel: str, value: str) -> str:
    """Scope an id to its channel, so that equal ids of two channels do not link.

    Examples
    --------
    >>> channel_scoped("ebay", "1001")
    'ebay:1001'
    """
    return value if value.startswith(HASH_PREFIX) else f"{channel}:{value}"
