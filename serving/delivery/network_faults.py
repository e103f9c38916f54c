"""What is wrong with the warehouses and outlets of a history, by name and with the mend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from features.errors import FenceError
from features.fence_index import FenceIndex
from features.fences import Fence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from features.history import History

    Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: whose it is, what it is and how it is mended; what routing does meanwhile."""

    of: str
    what: str
    mend: str


def network_faults(history: History) -> list[Fault]:
    """Look at the fences, capacities, tariffs and stock of a history.

    Parameters
    ----------
    history
        Any history; what it lacks has no fault.
    """
    outlets = _plain(history, "outlets", ("outlet", "carrier", "service", "fence", "region",
                     "city", "daily_capacity", "first_kg_minor", "next_kg_minor"))  # fmt: skip
    return [*_fences(outlets), *_limits(outlets), *_stock(history)]


def _fences(outlets: Sequence[Row]) -> Iterator[Fault]:
    """Find fences that cannot be read, and those of one carrier and service that overlap."""
    read: list[Fence | None] = []
    for row in outlets:
        read.append(None)
        if row["fence"] is None:
            continue
        try:
            read[-1] = Fence.from_geojson(row["fence"])
        except FenceError as error:
            named = row["city"] or row["region"]
            meanwhile = f"{named} decides meanwhile" if named else "it serves no place meanwhile"
            yield Fault(f"outlet {row['outlet']}", str(error), f"correct its fence; {meanwhile}")
    groups: dict[tuple[Any, Any], list[int]] = {}
    for at, row in enumerate(outlets):
        groups.setdefault((row["carrier"], row["service"]), []).append(at)
    for places in groups.values():
        for one, other in FenceIndex([read[at] for at in places]).overlaps():
            names = [outlets[places[at]]["outlet"] for at in (one, other)]
            yield Fault(
                f"outlets {names[0]} and {names[1]}",
                "their fences overlap",
                "cut one along the other; meanwhile the cheaper way takes what lies in both",
            )


def _limits(outlets: Sequence[Row]) -> Iterator[Fault]:
    """Find capacities and tariffs below zero, and tariffs with a hole after the first kilogram."""
    for row in outlets:
        for name in ("daily_capacity", "first_kg_minor", "next_kg_minor"):
            if row[name] is not None and int(row[name]) < 0:
                yield Fault(f"outlet {row['outlet']}", f"{name} is below zero", f"correct {name}")
        if row["first_kg_minor"] is not None and row["next_kg_minor"] is None:
            yield Fault(
                f"outlet {row['outlet']}",
                "its tariff names no price after the first kilogram",
                "set next_kg_minor; meanwhile further kilograms cost nothing",
            )


def _stock(history: History) -> Iterator[Fault]:
    """Count warehouses and SKUs whose newest count is below what is locked."""
    stock = history.frame("stock")
    if stock.empty:
        return
    newest = stock.sort_values("at", kind="stable").drop_duplicates(
        ["warehouse", "sku"], keep="last"
    )
    taken = newest["locked"].fillna(0) + newest["samples"].fillna(0)
    short = newest[(newest["on_hand"].fillna(0) - taken) < 0]
    if len(short):
        first = short.iloc[0]
        yield Fault(
            f"stock of {len(short)} SKUs",
            f"is below zero, such as {first['sku']} in {first['warehouse']}",
            "count it; meanwhile it counts as none",
        )


def _plain(history: History, table: str, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    frame = history.frame(table, columns=columns)
    plain = frame.astype(object).where(frame.notna(), None)
    return [dict(zip(columns, row, strict=True)) for row in plain.to_numpy().tolist()]
