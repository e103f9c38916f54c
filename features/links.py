"""Identity links: the buyers that an order belongs together with, as of its moment.

An order sees the orders that were known strictly before it was received and were placed in
``[placed_at - span, placed_at)``, and its own identifiers. Orders of one buyer are one; an order
without a buyer is its phone's, else its e-mail's, else it stands alone. A value of an identifier
that several buyers used speaks for a link between them, by its kind and by how many they are:
nothing above its cap, where it is an office, a dormitory, a parcel locker or a shop's own tablet.
Nor does the phone of a gift's recipient speak for the giver, who has a phone that nobody else uses.
Two groups of buyers are one when the values that both use bring enough points together; which
pair is joined first makes no difference, since joining never takes evidence away. The group of an
order is looked for among its buyer and whoever shares a value with the group, again and again until
it grows no more. Very few who all receive at one address are a home, not a group. More of them are
colleagues, not a group, when most have a home of their own and share but one thing besides.

Nothing here hangs on the sequence in which orders were told: the group is a function of what was
known. That is why it is no union-find: links age, values become hubs, orders come late and are
corrected, and a union cannot be taken back.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Final

from features.windows import outcome_kinds

BUYERS: Final = ("buyer_key", "phone_key", "email_key")
"""Columns that say whose an order is: the first that it carries."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """What buyers may share.

    Parameters
    ----------
    column
        Column of the orders.
    zh, en
        What it is called.
    steps
        ``(most buyers, points)``, rising: what a value says that so many buyers used. More buyers
        than in the last step make it a hub, which says nothing.
    is_home
        Whether people who live together share it.
    most_given
        A value that at most so many buyers used is not the own of a buyer who used another one that
        nobody else did: it is the recipient's of a gift. 0 where every value is the buyer's own.

    Examples
    --------
    >>> [RULE.identifiers[-1].points(n) for n in (1, 2, 4, 99)]
    [0, 40, 50, 0]
    """

    column: str
    zh: str
    en: str
    steps: tuple[tuple[int, int], ...]
    is_home: bool = False
    most_given: int = 0

    @property
    def cap(self) -> int:
        """Most buyers that may use a value before it is a hub."""
        return self.steps[-1][0]

    def points(self, n_buyers: int) -> int:
        """Points of a value that so many buyers used."""
        if n_buyers < 2:
            return 0
        return next((points for most, points in self.steps if n_buyers <= most), 0)


@dataclass(frozen=True, slots=True)
class LinkRule:
    """When buyers belong together.

    Parameters
    ----------
    identifiers
        What they may share.
    linked
        Points from which two groups are one.
    span
        How far back an order counts.
    most_residents
        At most so many buyers who all share an address are a home. More are colleagues at work when
        at most so many of them had nothing sent to another address that nobody else of the group
        uses, and when what most share besides addresses does not link by itself.
    most_values
        A buyer with more identifiers than this in the span orders for others (a reseller, an
        assistant); only those of the order itself are looked at.
    most_buyers
        A group that has reached this size is not searched further.
    """

    identifiers: tuple[Identifier, ...]
    linked: int = 100
    span: timedelta = timedelta(days=90)
    most_residents: int = 3
    most_values: int = 64
    most_buyers: int = 64

    @property
    def document(self) -> dict[str, Any]:
        """What the values hang on, as JSON.

        Examples
        --------
        >>> RULE.document["linked"], RULE.document["span"] / 86_400
        (100, 90.0)
        """
        document = asdict(self)
        document["span"] = self.span.total_seconds()
        for identifier in document["identifiers"]:
            del identifier["zh"], identifier["en"]
        return document


_PERSONAL: Final = ((8, 60), (20, 50))

RULE: Final = LinkRule(
    identifiers=(
        # The phone of a gift is the recipient's, so that of a few speaks less than that of many.
        Identifier("phone_key", "手机号", "phone", ((3, 50), (8, 60), (20, 50)), most_given=3),
        Identifier("email_key", "邮箱", "e-mail", _PERSONAL),
        Identifier("device_key", "设备", "device", _PERSONAL),
        Identifier("payment_key", "付款账户", "payment account", _PERSONAL),
        # Where more receive parcels than live in a home, the address alone is half the evidence.
        Identifier(
            "address_unit_key", "收货地址（到户）", "delivery address", ((3, 40), (20, 50)), True
        ),
    )
)
"""Two identifiers link, an address and a phone of few buyers do not, and none links by itself.
It was chosen on three simulated towns and holds on others, see ``tests/benchmarks/links``."""

COLUMNS: Final = tuple(identifier.column for identifier in RULE.identifiers)
"""Columns that may link."""

FRAUD_KINDS: Final = outcome_kinds("fraud")
"""Kinds of outcome by which an order is known to be bad."""

QUANTITIES: Final = (
    "n_buyers",
    "order_count__90d",
    "order_count__7d",
    "fraud_count__known_90d",
    "fraud_share__known_90d",
    "strength",
    "n_shared",
)
"""What is told of an order's group, in the sequence in which engines give it."""


@dataclass(frozen=True, slots=True)
class Link:
    """A quantity of the group of an order.

    Parameters
    ----------
    quantity
        One of `QUANTITIES`.
    rule
        When buyers belong together.

    Raises
    ------
    ValueError
        When there is no such quantity.

    Examples
    --------
    >>> Link("n_buyers").number
    0
    """

    quantity: str
    rule: LinkRule = RULE

    def __post_init__(self) -> None:
        if self.quantity not in QUANTITIES:
            raise ValueError(f"no quantity of a group: {self.quantity}")

    @property
    def number(self) -> int:
        """Position of the quantity among `QUANTITIES`."""
        return QUANTITIES.index(self.quantity)

    @property
    def document(self) -> dict[str, Any]:
        """What the values hang on, as JSON."""
        return {"quantity": self.quantity, "rule": self.rule.document}
