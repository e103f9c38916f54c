"""Invented identities: order numbers, names, phones, e-mails, lines, devices and cards.

Everything is made from whole numbers, lies in ranges that are reserved for examples where such
ranges exist (RFC 2544, RFC 6598, RFC 2606, 555-01xx), and means nobody.
"""

from __future__ import annotations

from typing import Final

from serving.demo.people import LINE_START, NAT_START

GOLDEN: Final = 0x9E3779B97F4A7C15
MASK: Final = (1 << 64) - 1

SURNAMES: Final = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩"
    "唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
)
FIRST_ABROAD: Final = (
    "Mia", "Noah", "Emma", "Liam", "Olivia", "Lucas", "Sofia", "Ethan", "Hanna", "Leon",
    "Chloé", "Hugo", "Yuki", "Haruto", "Aisha", "Wei", "Grace", "Daniel", "Nora", "Mateo",
)  # fmt: skip
LAST_ABROAD: Final = (
    "Keller", "Smith", "Müller", "Dubois", "García", "Tanaka", "Sato", "Brown", "Wilson", "Tan",
    "Lim", "Chen", "Nguyen", "Silva", "Martin", "Schmidt", "Taylor", "Lee", "Wong", "Moreau",
)  # fmt: skip
MAIL_HOSTS: Final = ("mail.example.com", "inbox.example.net", "post.example.org", "web.example.com")
THROWAWAY_HOSTS: Final = ("tempbox.example.com", "10minutes.example.net")
DIAL: Final = {
    "US": "1", "CA": "1", "GB": "44", "DE": "49", "FR": "33", "ES": "34", "JP": "81", "AU": "61",
    "SG": "65", "MY": "60", "HK": "852", "TW": "886", "BR": "55",
}  # fmt: skip
AGENTS: Final = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_2 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
    "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/146.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/146.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 15_6) AppleWebKit/605.1.15 Safari/605.1.15",
)


def token(number: int, salt: int = 0) -> str:
    """Give 16 hexadecimal digits that look like nothing.

    Examples
    --------
    >>> token(1), token(2, salt=5) == token(2, salt=5)
    ('6c3247d3eded6346', True)
    """
    mixed = (number + salt * 0x1000003 + 1) * GOLDEN & MASK
    mixed = (mixed ^ (mixed >> 29)) * 0xBF58476D1CE4E5B9 & MASK
    return f"{mixed ^ (mixed >> 32):016x}"


def order_number(channel: str, row: int, day: str) -> str:
    """Give the channel's own order number.

    Parameters
    ----------
    channel
        The channel.
    row
        Row of the order in the simulation.
    day
        Local day as ``YYMMDD``; Pinduoduo starts its numbers with it.

    Examples
    --------
    >>> order_number("pinduoduo", 3, "261111"), order_number("jd", 3, "261111")
    ('261111-100000000023757', '299000000051')
    """
    if channel == "tmall":
        return str(3_900_000_000_000_000_000 + row * 1_000_003)
    if channel == "jd":
        return str(299_000_000_000 + row * 17)
    if channel == "pinduoduo":
        return f"{day}-{100_000_000_000_000 + row * 7919}"
    if channel == "douyin":
        return str(6_920_000_000_000_000_000 + row * 1_000_003)
    return str(5_940_000_000_000 + row * 1009)


def line_id(channel: str, number: str, line: int) -> str:
    """Give the id that a channel gives to a line of an order.

    Examples
    --------
    >>> line_id("jd", "299000701947", 2), line_id("tmall", "3900000000282000846", 2)
    ('2', '3900000000282000848')
    """
    whole = number.rsplit("-", maxsplit=1)[-1]
    if channel == "jd":
        return str(line)
    if channel == "pinduoduo":
        return "1"
    return str(int(whole) * 10 + line if channel == "shopify" else int(whole) + line)


def name_masked(person: int) -> str:
    """Give a Chinese name as platforms mask it.

    Examples
    --------
    >>> name_masked(0)
    '王**'
    """
    return SURNAMES[person % len(SURNAMES)] + "**"


def mobile_masked(person: int) -> str:
    """Give a mobile number as platforms mask it.

    Examples
    --------
    >>> mobile_masked(7)
    '138****0007'
    """
    starts = ("138", "139", "150", "151", "186", "188", "177", "199")
    return f"{starts[(person // 10_000) % len(starts)]}****{person % 10_000:04d}"


def handle(person: int, address: int, channel: str) -> str:
    """Give the stable stand-in for a person at an address that a platform offers (oaid and kin)."""
    return token(person * (1 << 26) + address, salt=len(channel))


def buyer_id(buyer: int, channel: str) -> str:
    """Give the platform's id of an account.

    Examples
    --------
    >>> buyer_id(7, "tmall").startswith("AAE"), buyer_id(7, "jd") == buyer_id(8, "jd")
    (True, False)
    """
    prefix = {"tmall": "AAE", "jd": "o*AAT", "douyin": "1@#"}.get(channel, "")
    return prefix + token(buyer, salt=17)


def name_abroad(person: int) -> tuple[str, str]:
    """Give first and last name of a person abroad.

    Examples
    --------
    >>> name_abroad(0), name_abroad(1)
    (('Mia', 'Keller'), ('Ethan', 'Keller'))
    """
    return FIRST_ABROAD[person * 7 % 20], LAST_ABROAD[person // 20 * 3 % 20]


def email(person: int) -> str:
    """Give an e-mail address; accounts that only planted orders use prefer throw-away hosts."""
    first, last = name_abroad(person)
    hosts = THROWAWAY_HOSTS if person % 9 == 4 else MAIL_HOSTS
    plain = f"{first}.{last}".lower().translate(str.maketrans("éíüñ", "eiun"))
    return f"{plain}{person % 9973}@{hosts[person % len(hosts)]}"


def phone_abroad(person: int, country: str) -> str:
    """Give a phone number abroad.

    Examples
    --------
    >>> phone_abroad(12, "US")
    '+13005550112'
    """
    code = DIAL.get(country, "1")
    if code == "1":
        return f"+1{300 + person // 100 % 600}55501{person % 100:02d}"
    return f"+{code}{70_000_000 + person * 37 % 9_999_999:08d}"


def ip_address(line: int) -> str:
    """Give the IP address of a line: homes in 198.18.0.0/15, shared carrier lines in 100.64.0.0/10.

    Examples
    --------
    >>> ip_address(5), ip_address(NAT_START + 5)
    ('198.18.0.5', '100.64.5.7')
    """
    if NAT_START <= line < LINE_START:
        return f"100.64.{(line - NAT_START) % 256}.7"
    spot = line % 65_536 + (65_536 if line >= LINE_START else 0)
    return f"198.{18 + spot // 65_536}.{spot // 256 % 256}.{spot % 256}"


def device_id(device: int) -> str:
    """Give the id a merchant's own script gives a device."""
    return token(device, salt=29)


def card(number: int) -> dict[str, str]:
    """Give what a gateway tells about a card: a fingerprint, the first six and last four digits.

    Examples
    --------
    >>> card(3)["bin"], card(3)["last4"]
    ('400021', '0093')
    """
    return {
        "fingerprint": token(number, salt=41),
        "bin": str(400_000 + number * 7 % 150_000),
        "last4": f"{number * 31 % 10_000:04d}",
    }
