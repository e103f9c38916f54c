"""Expressions of a mapping document, compiled to DuckDB SQL.

An expression is a column name, a constant number, or a set of keys with exactly one *form*
(``column``, ``value``, ``text``, ``days_between`` …) and any *modifiers* (``nulls``, ``table``,
``format``, ``add`` …). docs/mapping.md shows each.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from features.mapping.dates import DateOptions, date_options
from features.mapping.document import near
from features.mapping.macros import EXACT, FACTOR
from features.mapping.scope import ROW, Scope, literal
from features.money import EXPONENTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from features.mapping.yaml_text import Path

WANTS: Final = (
    "text",
    "int",
    "float",
    "exact",
    "money",
    "bool",
    "local",
    "instant",
    "date",
    "any",
)
TEXT_MODIFIERS: Final = (
    "nulls",
    "nulls_like",
    "replace",
    "correct",
    "case",
    "match",
    "table",
    "otherwise",
)
NUMBER_MODIFIERS: Final = ("decimal", "thousands", "times", "round", "unit")
DATE_MODIFIERS: Final = ("format", "zone", "start_of_day", "end_of_day", "add")
MODIFIERS: Final = (*TEXT_MODIFIERS, *NUMBER_MODIFIERS, *DATE_MODIFIERS)
_PLACE: Final = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Term:
    """A compiled expression.

    Parameters
    ----------
    sql
        SQL of its value.
    given
        SQL of the text it was read from, so that a value that cannot be read is told apart from
        one that is missing; None where nothing can fail.
    kind
        Family of its type.
    raw
        For money: SQL of the decimal whose half-even rounding is the value.
    """

    sql: str
    given: str | None = None
    kind: str = "text"
    raw: str | None = None


class Compiler:
    """Compiles the expressions over one source.

    Parameters
    ----------
    scope
        The columns that expressions may name.
    grouped
        Whether rows are being grouped, so that forms over several rows are allowed.
    """

    def __init__(self, scope: Scope, *, grouped: bool = False) -> None:
        self.scope = scope
        self.grouped = grouped

    def compile(self, node: Any, want: str, path: Path) -> Term:
        """Compile an expression to the wanted kind of value.

        Parameters
        ----------
        node
            The expression as it stands in the document.
        want
            One of ``WANTS``.
        path
            Where it stands.

        Returns
        -------
        Term
            SQL of the value: text, BIGINT, DOUBLE, decimal, minor units, boolean, local
            timestamp, UTC instant or date.
        """
        if isinstance(node, str):
            node = {"column": node}
        elif isinstance(node, bool | int | float):
            node = {"value": node}
        if not isinstance(node, dict) or not node:
            raise self._error(path, "must be a column name, a number, or a set of keys")
        form = self._form(node, path)
        options = {key: value for key, value in node.items() if key in MODIFIERS}
        for key in node:
            if key not in FORMS and key not in MODIFIERS and key not in ALSO.get(form, ()):
                raise self._error((*path, key), f"is no form or modifier{near(key, _WORDS)}")
        base, kind = FORMS[form](self, node, want, path)
        return self._convert(base, kind, want, options, path)

    def sql(self, node: Any, want: str, path: Path) -> str:
        """Compile an expression and give its SQL alone."""
        return self.compile(node, want, path).sql

    def condition(self, node: Any, path: Path) -> str:
        """Compile a condition; unknown counts as false."""
        from features.mapping.conditions import compile_condition

        return compile_condition(self, node, path)

    def _form(self, node: dict[str, Any], path: Path) -> str:
        forms = [key for key in node if key in FORMS]
        if len(forms) != 1:
            wrong = next((key for key in node if key not in MODIFIERS), "")
            what = f"has {len(forms)} forms; keep one of" if forms else "has no form; write one of"
            raise self._error(path, f"{what} {', '.join(FORMS)}{near(wrong, _WORDS)}")
        form = forms[0]
        if form in ROW_FORMS and not self.grouped:
            raise self._error(
                (*path, form), "adds up several rows; it belongs to a view with `group_by`"
            )
        return form

    def _error(self, path: Path, problem: str) -> Exception:
        return self.scope.document.error(path, problem)

    def _convert(
        self, base: str, kind: str, want: str, options: dict[str, Any], path: Path
    ) -> Term:
        if want == "any":
            want = _natural(kind, options)
        if want == "any":
            return Term(base, kind=kind)
        given: str | None = None
        if any(key in options for key in TEXT_MODIFIERS) or kind == "text":
            base, given = self._as_text(base, kind, options, path)
            kind = "text"
        if want == "text":
            sql = base if kind == "text" else text_sql(base, kind)
            return Term(sql, given)
        produced = KIND_OF.get(want, "int")
        if want in {"local", "instant", "date"}:
            moment = self._moment(base, kind, want, date_options(self, options, path))
            return Term(moment, given, produced)
        if want == "bool":
            return Term(_bool_sql(base, kind), given, produced)
        number = self._number(base, kind, want, options, path)
        if want == "money":
            return Term(f"half_even({number})", given, produced, raw=number)
        return Term(number, given, produced)

    def _as_text(
        self, base: str, kind: str, options: dict[str, Any], path: Path
    ) -> tuple[str, str]:
        """Apply the modifiers that work on text, in their fixed order."""
        text = f"nullif(trim({base}), '')" if kind == "text" else text_sql(base, kind)
        if "nulls" in options:
            words = options["nulls"] if isinstance(options["nulls"], list) else [options["nulls"]]
            listed = ", ".join(literal(str(word)) for word in words)
            text = f"CASE WHEN {text} NOT IN ({listed}) THEN {text} END"
        if "nulls_like" in options:
            pattern = self.pattern(options["nulls_like"], (*path, "nulls_like"))
            text = f"CASE WHEN NOT regexp_matches({text}, {pattern}) THEN {text} END"
        given = text
        if "replace" in options:
            for old, new in self._pairs(options["replace"], (*path, "replace")):
                text = f"replace({text}, {literal(old)}, {literal(new or '')})"
        if "correct" in options:
            text = self._table(text, options["correct"], text, (*path, "correct"))
        if "case" in options:
            if options["case"] not in {"lower", "upper"}:
                raise self._error((*path, "case"), "must be lower or upper")
            text = f"{options['case']}({text})"
        if "match" in options:
            text = given = self._match(text, str(options["match"]), (*path, "match"))
        if "table" in options:
            other = options.get("otherwise")
            rest = text if other == "keep" else literal(str(other)) if other is not None else "NULL"
            rest = f"CASE WHEN {text} IS NOT NULL THEN {rest} END"
            text = self._table(text, options["table"], rest, (*path, "table"))
        return text, given

    def _match(self, text: str, pattern: str, path: Path) -> str:
        self.pattern(pattern, path)
        part = f", {literal(pattern)}, {min(re.compile(pattern).groups, 1)}"
        found = f"nullif(regexp_extract({text}{part}), '')"
        return f"CASE WHEN regexp_matches({text}, {literal(pattern)}) THEN {found} END"

    def pattern(self, pattern: Any, path: Path) -> str:
        """Write a regular expression as SQL, refusing one that is none."""
        try:
            re.compile(str(pattern))
        except re.error as error:
            raise self._error(path, f"is no regular expression: {error}") from None
        return literal(str(pattern))

    def _pairs(self, table: Any, path: Path) -> list[tuple[str, str | None]]:
        if not isinstance(table, dict) or not table:
            raise self._error(path, "must be a set of `old value: new value`")
        return [(str(old), None if new is None else _word(new)) for old, new in table.items()]

    def _table(self, text: str, table: Any, rest: str, path: Path) -> str:
        cases = " ".join(
            f"WHEN {literal(old)} THEN {'NULL' if new is None else literal(new)}"
            for old, new in self._pairs(table, path)
        )
        return f"CASE {text} {cases} ELSE {rest} END"

    def _moment(self, base: str, kind: str, want: str, options: DateOptions) -> str:
        """Give a local timestamp, an instant or a date."""
        zone = literal(options.zone)
        if kind == "text" or options.epoch:
            sql, kind = options.read(base, kind)
        else:
            sql = base
        if kind not in {"local", "instant"}:
            sql, kind = f"local_of_text({text_sql(sql, kind)}, {zone})", "local"
        if want == "instant" and kind == "instant" and not options.moves_days:
            return f"{sql}{options.added}"
        local = f"timezone({zone}, {sql})" if kind == "instant" else f"CAST({sql} AS TIMESTAMP)"
        local = options.moved(local)
        if want == "local":
            return local
        return f"CAST({local} AS DATE)" if want == "date" else f"timezone({zone}, {local})"

    def _number(self, base: str, kind: str, want: str, options: dict[str, Any], path: Path) -> str:
        floats = want == "float" and kind in {"int", "float", "decimal"}
        if floats and not options.get("round"):
            return f"finite(CAST({base} AS DOUBLE){self._times(options, path, 'DOUBLE')})"
        exact = self._exact(base, kind, options, path)
        if "times" in options:
            factor = self._times(options, path, FACTOR)
            exact = f"TRY_CAST(CAST({exact} AS {FACTOR}){factor} AS {EXACT})"
        if options.get("round"):
            exact = f"CAST(half_even({exact}) AS {EXACT})"
        if want == "money":
            return self._minor(exact, options, path)
        return {
            "exact": exact,
            "float": f"CAST({exact} AS DOUBLE)",
            "int": f"whole({exact})",
        }[want]

    def _times(self, options: dict[str, Any], path: Path, kind: str) -> str:
        """Write the multiplication by a fixed number, or nothing."""
        times = options.get("times", 1)
        if not isinstance(times, int | float) or isinstance(times, bool):
            raise self._error((*path, "times"), "must be a number")
        return f" * CAST({times!r} AS {kind})" if "times" in options else ""

    def _exact(self, base: str, kind: str, options: dict[str, Any], path: Path) -> str:
        if kind == "float":
            return f"exact_of_float({base})"
        if kind in {"int", "decimal"}:
            return f"TRY_CAST({base} AS {EXACT})"
        text = base if kind == "text" else text_sql(base, kind)
        if kind == "bool":
            return f"CAST(CAST({base} AS TINYINT) AS {EXACT})"
        for key, default, new in (("thousands", None, ""), ("decimal", None, ".")):
            sign = options.get(key, default)
            if sign is not None:
                if not isinstance(sign, str) or len(sign) != 1:
                    raise self._error((*path, key), 'must be one character such as ","')
                text = f"replace({text}, {literal(sign)}, '{new}')"
        return f"TRY_CAST({text} AS {EXACT})"

    def _minor(self, exact: str, options: dict[str, Any], path: Path) -> str:
        unit = options.get("unit", "major")
        if unit not in {"major", "minor"}:
            raise self._error((*path, "unit"), f"{unit!r} is not major or minor")
        return exact if unit == "minor" else f"{exact} * {self.scope.scale}"


def _word(value: Any) -> str:
    """Write a scalar of the document as text."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _natural(kind: str, options: dict[str, Any]) -> str:
    """Give the kind that an expression has of itself, going by its modifiers."""
    if any(key in options for key in DATE_MODIFIERS):
        return "instant"
    if any(key in options for key in NUMBER_MODIFIERS):
        return "exact"
    texts = any(key in options for key in TEXT_MODIFIERS)
    return "text" if texts or kind == "text" else "any"


def text_sql(sql: str, kind: str) -> str:
    """Write a value of any family as text: whole floats without a point, instants in ISO form."""
    return {
        "text": sql,
        "float": f"text_of_float({sql})",
        "local": f"strftime({sql}, '%Y-%m-%d %H:%M:%S')",
        "bool": f"lower(({sql})::VARCHAR)",
    }.get(kind, f"({sql})::VARCHAR")


def scale_sql(currency: str) -> str:
    """Write the number of minor units in one unit of a currency; NULL for an unknown code."""
    groups: dict[int, list[str]] = {}
    for code, digits in EXPONENTS.items():
        groups.setdefault(digits, []).append(literal(code))
    cases = " ".join(
        f"WHEN {currency} IN ({', '.join(codes)}) THEN {10**digits}"
        for digits, codes in groups.items()
    )
    return f"CAST(CASE {cases} END AS DECIMAL(5,0))"


def _bool_sql(base: str, kind: str) -> str:
    if kind == "bool":
        return base
    return f"({base} <> 0)" if kind in {"int", "float", "decimal"} else f"bool_of_text({base})"


Form = tuple[str, str]


def _column(compiler: Compiler, node: dict[str, Any], want: str, path: Path) -> Form:
    name = node["column"]
    if not isinstance(name, str):
        raise compiler._error((*path, "column"), "must be a column's name")
    return compiler.scope.resolve(name, path)


def _value(compiler: Compiler, node: dict[str, Any], want: str, path: Path) -> Form:
    value = node["value"]
    if value is None:
        return "NULL::VARCHAR", "text"
    if isinstance(value, bool):
        return str(value).lower(), "bool"
    if isinstance(value, int | float):
        return f"CAST({value!r} AS {EXACT})", "decimal"
    return literal(str(value)), "text"


def _text(compiler: Compiler, node: dict[str, Any], want: str, path: Path) -> Form:
    template, parts, last = str(node["text"]), [], 0
    for place in _PLACE.finditer(template):
        if place.start() > last:
            parts.append(literal(template[last : place.start()]))
        parts.append(compiler.sql(place.group(1), "text", (*path, "text")))
        last = place.end()
    if last < len(template):
        parts.append(literal(template[last:]))
    return "(" + " || ".join(parts or ["''"]) + ")", "text"


def _row_number(compiler: Compiler, node: dict[str, Any], want: str, path: Path) -> Form:
    return f'"{ROW}"', "int"


def _inner(want: str) -> str:
    """Give the kind that the branches of a choice need."""
    return {"money": "exact", "int": "exact", "any": "text"}.get(want, want)


def _choice(compiler: Compiler, node: dict[str, Any], want: str, path: Path) -> Form:
    inner = _inner(want)
    parts = _parts(compiler, node, "first_of", inner, path)
    return f"coalesce({', '.join(parts)})", KIND_OF[inner]


def _if(compiler: Compiler, node: dict[str, Any], want: str, path: Path) -> Form:
    inner = _inner(want)
    condition = compiler.condition(node["if"], (*path, "if"))
    yes, no = (
        compiler.sql(node[key], inner, (*path, key)) if key in node else "NULL"
        for key in ("then", "else")
    )
    return f"CASE WHEN {condition} THEN {yes} ELSE {no} END", KIND_OF[inner]


def _test(compiler: Compiler, node: dict[str, Any], want: str, path: Path) -> Form:
    return compiler.condition(node["test"], (*path, "test")), "bool"


def _extreme(form: str, function: str) -> Callable[..., Form]:
    def build(compiler: Compiler, node: dict[str, Any], want: str, path: Path) -> Form:
        return f"{function}({', '.join(_parts(compiler, node, form, 'local', path))})", "local"

    return build


def _between(form: str, sql: str) -> Callable[..., Form]:
    def build(compiler: Compiler, node: dict[str, Any], want: str, path: Path) -> Form:
        parts = _parts(compiler, node, form, "local", path)
        if len(parts) != 2:
            raise compiler._error((*path, form), "needs two moments: from and to")
        return sql.format(*parts), "float"

    return build


def _arithmetic(form: str, sign: str) -> Callable[..., Form]:
    def build(compiler: Compiler, node: dict[str, Any], want: str, path: Path) -> Form:
        parts = _parts(compiler, node, form, "exact", path)
        result = parts[0]
        for part in parts[1:]:
            if sign == "*":
                result = f"CAST({result} AS {FACTOR}) * CAST({part} AS {FACTOR})"
            else:
                result = f"{result} {sign} {part}"
            result = f"CAST({result} AS {EXACT})"
        return result, "decimal"

    return build


def _ratio(compiler: Compiler, node: dict[str, Any], want: str, path: Path) -> Form:
    parts = _parts(compiler, node, "ratio", "float", path)
    if len(parts) != 2:
        raise compiler._error((*path, "ratio"), "needs two numbers: the upper and the lower")
    return f"({parts[0]} / nullif({parts[1]}, 0))", "float"


def _parts(compiler: Compiler, node: dict[str, Any], form: str, want: str, path: Path) -> list[str]:
    items = node[form]
    if not isinstance(items, list) or not items:
        raise compiler._error((*path, form), "needs a list, such as [a, b]")
    return [compiler.sql(item, want, (*path, form, index)) for index, item in enumerate(items)]


def _count(compiler: Compiler, node: dict[str, Any], want: str, path: Path) -> Form:
    what = node["count"]
    if what == "rows":
        return "count(*)", "int"
    rows = _inside(compiler)
    return f"count(*) FILTER ({rows.condition(what, (*path, 'count'))})", "int"


def _over_rows(form: str, sql: str, inner: str) -> Callable[..., Form]:
    def build(compiler: Compiler, node: dict[str, Any], want: str, path: Path) -> Form:
        rows = _inside(compiler)
        wanted = inner or ("exact" if want in {"money", "int"} else want)
        value = rows.compile(node[form], wanted, (*path, form))
        by = rows.sql(node["by"], "any", (*path, "by")) if "by" in node else f'"{ROW}"'
        kind = "int" if form == "distinct" else value.kind
        return sql.format(value.sql, by=by), kind

    return build


def _inside(compiler: Compiler) -> Compiler:
    return Compiler(compiler.scope)


KIND_OF: Final = {
    "text": "text",
    "exact": "decimal",
    "float": "float",
    "bool": "bool",
    "local": "local",
    "instant": "instant",
    "date": "local",
}
ALSO: Final = {"if": ("then", "else"), "first": ("by",), "last": ("by",)}
"""Further keys of a form."""

ROW_FORMS: Final[dict[str, Callable[..., Form]]] = {
    "count": _count,
    "distinct": _over_rows("distinct", "count(DISTINCT {0})", "text"),
    "total": _over_rows("total", f"TRY_CAST(sum({{0}}) AS {EXACT})", "exact"),
    "average": _over_rows("average", "avg({0})", "float"),
    "smallest": _over_rows("smallest", "min({0})", ""),
    "largest": _over_rows("largest", "max({0})", ""),
    "first": _over_rows("first", "arg_min({0}, {by})", ""),
    "last": _over_rows("last", "arg_max({0}, {by})", ""),
    "any": _over_rows("any", "bool_or({0})", "bool"),
}
"""Forms over the rows of a group."""

FORMS: Final[dict[str, Callable[..., Form]]] = {
    "column": _column,
    "value": _value,
    "text": _text,
    "row_number": _row_number,
    "first_of": _choice,
    "if": _if,
    "test": _test,
    "earliest": _extreme("earliest", "least"),
    "latest": _extreme("latest", "greatest"),
    "days_between": _between("days_between", "CAST(date_diff('day', {0}, {1}) AS DOUBLE)"),
    "hours_between": _between("hours_between", "(epoch({1}) - epoch({0})) / 3600.0"),
    "sum": _arithmetic("sum", "+"),
    "difference": _arithmetic("difference", "-"),
    "product": _arithmetic("product", "*"),
    "ratio": _ratio,
    **ROW_FORMS,
}
"""What an expression can be."""

_WORDS: Final = (*FORMS, *MODIFIERS)
