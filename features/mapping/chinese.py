"""What imports say, in Chinese: sentence by sentence, with the names and numbers that they hold."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

_SENTENCES: Final[dict[str, str]] = {
    # Rows that are left out.
    r"(\S+) is a number that a spreadsheet rounded.*": (
        r"\1 已被表格软件四舍五入（如 1.0E+15）；请把该列设为文本后重新导出"
    ),
    r"(\S+) is not between 1970 and 2100": r"\1 不在 1970 年至 2100 年之间",
    r"(\S+) is negative": r"\1 是负数",
    r"currency is not an ISO 4217 code.*": (
        r"币种不是 ISO 4217 代码；其他写法请用 `table: {RMB: CNY}` 对应"
    ),
    r"quantity is below 1": r"数量小于 1",
    r"(\S+) is missing or unreadable; where it is there, say its format.*": (
        r"\1 缺失或读不懂；若有值，请写明格式，如 '%d/%m/%Y %H:%M'"
    ),
    r"known is missing or unreadable: counts as known when the label matures": (
        r"得知时间缺失或读不懂：按标签成熟之时才得知"
    ),
    r"(\S+) is missing or unreadable": r"\1 缺失或读不懂",
    r"(.+) stands more than once; the first is kept.*": (
        r"\1 重复出现，保留第一行（一单多行时请用 group_by）"
    ),
    r"the order has no lines": r"订单没有商品行",
    r"names an order that is not imported": r"所指的订单没有导入",
    r"a later file tells of it again": r"较新的文件里又有，以较新的为准",
    r"not the first row of its (.+) where it is joined": r"按 \1 关联时不是第一行",
    r"malformed: (\d+) values where the header names (\d+)": r"格式有误：有 \1 个值，表头有 \2 列",
    r"malformed: a quote is opened and never closed.*": r"格式有误：引号没有闭合，或该行过长",
    r"malformed: is no JSON object": r"格式有误：不是 JSON 对象",
    r"malformed: (.+)": r"格式有误：\1",
    # Values that count as unknown.
    r"(.+) cannot be read as (.+): map it by a `table` to (.+)": (
        r"\1 读不懂，请用 `table` 对应为：\3"
    ),
    r"(.+) cannot be read as an amount: its row has no currency.*": (
        r"\1 所在行没有币种；若只有订单首行有币种，请对币种列用 fill_down"
    ),
    r"(.+) cannot be read as a number and is missing in the sum: name its signs.*": (
        r'\1 读不成数字，没有计入合计：请写明 {thousands: ","} 或 {decimal: ","}'
    ),
    r"(.+) cannot be read as a number and is missing in the sum": r"\1 读不成数字，没有计入合计",
    r"(.+) cannot be read as (.+): name its signs.*": (
        r'\1 读不成数字：请写明 {thousands: ","} 或 {decimal: ","}'
    ),
    r"(.+) cannot be read as an amount": r"\1 读不成金额",
    r"(.+) cannot be read as a whole number": r"\1 读不成整数",
    r"(.+) cannot be read as a number": r"\1 读不成数字",
    r"(.+) cannot be read as yes or no": r"\1 读不成是或否",
    r"(.+) cannot be read as a moment": r"\1 读不成时刻",
    r"(.+) cannot be read as a date": r"\1 读不成日期",
    r"address\.country names no country.*": (
        r"address.country 不是国家：请用 `table` 对应为代码，如 DE"
    ),
    r"value_minor needs a rate: write (.+)": r"缺少汇率：请写 \1",
    r"no row finds its (.+) in (.+): compare how both are written": (
        r"没有一行能按 \1 在 \2 中找到：请核对两边的写法"
    ),
    r"no row meets its condition.*": r"没有一行符合它的条件：请核对各列的实际内容",
    r"names a line that the order does not have: it counts for no item": (
        r"所指的商品行不在订单里：不计入任何商品"
    ),
    r"(\S+) names nobody: it is masked.*": r"\1 不指向任何人：已脱敏，或写法无法比对",
    # Models that a history does not support.
    r"the history has no outcomes of kind (.+)": r"历史数据里没有这类订单：\1",
    r"the history has no shipments, so (.+)": r"历史数据里没有物流记录",
    r"the history promises no delivery, so nothing can be late": r"历史数据里没有承诺的送达时间",
    r"the history names no demand series (.+)": r"没有需求序列：请在映射里写 `series_id`",
    r"the history has no orders": r"历史数据里没有订单",
    # Files and mappings that are refused.
    r"(.+): the file is empty; export it again": r"\1：文件是空的，请重新导出",
    r"(.+): holds no rows; export it again": r"\1：没有数据行，请重新导出",
    r"(files\.\S+): no file matches (.+?)(; in .+ there is: (.+))?; mend the path or give --root": (
        r"\1：没有文件符合 \2；请改正 path，或用 --root 指定目录"
    ),
    r"(.+): its header is written in (.+?); write (`.+`) for (\S+) in the mapping": (
        r"\1：表头的编码是 \2；请在映射的 \4 写 \3"
    ),
    r"(.+): its columns seem to be parted by another sign; write (`.+`) for (\S+) in the mapping": (
        r"\1：列的分隔符不对；请在映射的 \3 写 \2"
    ),
    r"(.+): the names of the columns stand in (\S+) (\d+); write (`.+`) for (\S+) in the mapping": (
        r"\1：列名在第 \3 行；请在映射的 \5 写 \4"
    ),
    r"(.+): line (\d+) is not (\S+); it reads (.+): write the right one as .+ for (\S+)": (
        r"\1：第 \2 行不是 \3；各编码读作 \4；请把读得通的写进 \5 的 encoding"
    ),
    r"(.+): (\d+) of (\d+) lines are malformed.*": (
        r"\1：\3 行中有 \2 行格式有误；请核对分隔符、引号与编码，行尾缺空值时写 `short_lines: fill`"
    ),
    r"(.+): sheet '(.+)' has no column that the mapping names; write (`.+`) for (\S+),.*": (
        r"\1：工作表 \2 没有映射所写的列；请在 \4 写 \3"
    ),
    r"(.+): has no sheet '(.+)'; its sheets are (.+)": r"\1：没有工作表 \2；有：\3",
    r"(\S+): (\d+) of (\d+) rows are damaged: (.+)\. Nothing was written; .*": (
        r"\1：\3 行中有 \2 行不成立：\4。没有写入任何内容；请改正映射或文件"
    ),
    r"(\S+): (\d+) amounts such as '(.+)' have three digits behind the point.*": (
        r'\1：有 \2 个金额形如 \3：点号若是千分位请写 `thousands: "."`，否则写 `decimal: "."`'
    ),
    r"(.+): has no byte order mark; .* for (\S+)": (
        r"\1：没有字节顺序标记；请在 \2 写 `encoding: utf-16-le` 或 utf-8"
    ),
    r"(.+): there is no such file": r"\1：没有这个文件",
    r"(.+), line (\d+), (\S+): (\S+) has no column ('.+?')(.*)": (
        r"\1 第 \2 行，\3：\4 没有列 \5\6"
    ),
    r"(.+), line (\d+), (\S+): is not a key of this place(.*)": (
        r"\1 第 \2 行，\3：此处没有这个键\4"
    ),
    r"(.+), line (\d+), (\S+): is missing: (.+)": r"\1 第 \2 行，\3：缺少，\4",
    r"(.+), line (\d+), (\S+): there is no file or view ('.+?')(.*)": (
        r"\1 第 \2 行，\3：没有文件或视图 \4\5"
    ),
    r"(.+), line (\d+), (\S+): is not a kind of label(.*)": r"\1 第 \2 行，\3：没有这种标签\4",
    r"(.+), line (\d+), (\S+): (.+) is not a length of time.*": (
        r"\1 第 \2 行，\3：\4 不是时长，如 `7 days`、`12 hours`"
    ),
    r"(.+), line (\d+), (\S+): must be a condition such as (.+)": (
        r"\1 第 \2 行，\3：须是条件，如 \4"
    ),
    r"(.+), line (\d+), (\S+): must be a set of keys and values, not (.+)": (
        r"\1 第 \2 行，\3：须是一组键与值，而不是 \4"
    ),
    r"(.+), line (\d+), (\S+): (.+) is not an ISO 4217 currency code such as USD(.*)": (
        r"\1 第 \2 行，\3：\4 不是 ISO 4217 币种代码\5"
    ),
    r"(.+), line (\d+), (\S+): (.+) is not one of (.+)": r"\1 第 \2 行，\3：\4 不在可用的词里：\5",
    r"(.+), line (\d+), (\S+): (.+) is not a pattern such as (.+), nor (.+)": (
        r"\1 第 \2 行，\3：\4 不是日期格式；写作 \5，或 \6"
    ),
    r"(.+): not valid YAML: (.+)": r"\1：不是合格的 YAML：\2",
    r"(.+), line (\d+), (\S+): (\S+) is not a known time zone(.*)": (
        r"\1 第 \2 行，\3：不认识时区 \4\5"
    ),
    r"no file has a column that looks like an order's number .* There is (.+)": (
        r"没有文件同时含有像订单号和下单时间的列；请手写映射，见 docs/mapping.zh-CN.md。现有列：\1"
    ),
}
"""Sentence to its Chinese, the first that fits; of several forms the longest comes first."""

_OWN: Final = {
    "fraud or chargeback": "欺诈或拒付", "refund": "退款", "return": "退货", "cancel": "取消",
    "refusal": "拒收",
}  # fmt: skip


_TURNS: Final = {
    "; did you mean ": "；是不是 ", "did you mean ": "是不是 ", "' or '": "' 或 '",
    "; known: ": "；有：", "write ": "请写 ", "; 请写 an IANA name such as ": "；请写 ",
    "'?": "'？",
}  # fmt: skip
"""Turns of speech within sentences."""
_INNER: Final = re.compile(r"(\d+) × (.+?) \(first: ([^)]*)\)")


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(text, re.DOTALL), zh) for text, zh in _SENTENCES.items())


def in_chinese(sentence: str) -> str:
    """Say a sentence of an import in Chinese; empty when it has none, as a merchant's own reasons.

    Parameters
    ----------
    sentence
        A cause of a report, the reason why a model is not supported, or a refusal.

    Examples
    --------
    >>> in_chinese("placed_at is not between 1970 and 2100")
    'placed_at 不在 1970 年至 2100 年之间'
    >>> in_chinese("the history has no outcomes of kind refund")
    '历史数据里没有这类订单：退款'
    >>> in_chinese("deliveries are not in the files")
    ''
    """
    for pattern, zh in _patterns():
        if match := pattern.fullmatch(sentence):
            said = _INNER.sub(_inner, match.expand(zh))
            for english, chinese in _TURNS.items():
                said = said.replace(english, chinese)
            head, sign, last = said.rpartition("：")
            return head + sign + _OWN.get(last, last)
    return ""


def _inner(match: re.Match[str]) -> str:
    """Say one of several causes that stand in a row."""
    return f"{match[1]} × {in_chinese(match[2]) or match[2]}（首例：{match[3]}）"
