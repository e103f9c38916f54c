"""Identity links the slow and obvious way: sets, and the definition spelled out."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING, Any

from features.links import BUYERS, RULE
from features.windows import MICROSECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from features.links import Identifier, LinkRule

Row = dict[str, Any]
Value = tuple[str, str]

WEEK_US = 7 * 86_400_000_000


def buyer_of(order: Row) -> Value:
    """Whose an order is."""
    for column in BUYERS:
        if order.get(column) is not None:
            return column, order[column]
    return "order_key", order["order_key"]


def values_of(order: Row, rule: LinkRule) -> set[Value]:
    """Identifiers that an order carries."""
    columns = (identifier.column for identifier in rule.identifiers)
    return {(column, order[column]) for column in columns if order.get(column) is not None}


def visible(order: Row, others: Iterable[Row], rule: LinkRule) -> list[Row]:
    """Orders that an order may see."""
    since = order["placed_at"] - rule.span // MICROSECOND
    return [
        o
        for o in others
        if o["order_key"] != order["order_key"]
        and o["received_at"] < order["received_at"]
        and since <= o["placed_at"] < order["placed_at"]
    ]


@dataclass
class Neighbourhood:
    """Who used what, as one order sees it."""

    order: Row
    seen: list[Row]
    rule: LinkRule
    seed: int

    def __post_init__(self) -> None:
        self.me = buyer_of(self.order)
        self.used: dict[Value, set[Value]] = {}
        for row in (*self.seen, self.order):
            self.used.setdefault(buyer_of(row), set()).update(values_of(row, self.rule))
        self.users: dict[Value, set[Value]] = {}
        for buyer, values in self.used.items():
            for value in values:
                self.users.setdefault(value, set()).add(buyer)
        identifiers = {i.column: i for i in self.rule.identifiers}
        self.points = {v: identifiers[v[0]].points(len(who)) for v, who in self.users.items()}
        for buyer in self.used:
            self.used[buyer] = self.used[buyer] - self.given(buyer, identifiers)
        self.homes = {column for column, i in identifiers.items() if i.is_home}
        self.hubs = {v for v, who in self.users.items() if len(who) > identifiers[v[0]].cap}

    def given(self, buyer: Value, identifiers: Mapping[str, Identifier]) -> set[Value]:
        """Values that a buyer used and that are the recipients' of gifts."""
        alone = {v for v in self.used[buyer] if self.users[v] == {buyer}}
        return {
            v
            for v in self.used[buyer]
            if len(self.users[v]) <= identifiers[v[0]].most_given
            and any(other[0] == v[0] for other in alone - {v})
        }

    def told(self, buyer: Value) -> set[Value]:
        """Values of a buyer; of one who orders for many, only those of the order itself."""
        if len(self.used[buyer]) <= self.rule.most_values:
            return self.used[buyer]
        return values_of(self.order, self.rule) & self.used[buyer] if buyer == self.me else set()

    def around(self, group: set[Value]) -> set[Value]:
        """The group and everybody who shares a value with it that is no hub."""
        values = {v for buyer in group for v in self.told(buyer) if self.points[v]}
        return group | {buyer for buyer, own in self.used.items() if own & values}

    def block(self, people: set[Value]) -> set[Value]:
        """Join people in a drawn sequence until no two blocks share enough; the asker's block."""
        told = {v for buyer in people for v in self.told(buyer)}
        blocks = [{buyer} for buyer in sorted(people)]
        draw = random.Random(self.seed)  # noqa: S311 test data
        while True:
            pairs = list(permutations(range(len(blocks)), 2))
            draw.shuffle(pairs)
            linked = (pair for pair in pairs if self._tie(blocks, told, *pair) >= self.rule.linked)
            pair = next(linked, None)
            if pair is None:
                return next(block for block in blocks if self.me in block)
            blocks[pair[0]] |= blocks[pair[1]]
            del blocks[pair[1]]

    def _tie(self, blocks: list[set[Value]], told: set[Value], one: int, two: int) -> int:
        mine, theirs = (set().union(*(self.used[b] for b in blocks[i])) for i in (one, two))
        return sum(self.points[value] for value in told & mine & theirs)

    def group(self) -> set[Value]:
        """The asker's group."""
        grown: set[Value] = {self.me}
        group: set[Value] = set()
        while grown != group and len(grown) < max(self.rule.most_buyers, 2):
            group = grown
            shared = {value for buyer in group for value in self.told(buyer)}
            if sum(self.points[value] for value in shared) >= self.rule.linked:
                grown = self.block(self.around(group))
        return {self.me} if self.at_home(grown) else grown

    def at_home(self, group: set[Value]) -> bool:
        """Whether a group is a home or colleagues at work."""
        most = self.rule.most_residents
        if len(group) > most and self.in_common(group) >= self.rule.linked:
            return False
        homes = {value for value in self.told(self.me) if value[0] in self.homes}
        shared = (home for home in homes if group <= self.users[home])
        return any(len(self.residents(group, home)) <= most for home in shared)

    def in_common(self, group: set[Value]) -> int:
        """Points of what most of a group share besides addresses."""
        told = {v for buyer in group for v in self.told(buyer) if v[0] not in self.homes}
        return sum(self.points[v] for v in told if 2 * len(self.users[v] & group) > len(group))

    def residents(self, group: set[Value], home: Value) -> set[Value]:
        """Those of a group who used no address but this that is theirs alone in the group."""
        others = {v for v in self.users if v[0] in self.homes} - {home} - self.hubs
        own = [self.users[other] & group for other in others]
        return group - {buyer for users in own if len(users) == 1 for buyer in users}

    def strength(self) -> float:
        """What ties the asker to the closest other buyer."""
        mine = self.told(self.me)
        ties = (
            sum(self.points[value] for value in mine & values)
            for buyer, values in self.used.items()
            if buyer != self.me
        )
        return max(ties, default=0) / self.rule.linked


def quantities(
    order: Row,
    others: Iterable[Row],
    bad_from: Mapping[str, int],
    rule: LinkRule = RULE,
    seed: int = 0,
) -> list[float | None]:
    """Give the quantities of an order's group, None for unknown.

    Parameters
    ----------
    others
        All orders; the order itself may be among them.
    bad_from
        When orders became known to be bad.
    seed
        Draws the sequence in which groups are joined, which must make no difference.
    """
    own = values_of(order, rule)
    if not own:
        return [None] * 7
    seen = visible(order, others, rule)
    near = Neighbourhood(order, seen, rule, seed)
    group = near.group()
    theirs = [o for o in seen if buyer_of(o) in group - {near.me}]
    week = [o for o in theirs if o["placed_at"] >= order["placed_at"] - WEEK_US]
    bad = [o for o in theirs if bad_from.get(o["order_key"], 1 << 62) < order["received_at"]]
    return [
        float(len(group)),
        float(len(theirs)),
        float(len(week)),
        float(len(bad)),
        len(bad) / len(theirs) if theirs else None,
        near.strength(),
        float(sum(near.points[value] > 0 for value in own & near.used[near.me])),
    ]
