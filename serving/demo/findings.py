"""What was found of the planted trouble, what was missed, and which innocents were flagged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from serving.demo import look_alikes, trouble

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import pandas as pd

NAMED_BY_RULES: Final = ("duplicate", "burst")
"""Kinds of trouble that a rule can name without having learned anything."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the table.

    Parameters
    ----------
    kind
        Kind of trouble, or of innocent order.
    orders
        Orders of the kind.
    at_once
        Of these, orders flagged when they arrived.
    linked
        Further orders that a later flagged order pointed back to.
    incidents
        Separate cases; 0 for innocents.
    incidents_found
        Cases of which at least one order was flagged.
    """

    kind: str
    orders: int
    at_once: int
    linked: int
    incidents: int = 0
    incidents_found: int = 0

    @property
    def share(self) -> float | None:
        """Share of the orders found, at once or by a link; None when there are none."""
        return (self.at_once + self.linked) / self.orders if self.orders else None

    @property
    def share_at_once(self) -> float | None:
        """Share of the orders flagged when they arrived; None when there are none.

        For clean orders this is the price of the flags: a link to a clean order only says that a
        flagged one repeats it.
        """
        return self.at_once / self.orders if self.orders else None


def reach(flagged: Collection[str], links: Mapping[str, Sequence[str]]) -> set[str]:
    """Follow the links of flagged orders back to the orders they point to, and on from there.

    Parameters
    ----------
    flagged
        Keys of the flagged orders.
    links
        Order to the earlier orders that its findings name, flagged or not.

    Returns
    -------
    set[str]
        Orders reached that are not flagged themselves.

    Examples
    --------
    >>> sorted(reach({"c"}, {"c": ["b"], "b": ["a"], "z": ["y"]}))
    ['a', 'b']
    """
    seen, todo = set(flagged), list(flagged)
    while todo:
        for key in links.get(todo.pop(), ()):
            if key not in seen:
                seen.add(key)
                todo.append(key)
    return seen - set(flagged)


def findings(
    truth: pd.DataFrame, flagged: Collection[str], links: Mapping[str, Sequence[str]]
) -> list[Finding]:
    """Compare flags with the truth.

    Parameters
    ----------
    truth
        As ``serving.demo.truth.truth`` gives it; only the orders to be judged.
    flagged
        Keys of the orders flagged when they arrived.
    links
        Order to the earlier orders that its findings name.

    Returns
    -------
    list[Finding]
        Kinds of trouble, then look-alikes, then all clean orders together.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [("a", "duplicate", "d-1", ""), ("b", "", "", "gift"), ("c", "", "", "")]
    >>> truth = pd.DataFrame(rows, columns=["order_key", "kind", "incident", "look_alike"])
    >>> [(f.kind, f.at_once, f.orders) for f in findings(truth, {"a", "c"}, {})]
    [('duplicate', 1, 1), ('gift', 0, 1), ('clean', 1, 2)]
    """
    linked = reach(flagged, links)
    rows = truth.assign(
        at_once=truth["order_key"].isin(set(flagged)), linked=truth["order_key"].isin(linked)
    )
    table = [_line(kind, rows[rows["kind"] == kind]) for kind in trouble.KINDS]
    clean = rows[rows["kind"] == ""]
    table += [_line(kind, clean[clean["look_alike"] == kind]) for kind in look_alikes.KINDS]
    return [line for line in table if line.orders] + [_line("clean", clean)]


def _line(kind: str, rows: pd.DataFrame) -> Finding:
    """Count one kind."""
    cases = rows[rows["incident"] != ""].groupby("incident")[["at_once", "linked"]].any()
    return Finding(
        kind=kind,
        orders=len(rows),
        at_once=int(rows["at_once"].sum()),
        linked=int(rows["linked"].sum()),
        incidents=len(cases),
        incidents_found=int(cases["at_once"].sum()),
    )


def table_rows(found: Sequence[Finding]) -> list[tuple[str, str, str, str, str]]:
    """Write the lines for people: kind, orders, found, cases, share."""
    return [
        (
            TITLES.get(each.kind, each.kind),
            f"{each.orders:,}",
            f"{each.at_once:,}"
            + (f" + {each.linked:,} by link" if each.linked and each.incidents else ""),
            f"{each.incidents_found} of {each.incidents}" if each.incidents else "",
            _percent(each.share if each.incidents else each.share_at_once),
        )
        for each in found
    ]


def _percent(share: float | None) -> str:
    """Write a share."""
    return "" if share is None else f"{share:.1%}"


TITLES: Final = {
    "duplicate": "重复下单 duplicate orders",
    "burst": "爆发下单 bursts from one IP",
    "ring": "欺诈团伙 fraud rings",
    "promo_abuse": "薅羊毛 promotion abuse",
    "stolen_payment": "盗刷 stolen payment",
    "unseen_fraud": "无迹欺诈 fraud without a trace",
    "gift": "  innocent: gifts",
    "bulk": "  innocent: company bulk orders",
    "again_next_day": "  innocent: same goods next day",
    "again_same_day": "  innocent: same goods same day",
    "household_pair": "  innocent: two at one home",
    "office_run": "  innocent: colleagues, one line",
    "forgot_something": "  innocent: forgot something",
    "traveller": "  innocent: foreign card abroad",
    "clean": "正常订单 all clean orders",
}
"""Kind to the words of the table."""
