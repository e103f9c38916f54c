"""Honest buyers who share things for honest reasons, order by order.

Nobody knows how often households lend each other a card. The shares are assumptions; they stand in
one place (`Habits`), and the report repeats itself with all of them halved and doubled.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Final

KINDS: Final = ("phone", "email", "device", "payment", "address")
DAYS: Final = 120
"""Days that are simulated; what is counted begins when the first span is full."""


@dataclass(frozen=True)
class Habits:
    """How often honest people share things.

    Parameters
    ----------
    card, tablet, contact, mailbox
        Share of households with a card, a tablet, a contact phone, a mailbox that several use.
    everybody
        Of those, the share in which all members use it; else two of them do.
    in_turn
        Share of their orders that go over the shared thing.
    gift
        Share of orders sent to a friend, with the friend's phone.
    acquainted
        Share of those friends who buy here too.
    company_card, reception
        Share of offices where a few colleagues order with one card, or from one computer.
    lent
        Share of room mates who let each other pay or order on their device.
    recycled
        Share of buyers whose phone number belonged to another buyer before.
    no_device, no_email
        Share of orders from which the channel withholds them.
    """

    card: float = 0.06
    tablet: float = 0.05
    contact: float = 0.06
    mailbox: float = 0.01
    everybody: float = 0.25
    in_turn: float = 0.5
    gift: float = 0.03
    acquainted: float = 0.15
    company_card: float = 0.05
    reception: float = 0.03
    lent: float = 0.03
    recycled: float = 0.002
    no_device: float = 0.25
    no_email: float = 0.5

    def times(self, factor: float) -> Habits:
        """Give the habits of people who share so many times as often."""
        names = ("card", "tablet", "contact", "mailbox", "company_card", "reception")
        shares = {name: getattr(self, name) * factor for name in (*names, "lent", "gift")}
        return replace(self, **shares)


@dataclass
class Person:
    """A buyer, and what is the buyer's own."""

    number: int
    own: dict[str, int]
    rate: float
    lent: dict[str, int] = field(default_factory=dict)
    """What the buyer shares with others and uses now and then."""
    elsewhere: int = -1
    """Where else the buyer has parcels sent: an office, a station."""
    often: float = 0.0
    """Share of the orders that go there."""


@dataclass(frozen=True)
class Placed:
    """One order: when, by whom, and the values by kind; ``group`` names the set of people."""

    at: float
    buyer: int
    values: tuple[int, ...]
    group: str


class Town:
    """Makes people, and then their orders.

    Parameters
    ----------
    seed
        Seed of everything.
    habits
        How often people share things.
    """

    def __init__(self, seed: int, habits: Habits) -> None:
        self.draw = random.Random(seed)  # noqa: S311 a simulation
        self.habits = habits
        self.numbers = count()
        self.buyers = count()
        self.orders: list[Placed] = []
        self.people: list[tuple[str, Person]] = []
        self.stations: list[int] = []

    def new(self) -> int:
        """A value that nobody used before."""
        return next(self.numbers)

    def person(self, group: str, address: int | None = None) -> Person:
        """Make a buyer with everything of one's own."""
        own = {kind: self.new() for kind in KINDS}
        if address is not None:
            own["address"] = address
        made = Person(next(self.buyers), own, self.draw.gammavariate(1.2, 2.5) + 0.3)
        self.people.append((group, made))
        return made

    def share(self, members: list[Person], kind: str, chance: float) -> None:
        """Let some of several people share a thing, if they do."""
        if len(members) > 1 and self.draw.random() < chance:
            n = len(members) if self.draw.random() < self.habits.everybody else 2
            thing = self.new()
            for member in self.draw.sample(members, n):
                member.lent[kind] = thing

    def household(self, number: int) -> None:
        """Two to five buyers at one address; some order for their parents too."""
        size = self.draw.choices((2, 3, 4, 5), (55, 27, 13, 5))[0]
        name, home, habits = f"household/{number}", self.new(), self.habits
        members = [self.person(name, home) for _ in range(size)]
        for kind, chance in (
            ("payment", habits.card), ("device", habits.tablet),
            ("phone", habits.contact), ("email", habits.mailbox),
        ):  # fmt: skip
            self.share(members, kind, chance)

    def helper(self, number: int) -> None:
        """Parents, and a child elsewhere who orders for them on the child's device and card."""
        name, away = f"one orders for parents/{number}", self.new()
        child = self.person(name)
        for _ in range(self.draw.choice((1, 2))):
            parent = self.person(name, away)
            parent.own |= {kind: child.own[kind] for kind in ("device", "payment")}

    def flat(self, number: int) -> None:
        """Four to eight adults who share a flat."""
        home = self.new()
        members = [self.person(f"flat/{number}", home) for _ in range(self.draw.randint(4, 8))]
        self.share(members, "payment", self.habits.lent)
        self.share(members, "device", self.habits.lent)

    def office(self, number: int, size: int) -> None:
        """People with homes of their own who have parcels sent to work."""
        place = self.new()
        kind = "office" if size >= 20 else "small office"
        staff = [self.person(f"{kind}/{number}") for _ in range(size)]
        for member in staff:
            member.elsewhere, member.often = place, self.draw.betavariate(1.5, 2.5)
        few = self.draw.sample(staff, min(self.draw.randint(2, 5), size))
        if self.draw.random() < self.habits.company_card:
            card = self.new()
            for member in few:
                member.lent["payment"] = card
        if self.draw.random() < self.habits.reception:
            computer = self.new()
            for member in self.draw.sample(staff, min(self.draw.randint(3, 10), size)):
                member.lent["device"] = computer

    def dormitory(self, number: int, size: int) -> None:
        """Students at one address; room mates now and then pay for each other."""
        place = self.new()
        students = [self.person(f"dormitory/{number}", place) for _ in range(size)]
        for begin in range(0, size, 5):
            room = students[begin : begin + 5]
            self.share(room, "payment", self.habits.lent)
            self.share(room, "device", self.habits.lent)

    def station(self, number: int, size: int) -> None:
        """Buyers, couples among them, who collect their parcels from one locker or courier."""
        place = self.new()
        self.stations.append(place)
        while size > 0:
            home = self.new()
            members = [
                self.person(f"station/{number}", home) for _ in range(self.draw.choice((1, 1, 2)))
            ]
            for member in members:
                member.elsewhere, member.often = place, self.draw.betavariate(2, 2)
            self.share(members, "payment", self.habits.card)
            self.share(members, "device", self.habits.tablet)
            size -= len(members)

    def counter(self, number: int, size: int) -> None:
        """Buyers who sometimes order on the tablet that lies on a shop's counter."""
        tablet = self.new()
        for _ in range(size):
            self.person(f"counter/{number}").lent["device"] = tablet

    def assistant(self, number: int) -> None:
        """One who orders for many, each with an address and phone of their own."""
        name = f"assistant/{number}"
        boss = self.person(name)
        for _ in range(self.draw.randint(10, 40)):
            at = self.draw.uniform(0, DAYS)
            self.place(at, boss.number, boss.own | self._recipient(), name)

    def place(self, at: float, buyer: int, values: dict[str, int], group: str) -> None:
        """Send an order; a channel may withhold what it knows."""
        given = dict(values)
        if self.draw.random() < self.habits.no_device:
            given["device"] = -1
        if self.draw.random() < self.habits.no_email:
            given["email"] = -1
        self.orders.append(Placed(at, buyer, tuple(given[kind] for kind in KINDS), group))

    def trade(self) -> None:
        """Let everybody order."""
        for _, heir in self.people:
            if self.draw.random() < self.habits.recycled:
                heir.own["phone"] = self.draw.choice(self.people)[1].own["phone"]
        for group, person in self.people:
            for _ in range(min(int(self.draw.expovariate(1 / person.rate)) + 1, 60)):
                self.place(
                    self.draw.uniform(0, DAYS), person.number, self._one_order(person), group
                )

    def _one_order(self, person: Person) -> dict[str, int]:
        lent = person.lent.items()
        values = person.own | {k: v for k, v in lent if self.draw.random() < self.habits.in_turn}
        if person.elsewhere >= 0 and self.draw.random() < person.often:
            values["address"] = person.elsewhere
        if self.draw.random() < self.habits.gift:
            values |= self._recipient()
        return values

    def _recipient(self) -> dict[str, int]:
        """Where a parcel for a friend goes: mostly to somebody who does not buy here."""
        if self.draw.random() < self.habits.acquainted:
            friend = self.draw.choice(self.people)[1].own
            return {kind: friend[kind] for kind in ("address", "phone")}
        return {"address": self.new(), "phone": self.new()}


@dataclass(frozen=True)
class Size:
    """How many there are of each."""

    loners: int = 4_000
    households: int = 5_000
    helpers: int = 100
    flats: int = 200
    small_offices: int = 200
    offices: int = 25
    dormitories: int = 15
    stations: int = 15
    counters: int = 15
    assistants: int = 15

    def over(self, divisor: int) -> Size:
        """Give a smaller town."""
        return Size(**{name: max(n // divisor, 1) for name, n in vars(self).items()})


def settle(town: Town, size: Size) -> None:
    """Fill a town with people."""
    draw = town.draw
    for number in range(size.loners):
        town.person(f"loner/{number}")
    for number in range(size.households):
        town.household(number)
    for number in range(size.helpers):
        town.helper(number)
    for number in range(size.flats):
        town.flat(number)
    for number in range(size.small_offices):
        town.office(number, draw.randint(5, 19))
    for number in range(size.offices):
        town.office(number, _many(draw))
    for number in range(size.dormitories):
        town.dormitory(number, _many(draw))
    for number in range(size.stations):
        town.station(number, _many(draw))
    for number in range(size.counters):
        town.counter(number, _many(draw))
    for number in range(size.assistants):
        town.assistant(number)


def _many(draw: random.Random) -> int:
    """From 20 to 500, small numbers more often."""
    return round(20 * 25 ** draw.random())
