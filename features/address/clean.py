"""From what was typed to text that can be resolved; what is lifted out is kept."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from features.address.gazetteer import china
from features.address.record import Record

MAX_CHARACTERS: Final = 600
"""Longer texts are no address; only their beginning is looked at."""

MARK: Final = "\ue000"
"""Stands where something was taken out; no text keeps such a character through cleaning."""

_HAN: Final = "\u4e00-\u9fff\u3400-\u4dbf"
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f]")
_INVISIBLE: Final = re.compile(
    "[\xad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufe00-\ufe0f\ud800-\udfff]"
)
_PICTURES: Final = re.compile(
    "[\U0001f000-\U0001faff\u2190-\u2bff\ue000-\uf8ff\U000e0000-\U000e0fff]"
)
_PLAIN: Final = re.compile("[ -%'-;=-~\u4e00-\u9fff]*")
"""Characters that normalising leaves as they are: printable ASCII without markup, and Han."""
_ACCENT: Final = re.compile(rf"(?<=[\d{_HAN}])[\u0300-\u036f]+")
"""What stands over a digit, where no writing has an accent."""
_DASHES: Final = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2212", "-"))
_MARKUP: Final = re.compile(
    r"(?i)<(script|style)\b.{0,200}?</\1>|</?[A-Za-z!][^<>]{0,200}>|&[a-z]{2,6};"
)
_EMAIL: Final = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_PHONE: Final = re.compile(
    r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?[\d*]{4}[- ]?\d{4}(?:[-转]\d{1,6})?(?!\d)"
    r"|(?<!\d)0\d{2,3}[- ]\d{7,8}(?:-\d{1,6})?(?!\d)"
    r"|\+\d{1,3}[- ]?(?:\(\d{1,4}\)[- ]?)?\d[\d -]{5,13}\d"
)
_LABELS: Final = re.compile(
    r"(?:收货地址|收件地址|详细地址|所在地区|地址|收货人手机号?|联系电话|手机号码?|电话号码?|手机|电话|"
    r"邮政编码|邮编)\s*:\s*|所在地区|(?:详细|收货|收件)地址"
    rf"|(?:联系电话|联系方式|手机号码?|电话号码?|手机号?|电话|固话)\s*(?={MARK})|邮编(?=\d{{6}})"
    rf"|(?:^|(?<={MARK})|(?<= ))(?:收货|收件|详细)?地址(?=\s?[{_HAN}])"
)
_LABEL_SIGNS: Final = re.compile("[机话编址所]")
"""Labels without a colon hold one of these."""
_NAMED: Final = re.compile(
    rf"(?:收件人|收货人|联系人|姓名|收件|(?<![{_HAN}])收(?=\s*:))\s*[::]?\s*([{_HAN}·]{{2,4}}?)(?=[\s,，;；、]|$|先生|女士|\d|电话|手机)"
)
_BRACKETS: Final = re.compile(r"[(\[【{<《]([^()\[\]【】{}<>《》]{0,80})[)\]】}>》]")
_PLACE_IN_BRACKETS: Final = re.compile(
    r"\d\s*(?:号|栋|幢|座|楼|层|F|室|单元|弄)|[省市区县镇乡路街巷]$"
)
_SENDER: Final = re.compile(
    "寄件(?:人|地址|方|信息)?|发件(?:人|地址)|发货(?:地址|人|地)|退货地址|(?:原|旧|之前的?|原来的?)地址"
)
"""What stands before an address that is not the one to deliver to."""
_RECEIVER: Final = re.compile(
    "(?:收件|收货)(?:人|地址|方|信息)|新地址|现地址|改[为成到寄]|(?:更改|变更|修改)[为成]"
)
_CHANGED: Final = re.compile("改[为成]|(?:更改|变更|修改)[为成]")
_TWO_ENDS: Final = re.compile("[寄改址发]")
"""Every text of a sender and a receiver, or of an old and a new address, holds one of these."""
_MANY_DIGITS: Final = re.compile(r"\d{6}|1[3-9]\d[- ]?[\d*]{4}|\+\d")
"""Every telephone and postal code holds one of these."""
_LABELLED: Final = re.compile("[收联姓:]")
_OPENING: Final = re.compile(r"[(\[【{<《]")
_BREAKS: Final = re.compile(r"[ ,，;；|、/\\]")
_PAUSE: Final = " ,，;；。!！、"
_BY_CARRIER: Final = "|".join(
    f"{way}(?:顺丰|邮政|圆通|中通|韵达|申通|京东)"
    for way in (*"发走用寄", "必须[发走用寄]", "一定[发走用寄]", "只能[发走用寄]")
)
"""Every alternative begins with a character of its own: a search then skips all others."""
_REMARK: Final = re.compile(
    r"(?:请(?![^到在去送放寄从按给把让勿][市区县镇])|麻烦|务必|不要|别(?=放|送|打|敲|按|给|让|寄|走|用|发|扔|丢|再)|勿(?!街)|切勿|谢谢|辛苦|尽快|加急|送货前|到了|送前|派送前|"
    r"放在?(?:门|快递|驿站|丰巢|物业|前台|菜鸟|柜|楼下|保安|传达|收发|小卖部|超市|便利店)|送[到至](?:门|楼|家|物业|前台|保安)|"
    r"快递(?:放|送|请|到)|打电话|电话(?:联系|打|不)|电联|周末|工作日|白天|晚上|家里没人|"
    rf"不收货|只收货|收货|暂时|轻拿|易碎|到付|拒收|{_BY_CARRIER}|备注(?=\s|:|$)|买家留言|留言:).*$"
)
_CLAUSE_ENDS: Final = re.compile(r"[ ,，;；。!！]")
_DIVISION: Final = re.compile("[省市区县旗州]")
_NAMES_A_PLACE: Final = re.compile("[省市区县旗州].*[路街道巷号栋幢村室]")
"""A place, with its division and what lies below it."""
_ORDER: Final = re.compile(
    r"(?:(?:订单|运单|快递单)编?号?|单号|\border(?:\s*(?:no|id|number))?\b)\.?\s*[:#]?\s*"
    r"[A-Za-z]{0,4}\d[\dA-Za-z-]{3,}",
    re.IGNORECASE,
)
"""The number of an order or a parcel."""
_CN_POSTAL: Final = re.compile(r"(?<![\dA-Za-z])\d{6}(?![\d号弄室栋幢A-Za-z-])")
_SURNAMES: Final = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁"
    "任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫"
    "孔向汤欧阳常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单"
)
_NOT_NAMES: Final = re.compile(
    "[省市区县州盟旗镇乡村路街道巷弄号楼栋幢座室层元苑园城府湾里庄坊店厦场院站港岛桥门]$"
)
_PART_ENDS: Final = re.compile("[号栋幢座室层元户院路街巷]$")
_GLUED_NAME: Final = re.compile(
    f"(?<=[\\d号室楼层栋幢座元户房])([{''.join(sorted(_SURNAMES))}][{_HAN}]{{1,2}}?)(?:收|先生|女士)?\\s*{MARK}"
)
_SEPARATORS: Final = re.compile(r"[\s,，;；|、/\\]+")


class Cleaned(Record, frozen=True):
    """An address text without what does not belong to the place.

    Parameters
    ----------
    text
        The place, normalised: half-width, no control characters, single spaces.
    phone, name, email, postal
        Lifted out, or None.
    remarks
        Wishes lifted out, in order.
    unusable
        What had to be thrown away.
    """

    text: str
    phone: str | None = None
    name: str | None = None
    email: str | None = None
    postal: str | None = None
    remarks: tuple[str, ...] = ()
    unusable: tuple[str, ...] = ()


def normalise(raw: str) -> tuple[str, tuple[str, ...]]:
    r"""Normalise characters: width, control, invisible, pictures, markup, spaces.

    Returns
    -------
    tuple[str, tuple[str, ...]]
        The text, and what was unusable about it.

    Examples
    --------
    >>> normalise("ＡＢＣ１２３\u200b　路\x00")
    ('ABC123 路', ('control characters',))
    """
    if len(raw) <= MAX_CHARACTERS and _PLAIN.fullmatch(raw):
        return " ".join(raw.split()), ()
    unusable = []
    if len(raw) > MAX_CHARACTERS:
        raw = raw[:MAX_CHARACTERS]
        unusable.append(f"text beyond {MAX_CHARACTERS} characters")
    text = raw if raw.isascii() else unicodedata.normalize("NFKC", raw)
    text = _ACCENT.sub("", _INVISIBLE.sub("", text.translate(_DASHES)))
    if _CONTROL.search(text.replace("\n", "").replace("\t", "").replace("\r", "")):
        unusable.append("control characters")
    text = _PICTURES.sub(" ", _CONTROL.sub(" ", text))
    if "<" in text or "&" in text:
        stripped = _MARKUP.sub(" ", text)
        if stripped != text:
            unusable.append("markup")
            text = stripped
    return " ".join(text.split()), tuple(unusable)


def clean(raw: str) -> Cleaned:
    """Clean a Chinese address text and lift out what is no place.

    Parameters
    ----------
    raw
        The text as typed.

    Returns
    -------
    Cleaned
        The place and everything lifted out of it.

    Examples
    --------
    >>> lifted = clean("收件人:张三 13800138000 杭州市西湖区文三路1号（放快递柜）")
    >>> lifted.text, lifted.name, lifted.phone, lifted.remarks
    ('杭州市西湖区文三路1号', '张三', '13800138000', ('放快递柜',))
    """
    return lift(*normalise(raw))


def lift(text: str, unusable: tuple[str, ...] = ()) -> Cleaned:
    """Lift out of a normalised text what is no place.

    Examples
    --------
    >>> lift("张三 杭州市西湖区文三路1号").name
    '张三'
    """
    email = _EMAIL.search(text) if "@" in text else None
    if email:
        text = text.replace(email.group(), " ")
    aside: tuple[str, ...] = ()
    if _TWO_ENDS.search(text):
        text, aside = _lift_other_end(text)
    name: str | None = None
    # Few texts hold anything to lift: what its signs are not in, no pattern has to search.
    is_labelled = bool(_LABELLED.search(text))
    named = _NAMED.search(text) if is_labelled else None
    if named:
        name = named.group(1)
        text = text[: named.start()] + " " + text[named.end() :]
    has_digits = bool(_MANY_DIGITS.search(text))
    order = _ORDER.search(text) if has_digits else None
    if order:
        text = text[: order.start()] + " " + text[order.end() :]
    phone = _PHONE.search(text) if has_digits else None
    if phone:
        text = text[: phone.start()] + f" {MARK} " + text[phone.end() :]
        text = _PHONE.sub(" ", text)
    if is_labelled or (has_digits and _LABEL_SIGNS.search(text)):
        text = _LABELS.sub(" ", text)
    text, remarks = _lift_remarks(text)
    if order:
        remarks = (order.group(), *remarks)
    remarks = (*aside, *remarks)
    if name is None and phone:
        text, name = _lift_glued_name(text)
    if name is None and _BREAKS.search(text):
        text, name = _lift_name(text)
    text, postal = _lift_postal(text.replace(MARK, " ")) if has_digits else (text, None)
    return Cleaned(
        text=" ".join(text.split()).strip(" ,，;；、。.:-"),
        phone=re.sub(r"[- ]", "", phone.group()) if phone else None,
        name=name,
        email=email.group().lower() if email else None,
        postal=postal,
        remarks=remarks,
        unusable=unusable,
    )


def _lift_remarks(text: str) -> tuple[str, tuple[str, ...]]:
    """Take out bracketed asides and wishes at the end."""
    remarks: list[str] = []

    def aside(match: re.Match[str]) -> str:
        inner = match.group(1).strip()
        is_place = _PLACE_IN_BRACKETS.search(inner) or (
            inner in china().names and not _BRACKETS.sub("", text[: match.start()]).strip()
        )
        if is_place and not _REMARK.match(inner.lstrip(_PAUSE)):
            return f" {inner} "
        if inner and not inner.isdigit():
            remarks.append(inner)
        return " "

    if _OPENING.search(text):
        text = _BRACKETS.sub(aside, text)
    wish = _REMARK.search(text)
    if wish is None:
        return text, tuple(remarks)
    before, said, behind = text[: wish.start()].rstrip(_PAUSE), wish.group(), ""
    if not _NAMES_A_PLACE.search(before):
        said, behind = _first_clause(said)
    if before or behind:
        remarks.append(said.replace(MARK, "").strip(_PAUSE))
        text = f"{before} {behind}"
    return text, tuple(remarks)


def _lift_other_end(text: str) -> tuple[str, tuple[str, ...]]:
    """Take out the address of the sender, or the one that was changed into another."""
    sender, receiver = _SENDER.search(text), _RECEIVER.search(text)
    if receiver and (sender is None or sender.start() < receiver.start()):
        before, behind = text[: receiver.start()], text[receiver.start() :]
        is_change = bool(_CHANGED.match(behind))
        if (sender or is_change) and _DIVISION.search(before) and _NAMES_A_PLACE.search(behind):
            if is_change:
                phone = _PHONE.search(before)
                behind = text[receiver.end() :] + (f" {phone.group()}" if phone else "")
            return behind.lstrip(_PAUSE + ":"), (before.strip(_PAUSE),)
    if sender and _NAMES_A_PLACE.search(text, 0, sender.start()):
        return text[: sender.start()], (text[sender.start() :].strip(_PAUSE),)
    return text, ()


def _lift_glued_name(text: str) -> tuple[str, str | None]:
    """Take out the name that stands between a room and a telephone: 301张伟13812345678."""
    match = _GLUED_NAME.search(text)
    if match is None or match[1] in china().names or _PART_ENDS.search(match[1]):
        return text, None
    return text[: match.start()] + " " + text[match.end() - 1 :], match[1]


def _first_clause(wish: str) -> tuple[str, str]:
    """Split a wish that stands before a place from that place."""
    end = _CLAUSE_ENDS.search(wish)
    if end is None or not _NAMES_A_PLACE.search(wish, end.end()):
        return wish, ""
    return wish[: end.start()], wish[end.end() :]


def _lift_name(text: str) -> tuple[str, str | None]:
    """Take out a person's name that stands as a word of its own."""
    words = [word for word in _SEPARATORS.split(text) if word]
    has_phone = MARK in words
    places = [i for i, word in enumerate(words) if word != MARK]
    if len(places) < 2:
        return text, None
    for i in (places[0], places[-1]):
        word = words[i].removesuffix("先生").removesuffix("女士").removesuffix("收")
        beside = has_phone and MARK in words[max(i - 1, 0) : i + 2]
        if 2 <= len(word) <= (4 if beside else 3) and _is_name(word):
            return text.replace(words[i], " ", 1) if i == places[0] else _cut_last(
                text, words[i]
            ), word
    return text, None


def _is_name(word: str) -> bool:
    return (
        word[0] in _SURNAMES
        and all("\u4e00" <= c <= "\u9fff" for c in word)
        and not _NOT_NAMES.search(word)
        and word not in china().names
    )


def _cut_last(text: str, word: str) -> str:
    start = text.rindex(word)
    return text[:start] + " " + text[start + len(word) :]


def _lift_postal(text: str) -> tuple[str, str | None]:
    """Take out a six-digit Chinese postal code that stands alone."""
    match = _CN_POSTAL.search(text)
    if match is None:
        return text, None
    return text[: match.start()] + " " + text[match.end() :], match.group()
