"""What a compiled expression is, and what its parts may ask of the compiler that holds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from features.mapping.scope import Scope
    from features.yaml_tree import Path


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
    has_signs
        Whether the mapping names the signs of its number.
    """

    sql: str
    given: str | None = None
    kind: str = "text"
    raw: str | None = None
    has_signs: bool = False


class Compiling(Protocol):
    """The compiler as forms, conditions and date modifiers see it: each may hold expressions.

    :class:`features.mapping.expressions.Compiler` is the one that there is. The parts know it by
    this alone, since it is made of them.

    Attributes
    ----------
    scope
        The columns that expressions may name.
    summed
        What was added up over rows, with its place.
    """

    scope: Scope
    summed: list[tuple[Path, Term]]

    def compile(self, node: Any, want: str, path: Path) -> Term:
        """Compile an expression to the wanted kind of value."""

    def sql(self, node: Any, want: str, path: Path) -> str:
        """Compile an expression and give its SQL alone."""

    def condition(self, node: Any, path: Path) -> str:
        """Compile a condition; unknown counts as false."""

    def pattern(self, pattern: Any, path: Path) -> str:
        """Write a regular expression as SQL, refusing one that is none."""

    def error(self, path: Path, problem: str) -> Exception:
        """Build the error of one place."""

    def of_rows(self) -> Compiling:
        """Give the compiler of what stands inside a form over the rows of a group."""
