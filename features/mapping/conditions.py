"""Conditions of a mapping document, compiled to DuckDB SQL; unknown counts as false."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from features.mapping.forms import FORMS, MODIFIERS
from features.mapping.keyed import near
from features.mapping.scope import literal

if TYPE_CHECKING:
    from features.mapping.terms import Compiling
    from features.yaml_tree import Path

ORDERED: Final = {"above": ">", "at_least": ">=", "below": "<", "at_most": "<="}
MOMENTS: Final = {"later_than": ">", "earlier_than": "<"}
NEVER: Final = "^000[01]-0[01]-0[01]([ T].*)?$"
"""Moments that were never set: a text is there and says that nothing is known."""
TESTS: Final = (
    "is",
    "is_not",
    "in",
    "not_in",
    "matches",
    "not_matches",
    "missing",
    "is_same_as",
    *ORDERED,
    *MOMENTS,
)


def compile_condition(compiler: Compiling, node: Any, path: Path) -> str:
    """Compile a condition to SQL that is true or false, never NULL.

    Parameters
    ----------
    compiler
        Compiler of the source whose rows are tested.
    node
        ``{all: […]}``, ``{any: […]}``, ``{not: …}``, or an expression with one or more tests.
    path
        Where it stands.

    Returns
    -------
    str
        SQL of the condition.

    Examples
    --------
    >>> from features.mapping.expressions import Compiler
    >>> from features.mapping.scope import Scope
    >>> from features.mapping.yaml_text import parse
    >>> scope = Scope(parse("version: 1", "shop.yaml"), "orders", {"state": "VARCHAR"})
    >>> either = {"any": [{"column": "state", "is": "void"}, {"column": "state", "missing": True}]}
    >>> sql = compile_condition(Compiler(scope), either, ("labels", "cancel", "when"))
    >>> print(sql.partition(" OR ")[0])
    ((coalesce(plain_text("state") IN ('void'), false))
    """
    if not isinstance(node, dict) or not node:
        raise compiler.error(path, "must be a condition such as {column: status, is: paid}")
    if set(node) & {"all", "any", "not"} and not set(node) & set(TESTS):
        return _combined(compiler, node, path)
    tests = {key: value for key, value in node.items() if key in TESTS}
    left = {key: value for key, value in node.items() if key not in (*TESTS, "by")}
    for key in left:
        if key not in FORMS and key not in MODIFIERS and key not in {"then", "else"}:
            words = (*TESTS, *FORMS, *MODIFIERS)
            hint = near(key, words, ", ".join(TESTS))
            raise compiler.error((*path, key), f"is no test or form{hint}")
    if not tests:
        raise compiler.error(path, f"tests nothing; add one of {', '.join(TESTS)}")
    by = node.get("by")
    parts = [_test(compiler, left, key, value, by, path) for key, value in tests.items()]
    return "(" + " AND ".join(parts) + ")"


def _combined(compiler: Compiling, node: dict[str, Any], path: Path) -> str:
    if len(node) != 1:
        raise compiler.error(path, "must hold only one of all, any, not")
    ((word, inner),) = node.items()
    if word == "not":
        return f"(NOT {compile_condition(compiler, inner, (*path, word))})"
    if not isinstance(inner, list) or not inner:
        raise compiler.error((*path, word), "needs a list of conditions")
    glue = " AND " if word == "all" else " OR "
    return (
        "("
        + glue.join(
            compile_condition(compiler, item, (*path, word, index))
            for index, item in enumerate(inner)
        )
        + ")"
    )


def _test(
    compiler: Compiling, left: dict[str, Any], test: str, value: Any, by: Any, path: Path
) -> str:
    here = (*path, test)
    if test == "missing":
        known = f"nullif(regexp_replace({compiler.sql(left, 'text', path)}, '{NEVER}', ''), '')"
        return f"({known} IS {'' if value else 'NOT '}NULL)"
    if test == "is_same_as":
        sql = f"{compiler.sql(left, 'text', path)} = {compiler.sql(value, 'text', here)}"
    elif test in ORDERED:
        number = compiler.sql(left, "float", path)
        sql = f"{number} {ORDERED[test]} {compiler.sql(value, 'float', here)}"
    elif test in MOMENTS:
        sql = _moments(compiler, left, test, value, by, path)
    elif test in {"matches", "not_matches"}:
        sql = _matches(compiler, left, test, str(value), path)
    else:
        sql = _equals(compiler, left, test, value, path)
    return f"coalesce({sql}, false)"


def _moments(
    compiler: Compiling, left: dict[str, Any], test: str, value: Any, by: Any, path: Path
) -> str:
    if by not in {None, "day"}:
        raise compiler.error((*path, "by"), "can only be day")
    want = "date" if by == "day" else "local"
    return (
        f"{compiler.sql(left, want, path)} {MOMENTS[test]} "
        f"{compiler.sql(value, want, (*path, test))}"
    )


def _matches(compiler: Compiling, left: dict[str, Any], test: str, value: str, path: Path) -> str:
    pattern = compiler.pattern(value, (*path, test))
    found = f"regexp_matches({compiler.sql(left, 'text', path)}, {pattern})"
    return f"NOT {found}" if test == "not_matches" else found


def _equals(compiler: Compiling, left: dict[str, Any], test: str, value: Any, path: Path) -> str:
    values = value if isinstance(value, list) else [value]
    if all(isinstance(item, bool) for item in values):
        known, listed = compiler.sql(left, "bool", path), [str(item).lower() for item in values]
    elif all(isinstance(item, int | float) for item in values):
        known, listed = compiler.sql(left, "float", path), [repr(float(item)) for item in values]
    else:
        known = compiler.sql(left, "text", path)
        listed = [literal(str(item)) for item in values]
    within = "NOT IN" if test in {"is_not", "not_in"} else "IN"
    return f"{known} {within} ({', '.join(listed)})"
