"""The forms of an expression: what each word of the mapping language computes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from features.mapping.macros import EXACT, FACTOR
from features.mapping.scope import PLACE, ROW, literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from features.mapping.terms import Compiling
    from features.yaml_tree import Path

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
"""What may stand beside a form: how its value is read."""

Form = tuple[str, str]


def _column(compiler: Compiling, node: dict[str, Any], want: str, path: Path) -> Form:
    name = node["column"]
    if not isinstance(name, str):
        raise compiler.error((*path, "column"), "must be a column's name")
    return compiler.scope.resolve(name, path)


def _value(compiler: Compiling, node: dict[str, Any], want: str, path: Path) -> Form:
    value = node["value"]
    if value is None:
        return "NULL::VARCHAR", "text"
    if isinstance(value, bool):
        return str(value).lower(), "bool"
    if isinstance(value, int | float):
        return f"CAST({value!r} AS {EXACT})", "decimal"
    return literal(str(value)), "text"


def _text(compiler: Compiling, node: dict[str, Any], want: str, path: Path) -> Form:
    template, parts, last = str(node["text"]), [], 0
    for place in PLACE.finditer(template):
        if place.start() > last:
            parts.append(literal(template[last : place.start()]))
        parts.append(compiler.sql(place.group(1), "text", (*path, "text")))
        last = place.end()
    if last < len(template):
        parts.append(literal(template[last:]))
    return "(" + " || ".join(parts or ["''"]) + ")", "text"


def _row_number(compiler: Compiling, node: dict[str, Any], want: str, path: Path) -> Form:
    return f'"{ROW}"', "int"


def _inner(want: str) -> str:
    """Give the kind that the branches of a choice need."""
    return {"money": "exact", "int": "exact", "any": "text"}.get(want, want)


def _choice(compiler: Compiling, node: dict[str, Any], want: str, path: Path) -> Form:
    inner = _inner(want)
    parts = _parts(compiler, node, "first_of", inner, path)
    return f"coalesce({', '.join(parts)})", KIND_OF[inner]


def _if(compiler: Compiling, node: dict[str, Any], want: str, path: Path) -> Form:
    inner = _inner(want)
    condition = compiler.condition(node["if"], (*path, "if"))
    yes, no = (
        compiler.sql(node[key], inner, (*path, key)) if key in node else "NULL"
        for key in ("then", "else")
    )
    return f"CASE WHEN {condition} THEN {yes} ELSE {no} END", KIND_OF[inner]


def _test(compiler: Compiling, node: dict[str, Any], want: str, path: Path) -> Form:
    return compiler.condition(node["test"], (*path, "test")), "bool"


def _extreme(form: str, function: str) -> Callable[..., Form]:
    def build(compiler: Compiling, node: dict[str, Any], want: str, path: Path) -> Form:
        return f"{function}({', '.join(_parts(compiler, node, form, 'local', path))})", "local"

    return build


def _between(form: str, sql: str) -> Callable[..., Form]:
    def build(compiler: Compiling, node: dict[str, Any], want: str, path: Path) -> Form:
        parts = _parts(compiler, node, form, "local", path)
        if len(parts) != 2:
            raise compiler.error((*path, form), "needs two moments: from and to")
        return sql.format(*parts), "float"

    return build


def _arithmetic(form: str, sign: str) -> Callable[..., Form]:
    def build(compiler: Compiling, node: dict[str, Any], want: str, path: Path) -> Form:
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


def _ratio(compiler: Compiling, node: dict[str, Any], want: str, path: Path) -> Form:
    parts = _parts(compiler, node, "ratio", "float", path)
    if len(parts) != 2:
        raise compiler.error((*path, "ratio"), "needs two numbers: the upper and the lower")
    return f"({parts[0]} / nullif({parts[1]}, 0))", "float"


def _parts(
    compiler: Compiling, node: dict[str, Any], form: str, want: str, path: Path
) -> list[str]:
    items = node[form]
    if not isinstance(items, list) or not items:
        raise compiler.error((*path, form), "needs a list, such as [a, b]")
    return [compiler.sql(item, want, (*path, form, index)) for index, item in enumerate(items)]


def _count(compiler: Compiling, node: dict[str, Any], want: str, path: Path) -> Form:
    what = node["count"]
    if what == "rows":
        return "count(*)", "int"
    rows = compiler.of_rows()
    return f"count(*) FILTER ({rows.condition(what, (*path, 'count'))})", "int"


def _over_rows(form: str, sql: str, inner: str) -> Callable[..., Form]:
    def build(compiler: Compiling, node: dict[str, Any], want: str, path: Path) -> Form:
        rows = compiler.of_rows()
        wanted = inner or ("exact" if want in {"money", "int"} else want)
        value = rows.compile(node[form], wanted, (*path, form))
        if inner in {"exact", "float"}:
            compiler.summed.append((path, value))
        by = rows.compile(node["by"], "any", (*path, "by")) if "by" in node else None
        kind = "int" if form == "distinct" else value.kind
        order = f'"{ROW}"' if by is None else _order(rows, by.sql, by.kind)
        return sql.format(value.sql, by=order, own=_order(rows, value.sql, value.kind)), kind

    return build


def _order(rows: Compiling, sql: str, kind: str) -> str:
    """Write what values are compared by: texts as the number or the moment that they are."""
    if kind != "text":
        return sql
    moment = f"local_of_text(zone_as_offset(narrow({sql})), {literal(rows.scope.zone)})"
    return f"row(exact_of_text({sql}), {moment}, {sql})"


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
    "smallest": _over_rows("smallest", "arg_min({0}, {own})", ""),
    "largest": _over_rows("largest", "arg_max({0}, {own})", ""),
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
