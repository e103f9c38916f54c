"""Expressions of a mapping document, compiled to DuckDB SQL.

An expression is a column name, a constant number, or a set of keys with exactly one *form*
(``column``, ``value``, ``text``, ``days_between`` …) and any *modifiers* (``nulls``, ``table``,
``format``, ``add`` …). docs/mapping.md shows each.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from features.mapping.conditions import compile_condition
from features.mapping.dates import DateOptions, date_options
from features.mapping.forms import (
    ALSO,
    DATE_MODIFIERS,
    FORMS,
    KIND_OF,
    MODIFIERS,
    NUMBER_MODIFIERS,
    ROW_FORMS,
    TEXT_MODIFIERS,
)
from features.mapping.keyed import near
from features.mapping.macros import EXACT, FACTOR
from features.mapping.scope import literal
from features.mapping.terms import Term
from features.money import EXPONENTS

if TYPE_CHECKING:
    from features.mapping.scope import Scope
    from features.yaml_tree import Path


class Compiler:
    """Compiles the expressions over one source.

    Parameters
    ----------
    scope
        The columns that expressions may name.
    grouped
        Whether rows are being grouped, so that forms over several rows are allowed.

    Attributes
    ----------
    summed
        What was added up over rows, with its place: what cannot be read is missing in the sum.

    Examples
    --------
    >>> from features.mapping.scope import Scope
    >>> from features.mapping.yaml_text import parse
    >>> columns = {"paid": "VARCHAR", "n": "BIGINT"}
    >>> compiler = Compiler(Scope(parse("version: 1", "shop.yaml"), "orders", columns))
    >>> compiler.compile("n", "int", ("orders", "columns", "n_units")).sql
    'whole(TRY_CAST("n" AS DECIMAL(28,9)))'
    >>> print(compiler.condition({"column": "paid", "is": "yes"}, ("views", "sold", "only")))
    (coalesce(plain_text("paid") IN ('yes'), false))
    """

    def __init__(self, scope: Scope, *, grouped: bool = False) -> None:
        self.scope = scope
        self.grouped = grouped
        self.summed: list[tuple[Path, Term]] = []

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
            raise self.error(path, "must be a column name, a number, or a set of keys")
        form = self._form(node, path)
        options = {key: value for key, value in node.items() if key in MODIFIERS}
        for key in node:
            if key not in FORMS and key not in MODIFIERS and key not in ALSO.get(form, ()):
                raise self.error((*path, key), f"is no form or modifier{near(key, _WORDS)}")
        base, kind = FORMS[form](self, node, want, path)
        return self._convert(base, kind, want, options, path)

    def sql(self, node: Any, want: str, path: Path) -> str:
        """Compile an expression and give its SQL alone."""
        return self.compile(node, want, path).sql

    def condition(self, node: Any, path: Path) -> str:
        """Compile a condition; unknown counts as false."""
        return compile_condition(self, node, path)

    def of_rows(self) -> Compiler:
        """Give the compiler of what stands inside a form over the rows of a group."""
        return Compiler(self.scope)

    def _form(self, node: dict[str, Any], path: Path) -> str:
        forms = [key for key in node if key in FORMS]
        if len(forms) != 1:
            wrong = next((key for key in node if key not in MODIFIERS), "")
            words = f"{', '.join(FORMS)}{near(wrong, _WORDS)}"
            if forms:
                raise self.error(path, f"has {len(forms)} forms; keep one of {words}")
            raise self.error(path, f"has no form; write one of {words}")
        form = forms[0]
        if form in ROW_FORMS and not self.grouped:
            raise self.error(
                (*path, form), "adds up several rows; it belongs to a view with `group_by`"
            )
        return form

    def error(self, path: Path, problem: str) -> Exception:
        """Build the error of one place."""
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
            has_signs = "decimal" in options or "thousands" in options
            return Term(f"half_even({number})", given, produced, number, has_signs)
        return Term(number, given, produced)

    def _as_text(
        self, base: str, kind: str, options: dict[str, Any], path: Path
    ) -> tuple[str, str]:
        """Apply the modifiers that work on text, in their fixed order."""
        text = f"plain_text({base})" if kind == "text" else text_sql(base, kind)
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
                raise self.error((*path, "case"), "must be lower or upper")
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
            raise self.error(path, f"is no regular expression: {error}") from None
        return literal(str(pattern))

    def _pairs(self, table: Any, path: Path) -> list[tuple[str, str | None]]:
        if not isinstance(table, dict) or not table:
            raise self.error(path, "must be a set of `old value: new value`")
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
            sql, kind = (
                f"local_of_text(zone_as_offset(narrow({text_sql(sql, kind)})), {zone})",
                "local",
            )
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
            raise self.error((*path, "times"), "must be a number")
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
                    raise self.error((*path, key), 'must be one character such as ","')
                text = f"replace({text}, {literal(sign)}, '{new}')"
        return f"exact_of_text({text})"

    def _minor(self, exact: str, options: dict[str, Any], path: Path) -> str:
        unit = options.get("unit", "major")
        if unit not in {"major", "minor"}:
            raise self.error((*path, "unit"), f"{unit!r} is not major or minor")
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
    """Write a value of any family as text: whole floats without a point, instants in ISO form.

    Examples
    --------
    >>> text_sql('"n"', "int"), text_sql('"name"', "text")
    ('("n")::VARCHAR', '"name"')
    """
    return {
        "text": sql,
        "float": f"text_of_float({sql})",
        "local": f"strftime({sql}, '%Y-%m-%d %H:%M:%S')",
        "bool": f"lower(({sql})::VARCHAR)",
    }.get(kind, f"({sql})::VARCHAR")


def scale_sql(currency: str) -> str:
    """Write the number of minor units in one unit of a currency; NULL for an unknown code.

    Examples
    --------
    >>> import duckdb
    >>> codes = "SELECT unnest(['JPY', 'CNY', 'KWD', 'XXX']) AS code"
    >>> with duckdb.connect() as connection:
    ...     rows = connection.execute(f"SELECT {scale_sql('code')} FROM ({codes})").fetchall()
    >>> [scale and int(scale) for (scale,) in rows]
    [1, 100, 1000, None]
    """
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


_WORDS: Final = (*FORMS, *MODIFIERS)
