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
    r"(\S+) names no country.*": r"\1 不是国家：请用 `table` 对应为代码，如 DE",
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
    r"(\d+) bad and (\d+) good orders with a matured label: at least (\d+) of each are needed": (
        r"标签成熟的订单里，坏的 \1 单、好的 \2 单；两类各至少要 \3 单"
    ),
    r"(\d+) late and (\d+) punctual parcels whose label is known: at least (\d+) .*": (
        r"结果已知的包裹里，迟到 \1 件、准时 \2 件；两类各至少要 \3 件"
    ),
    r"(\d+) delivered parcels on matured days: at least (\d+) are needed": (
        r"已签收且结果已知的包裹有 \1 件；至少要 \2 件"
    ),
    r"(\w+): (\d+) first attempts are known: at least (\d+) are needed": (
        r"已知首次派送结果的包裹有 \2 件；至少要 \3 件"
    ),
    r"(\w+): no parcel had been delivered by then": r"到那时还没有包裹签收",
    r"(\w+): no order placed before (\S+) has a matured label \(after (\S+) days\); .*": (
        r"\2 以前的订单没有标签成熟的（须满 \3 天）；请选更晚的日期"
    ),
    r"demand: only (\d+) steps of history lie before (\S+); at least (\d+) are needed, .*": (
        r"\2 以前只有 \1 期数据，至少要 \3 期；请选更晚的日期"
    ),
    r"(\w+) is not supported by this history: (.+)": r"这份历史数据不支持 \1：\2",
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
    r"(.+), line (\d+): not valid YAML: (.+)": r"\1 第 \2 行：不是合格的 YAML：\3",
    r"(.+): not valid YAML: (.+)": r"\1：不是合格的 YAML：\2",
    r"(.+): is nested too deeply for a mapping": r"\1：嵌套太深",
    r"(.+) is a file of rows; name the mapping document.*": (
        r"\1 是数据文件；请给出说明各列含义的映射文件（YAML），见 docs/mapping.zh-CN.md"
    ),
    r"(.+) is a folder; name the mapping file in it": r"\1 是文件夹；请给出其中的映射文件",
    r"(.+): not UTF-8 at byte (\d+); save it as UTF-8": (
        r"\1：第 \2 字节不是 UTF-8；请另存为 UTF-8"
    ),
    r"(.+): has no header row; the first row must name the columns": (
        r"\1：没有表头；第一行须是列名"
    ),
    r"(.+): holds bytes that are no text; export it again": (r"\1：含有不是文字的字节，请重新导出"),
    r"(.+): cannot be read as (\S+): (.+)": r"\1：不能按 \2 读取：\3",
    r"(.+): is no JSON: (.+); write a list of objects, or one a line": (
        r"\1：不是 JSON：\2；须是对象的列表，或每行一个对象"
    ),
    r"(.+): is a picture.*": r"\1：是图片；请给出订单文件",
    r"(.+): is a web page.*": r"\1：是网页；请用表格软件打开，另存为 .xlsx 或 CSV",
    r"(.+): is packed.*": r"\1：是压缩包；请解压后给出里面的文件",
    r"(.+): is a PDF.*": r"\1：是 PDF；请把订单导出为 CSV 或 .xlsx",
    r"(.+): is Parquet.*": r"\1：是 Parquet；请在映射里写 `format: parquet`",
    r"(.+): has a byte order mark of UTF-16.*": (
        r"\1：带有 UTF-16 的字节顺序标记；请在映射里写 `encoding: utf-16`"
    ),
    r"(.+): is a workbook or a zip archive.*": (
        r"\1：是工作簿或压缩包；请写 `format: excel`，或先解压"
    ),
    r"(.+): is a workbook; .*": r"\1：是工作簿；请在映射里写 `format: excel`",
    r"(.+): is no workbook.*": r"\1：不是工作簿；若是文本，请写 `format: csv`",
    r"(.+): cannot be opened: it is damaged or locked.*": (
        r"\1：打不开：文件已损坏或有密码；请用表格软件打开，去掉密码后另存"
    ),
    r"(.+): is no text in a common encoding": r"\1：不是常见编码的文本",
    r"no file has a column that looks like an order's number .* There is (.+)": (
        r"没有文件同时含有像订单号和下单时间的列；请手写映射，见 docs/mapping.zh-CN.md。现有列：\1"
    ),
}
"""Sentence to its Chinese, the first that fits; of several forms the longest comes first."""

_AT_PLACE: Final = re.compile(r"(.+?), line (\d+), (.+?): (.+)", re.DOTALL)
_PROBLEMS: Final[dict[str, str]] = {
    r"(\S+) has no column (['\"].*?['\"])(.*)": r"\1 没有列 \2\3",
    r"(.+) is in several joined views; write (.+)": r"几个关联的视图里都有 \1；请写 \2",
    r"is not a key of this place(.*)": r"此处没有这个键\1",
    r"is missing: name the column of the order's id": r"缺少：请写明订单号是哪一列",
    r"is missing: name the column with .*": r"缺少：请写明它对应哪一列",
    r"is missing: name at least one file": r"缺少：至少写一个文件",
    r"is missing: write the file's name or a glob": r"缺少：请写文件名或通配",
    r"is missing: name the columns that must be equal": r"缺少：请写明按哪些列关联",
    r"is missing: write (`.+`) in place of (`.+`)": r"缺少：请写 \1，而不是 \2",
    r"is missing: write (`.+`)(.*)": r"缺少：请写 \1\2",
    r"is empty": r"是空的",
    r"there is no file or view (['\"].*?['\"]) before this place(.*)": (
        r"此处之前没有文件或视图 \1\2"
    ),
    r"there is no file or view (['\"].*?['\"])(.*)": r"没有文件或视图 \1\2",
    r"is not a kind of label(.*)": r"没有这种标签\1",
    r"(.+) is not a length of time.*": r"\1 不是时长，如 `7 days`、`12 hours`",
    r"must be a condition such as (.+)": r"须是条件，如 \1",
    r"tests nothing; add one of (.+)": r"没有写怎样判断；请加上其中一个：\1",
    r"must hold only one of all, any, not": r"all、any、not 只能写一个",
    r"needs a list of conditions": r"须是条件的列表",
    r"can only be day": r"只能是 day",
    r"is no test or form(.*)": r"没有这种判断或写法\1",
    r"is no form or modifier(.*)": r"没有这种写法或修饰\1",
    r"has (\d+) forms; keep one of (.+)": r"写了 \1 种写法，只能留一种：\2",
    r"has no form; write one of (.+)": r"没有写法；请写其中一种：\1",
    r"has both start_of_day and end_of_day; keep one": r"start_of_day 与 end_of_day 只能留一个",
    r"must be a column name, a number, or a set of keys": r"须是列名、数字或一组键",
    r"must be a column's name": r"须是列名",
    r"must be a set of keys and values, not (.+)": r"须是一组键与值，而不是 \1",
    r"must be a set of `old value: new value`": r"须是一组“旧值: 新值”",
    r"must be text, not (.+)": r"须是文字，而不是 \1",
    r"must be true or false, not (.+)": r"须是 true 或 false，而不是 \1",
    r"must be the number of (.+), (\d+) or more": r"须是不小于 \2 的整数",
    r"must be a text or a list of texts": r"须是一个或一列文字",
    r"must be the sheet's name, or its number from 0": r"须是工作表名，或从 0 起的序号",
    r"must be one character such as (.+)": r"须是一个字符，如 \1",
    r'must be one character, or "" where nothing is quoted': r'须是一个字符；没有引号时写 ""',
    r"must be above 0: base currency for one unit": r"须大于 0：1 单位外币折合多少本位币",
    r"must be lower or upper": r"须是 lower 或 upper",
    r"must be a number": r"须是数字",
    r"(.+) is not a number": r"\1 不是数字",
    r"(.+) is not major or minor": r"\1 不是 major（元）或 minor（分）",
    r"(.+) is not an ISO 4217 currency code such as USD(.*)": r"\1 不是 ISO 4217 币种代码\2",
    r"is not an ISO 4217 currency code(.*)": r"不是 ISO 4217 币种代码\1",
    r"(.+) is not a known time zone(.*)": r"不认识时区 \1\2",
    r"(.+) is not a pattern such as (.+), nor (.+)": r"\1 不是日期格式；写作 \2，或 \3",
    r"(.+) is no encoding of text(.*)": r"没有编码 \1\2",
    r"is no regular expression: (.+)": r"不是正则表达式：\1",
    r"(.+) is not one of (.+)": r"\1 不在可用的词里：\2",
    r"is not one of (.+)": r"不在可用的词里：\1",
    r"is (.+); this program reads version (.+)": r"是 \1；本程序读取的版本是 \2",
    r"belongs to `group_by`; use `add` for computed columns": (
        r"只能与 `group_by` 一起用；算出的列请写在 `add`"
    ),
    r"adds up several rows; it belongs to a view with `group_by`": (
        r"要合计多行，只能写在有 `group_by` 的视图里"
    ),
    r"needs `from`, and `when` or `followed_by`": r"须有 `from`，以及 `when` 或 `followed_by`",
    r"is also the name of a file; rename one": r"与文件同名；请改其中一个",
    r"is already a column; choose another name": r"已有这一列；请换个名字",
    r"is grouped by and comes by itself; leave it out": r"是归并的依据，自动带上；请删去",
    r"needs two numbers: the upper and the lower": r"须是两个数：被除数与除数",
    r"needs a list, such as \[a, b\]": r"须是列表，如 [a, b]",
    r"needs two moments: from and to": r"须是两个时刻：起与止",
    r"cannot be computed: (.+)": r"算不出来：\1",
    r"contains itself; write it out": r"引用了自己；请展开写",
    r"stands twice; keep one of them": r"写了两次；请留一个",
}
"""What can be wrong with a place of a mapping to its Chinese, the first that fits."""

_OWN: Final = {
    "fraud or chargeback": "欺诈或拒付", "refund": "退款", "return": "退货", "cancel": "取消",
    "refusal": "拒收",
}  # fmt: skip


_TURNS: Final = {
    "; did you mean ": "；是不是 ", "did you mean ": "是不是 ", "' or '": "' 或 '",
    "; known: ": "；有：", "the document": "整份文件", "write ": "请写 ",
    "; 请写 an IANA name such as ": "；请写 ", "'?": "'？",
}  # fmt: skip
"""Turns of speech within sentences."""
_INNER: Final = re.compile(r"(\d+) × (.+?) \(first: ([^)]*)\)")


@cache
def _patterns(of_places: bool) -> tuple[tuple[re.Pattern[str], str], ...]:
    told = _PROBLEMS if of_places else _SENTENCES
    return tuple((re.compile(text, re.DOTALL), zh) for text, zh in told.items())


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
    if match := _AT_PLACE.fullmatch(sentence):
        file, line, place, problem = match.groups()
        if said := _said(problem, of_places=True):
            return _turned(f"{file} 第 {line} 行，{place}：") + said
    return _said(sentence, of_places=False)


def _said(sentence: str, *, of_places: bool) -> str:
    """Say a sentence by the first pattern that fits it."""
    for pattern, zh in _patterns(of_places):
        if match := pattern.fullmatch(sentence):
            said = _turned(_INNER.sub(_inner, match.expand(zh)))
            head, sign, last = said.rpartition("：")
            within = sign and _said(last, of_places=False)
            return head + sign + (_OWN.get(last) or within or last)
    return ""


def _turned(said: str) -> str:
    """Say the turns of speech that a sentence still holds."""
    for english, chinese in _TURNS.items():
        said = said.replace(english, chinese)
    return said


def _inner(match: re.Match[str]) -> str:
    """Say one of several causes that stand in a row."""
    return f"{match[1]} × {in_chinese(match[2]) or match[2]}（首例：{match[3]}）"
