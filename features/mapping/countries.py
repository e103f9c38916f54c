"""The code of a country, however an export names it."""

from __future__ import annotations

from functools import cache
from typing import Final

from features.address.countries.places import country_names, fold

_ALSO: Final = {
    "AE": "uae|are|阿联酋|阿拉伯联合酋长国", "AR": "arg|阿根廷", "AT": "aut|österreich|奥地利",
    "AU": "aus|澳大利亚|澳洲", "BE": "bel|belgië|belgique|belgien|比利时", "BR": "bra|brasil|巴西",
    "CA": "can|加拿大", "CH": "che|schweiz|suisse|svizzera|瑞士", "CL": "chl|智利",
    "CN": "chn|prc|mainland china|people's republic of china|中国|中國|中国大陆|中华人民共和国",
    "CO": "col|哥伦比亚", "CZ": "cze|czech republic|česko|捷克",
    "DE": "deu|ger|deutschland|allemagne|德国", "DK": "dnk|danmark|丹麦", "EG": "egy|埃及",
    "ES": "esp|españa|spanien|西班牙", "FI": "fin|suomi|芬兰", "FR": "fra|frankreich|法国",
    "GB": "gbr|uk|u k|great britain|england|scotland|wales|northern ireland|"
    "united kingdom of great britain and northern ireland|英国", "GR": "grc|希腊",
    "HK": "hkg|hong kong sar|中国香港|香港", "HU": "hun|magyarország|匈牙利",
    "ID": "idn|印度尼西亚|印尼", "IE": "irl|éire|爱尔兰", "IL": "isr|以色列", "IN": "ind|印度",
    "IT": "ita|italia|italien|意大利", "JP": "jpn|日本", "KH": "khm|柬埔寨",
    "KR": "kor|korea|republic of korea|korea, republic of|korea, south|대한민국|한국|韩国",
    "KZ": "kaz|哈萨克斯坦", "LA": "lao|老挝", "LU": "lux|卢森堡", "MM": "mmr|缅甸",
    "MO": "mac|macau|中国澳门|澳门", "MX": "mex|méxico|墨西哥", "MY": "mys|马来西亚",
    "NL": "nld|netherlands|nederland|holland|荷兰", "NO": "nor|norge|挪威",
    "NZ": "nzl|新西兰", "PE": "per|perú|秘鲁", "PH": "phl|pilipinas|菲律宾", "PK": "pak|巴基斯坦",
    "PL": "pol|polska|波兰", "PT": "prt|葡萄牙", "RO": "rou|românia|罗马尼亚",
    "RU": "rus|russian federation|россия|俄罗斯|俄罗斯联邦", "SA": "sau|ksa|沙特阿拉伯|沙特",
    "SE": "swe|sverige|瑞典", "SG": "sgp|新加坡", "TH": "tha|ประเทศไทย|ไทย|泰国",
    "TR": "tur|türkiye|土耳其", "TW": "twn|taiwan, province of china|中国台湾|台湾|台灣",
    "UA": "ukr|україна|乌克兰",
    "US": "usa|u s|u s a|united states of america|estados unidos|美国|美利坚合众国",
    "VN": "vnm|viet nam|việt nam|越南", "ZA": "zaf|南非",
}  # fmt: skip
"""Code to what exports call a country beside its English name."""


@cache
def _names() -> dict[str, str]:
    """Map what countries are called to their codes; a code is a name too."""
    codes = {code.casefold(): code for code in country_names().values()}
    also = {fold(name): code for code, names in _ALSO.items() for name in names.split("|")}
    return codes | country_names() | also


def country_code(said: str) -> str | None:
    """Give the ISO 3166 alpha-2 code of a country; None for what names none.

    Parameters
    ----------
    said
        A code of two or three letters, or a name: in English, in Chinese or of the country itself.

    Examples
    --------
    >>> country_code("us"), country_code("United Kingdom"), country_code("中国")
    ('US', 'GB', 'CN')
    >>> country_code("United States (US)")
    'US'
    >>> country_code("Atlantis")
    """
    known = _names()
    if code := known.get(fold(said)):
        return code
    # A name with its code in brackets; other words there may tell another country: Korea (North).
    name, _, inside = said.rstrip(" )").rpartition("(")
    return code if (code := known.get(fold(inside))) and code == known.get(fold(name)) else None
