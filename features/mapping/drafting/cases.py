"""The labels of files of their own: refunds, returns, disputes, after-sales cases, ledgers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from features.mapping.drafting.outcomes import told
from features.mapping.drafting.peek import partner
from features.mapping.drafting.roles import roles
from features.mapping.drafting.values import Flow, expression
from features.mapping.drafting.words import EVENTS, holds, plain, words

if TYPE_CHECKING:
    from features.mapping.drafting.columns import Column
    from features.mapping.drafting.made import Made
    from features.mapping.drafting.peek import Peek
    from features.mapping.drafting.roles import Roles

CASE: Final = "case"
"""Kind of a file whose rows are cases of either kind: money or goods come back."""
SETTLES: Final = "7 days"
"""How long a case takes, to begin with, where only its opening is dated."""


@dataclass(frozen=True)
class _Rows:
    """Some rows of a file of outcomes.

    Parameters
    ----------
    name, one
        The file.
    source
        It, or the view that joins it to the orders.
    order
        Column of the order there.
    line
        Column of the order's line, if rows name it.
    """

    name: str
    one: Peek
    source: str
    order: str
    line: Column | None


def event_of(one: Peek) -> str | None:
    """Tell what outcome every row of a file is, by its sheet's or its own name; or None."""
    sheet = one.options.get("sheet", "")
    for name in (plain(str(sheet)), plain(one.paths[0].stem)):
        for kind, signs in words()[EVENTS].items():
            if any(word in name for word in signs):
                return kind
    return None


def ledger_of(one: Peek) -> tuple[Column, list[str]] | None:
    """Find the column that says what the rows of an account are, with its words for refunds.

    Parameters
    ----------
    one
        A file.

    Returns
    -------
    tuple, or None
        None where the rows are not of several kinds, or none of them gives money back.
    """
    kind = roles(one.columns, "ledger").get("type")
    if kind is None:
        return None
    back = [value for value in kind.values if holds("ledger_words", "refund", value)]
    return (kind, back) if 0 < len(back) < len(kind.values) else None


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
    rows = _rows(made, name, one, heads)
    if rows is None:
        return
    if kind not in {CASE, "refund", "return"}:
        _label(made, rows, kind, [])
        return
    case = roles(one.columns, "cases")
    ends = _not_in_vain(case.get("status"))
    type_ = case.get("type")
    back = [
        value for value in (type_.values if type_ else ()) if holds("case_words", "return", value)
    ]
    if type_ is None or not back:
        _label(made, rows, "return" if kind == CASE else kind, ends)
        return
    other = [value for value in type_.values if holds("case_words", "other", value)]
    paid = [Flow({"column": type_.name, "not_in": other})] if other else []
    made.used.setdefault(name, set()).add(type_.name)
    _label(made, rows, "return", [*ends, Flow({"column": type_.name, "in": back})])
    _label(made, rows, "refund", [*ends, *paid])


def ledger(made: Made, name: str, one: Peek, heads: Roles) -> None:
    """Draft the refunds that an account holds among other movements.

    Parameters
    ----------
    made
        The document.
    name, one
        The file.
    heads
        What its columns mean for orders.
    """
    found, rows = ledger_of(one), _rows(made, name, one, heads)
    if found is None or rows is None:
        return
    kind, back = found
    made.used.setdefault(name, set()).add(kind.name)
    # One refund stands in several rows: its parts and fees. None of them is its amount.
    columns = tuple(
        c for c in one.columns if c not in roles(one.columns, "refund", ("amount_minor",)).values()
    )
    rows = replace(rows, one=replace(one, columns=columns))
    _label(made, rows, "refund", [Flow({"column": kind.name, "in": back})])


def sold_apart(made: Made, name: str, one: Peek, heads: Roles) -> str:
    """Read orders without the rows that take goods or money back, where a file has such rows.

    Parameters
    ----------
    made
        The document.
    name, one
        The file of the orders.
    heads
        What its columns mean for orders.

    Returns
    -------
    str
        The file, or the view of its other rows.
    """
    found, order = _reversals(one), heads.get("order_id")
    if found is None or order is None or order.is_unique:
        return name
    kind, column, back = found
    sold = made.fresh("sold")
    kept = {"not_in": back} if kind == "refund" else {"at_least": 0}
    made.views[sold] = {"from": name, "only": Flow({"column": column.name} | kept)}
    made.files[sold] = one
    made.used[sold] = made.used.setdefault(name, set())
    made.used[sold].add(column.name)
    return sold


def taken_back(made: Made, name: str, one: Peek, heads: Roles) -> None:
    """Draft what the rows tell that `sold_apart` left out.

    Parameters
    ----------
    made
        The document.
    name, one
        The file of the orders.
    heads
        What its columns mean.
    """
    found = _reversals(one)
    if found is None or "order_id" not in heads:
        return
    kind, column, back = found
    test = {"in": back} if kind == "refund" else {"below": 0}
    placed = heads.get("placed_at")
    # A moment that all rows of an order share is that of the order, not of what came later.
    dated = {"known": placed} if placed and placed.varies else {}
    label: dict[str, Any] = {
        "from": name,
        "when": Flow({"column": column.name} | test),
        "columns": {"order_id": heads["order_id"].name},
    }
    if kind not in made.labels:
        made.labels[kind] = told(label, kind, dated, {m: c.name for m, c in dated.items()})


def _reversals(one: Peek) -> tuple[str, Column, list[str]] | None:
    """Tell by what column and values rows take money or goods back; None where none do."""
    if found := ledger_of(one):
        return "refund", *found
    quantity = roles(one.columns, "order_lines", ("quantity",)).get("quantity")
    back = [value for value in (quantity.values if quantity else ()) if value.startswith("-")]
    return ("return", quantity, back) if quantity and back else None


def _rows(made: Made, name: str, one: Peek, heads: Roles) -> _Rows | None:
    source, order, pair = _of_orders(made, name, one, heads)
    if order is None:
        return None
    line = None
    if made.lines_of:
        by_name = roles(one.columns, "order_lines", ("line_id", "sku")).values()
        line = next((c for c in by_name if plain(c.name) == plain(made.lines_of[1])), None)
        if pair and pair[1] == made.lines_of[1]:
            line = next(c for c in one.columns if c.name == pair[0])
    return _Rows(name, one, source, order, line)


def _label(made: Made, rows: _Rows, kind: str, conditions: list[Flow]) -> None:
    """Draft one kind of label from the rows that meet some conditions."""
    if kind in made.labels:
        return
    columns = rows.one.columns
    found = roles(columns, "event") | (roles(columns, kind) if kind in words() else {})
    if rows.line:
        found["line_id"] = rows.line
    own = {meaning: column.name for meaning, column in found.items()}
    made.take(rows.name, found)
    made.used[rows.name] |= {rows.order.rpartition(".")[2]}
    made.used[rows.name] |= {str(one["column"]) for one in conditions}
    is_one = Flow(column=rows.order, missing=False)
    label: dict[str, Any] = {
        "from": rows.source,
        "when": Flow(all=[is_one, *conditions]) if conditions else is_one,
        "columns": {"order_id": rows.order},
    }
    made.labels[kind] = label = told(label, kind, found, own)
    if conditions and "known" in found:
        _known_later(made, label, found["known"])


def _known_later(made: Made, label: dict[str, Any], known: Column) -> None:
    """Let what came of a case be known after the case was opened, where no other date is there."""
    if plain(known.name) not in words()["cases"]["opened"]:
        return
    label["known"] = Flow(_as_dict(expression("known", known, known.name)), add=SETTLES)
    made.remark(
        f"Check: {known.name} tells when a case was opened; what came of it counts as known "
        f"{SETTLES} later. 请核对：{known.name} 是申请的时间，结果按其后 {SETTLES} 得知。"
    )


def _as_dict(read: Any) -> dict[str, Any]:
    return read if isinstance(read, dict) else {"column": read}


def _not_in_vain(status: Column | None) -> list[Flow]:
    """Write the condition that a case came to something; none where every case did."""
    vain = [v for v in (status.values if status else ()) if holds("case_words", "vain", v)]
    if status is None or not vain or len(vain) == len(status.values):
        return []
    return [Flow({"column": status.name, "not_in": vain})]


def _of_orders(
    made: Made, name: str, one: Peek, heads: Roles
) -> tuple[str, str | None, tuple[str, str] | None]:
    """Say by which column a file names orders: itself, or by what stands beside the order."""
    whole = made.tables["orders"]
    best = made.views.get(whole["from"], {}).get("from", whole["from"])
    orders = made.files[best]
    known = whole["columns"]["order_id"]
    if orders is None or not isinstance(known, str):
        return name, None, None
    own, pair = heads.get("order_id"), partner(one, orders)
    if pair is None:
        return name, own.name if own else None, None
    if pair[1] == known:
        return name, pair[0], pair
    view = made.fresh(f"{name}_of_orders")
    made.views[view] = {
        "from": name,
        "join": [Flow({"with": best, "as": "its", "on": Flow({pair[0]: pair[1]})})],
    }
    return view, f"its.{known}", pair
