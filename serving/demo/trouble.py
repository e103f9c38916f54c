"""Planted trouble: who does it, when, and with what the orders give away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from serving.demo.draws import pick, stream
from serving.demo.places import places

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from serving.demo.cast import Cast
    from serving.demo.frames import Frame
    from serving.demo.parameters import Aftermath

KINDS: Final = ("duplicate", "burst", "ring", "promo_abuse", "stolen_payment", "unseen_fraud")
"""Kinds of planted trouble with orders; the collapsing outlet has parcels instead."""

FIRST_DAY: Final = 12.0
"""Day of trade before which nothing is planted: a shop needs some past to compare with."""


def plant(seed: int, cast: Cast, orders: Frame, catalog: Frame) -> None:
    """Plant every kind of trouble.

    Parameters
    ----------
    seed
        Seed of the simulation.
    cast
        Collects the orders.
    orders
        The ordinary orders.
    catalog
        What is sold.
    """
    cast.draw = stream(seed, "trouble")
    _duplicates(cast, orders)
    _bursts(cast, catalog)
    _rings(cast)
    _abuses(cast, catalog)
    _stolen(cast)


def _moments(cast: Cast, count: int, *, length_days: float = 0.0) -> list[float]:
    """Draw when incidents begin; the last ones fall into the live days."""
    span, live = cast.parameters.span, cast.parameters.trouble.live_incidents
    latest = span.n_days - span.live_days - length_days
    plain = [cast.moment(FIRST_DAY, latest) for _ in range(max(count - live, 0))]
    late = [
        cast.moment(span.n_days - span.live_days, span.n_days - 0.5) - length_days * 43_200
        for _ in range(min(live, count))
    ]
    return plain + late


def _abroad(draw: np.random.Generator, country: str = "") -> int:
    """Draw a place abroad, by trade."""
    known = places()
    usable = known["country"] != "CN" if not country else known["country"] == country
    return int(pick(draw, known["weight"].to_numpy() * usable.to_numpy(), 1)[0])


def _home(draw: np.random.Generator) -> int:
    """Draw a town district at home."""
    known = places()
    usable = (known["country"] == "CN") & ~known["is_rural"]
    return int(pick(draw, known["weight"].to_numpy() * usable.to_numpy(), 1)[0])


def _duplicates(cast: Cast, orders: Frame) -> None:
    """Send an order twice: an impatient click, a payment that seemed to fail, a second account."""
    draw, trouble, span = cast.draw, cast.parameters.trouble, cast.parameters.span
    at = orders["at"].to_numpy()
    live_from = cast.start + (span.n_days - span.live_days) * 86_400
    usual = np.flatnonzero((at >= cast.start + FIRST_DAY * 86_400) & (at < live_from - 3600))
    late = np.flatnonzero(at >= live_from)
    n_late = min(max(trouble.n_duplicates // 25, 1), len(late))
    rows = np.concatenate(
        [
            draw.choice(usual, trouble.n_duplicates - n_late, replace=False),
            draw.choice(late, n_late, replace=False),
        ]
    )
    for number, row in enumerate(rows.tolist()):
        minutes = float(np.clip(draw.lognormal(np.log(trouble.duplicate_minutes), 0.9), 0.4, 29.5))
        known: dict[str, Any] = {"kind": "duplicate", "incident": f"duplicate-{number:03d}"}
        base = orders.iloc[row]
        channel = cast.channels[int(base["channel"])]
        if channel in {"shopify", "jd"} and draw.random() < 0.1:
            old = cast.people.buyers.iloc[int(base["buyer"])]
            same = {"phone": int(base["buyer"]), "favourite": int(old["favourite"])}
            known["buyer"] = cast.account(channel, int(base["address"]), **same)
        cast.repeat(orders, row, minutes * 60, **known)


def _bursts(cast: Cast, catalog: Frame) -> None:
    """Send many orders from one line within the hour: card testing, or scripts after one item."""
    draw, trouble = cast.draw, cast.parameters.trouble
    hyped = np.argsort(-catalog["resale"].to_numpy(), kind="stable")[:25]
    for number, start in enumerate(_moments(cast, trouble.n_bursts)):
        n = int(draw.integers(*trouble.burst_orders, endpoint=True))
        minutes = draw.uniform(*trouble.burst_minutes)
        is_testing = draw.random() < 0.6
        line = cast.thing()
        place = _abroad(draw)
        drops = [
            cast.address(_abroad(draw) if is_testing else place) for _ in range(max(n // 6, 1))
        ]
        devices = [cast.thing() for _ in range(1 if is_testing else max(n // 4, 1))]
        sku = int(draw.choice(hyped))
        for at in np.sort(start + draw.uniform(0, minutes * 60, n)):
            address = int(draw.choice(drops))
            buyer = cast.account("shopify", address, nat=line)
            cast.order(
                "shopify", buyer, at, address,
                line=line, device=int(draw.choice(devices)), card=cast.thing(),
                theme="cheap" if is_testing else "resale",
                theme_sku=-1 if is_testing else sku,
                kind="burst", incident=f"burst-{number:03d}",
                bill_place=_abroad(draw) if is_testing else -1,
            )  # fmt: skip


def _rings(cast: Cast) -> None:
    """Let a few people order with many accounts over weeks, sharing what they own."""
    draw, trouble = cast.draw, cast.parameters.trouble
    longest = trouble.ring_days[1]
    for number, start in enumerate(_moments(cast, trouble.n_rings, length_days=longest)):
        n = int(draw.integers(*trouble.ring_orders, endpoint=True))
        days = draw.uniform(*trouble.ring_days)
        channel = str(draw.choice(["shopify", "jd", "douyin"], p=[0.6, 0.25, 0.15]))
        place = _abroad(draw) if channel == "shopify" else _home(draw)
        n_accounts = max(int(n * draw.uniform(0.45, 0.85)), 3)
        homes = [*cast.neighbours(place, 2), cast.address(place)]
        devices = [cast.thing() for _ in range(int(draw.integers(2, 5)))]
        lines = [cast.thing() for _ in range(int(draw.integers(2, 5)))]
        cards = [cast.thing() for _ in range(max(n_accounts // 2, 2))]
        phones = [cast.thing() for _ in range(max(n_accounts // 2, 2))]
        members = [
            cast.account(channel, int(draw.choice(homes)), phone=int(draw.choice(phones)))
            for _ in range(n_accounts)
        ]
        for at in np.sort(start + draw.beta(1.0, 1.3, n) * days * 86_400):
            member = int(draw.choice(members))
            cast.order(
                channel, member, at, int(draw.choice(homes)),
                line=int(draw.choice(lines)), device=int(draw.choice(devices)),
                card=int(draw.choice(cards)), theme="resale" if draw.random() < 0.75 else "",
                kind="ring", incident=f"ring-{number:03d}",
            )  # fmt: skip


def _abuses(cast: Cast, catalog: Frame) -> None:
    """Take the newcomers' coupon again and again, with new accounts out of one building."""
    draw, trouble = cast.draw, cast.parameters.trouble
    popular = np.argsort(-catalog["weight"].to_numpy(), kind="stable")[:60]
    for number, start in enumerate(_moments(cast, trouble.n_abuses)):
        n = int(draw.integers(*trouble.abuse_orders, endpoint=True))
        channel = str(draw.choice(["jd", "shopify"], p=[0.7, 0.3]))
        coupon = "WELCOME15" if channel == "shopify" else "NEW20"
        place = _abroad(draw) if channel == "shopify" else _home(draw)
        homes = cast.neighbours(place, max(n // 2, 2))
        devices = [cast.thing() for _ in range(max(n // 5, 1))]
        line = cast.thing()
        skus = draw.choice(popular, 2)
        days = draw.uniform(0.4, 4.0)
        for at in np.sort(start + draw.uniform(0, days * 86_400, n)):
            address = int(draw.choice(homes))
            buyer = cast.account(channel, address)
            cast.order(
                channel, buyer, at, address,
                line=line if draw.random() < 0.7 else cast.thing(),
                device=int(draw.choice(devices)) if draw.random() < 0.7 else buyer,
                card=buyer, coupon=coupon, theme="", theme_sku=int(draw.choice(skus)),
                kind="promo_abuse", incident=f"promo_abuse-{number:03d}",
            )  # fmt: skip


def _stolen(cast: Cast) -> None:
    """Pay with other people's cards: mostly new accounts and dear goods, some taken over."""
    draw, trouble, span = cast.draw, cast.parameters.trouble, cast.parameters.span
    buyers = cast.people.buyers
    honest = buyers.index[buyers["channel"] == cast.channels.index("shopify")].to_numpy()
    n_late = max(trouble.n_stolen // 40, 1)
    forwarders = [cast.address(_abroad(draw, "US"), 2) for _ in range(6)]
    for number in range(trouble.n_stolen):
        live_from = span.n_days - span.live_days
        is_late = number < n_late
        at = cast.moment(live_from, span.n_days) if is_late else cast.moment(FIRST_DAY, live_from)
        place = _abroad(draw)
        taken = int(draw.choice(honest)) if draw.random() < trouble.takeover_share else -1
        forwarded = draw.random() < 0.3
        address = int(draw.choice(forwarders)) if forwarded else cast.address(place)
        if taken >= 0 and not forwarded:
            address = int(buyers["address"].iloc[taken])
        buyer = taken if taken >= 0 else cast.account("shopify", address)
        cast.order(
            "shopify", buyer, at, address,
            line=cast.thing(), device=cast.thing(), card=cast.thing(),
            bill_place=_abroad(draw) if draw.random() < 0.6 else -1,
            avs_fails=draw.random() < trouble.stolen_avs_share,
            theme="resale" if draw.random() < 0.7 else "",
            kind="stolen_payment", incident=f"stolen_payment-{number:03d}",
        )  # fmt: skip


def unseen(seed: int, orders: Frame, channels: list[str], how: Aftermath) -> NDArray[np.int64]:
    """Choose rows that look honest and are not: chargebacks abroad and false claims at home."""
    draw = stream(seed, "unseen")
    abroad = (orders["channel"] == channels.index("shopify")).to_numpy()
    usable = ((orders["kind"] == "") & (orders["look_alike"] == "")).to_numpy()
    share = np.where(abroad, how.friendly_share, how.claim_share)
    return np.flatnonzero(usable & (draw.random(len(orders)) < share))
