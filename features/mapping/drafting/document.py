"""Write a first mapping document for a merchant's files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import yaml

from features.errors import ImportRefusedError
from features.mapping.drafting import outcomes, sections
from features.mapping.drafting.cases import (
    event_of,
    events,
    ledger,
    ledger_of,
    sold_apart,
    taken_back,
)
from features.mapping.drafting.homes import home
from features.mapping.drafting.made import Made
from features.mapping.drafting.moments import is_unsure
from features.mapping.drafting.peek import peek, together
from features.mapping.drafting.roles import kind_of, roles
from features.mapping.drafting.sections import elapsed
from features.mapping.drafting.values import Flow, has_points_for_thousands
from features.mapping.drafting.words import channel, holds
from features.money import EXPONENTS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from features.mapping.drafting.columns import Column
    from features.mapping.drafting.peek import Peek
    from features.mapping.drafting.roles import Roles

_WORD: Final = re.compile(r"\W+")
MOST: Final = 0.8
"""Share of the orders beyond which a file is about all of them."""


class _Dumper(yaml.SafeDumper):
    """Writes `Flow` on one line, and the rest as blocks."""


_Dumper.add_representer(
    Flow, lambda dumper, data: dumper.represent_mapping("tag:yaml.org,2002:map", data.items(), True)
)


def draft(paths: Sequence[Path]) -> str:
    r"""Draft a mapping document.

    Parameters
    ----------
    paths
        The merchant's files, in one folder: orders, and if they are apart lines, parcels, refunds.

    Returns
    -------
    str
        YAML that `orderintel import` reads, with remarks on what a person has to check.

    Raises
    ------
    ImportRefusedError
        When a file cannot be read, or none has an order's number and time.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder) / "o.csv"
    ...     _ = file.write_text("订单号,下单时间,实付金额\n7,2024-05-01 08:00:00,9.5\n", "utf-8")
    ...     text = draft([file])
    >>> "placed_at: 下单时间" in text
    True
    """
    seen, twins = _once(together([one for path in paths for one in peek(path)]))
    names = _names(seen)
    files = dict(zip(names, seen, strict=True))
    told = [path.name for one in seen for path in one.paths]
    where = channel(told, [column.name for one in seen for column in one.columns])
    heads = {name: roles(one.columns, "orders", where=where) for name, one in files.items()}
    kinds = {name: event_of(one) for name, one in files.items()}
    best = _best(files, heads, kinds)
    kinds = {name: kind for name, kind in kinds.items() if _is_some(heads, name, best)}
    at_home = home([column for one in seen for column in one.columns], heads[best])
    made = Made(files=dict(files), where=where, at_home=at_home)
    for remark in twins:
        made.remark(remark)
    sold = sold_apart(made, best, files[best], heads[best])
    source = sections.orders(made, sold, files[best], heads[best])
    apart = [name for name in names if name != best]
    accounts = [name for name in apart if ledger_of(files[name])]
    # Lines of a file of their own say more than what stands beside the orders.
    for name in (*apart, best):
        if name == best or (kinds.get(name) is None and name not in accounts):
            rows = sold if name == best else name
            sections.lines(made, rows, files[name], heads[name], sold)
            sections.parcels(made, rows, files[name], heads[name])
    for name in apart:
        kind = kinds.get(name)
        if name in accounts:
            ledger(made, name, files[name], heads[name])
        elif kind is not None:
            events(made, name, files[name], heads[name], kind)
    if sold != best:
        taken_back(made, best, files[best], heads[best])
    outcomes.beside_orders(made, sold, files[best], heads[best], source)
    return _written(made, files, heads[best])


def _once(seen: Sequence[Peek]) -> tuple[list[Peek], list[str]]:
    """Take one of the sheets of a workbook that have the same columns; tell of the others."""
    found: list[Peek] = []
    told: list[str] = []
    for one in seen:
        names = [column.name for column in one.columns]
        first = next(
            (
                other
                for other in found
                if other.paths == one.paths and names == [column.name for column in other.columns]
            ),
            None,
        )
        if first is None:
            found.append(one)
            continue
        told.append(
            f"Check: sheet {one.options['sheet']} of {one.paths[0].name} has the columns of "
            f"another sheet and is not read; save it as a file of its own. 请核对：工作表 "
            f"{one.options['sheet']} 与另一张表列名相同，没有读取；请另存为单独的文件。"
        )
    return found, told


def _names(seen: Sequence[Peek]) -> list[str]:
    """Name the files for the document, each differently."""
    found: list[str] = []
    for one in seen:
        base = _WORD.sub("_", one.paths[0].stem).strip("_") or "rows"
        base = f"{base}_{one.options['each']}" if "each" in one.options else base
        if isinstance(one.options.get("sheet"), str) and base in found:
            base = f"{base}_{_WORD.sub('_', one.options['sheet']).strip('_')}"
        found.append(base if base not in found else f"{base}_{len(found) + 1}")
    return found


def _best(files: dict[str, Peek], heads: dict[str, Roles], kinds: dict[str, str | None]) -> str:
    """Choose the file that says most about orders; one row an order goes before."""

    def worth(name: str) -> tuple[bool, bool, int]:
        order = heads[name].get("order_id")
        return kinds[name] is None, order is not None and order.is_unique, len(heads[name])

    whole = [name for name in files if {"order_id", "placed_at"} <= heads[name].keys()]
    if whole:
        return max(whole, key=worth)
    # Time counted from an unknown day, or rows without a number, as in data made for contests.
    timed = [
        name
        for name, one in files.items()
        if "total_minor" in heads[name] and ("placed_at" in heads[name] or elapsed(one))
    ]
    if not timed:
        raise ImportRefusedError(_without_orders(list(files.values())))
    return max(timed, key=worth)


def _is_some(heads: dict[str, Roles], name: str, best: str) -> bool:
    """Tell whether a file is about some of the orders: what tells of all is no list of bad ones."""
    own, all_of = heads[name].get("order_id"), heads[best].get("order_id")
    return own is None or all_of is None or own.n_distinct <= MOST * all_of.n_distinct


def _without_orders(seen: Sequence[Peek]) -> str:
    columns = "; ".join(
        f"{one.paths[0].name}: {', '.join(column.name for column in one.columns)}" for one in seen
    )
    return (
        "no file has a column that looks like an order's number and one that looks like when it "
        f"was placed; write the mapping by hand, see docs/mapping.md. There is {columns}"
    )


def _written(made: Made, files: dict[str, Peek], heads: Roles) -> str:
    """Write the document with its remarks."""
    columns = [column for one in files.values() for column in one.columns]
    at_home = made.at_home or home(columns, heads)
    first = next(iter(files.values())).paths[0].stem
    name = _WORD.sub("-", first).strip("-").lower() or "shop"
    top: dict[str, Any] = {
        "version": 1,
        "name": name,
        "merchant": name,
        "channel": made.where or "other",
        "shop": "main",
        "base_currency": at_home.currency,
        "timezone": at_home.timezone,
        **({"day_resolution": True} if made.by_day else {}),
        **({"phone_country_code": at_home.calling_code} if at_home.calling_code else {}),
    }
    parts = [
        "# A first draft by the names and values of the columns. Go through it, then try it:",
        "#   orderintel import THIS.yaml --check",
        "# 按列名与内容拟出的初稿，请逐项核对，再用上面的命令试读（不写入）。",
        _dumped(top),
        "# Orders of the API belong to these only if they say the same merchant, channel and shop.",
        "# 接口里的订单须写同样的 merchant_id、channel、shop_id，才算同一商家的订单。",
        "# Check: the zone of moments that name none, and the currency. 请核对时区与币种。",
        *_rates(heads, at_home.currency),
        *(f"# {remark}" for remark in (*made.remarks, *_doubts(columns, made))),
        _dumped({"files": {name: _file(one) for name, one in files.items()}}),
        *([_dumped({"views": made.views})] if made.views else []),
        *(_dumped({table: section}) for table, section in made.tables.items()),
    ]
    if "series_id" in made.tables.get("order_lines", {}).get("columns", {}):
        parts.append(_dumped({"demand": Flow(rhythm="daily")}))
    if made.labels:
        parts.append(
            "# Check: from when on no news is good news (matures), and when it was known (known).\n"
            "# 请核对：多久没有消息才算正常（matures），以及何时得知（known）。"
        )
        parts.append(_dumped({"labels": made.labels}))
    return "\n".join([*parts, *_unused(made, files)]) + "\n"


def _file(one: Peek) -> Flow:
    paths = [path.name for path in one.paths]
    return Flow(path=paths[0] if len(paths) == 1 else paths, **one.options)


def _rates(heads: Roles, base: str) -> list[str]:
    """Write the rates that amounts in other currencies need, to be filled in."""
    column = heads.get("currency")
    codes = {value.upper() for value in column.values} if column else set()
    others = sorted(code for code in codes if code in EXPONENTS and code != base)
    if not others:
        return []
    rates = ", ".join(f"{code}: 1.0" for code in others)
    return [
        f"# Write how much {base} one unit of each other currency is. 请填写其他币种的汇率：",
        f"# fx: {{{rates}}}",
    ]


def _doubts(columns: Sequence[Column], made: Made) -> list[str]:
    """Name the columns that may be read in two ways."""
    used = {name for names in made.used.values() for name in names}
    days = [c.name for c in columns if c.name in used and is_unsure(c.values)]
    points = [c.name for c in columns if c.name in used and has_points_for_thousands(c.values)]
    found = []
    if days:
        found.append(
            f"Check: does the day or the month stand first in {', '.join(dict.fromkeys(days))}? "
            "请核对日与月的先后。"
        )
    if points:
        found.append(
            f"Check: a point parts thousands in {', '.join(dict.fromkeys(points))} (25.000 is "
            "25,000). 请核对：点号是千分位。"
        )
    return found


def _unused(made: Made, files: dict[str, Peek]) -> list[str]:
    """Name the columns that the document does not use, and those that may become features."""
    found: list[str] = []
    offered: list[str] = []
    for name, one in files.items():
        start = f"{one.options['each']}." if "each" in one.options else ""
        left = [
            column
            for column in one.columns
            if column.n_known
            and column.name not in made.used.get(name, set())
            and column.name.startswith(start)
        ]
        if left:
            found.append(f"# Not used of {name} 未用到: {', '.join(c.name for c in left)}")
            offered += _offered(made, name, left)
    return found + offered


def _offered(made: Made, name: str, left: Sequence[Column]) -> list[str]:
    """Write own columns as attributes, as remarks: a person knows which were known in time."""
    table = next((t for t in ("orders", "order_lines") if made.reads(t, name)), None)
    kinds = {
        column.name: kind
        for column in left
        if not holds("later", "words", column.name) and (kind := kind_of(column))
    }
    if table is None or not kinds:
        return []
    return [
        f"# Own columns become features. Put those that are known when an order is placed under "
        f"{table}:",
        f"# 自有列会成为特征：下单时已知的，去掉井号放到 {table} 之下。",
        "#   attributes:",
        *(
            f"#     {_WORD.sub('_', column).strip('_').lower()}: "
            + _dumped(Flow(type=kind, column=column))
            for column, kind in kinds.items()
        ),
    ]


def _dumped(document: dict[str, Any]) -> str:
    text: str = yaml.dump(
        document, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=1_000
    )
    return text.rstrip("\n")
