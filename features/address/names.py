"""Short forms of the names of divisions."""

from __future__ import annotations

import re
from typing import Final

_PEOPLES: Final = (
    "蒙古族|回族|藏族|维吾尔族|苗族|彝族|壮族|布依族|朝鲜族|满族|侗族|瑶族|白族|土家族|哈尼族|"
    "哈萨克族|傣族|黎族|傈僳族|佤族|畲族|拉祜族|水族|东乡族|纳西族|景颇族|柯尔克孜族|土族|达斡尔族|"
    "仫佬族|羌族|撒拉族|毛南族|仡佬族|锡伯族|塔吉克族|怒族|鄂温克族|保安族|裕固族|独龙族|鄂伦春族|"
    "普米族|布朗族|各族|哈萨克|蒙古|柯尔克孜|塔吉克|锡伯"
)
_SUFFIX: Final = re.compile(
    rf"(?:(?:{_PEOPLES})*自治[区州县旗]|特别行政区|维吾尔自治区|壮族自治区|回族自治区|"
    rf"(?<=.)(?:{_PEOPLES})区|(?<=..)(?:地区|(?<=神农架)林区|矿区|新区)|[省市区县盟旗])$"
)
_KIND: Final = re.compile("自治([州县旗])$|([盟])$")
_SHORT_NAMES: Final = {
    "新疆维吾尔自治区": "新疆",
    "广西壮族自治区": "广西",
    "宁夏回族自治区": "宁夏",
    "内蒙古自治区": "内蒙古",
    "西藏自治区": "西藏",
    "香港特别行政区": "香港",
    "澳门特别行政区": "澳门",
}
_EVERYDAY: Final = {
    "前郭尔罗斯蒙古族自治县": "前郭", "喀喇沁左翼蒙古族自治县": "喀左", "锡林郭勒盟": "锡",
    "巴音郭楞蒙古自治州": "巴", "博尔塔拉蒙古自治州": "博", "克孜勒苏柯尔克孜自治州": "克",
    "恩施土家族苗族自治州": "恩施", "黔东南苗族侗族自治州": "黔东南", "阿坝藏族羌族自治州": "阿坝",
    "西双版纳傣族自治州": "西双版纳",
    "积石山保安族东乡族撒拉族自治县": "积石山", "孟连傣族拉祜族佤族自治县": "孟连",
    "科尔沁右翼前旗": "科右前", "科尔沁右翼中旗": "科右中", "科尔沁左翼中旗": "科左中",
    "科尔沁左翼后旗": "科左后", "察哈尔右翼前旗": "察右前", "察哈尔右翼中旗": "察右中",
    "察哈尔右翼后旗": "察右后", "鄂温克族自治旗": "鄂温克", "阿拉善左旗": "阿左",
    "莫力达瓦达斡尔族自治旗": "莫力达瓦", "鄂伦春自治旗": "鄂伦春", "达尔罕茂明安联合旗": "达茂",
    "阿鲁科尔沁旗": "阿", "克什克腾旗": "克", "新巴尔虎左旗": "新左", "新巴尔虎右旗": "新右",
    "东乌珠穆沁旗": "东乌", "西乌珠穆沁旗": "西乌", "察布查尔锡伯自治县": "察",
    "塔什库尔干塔吉克自治县": "塔", "木垒哈萨克自治县": "木垒",
    "杜尔伯特蒙古族自治县": "杜蒙", "阜新蒙古族自治县": "阜蒙", "和布克赛尔蒙古自治县": "和",
    "土默特左旗": "土左", "土默特右旗": "土右", "乌拉特前旗": "乌前", "乌拉特中旗": "乌中",
    "乌拉特后旗": "乌后", "鄂托克前旗": "鄂前", "翁牛特旗": "翁", "准格尔旗": "准",
    "达拉特旗": "达", "伊金霍洛旗": "伊", "扎鲁特旗": "扎", "额济纳旗": "额",
    "阿拉善右旗": "阿右", "陈巴尔虎旗": "陈", "正镶白旗": "白", "正蓝旗": "蓝",
    "河南蒙古族自治县": "河南",
}  # fmt: skip
"""What people say instead of a long name, without its kind."""


def short_name(name: str) -> str | None:
    """Drop the kind of division from a name; None when less than two characters stay.

    Examples
    --------
    >>> short_name("上海市"), short_name("延边朝鲜族自治州"), short_name("忠县")
    ('上海', '延边', None)
    >>> short_name("万柏林区"), short_name("神农架林区")
    ('万柏林', '神农架')
    """
    if name in _SHORT_NAMES:
        return _SHORT_NAMES[name]
    stem = _SUFFIX.sub("", name)
    return stem if len(stem) >= 2 and stem != name else None


def spoken_names(name: str) -> tuple[str, ...]:
    """List what people call an autonomous division with its kind.

    Examples
    --------
    >>> spoken_names("延边朝鲜族自治州"), spoken_names("靖州苗族侗族自治县"), spoken_names("上海市")
    (('延边州',), ('靖州县',), ())
    >>> spoken_names("锡林郭勒盟"), spoken_names("瀍河回族区")
    (('锡盟',), ('瀍河区',))
    """
    stem = _EVERYDAY.get(name) or _SUFFIX.sub("", name)
    kind = _KIND.search(name)
    if kind is None:
        kind_word = name[-1] if name in _EVERYDAY or name.endswith("族区") else ""
    else:
        kind_word = kind[1] or kind[2]
    spoken = stem + kind_word
    return (spoken,) if kind_word and len(spoken) >= 2 and spoken != name else ()
