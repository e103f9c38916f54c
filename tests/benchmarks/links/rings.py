"""Planted rings: a few people who order with many accounts and reuse what they own.

Each order is by a buyer of its own. Every one after a ring's first shares at least two recorded
values with earlier orders of the ring; what is not shared is made up anew each time.
"""

from __future__ import annotations

from typing import Final

from tests.benchmarks.links.people import DAYS, KINDS, Placed, Town

Values = dict[str, int]

WAYS: Final = (
    "one device, one address",
    "one device, one card, addresses in turn",
    "one address, one phone",
    "one mailbox, one device",
    "two of everything, drawn anew",
    "two things of some earlier order",
    "one address, card and phone handed on in turn",
)
"""How rings share."""

HIDDEN: Final = "one device, parcels to a busy courier station"
"""A way that links cannot see: one of the two things it shares is a hub."""

_KEPT: Final = {
    WAYS[0]: ("device", "address"),
    WAYS[1]: ("device", "payment"),
    WAYS[2]: ("address", "phone"),
    WAYS[3]: ("email", "device"),
    HIDDEN: ("device", "address"),
}
"""What a ring uses from its first order on."""

NO_DEVICE: Final = 0.2
RESPELLED: Final = 0.1
"""Shares of orders without a device, and with an address written so that its key differs."""


def plant(town: Town, n_each: int) -> None:
    """Plant so many rings of each way, all of them in the second half of the time."""
    for way in (*WAYS, HIDDEN):
        for number in range(n_each):
            _plant_one(town, way, f"ring: {way}/{number}")


def _plant_one(town: Town, way: str, group: str) -> None:
    draw = town.draw
    n, days = draw.randint(4, 12), draw.uniform(0.2, 30)
    begin = draw.uniform(DAYS / 2, DAYS - days)
    made: list[Values] = []
    for at in sorted(begin + draw.uniform(0, days) for _ in range(n)):
        values = _disguised(town, _next(town, way, made), made) if made else _first(town, way)
        made.append(values)
        ordered = tuple(values[kind] for kind in KINDS)
        town.orders.append(Placed(at, next(town.buyers), ordered, group))


def _fresh(town: Town) -> Values:
    return {kind: town.new() for kind in KINDS}


def _first(town: Town, way: str) -> Values:
    station = {"address": town.draw.choice(town.stations)} if way == HIDDEN else {}
    return _fresh(town) | station


def n_shared(values: Values, earlier: list[Values]) -> int:
    """Count the values that earlier orders carried too."""
    return sum(
        value >= 0 and any(row[kind] == value for row in earlier) for kind, value in values.items()
    )


def _next(town: Town, way: str, made: list[Values]) -> Values:
    """Draw the values of a ring's next order until two of them were there before."""
    while True:
        values = _fresh(town) | _reused(town, way, made)
        if n_shared(values, made) >= 2:
            return values


def _reused(town: Town, way: str, made: list[Values]) -> Values:
    """Give what a ring's next order takes from the ones before, as far as they carry it."""
    draw, first, last = town.draw, made[0], made[-1]
    if way in _KEPT:
        taken = {kind: first[kind] for kind in _KEPT[way]}
        if way == WAYS[1] and draw.random() < 0.5:
            taken["address"] = draw.choice(made)["address"]
    elif way == WAYS[4]:
        kinds = draw.sample(KINDS, draw.randint(3, 5))
        taken = {kind: draw.choice(made[:2])[kind] for kind in kinds}
    elif way == WAYS[5]:
        earlier = draw.choice(made)
        taken = {kind: earlier[kind] for kind in draw.sample(KINDS, 2)}
    else:
        kind = ("payment", "phone")[len(made) % 2]
        taken = {"address": first["address"], kind: last[kind]}
    return {kind: value for kind, value in taken.items() if value >= 0}


def _disguised(town: Town, values: Values, earlier: list[Values]) -> Values:
    """Hide the device or respell the address, where two shared values remain all the same."""
    for kind, share, instead in (("device", NO_DEVICE, -1), ("address", RESPELLED, town.new())):
        hidden = values | {kind: instead}
        if town.draw.random() < share and n_shared(hidden, earlier) >= 2:
            values = hidden
    return values
