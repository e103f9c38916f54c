"""The labels beside the orders: what columns and states tell of orders gone bad."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from features.mapping.drafting.roles import roles
from features.mapping.drafting.values import Flow, expression, signs
from features.mapping.drafting.words import TELLING, plain, state, words

if TYPE_CHECKING:
    from features.mapping.drafting.columns import Column
    from features.mapping.drafting.made import Made
    from features.mapping.drafting.peek import Peek
    from features.mapping.drafting.roles import Roles

MATURES: Final = {
    "cancel": "14 days", "refund": "30 days", "return": "30 days", "refusal": "30 days",
    "chargeback": "120 days", "fraud": "7 days", "complaint": "30 days",
}  # fmt: skip
"""When no news counts as good news, to begin with: a merchant knows better.

Card schemes let holders dispute for 120 days.
"""
_BY_STATE: Final = {
    "cancel": ("cancelled",),
    "return": ("returned",),
    "refusal": ("delivery_failed",),
}
"""Kind of outcome to the states that tell it."""

_NAME: Final = re.compile(r"\W+")

_TELLS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "refund": ("amount_minor", {"above": 0}),
    "return": ("quantity", {"above": 0}),
    "cancel": ("known", {"missing": False}),
    "chargeback": ("known", {"missing": False}),
    "fraud": ("flag", {"is": True}),
}
"""Kind of outcome to the column that tells it beside an order, and when."""

_GIVEN: Final = ("line_id", "quantity", "amount_minor", "occurred_at", "cause")
"""What a label says of an outcome beside when it was known."""


def beside_orders(
    made: Made, name: str, one: Peek, heads: Roles, source: tuple[str, dict[str, Any]]
) -> None:
    """Draft what columns beside the orders tell: amounts, dates, flags and states.

    Parameters
    ----------
    made
        The document.
    name, one
        The file of the orders.
    heads
        What its columns mean.
    source
        Where the orders come from, and what the meanings are called there.
    """
    order = source[1].get("order_id")
    if order is None:
        order = Flow(row_number=True)
    for kind, (needed, _) in _TELLS.items():
        found = roles(one.columns, kind)
        if needed in found and kind not in made.labels and _says(found[needed]):
            made.take(name, found)
            made.labels[kind] = _told_beside(made, (name, one), kind, found, (source[0], order))
    _by_case(made, (name, one), source, order)
    _by_state(made, (name, one), heads, source, order)


def _told_beside(
    made: Made, file: tuple[str, Peek], kind: str, found: Roles, orders: tuple[str, Any]
) -> dict[str, Any]:
    """Draft the label that columns beside the orders, or beside their lines, tell."""
    (name, one), (place, order) = file, orders
    needed, test = _TELLS[kind]
    own = {meaning: column.name for meaning, column in found.items()}
    grouped = made.views[place]["columns"] if place in made.views else None
    is_of_rows = _differs(one, found[needed])
    when = _when(found[needed], test)
    if (needed == "quantity" or is_of_rows) and (lines := _lines(made, name)):
        place, order, own["line_id"] = lines
        found["line_id"] = next(c for c in one.columns if c.name == own["line_id"])
    elif grouped is not None:
        grouped |= {f"{kind}_{m}": _of_rows(one, m, found[m], test) for m in own}
        own = {m: f"{kind}_{m}" for m in own}
        if is_of_rows and needed != "flag":
            # What adds up was read where it was added up.
            found = {m: replace(c, values=()) if m == needed else c for m, c in found.items()}
            when = {k: v for k, v in when.items() if k not in {"decimal", "thousands"}}
    label: dict[str, Any] = {
        "from": place,
        "when": Flow({"column": own[needed]} | when),
        "columns": {"order_id": order},
    }
    label = told(label, kind, found, own)
    if "below" in when:
        amount = label["columns"]["amount_minor"]
        read = amount if isinstance(amount, dict) else {"column": amount}
        label["columns"]["amount_minor"] = Flow(read, times=-1)
    return label


def _differs(one: Peek, column: Column) -> bool:
    """Tell whether each row of an order says something of its own, and none sums them up."""
    return column.varies and not one.sums_up


def _lines(made: Made, name: str) -> tuple[str, str, str] | None:
    """Say where the lines of a file come from, and by what they name order and line."""
    if made.lines_of is None or made.lines_of[0] != name:
        return None
    lines = made.tables["order_lines"]
    return lines["from"], lines["columns"]["order_id"], made.lines_of[1]


def _of_rows(one: Peek, meaning: str, column: Column, test: dict[str, Any]) -> Flow:
    """Take what the rows of an order tell of it."""
    if meaning == "flag":
        return Flow(any=Flow(test=Flow({"column": column.name} | test)))
    if meaning == "quantity" or (meaning == "amount_minor" and _differs(one, column)):
        return Flow(total=expression(meaning, column, column.name))
    return Flow(first=column.name)


def _is_something(value: str) -> bool:
    """Tell a number or a flag that says that something happened."""
    return bool(value.strip("0.,$€£¥￥ ")) and value.lower() not in {"false", "no", "n", "f", "否"}


def _says(column: Column) -> bool:
    """Tell whether a column says of any order that something happened."""
    return any(map(_is_something, column.values))


def _when(column: Column, test: dict[str, Any]) -> dict[str, Any]:
    """Write the test of a column: what is given back may stand with a minus."""
    if "above" not in test:
        return test
    is_below = all("-" in value for value in column.values if _is_something(value))
    return signs(column.values) | ({"below": 0} if is_below else test)


def told(label: dict[str, Any], kind: str, found: Roles, own: dict[str, str]) -> dict[str, Any]:
    """Add what a label says beside its condition.

    Parameters
    ----------
    label
        Where it comes from, and its condition.
    kind
        What it tells.
    found
        The columns that say more of it.
    own
        What these are called where they are read.

    Returns
    -------
    dict
        The label with its columns, when it was known, and when it matures.
    """
    for meaning in _GIVEN:
        if meaning in own:
            label["columns"][meaning] = expression(meaning, found[meaning], own[meaning])
    if "known" in own:
        label["known"] = expression("known", found["known"], own["known"])
    return label | {"matures": MATURES[kind]}


def _by_case(
    made: Made, file: tuple[str, Peek], source: tuple[str, dict[str, Any]], order: Any
) -> None:
    """Draft what the state of an after-sales case tells."""
    name, one = file
    found = roles(one.columns, "after_sales")
    if "status" not in found:
        return
    values = [value for value in found["status"].values if _tells(value, "refund")]
    if values:
        made.take(name, found)
        _said(made, "refund", (name, one), (found["status"], values), (source[0], order))


def _by_state(
    made: Made,
    file: tuple[str, Peek],
    heads: Roles,
    source: tuple[str, dict[str, Any]],
    order: Any,
) -> None:
    """Draft what the states of orders tell."""
    for meaning in ("status", "payment_status"):
        if meaning in heads:
            _by_words(made, file, heads[meaning], source, order)


def _by_words(
    made: Made,
    file: tuple[str, Peek],
    column: Column,
    source: tuple[str, dict[str, Any]],
    order: Any,
) -> None:
    """Draft what the words of a column of states tell."""
    said = {
        kind: [value for value in column.values if state(value, made.where) in meanings]
        for kind, meanings in _BY_STATE.items()
    }
    said |= {
        kind: [value for value in column.values if _tells(value, kind)] for kind in words()[TELLING]
    }
    for kind, values in said.items():
        if values:
            _said(made, kind, file, (column, values), (source[0], order))


def _said(
    made: Made,
    kind: str,
    file: tuple[str, Peek],
    told_by: tuple[Column, list[str]],
    source: tuple[str, Any],
) -> None:
    """Draft a label that some values of a column tell: of a line, or of the whole order."""
    (name, one), (column, values), (view, order) = file, told_by, source
    when = Flow({"column": column.name, "in": values})
    if _differs(one, column) and (lines := _lines(made, name)):
        place, ordered, line = lines
        _join(made, kind, when, place, {"order_id": ordered, "line_id": line})
        return
    if view in made.views:
        own = made.fresh_column(view, f"{kind}_by_{_NAME.sub('_', column.name).strip('_')}")
        made.views[view]["columns"][own] = Flow(any=Flow(test=when))
        when = Flow({"column": own, "is": True})
    _join(made, kind, when, view, {"order_id": order})


def _tells(value: str, kind: str) -> bool:
    return any(word in plain(value) for word in words()[TELLING][kind])


def _join(made: Made, kind: str, when: Flow, view: str, columns: dict[str, Any]) -> None:
    """Add a condition to a label on the same rows, or make the label."""
    label = made.labels.get(kind)
    if label is None:
        made.labels[kind] = {
            "from": view, "when": when, "columns": columns, "matures": MATURES[kind],
        }  # fmt: skip
    elif label["from"] == view:
        made.labels[kind]["when"] = Flow(any=[label["when"], when])
