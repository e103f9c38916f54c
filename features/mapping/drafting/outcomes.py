"""The labels of a draft: what columns, states and files of their own tell of orders gone bad."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from features.mapping.drafting.peek import partner
from features.mapping.drafting.roles import roles
from features.mapping.drafting.values import Flow, expression, signs
from features.mapping.drafting.words import EVENTS, TELLING, plain, state, words

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


def event_of(one: Peek) -> str | None:
    """Tell what outcome every row of a file is, by the file's name; None for other files."""
    name = plain(one.paths[0].stem)
    return next(
        (kind for kind, told in words()[EVENTS].items() if any(word in name for word in told)), None
    )


def events(made: Made, name: str, one: Peek, heads: Roles, kind: str) -> None:
    """Draft what the rows of a file of outcomes tell.

    Parameters
    ----------
    made
        The document.
    name, one
        The file.
    heads
        What its columns mean for orders.
    kind
        What its rows are.
    """
    if kind in made.labels:
        return
    found = roles(one.columns, "event") | (roles(one.columns, kind) if kind in words() else {})
    goods = roles(one.columns, "order_lines", ("line_id", "sku"))
    source, order = _of_orders(made, name, one, heads)
    if order is None:
        return
    own = {meaning: column.name for meaning, column in found.items()}
    line = made.lines_of and next(
        (c for c in goods.values() if plain(c.name) == plain(made.lines_of[1])), None
    )
    if line:
        found["line_id"], own["line_id"] = line, line.name
    made.take(name, found)
    made.used.setdefault(name, set()).add(order.rpartition(".")[2])
    label: dict[str, Any] = {
        "from": source,
        "when": Flow(column=order, missing=False),
        "columns": {"order_id": order},
    }
    made.labels[kind] = _told(label, kind, found, own)


def _of_orders(made: Made, name: str, one: Peek, heads: Roles) -> tuple[str, str | None]:
    """Say by which column a file names orders: itself, or by what stands beside the order."""
    whole = made.tables["orders"]
    best = made.views.get(whole["from"], {}).get("from", whole["from"])
    orders = made.files[best]
    known = whole["columns"]["order_id"]
    if orders is None or not isinstance(known, str):
        return name, None
    own, pair = heads.get("order_id"), partner(one, orders)
    if pair is None:
        return name, own.name if own else None
    if pair[1] == known:
        return name, pair[0]
    view = made.fresh(f"{name}_of_orders")
    made.views[view] = {
        "from": name,
        "join": [Flow({"with": best, "as": "its", "on": Flow({pair[0]: pair[1]})})],
    }
    return view, f"its.{known}"


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
    view, own_of = source
    grouped = made.views[view]["columns"] if view in made.views else None
    order = own_of.get("order_id")
    if order is None:
        order = Flow(row_number=True)
    for kind, (needed, test) in _TELLS.items():
        found = roles(one.columns, kind)
        if needed not in found or kind in made.labels or not _says(found[needed]):
            continue
        made.take(name, found)
        own = {meaning: column.name for meaning, column in found.items()}
        place, ordered = view, order
        if made.lines_of and made.lines_of[0] == name and needed == "quantity":
            lines = made.tables["order_lines"]
            place, ordered = lines["from"], lines["columns"]["order_id"]
            own["line_id"] = made.lines_of[1]
            found["line_id"] = next(c for c in one.columns if c.name == own["line_id"])
        elif grouped is not None:
            grouped |= {f"{kind}_{m}": _of_rows(m, c, test) for m, c in own.items()}
            own = {m: f"{kind}_{m}" for m in own}
        when = _when(found[needed], test)
        label: dict[str, Any] = {
            "from": place,
            "when": Flow({"column": own[needed]} | when),
            "columns": {"order_id": ordered},
        }
        made.labels[kind] = _told(label, kind, found, own)
        if "below" in when:
            amount = label["columns"]["amount_minor"]
            read = amount if isinstance(amount, dict) else {"column": amount}
            label["columns"]["amount_minor"] = Flow(read, times=-1)
    _by_case(made, (name, one), source, order)
    _by_state(made, heads, source, order)


def _of_rows(meaning: str, column: str, test: dict[str, Any]) -> Flow:
    """Take what the rows of an order tell of it."""
    if meaning == "flag":
        return Flow(any=Flow(test=Flow({"column": column} | test)))
    return Flow({"total" if meaning == "quantity" else "first": column})


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


def _told(label: dict[str, Any], kind: str, found: Roles, own: dict[str, str]) -> dict[str, Any]:
    """Add what a label says beside its condition."""
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
    view, _ = source
    found = roles(one.columns, "after_sales")
    if "status" not in found:
        return
    column = found["status"]
    values = [value for value in column.values if _tells(value, "refund")]
    if not values:
        return
    made.take(name, found)
    own = column.name
    if view in made.views:
        made.views[view]["columns"]["case_status"] = Flow(first=own)
        own = "case_status"
    _join(made, "refund", Flow({"column": own, "in": values}), view, order)


def _by_state(made: Made, heads: Roles, source: tuple[str, dict[str, Any]], order: Any) -> None:
    """Draft what the states of orders tell."""
    view, own = source
    if "status" not in heads:
        return
    values = heads["status"].values
    told = {
        kind: [value for value in values if state(value) in meanings]
        for kind, meanings in _BY_STATE.items()
    }
    told |= {kind: [value for value in values if _tells(value, kind)] for kind in words()[TELLING]}
    for kind, said in told.items():
        if said:
            _join(made, kind, Flow({"column": own["status"], "in": said}), view, order)


def _tells(value: str, kind: str) -> bool:
    return any(word in plain(value) for word in words()[TELLING][kind])


def _join(made: Made, kind: str, when: Flow, view: str, order: Any) -> None:
    """Add a condition to a label on the same rows, or make the label."""
    label = made.labels.get(kind)
    if label is None:
        made.labels[kind] = {
            "from": view, "when": when, "columns": {"order_id": order}, "matures": MATURES[kind],
        }  # fmt: skip
    elif label["from"] == view:
        made.labels[kind]["when"] = Flow(any=[label["when"], when])
