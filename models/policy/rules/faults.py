"""What can be wrong with a rule document: where, why and how to mend it, in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from typing import TYPE_CHECKING, Any, Final

from models.errors import RuleError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from features.yaml_tree import Path

MESSAGES: Final[dict[str, tuple[str, str]]] = {
    "not_yaml": ("不是有效的 YAML：{why}", "is not valid YAML: {why}"),
    "too_large": ("文档太大：最多 {most}", "is too large: at most {most}"),
    "itself": ("包含自身，请直接写出", "contains itself; write it out"),
    "twice": ("“{key}”出现两次，只保留一个", "{key!r} stands twice; keep one of them"),
    "not_keys": ("应为键和值的集合", "must be a set of keys and values"),
    "not_list": ("应为列表", "must be a list"),
    "empty": ("不能为空", "must not be empty"),
    "missing": ("缺少“{key}”：写上 `{key}: …`", "lacks {key!r}: write `{key}: …`"),
    "unknown_key": ("“{key}”不是这里的键{hint_zh}", "{key!r} is not a key of this place{hint}"),
    "not_text": ("应为文本，请加引号", "must be text; write it in quotes"),
    "not_number": ("应为数字", "must be a number"),
    "not_whole": ("应为整数", "must be a whole number"),
    "not_finite": ("应为有限的数字", "must be a finite number"),
    "not_flag": ("应为 true 或 false", "must be true or false"),
    "not_one_of": (
        "“{given}”不在可选值之内：{known}{hint_zh}",
        "{given!r} is not one of {known}{hint}",
    ),
    "bad_id": (
        "“{given}”不是规则编号：用小写字母、数字和连字符，如 cod-high-value",
        "{given!r} is no rule id: use lower-case letters, digits and hyphens, as in cod-high-value",
    ),
    "id_twice": (
        "编号“{given}”已用于前面的规则，请改名",
        "the id {given!r} belongs to an earlier rule; choose another",
    ),
    "too_long": ("太长：最多 {most} 个字符", "is too long: at most {most} characters"),
    "too_many": ("太多：最多 {most} 个", "are too many: at most {most}"),
    "no_condition": (
        "不是条件：写成 {{field: …, op: …, value: …}}，或 all、any、not",
        "is no condition: write {{field: …, op: …, value: …}}, or all, any, not",
    ),
    "unknown_field": ("没有字段“{given}”{hint_zh}", "there is no field {given!r}{hint}"),
    "unknown_op": (
        "“{given}”不是运算符：{known}{hint_zh}",
        "{given!r} is no operator: use one of {known}{hint}",
    ),
    "op_unfit": (
        "“{op}”不能用于{kind_zh}字段“{field}”（{zh}）：可用 {known}",
        "{op!r} does not apply to the {kind} field {field!r} ({en}): use one of {known}",
    ),
    "value_unfit": (
        "字段“{field}”（{zh}）需要{kind_zh}，而不是 {given}",
        "the field {field!r} ({en}, in {unit}) needs {kind}, not {given}",
    ),
    "value_given": ("“{op}”不需要 value，请删去", "{op!r} takes no value; remove it"),
    "no_values": ("需要至少一个值的列表", "needs a list of at least one value"),
    "bounds": (
        "需要 [下限, 上限]，且下限不大于上限",
        "needs [lowest, highest], the lowest first",
    ),
    "never_said": (
        "字段“{field}”从不取值“{given}”：{known}{hint_zh}",
        "the field {field!r} never says {given!r}: it says {known}{hint}",
    ),
    "bad_pattern": (
        "不是有效的正则表达式：{why}",
        "is no valid pattern: {why} (RE2 syntax: no look-around, no back-references)",
    ),
    "bad_day": (
        "“{given}”不是日期：写成 2026-11-11",
        "{given!r} is no day: write it as 2026-11-11",
    ),
    "backwards": ("“to”早于“from”", "'to' is before 'from'"),
    "bad_hours": ("需要 0 到 24 之间的小时", "needs hours from 0 to 24"),
    "bad_zone": ("“{given}”不是时区{hint_zh}", "{given!r} is no time zone{hint}"),
    "does_nothing": (
        "没有任何结果：写上 action、points、tag 或 route",
        "does nothing: give it an action, points, a tag or a route",
    ),
    "points_range": ("分值须在 -1000 到 1000 之间且不为 0", "must be from -1000 to 1000 and not 0"),
    "contradiction": (
        "条件自相矛盾，永远不会命中：{why}",
        "the conditions contradict each other, so the rule never fires: {why}",
    ),
    "unreachable": (
        "永远到不了：凡命中它的订单，前面的规则“{other}”已经决定；请上移或收窄前者",
        "is never reached: rule {other!r} above it already ends every order that this one "
        "fires on; move it up or narrow that one",
    ),
    "same": ("条件与前面的规则“{other}”相同", "has the same conditions as rule {other!r}"),
    "within": (
        "凡命中它的订单也命中规则“{other}”",
        "fires only on orders on which rule {other!r} fires too",
    ),
    "not_given": (
        "本店数据没有字段“{field}”（{zh}），该条件始终为未知",
        "the history here has no {field!r} ({en}): the condition stays unknown",
    ),
    "expired": ("有效期已过（{day}），不再命中", "its period is over ({day}): it fires no more"),
    "silent": (
        "最近 {days} 天的 {n} 笔订单一次也没有命中",
        "did not fire once on the {n} orders of the last {days} days",
    ),
}
"""Code of a fault to what is wrong and the mend, in Chinese and English."""

ERROR: Final = "error"
WARNING: Final = "warning"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a document.

    Parameters
    ----------
    code
        Stable identifier.
    severity
        ``error`` when the document cannot be used, ``warning`` when it can.
    path
        Where it stands in the document.
    line, column
        Where it stands in the text, counted from 1.
    rule
        Id (or position) of the rule it stands in, or None.
    zh, en
        What is wrong and how to mend it.
    """

    code: str
    severity: str
    path: Path
    line: int
    column: int
    rule: str | None
    zh: str
    en: str

    @property
    def pointer(self) -> str:
        """The place as a JSON pointer (RFC 6901).

        Examples
        --------
        >>> Fault("empty", ERROR, ("rules", 0, "a/b"), 4, 5, "cod", "不能为空", "is empty").pointer
        '/rules/0/a~1b'
        """
        return "".join("/" + str(p).replace("~", "~0").replace("/", "~1") for p in self.path)

    def sentence(self, language: str = "en") -> str:
        """Say it in one line: position, rule, place and mend.

        Examples
        --------
        >>> place = ("rules", 0, "when")
        >>> Fault("empty", ERROR, place, 4, 5, "cod", "不能为空", "is bad").sentence()
        "line 4, column 5: rule 'cod', when: is bad"
        """
        place = ".".join(str(part) for part in self.path[2:]) if self.rule else self.pointer
        if language == "zh":
            rule = f"规则“{self.rule}”" if self.rule else ""
            where = "，".join(part for part in (rule, place) if part)
            return f"第 {self.line} 行第 {self.column} 列：{where}：{self.zh}".replace("：：", "：")
        rule = f"rule {self.rule!r}" if self.rule else ""
        where = ", ".join(part for part in (rule, place) if part)
        return f"line {self.line}, column {self.column}: {where + ': ' if where else ''}{self.en}"

    def document(self) -> dict[str, Any]:
        """Write the fault for JSON.

        Examples
        --------
        >>> fault = Fault("empty", ERROR, ("rules", 0), 4, 5, "cod", "不能为空", "is empty")
        >>> document = fault.document()
        >>> document["pointer"], document["line"], document["text"]
        ('/rules/0', 4, {'zh': '不能为空', 'en': 'is empty'})
        """
        return {
            "code": self.code,
            "severity": self.severity,
            "rule": self.rule,
            "pointer": self.pointer,
            "line": self.line,
            "column": self.column,
            "text": {"zh": self.zh, "en": self.en},
        }


class BrokenRulesError(RuleError):
    """A rule document that cannot be used.

    Parameters
    ----------
    faults
        Everything that is wrong with it.
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(fault.sentence() for fault in faults))
        self.problems = [(fault.pointer, fault.sentence()) for fault in faults]


def hints(word: object, known: Iterable[str]) -> dict[str, str]:
    """Suggest the words that look like this one, in both languages.

    Examples
    --------
    >>> hints("paymnt", ["payment", "price"])["hint"]
    "; did you mean 'payment'?"
    >>> hints("xyz", ["payment"])
    {'hint': '', 'hint_zh': ''}
    """
    given = str(word)
    close = get_close_matches(given, list(known), n=3, cutoff=0.6)
    alike = {other: SequenceMatcher(None, given, other).ratio() for other in close}
    # One that is nearly the same is what was meant; the others would only distract.
    found = [other for other in close if alike[other] > max(alike.values()) - 0.1]
    if not found:
        return {"hint": "", "hint_zh": ""}
    en = " or ".join(repr(item) for item in found)
    return {"hint": f"; did you mean {en}?", "hint_zh": f"；是否想写 {'、'.join(found)}？"}
