"""The orders, lines and parcels of a draft."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from features.mapping.drafting.columns import N_VALUES
from features.mapping.drafting.moments import (
    has_days_alone,
    has_halves,
    is_time_of_day,
    reading,
    times_of_day,
)
from features.mapping.drafting.roles import roles
from features.mapping.drafting.values import Flow, expression
from features.mapping.drafting.words import (
    CLOCKS,
    ELAPSED,
    milestone,
    payment,
    payment_state,
    plain,
    state,
    words,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from features.mapping.drafting.columns import Column
    from features.mapping.drafting.made import Made
    from features.mapping.drafting.peek import Peek
    from features.mapping.drafting.roles import Roles

START: Final = "2024-01-01"
"""First day of files that count the time from a day they do not tell."""

_BY_TABLE: Final = {"payment_method": payment, "payment_status": payment_state}
"""Meanings with words of their own, and what reads what a channel says."""

_TOLD_LAST: Final = ("created", "paid")
"""States of orders of which the money says more."""

_BY_MONEY: Final = {
    "pending": "created", "partially_paid": "created", "authorized": "paid", "paid": "paid",
    "partially_refunded": "paid", "refunded": "cancelled", "voided": "cancelled",
}  # fmt: skip
"""What the money says of the state of an order that has not left."""


def orders(made: Made, name: str, one: Peek, found: Roles) -> tuple[str, dict[str, Any]]:
    """Draft the orders.

    Parameters
    ----------
    made
        The document.
    name, one
        The file that says most about orders.
    found
        What its columns mean.

    Returns
    -------
    tuple
        The file or view that the orders come from, and what each meaning is called there.
    """
    address = roles(one.columns, "address")
    clock = _clock(one, found)
    made.take(name, found | address | ({"clock": clock} if clock else {}))
    source, own = name, {meaning: column.name for meaning, column in found.items()}
    parts = {meaning: column.name for meaning, column in address.items()}
    hour = clock.name if clock else None
    order = found.get("order_id")
    if order is not None and not order.is_unique:
        source = made.fresh("heads")
        made.views[source] = {
            "from": name,
            "group_by": order.name,
            "columns": {
                **{m: _of_group(one, m, c) for m, c in found.items() if m != "order_id"},
                **({"placed_time": Flow(first=hour)} if hour else {}),
                **{f"ship_{m}": Flow(first=c) for m, c in parts.items()},
            },
        }
        own = {m: c if m == "order_id" else m for m, c in own.items()}
        parts = {m: f"ship_{m}" for m in parts}
        hour = "placed_time" if hour else None
    columns: dict[str, Any] = {"order_id": own.get("order_id", Flow(row_number=True))}
    columns["placed_at"] = _placed(made, one, found, (own.get("placed_at"), hour))
    for meaning, column in found.items():
        if meaning in ("status", *_BY_TABLE, *columns):
            continue
        is_read = source != name and _adds_up(one, meaning, column)
        columns[meaning] = own[meaning] if is_read else expression(meaning, column, own[meaning])
    for meaning, read in _BY_TABLE.items():
        if meaning in found and (told := _read(found[meaning], read)):
            columns[meaning] = Flow(column=own[meaning], table=Flow(told))
            at_the_door = {value: True for value, means in told.items() if means == "cod"}
            if at_the_door:
                is_cod = Flow(column=own[meaning], table=Flow(at_the_door), otherwise=False)
                columns.setdefault("is_cod", is_cod)
    if "payment_status" not in found and "status" in found:
        back = _money_back(found["status"])
        if back:
            columns["payment_status"] = Flow(column=own["status"], table=Flow(back))
    if stands := _status(made, (name, one), found, own, source):
        columns["status"] = stands
    made.tables["orders"] = {"from": source, "columns": columns}
    _note_shops(made, one)
    if parts:
        made.tables["orders"]["address"] = _address(made, parts)
    return source, own


def _money_back(status: Column) -> dict[str, str]:
    """Read what the states of orders tell of money given back."""
    told = {value: payment_state(value) for value in status.values}
    return {value: means for value, means in told.items() if means and means.endswith("refunded")}


def _status(
    made: Made, file: tuple[str, Peek], found: Roles, own: dict[str, str], source: str
) -> Flow | None:
    """Write the state of an order: by its own words, by its money, and by when it was cancelled."""
    said = _read(found.get("status"), partial(state, where=made.where))
    paid = _read(found.get("payment_status"), payment_state)
    parts = [
        {value: means for value, means in said.items() if means not in _TOLD_LAST or not paid},
        {value: _BY_MONEY[means] for value, means in paid.items()},
        {value: means for value, means in said.items() if means in _TOLD_LAST and paid},
    ]
    names = [own.get("status"), own.get("payment_status"), own.get("status")]
    read = [
        Flow(column=column, table=Flow(told))
        for column, told in zip(names, parts, strict=True)
        if told
    ]
    if not read:
        return None
    told = read[0] if len(read) == 1 else Flow(first_of=read)
    ended = roles(file[1].columns, "cancel", ("known",)).get("known")
    # Where lines are cancelled one by one, the first of them does not speak for the order.
    if ended is None or ended.varies or "cancelled" in said.values():
        return told
    made.take(file[0], {"known": ended})
    column = ended.name
    if source != file[0]:
        column = "cancel_known"
        made.views[source]["columns"][column] = Flow(first=ended.name)
    at_all = Flow(column=column, missing=False)
    return Flow({"if": at_all, "then": Flow(value="cancelled"), "else": told})


def _note_shops(made: Made, one: Peek) -> None:
    """Tell that the orders are of several shops, where a column names them."""
    shop = roles(one.columns, "shops").get("shop")
    if shop is not None and 1 < shop.n_distinct <= N_VALUES:
        made.remark(
            f"Check: {shop.name} names {shop.n_distinct} shops. Write `shop_id: {shop.name}` among "
            "the columns of orders, lines, shipments and labels if the API names them so, or draft "
            f"each shop's files apart. 请核对：{shop.name} 里有多家店铺；若接口按店铺区分，"
            f"请在各表写 `shop_id: {shop.name}`。"
        )


def _address(made: Made, parts: dict[str, str]) -> dict[str, Any]:
    """Write the parts of an address; divisions in one column stand before the line."""
    found: dict[str, Any] = dict(parts)
    if area := found.pop("area", None):
        line = found.get("line")
        found["line"] = Flow(text=f"{{{area}}} {{{line}}}") if line else area
    if "country" not in found and made.at_home and made.at_home.country:
        found = {"country": Flow(value=made.at_home.country)} | found
    return found


def _adds_up(one: Peek, meaning: str, column: Column) -> bool:
    """Tell whether an order's rows add up: money that differs does, unless one is the sum."""
    return column.varies and meaning.endswith("_minor") and not one.sums_up


def _of_group(one: Peek, meaning: str, column: Column) -> Flow:
    """Take a column of an order's rows; what adds up is read before."""
    if _adds_up(one, meaning, column):
        return Flow(total=expression(meaning, column, column.name))
    return Flow(first=column.name)


def _read(column: Column | None, read: Callable[[str], str | None]) -> dict[str, str]:
    """Read the words of a column, if it is there; none when most of them say nothing."""
    told = {value: read(value) for value in (column.values if column else ())}
    known = {value: meaning for value, meaning in told.items() if meaning is not None}
    return known if 2 * len(known) >= len(told) else {}


def _clock(one: Peek, found: Roles) -> Column | None:
    """Find the time of day that stands beside a day."""
    placed = found.get("placed_at")
    if placed is None or not has_days_alone(placed.values):
        return None
    told = words()[CLOCKS]["time"]
    return next(
        (
            column
            for column in one.columns
            if column.values
            and any(word in plain(column.name) for word in told)
            and all(map(is_time_of_day, column.values))
        ),
        None,
    )


def _placed(made: Made, one: Peek, found: Roles, own: tuple[str | None, str | None]) -> Any:
    """Write when an order was placed."""
    (day, hour), clock = own, _clock(one, found)
    placed = found.get("placed_at")
    if placed is None or day is None:
        unit, column = elapsed(one) or ("seconds", one.columns[0])
        made.remark(
            f"Check: {column.name} counts {unit} from an unknown day; {START} stands for it. "
            f"请核对：{column.name} 只是相对时间，起始日以 {START} 代替。"
        )
        return Flow(value=START, add=Flow({unit: column.name}))
    read = reading(placed.values)
    if hour is None or clock is None:
        made.by_day = has_days_alone(placed.values)
        return Flow(column=day, **read) if read else day
    days = read.get("format")
    if days is None and has_halves(clock.values):
        days = "%Y-%m-%d"
    if isinstance(days, str) and "%" in days:
        forms = [f"{days} {time}" for time in times_of_day(clock.values)]
        read = read | {"format": forms[0] if len(forms) == 1 else forms}
    return Flow(text=f"{{{day}}} {{{hour}}}", **read)


def elapsed(one: Peek) -> tuple[str, Column] | None:
    """Find the column that counts time from an unknown day, with its unit.

    Parameters
    ----------
    one
        A file in which no column says when an order was placed.
    """
    for unit, names in words()[ELAPSED].items():
        for column in one.columns:
            if plain(column.name) in names and all(
                value.replace(".", "", 1).isdigit() for value in column.values
            ):
                return unit, column
    return None


def lines(made: Made, name: str, one: Peek, heads: Roles, best: str) -> None:
    """Draft the lines: of a file of their own, or what the file of the orders says of goods."""
    found = _goods(made, one, heads.get("total_minor") if name == best else None)
    is_about_goods = {"sku", "product_id"} & found.keys() or {"title", "quantity"} <= found.keys()
    if "order_id" not in heads or not is_about_goods or "order_lines" in made.tables:
        return
    if "line_id" in found:
        made.lines_of = name, found["line_id"].name
    made.take(name, found | {"order_id": heads["order_id"]})
    columns: dict[str, Any] = {"order_id": heads["order_id"].name}
    columns |= {m: expression(m, column, column.name) for m, column in found.items()}
    if "quantity" not in columns:
        columns["quantity"] = 1
        made.remark(
            f"Check: no column of {name} says how many units a line has; each counts as one. "
            f"请核对：{name} 没有数量列，每行按 1 件计。"
        )
    columns.setdefault("sku", columns.get("product_id", columns.get("title")))
    columns["series_id"] = columns["sku"]
    has_total = "total_minor" in columns | made.tables["orders"]["columns"]
    if "unit_price_minor" in columns and not has_total:
        factors = [columns["quantity"], columns["unit_price_minor"]]
        columns["total_minor"] = Flow(product=factors)
    view: dict[str, Any] = {}
    if currency := heads.get("currency"):
        columns["currency"] = expression("currency", currency, currency.name)
        whole = made.tables["orders"]["from"]
        # Where only some rows of an order say it, the whole order does.
        if name == best and whole in made.views and currency.n_known < one.n_rows:
            view["join"] = [Flow({"with": whole, "as": "whole", "on": heads["order_id"].name})]
            columns["currency"] = expression("currency", currency, "whole.currency")
    if lacking := _without_goods(one, found):
        view["only"] = lacking
    source = made.fresh("lines") if view else name
    if view:
        made.views[source] = {"from": name} | view
    if "quantity" in found and {"0", "0.0", "0.00"} & set(found["quantity"].values):
        made.tables["orders"]["without_lines"] = "keep"
    made.tables["order_lines"] = {"from": source, "columns": columns}


def _goods(made: Made, one: Peek, whole: Column | None) -> Roles:
    """Say what the columns of a file mean for lines; the total of whole orders is not theirs."""
    found = roles(one.columns, "order_lines", where=made.where)
    if whole and found.get("total_minor") is whole and not whole.varies:
        del found["total_minor"]
    if "total_minor" in found and _is_of_orders(one, found["total_minor"]):
        del found["total_minor"]
    if "line_id" in found and not found["line_id"].is_unique:
        del found["line_id"]
    if "line_id" not in found and one.once_a_sku and "sku" in found:
        found["line_id"] = found["sku"]
    return found


def _is_of_orders(one: Peek, column: Column) -> bool:
    """Tell whether a sum stands in the first of an order's rows alone: it is the whole order's."""
    order = roles(one.columns, "orders", ("order_id",)).get("order_id")
    return (
        order is not None
        and not column.varies
        and column.n_known == order.n_distinct < order.n_known
    )


def _without_goods(one: Peek, found: Roles) -> Flow | None:
    """Tell the rows that name goods from those that sum an order up, where there are such."""
    named = [found[meaning] for meaning in ("sku", "title", "product_id") if meaning in found]
    if max(column.n_known for column in named) == one.n_rows:
        return None
    if len(named) == 1:
        return Flow(column=named[0].name, missing=False)
    return Flow(first_of=[column.name for column in named], missing=False)


def parcels(made: Made, name: str, one: Peek, heads: Roles) -> None:
    """Draft the parcels: rows that were shipped or delivered, one for each parcel."""
    found = roles(one.columns, "shipments")
    if "state" not in found and "status" in heads and not _is_of_all(made, name):
        found["state"] = heads["status"]
    moved = [m for m in ("shipped_at", "picked_up_at", "delivered_at") if m in found]
    if "order_id" not in heads or "shipments" in made.tables or not moved:
        return
    order, parcel = heads["order_id"], found.get("shipment_id")
    made.take(name, found)
    keys = [order.name, *([parcel.name] if parcel else [])]
    is_single = (parcel or order).is_unique
    told = [*moved, "shipment_id"] if parcel else moved
    is_whole = all(found[meaning].n_known == one.n_rows for meaning in told)
    own = {meaning: column.name for meaning, column in found.items()}
    source = name
    if not (is_single and is_whole):
        source = made.fresh("parcels")
        made.views[source] = {"from": name, "only": _moved(found, moved, parcel)}
        if not is_single:
            rest = {m: c for m, c in found.items() if c.name not in keys}
            made.views[source] |= {
                "group_by": keys,
                "columns": {m: Flow(first=c.name) for m, c in rest.items()},
            }
            own = {m: c if c in keys else m for m, c in own.items()}
    columns: dict[str, Any] = {"order_id": order.name}
    columns |= {m: expression(m, column, own[m]) for m, column in found.items()}
    if "state" in found:
        columns["state"] = Flow(
            column=own["state"], table=Flow(_read(found["state"], milestone)), otherwise="keep"
        )
    if parcel and one.shares_parcels:
        columns["shipment_id"] = Flow(text=f"{{{order.name}}}/{{{parcel.name}}}")
    made.tables["shipments"] = {"from": source, "columns": columns}
    is_promised = "promised_at" in found or "deliver_by" in made.tables["orders"]["columns"]
    if "delivered_at" in found and is_promised:
        made.labels["late"] = Flow(matures="1 day")


def _is_of_all(made: Made, name: str) -> bool:
    """Tell whether a file is the one that the orders are read from."""
    whole = made.tables["orders"]["from"]
    return name in {whole, made.views.get(whole, {}).get("from")}


def _moved(found: Roles, moved: Sequence[str], parcel: Column | None) -> Flow:
    """Write the condition that a parcel is on its way."""
    told: dict[str, Any] = (
        {"column": found[moved[0]].name}
        if len(moved) == 1
        else {"first_of": [found[m].name for m in moved]}
    )
    on_its_way = Flow(told, missing=False)
    if parcel is None:
        return on_its_way
    return Flow(all=[on_its_way, Flow(column=parcel.name, missing=False)])
