"""What the lines of an order have of their own, where a model asks about lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from features.order import OrderRows
    from serving.scoring.judge import Judge, Missing
    from serving.state.windows import Values, WindowState


def own_values(
    judge: Judge, state: WindowState, rows: OrderRows
) -> tuple[dict[str, Values], tuple[Missing, ...]]:
    """Give by line what it has of its own, and what was missing to tell.

    Parameters
    ----------
    judge
        Where none of its models answers for lines, nothing is looked up.
    state
        What is known of every line's goods.
    rows
        The order.
    """
    if not (judge.asks_lines and rows.lines):
        return {}, ()
    found, missing = state.line_values(rows.order, rows.lines)
    return dict(zip((line["line_id"] for line in rows.lines), found, strict=False)), missing
