"""What comes after an order: cancels, refusals, refunds, returns, complaints, chargebacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from serving.demo.days import DAY_SECONDS, day_start, lifts
from serving.demo.draws import chance, stream
from serving.demo.frames import Frame, stacked

if TYPE_CHECKING:
    from serving.demo.parameters import ShopParameters
    from serving.demo.people import People

HOUR: Final = 3600

CHARGED_BACK: Final = {"stolen_payment": 0.95, "ring": 0.75, "burst": 0.7, "unseen_fraud": 1.0}
"""Share of labelled fraud abroad that comes as a chargeback; the rest are verdicts."""


def aftermath(
    seed: int,
    parameters: ShopParameters,
    people: People,
    catalog: Frame,
    orders: Frame,
    lines: Frame,
    sent: Frame,
) -> tuple[Frame, Frame]:
    """Work out what became of every order.

    Returns
    -------
    tuple[Frame, Frame]
        Outcomes ``order, line, kind, is_bad, quantity, amount_minor, occurred, known, source,
        trust, cause`` (instants in seconds since 1970), and the parcels that really left.
    """
    draw = stream(seed, "aftermath")
    cancels = _cancels(draw, parameters, people, orders, sent)
    gone = np.ones(len(orders), dtype=bool)
    gone[cancels["order"].to_numpy()] = False
    left = sent[gone].copy()
    refusals = _refusals(draw, parameters, people, orders, left)
    left.loc[left["order"].isin(refusals["order"]), "is_delivered"] = False
    failed = _undelivered(draw, orders, left, refusals)
    kept = left[left["is_delivered"]]
    refunds = _refunds(draw, parameters, people, catalog, orders, lines, kept)
    parts = [
        cancels,
        refusals,
        failed,
        refunds,
        _complaints(draw, parameters, orders, left),
        _fraud(draw, parameters, orders),
        _verdicts(draw, orders),
    ]
    outcomes = stacked(parts)
    outcomes = outcomes.sort_values(["known", "order", "kind"], kind="stable", ignore_index=True)
    return outcomes, left


def _rows(
    order: Any, kind: str, occurred: Any, known: Any, amount: Any, source: str, **more: Any
) -> Frame:
    """Put outcomes of one kind into the common form."""
    import pandas as pd

    form = {"is_bad": True, "trust": "confirmed", "cause": "", "line": -1, "quantity": 0, **more}
    frame = pd.DataFrame(
        {
            "order": np.asarray(order, dtype=np.int64),
            "occurred": np.asarray(occurred, dtype=np.int64),
            "known": np.asarray(known, dtype=np.int64),
            "amount_minor": np.asarray(amount, dtype=np.int64),
        }
    )
    return frame.assign(kind=kind, source=source, **form)


def _cancels(
    draw: np.random.Generator,
    parameters: ShopParameters,
    people: People,
    orders: Frame,
    sent: Frame,
) -> Frame:
    """Let buyers think better of it before the parcel leaves."""
    n = len(orders)
    logit = (
        parameters.aftermath.cancel_logit
        + 0.5 * np.log(orders["value_minor"].to_numpy() / 150_00)
        + 1.3 * orders["is_cod"].to_numpy()
        + 1.1 * (orders["author"].to_numpy() >= 0)
        + 0.5 * people.buyers["refund_habit"].to_numpy()[orders["buyer"].to_numpy()]
        + 1.6 * (orders["kind"].to_numpy() == "duplicate")
        + 0.8 * orders["is_first"].to_numpy()
    )
    after = draw.lognormal(np.log(2.2), 1.1, n) * HOUR
    occurred = orders["at"].to_numpy() + after.astype(np.int64)
    happens = (draw.random(n) < chance(logit)) & (occurred < sent["shipped"].to_numpy())
    rows = np.flatnonzero(happens)
    cause = draw.choice(
        ["no_longer_wanted", "wrong_item", "found_cheaper", "wrong_address"],
        len(rows), p=[0.5, 0.2, 0.2, 0.1],
    )  # fmt: skip
    lag = (draw.exponential(0.3, len(rows)) * HOUR).astype(np.int64) + 30
    amount = orders["total_minor"].to_numpy()[rows]
    return _rows(
        rows, "cancel", occurred[rows], occurred[rows] + lag, amount, "channel", cause=cause
    )


def _refusals(
    draw: np.random.Generator,
    parameters: ShopParameters,
    people: People,
    orders: Frame,
    left: Frame,
) -> Frame:
    """Let parcels be refused at the door, mostly when they are paid there."""
    rows = left["order"].to_numpy()
    late = left["ended"].to_numpy() > left["promised"].to_numpy()
    these = orders.take(rows)
    is_cod = these["is_cod"].to_numpy()
    how = parameters.aftermath
    logit = np.where(is_cod, how.unpaid_cod_logit, how.prepaid_refusal_logit)
    logit = logit + 0.9 * late + 1.0 * these["is_first"].to_numpy()
    logit += 0.45 * np.log(these["value_minor"].to_numpy() / 150_00)
    logit += 0.6 * people.buyers["refund_habit"].to_numpy()[these["buyer"].to_numpy()]
    logit += np.where(these["kind"].to_numpy() == "duplicate", 1.5, 0.0)
    chosen = draw.random(len(rows)) < chance(logit)
    occurred = left["ended"].to_numpy()[chosen]
    lag = (draw.lognormal(np.log(9.0), 0.6, len(occurred)) * HOUR).astype(np.int64)
    amount = these["total_minor"].to_numpy()[chosen]
    return _rows(
        rows[chosen], "refusal", occurred, occurred + lag, amount, "carrier",
        cause=np.where(is_cod[chosen], "refused_cod", "refused"),
    )  # fmt: skip


def _undelivered(draw: np.random.Generator, orders: Frame, left: Frame, refusals: Frame) -> Frame:
    """Refund what never reached anyone after three attempts."""
    lost = ~left["is_delivered"].to_numpy() & ~left["order"].isin(refusals["order"]).to_numpy()
    rows = left["order"].to_numpy()[lost]
    occurred = left["ended"].to_numpy()[lost] + (draw.uniform(20, 90, len(rows)) * HOUR).astype(int)
    amount = orders["total_minor"].to_numpy()[rows]
    return _rows(rows, "refund", occurred, occurred + 20 * HOUR, amount, "erp", cause="undelivered")


def _refunds(
    draw: np.random.Generator,
    parameters: ShopParameters,
    people: People,
    catalog: Frame,
    orders: Frame,
    lines: Frame,
    kept: Frame,
) -> Frame:
    """Send goods back, by cause, some days after delivery; most refunds are returns too."""
    import pandas as pd

    how = parameters.aftermath
    parcel = kept.set_index("order")
    these = lines[lines["order"].isin(parcel.index)]
    order, sku = these["order"].to_numpy(), these["sku"].to_numpy()
    logits = _cause_logits(parameters, people, catalog, orders.take(order), these, parcel)
    chances = np.stack([chance(logit) for logit in logits.values()])
    total = 1.0 - np.prod(1.0 - chances, axis=0)
    # One line comes back of its own; a whole order rarely does.
    back = draw.random(len(these)) < total
    share = (chances / chances.sum(axis=0)).cumsum(axis=0)
    which = (draw.random(len(these)) > share).sum(axis=0).clip(max=len(logits) - 1)
    cause = np.array(list(logits))[which]
    after = draw.lognormal(np.log(how.refund_days), 0.7, len(these)) * DAY_SECONDS
    occurred = parcel["ended"].to_numpy()[parcel.index.get_indexer(order)] + after.astype(np.int64)
    booking = draw.lognormal(np.log(how.booking_hours), 0.8, len(these)) * HOUR
    known = occurred + booking.astype(np.int64)
    amount = these["total_minor"].to_numpy()
    number = these["line"].to_numpy()
    quantity = these["quantity"].to_numpy()
    refunds = _rows(
        order[back], "refund", occurred[back], known[back], amount[back], "erp",
        cause=cause[back], line=number[back], quantity=quantity[back],
    )  # fmt: skip
    returned = back & (draw.random(len(these)) < how.return_share) & (cause != "late")
    arrival = known + (draw.uniform(2.0, 7.0, len(these)) * DAY_SECONDS).astype(np.int64)
    returns = _rows(
        order[returned], "return", arrival[returned], arrival[returned] + 6 * HOUR,
        amount[returned], "wms",
        cause=cause[returned], line=number[returned], quantity=quantity[returned],
    )  # fmt: skip
    del sku
    return pd.concat([refunds, returns], ignore_index=True)


def _cause_logits(
    parameters: ShopParameters,
    people: People,
    catalog: Frame,
    orders: Frame,
    lines: Frame,
    parcel: Frame,
) -> dict[str, Any]:
    """Give the logit of each cause of a refund for each line."""
    how, span = parameters.aftermath, parameters.span
    goods = catalog.take(lines["sku"].to_numpy())
    habit = people.buyers["refund_habit"].to_numpy()[orders["buyer"].to_numpy()]
    at = parcel.index.get_indexer(orders.index)
    late = parcel["ended"].to_numpy()[at] > parcel["promised"].to_numpy()[at]
    carrier = parcel["carrier"].to_numpy()[at]
    rough = np.array([c.damage_logit for c in parameters.carriers])[carrier]
    day = (orders["at"].to_numpy() - day_start(span.first_on)) // DAY_SECONDS
    lift = lifts(span, parameters.promotions)[np.clip(day, 0, span.n_days - 1)]
    is_live = orders["author"].to_numpy() >= 0
    faulty = (goods["product_id"] == faulty_product(catalog)).to_numpy()
    base = how.refund_logit + habit
    change = base + 1.2 * goods["refund_logit"].to_numpy() + how.live_logit * is_live
    change = change + how.promotion_logit * (lift > 1.0)
    change = change + 0.25 * np.log(lines["unit_price_minor"].to_numpy() + 1.0) - 2.1
    gift = orders["look_alike"].to_numpy() == "gift"
    return {
        "no_longer_wanted": np.where(gift, change - 1.0, change),
        "damaged": base - 1.9 + goods["fragile_logit"].to_numpy() + rough,
        "quality": base - 1.2 + how.defect_logit * 1.9 * (faulty & (day >= how.defect_from_day)),
        "late": np.where(late, base - 1.1 + how.late_logit, -9.0),
    }


def faulty_product(catalog: Frame) -> str:
    """Name the product whose newer batch is faulty: the best seller among small appliances."""
    appliances = catalog[catalog["category"].str.startswith("家电")]
    heat = appliances.groupby("product_id", sort=True)["weight"].sum()
    return str(heat.idxmax())


def _complaints(
    draw: np.random.Generator, parameters: ShopParameters, orders: Frame, left: Frame
) -> Frame:
    """Let buyers complain about late, lost and badly delivered parcels."""
    how = parameters.aftermath
    late_days = (left["ended"].to_numpy() - left["promised"].to_numpy()) / DAY_SECONDS
    logit = (
        how.complaint_logit
        + how.complaint_late_logit * (late_days > 0)
        + 0.25 * np.clip(late_days, 0, 6)
        + 1.0 * ~left["first_attempt_ok"].to_numpy()
        + 0.8 * left["collapsed"].to_numpy()
    )
    chosen = draw.random(len(left)) < chance(logit)
    rows = left["order"].to_numpy()[chosen]
    from_ = np.where(late_days > 0, left["promised"], left["ended"])[chosen]
    occurred = from_ + (draw.gamma(1.6, 10.0, len(rows)) * HOUR).astype(np.int64)
    cause = np.where(late_days[chosen] > 0, "late", "delivery")
    zero = np.zeros(len(rows), dtype=np.int64)
    return _rows(
        rows, "complaint", occurred, occurred + HOUR, zero, "chat", trust="reported", cause=cause
    )


def _fraud(draw: np.random.Generator, parameters: ShopParameters, orders: Frame) -> Frame:
    """Let fraud come to light: chargebacks after weeks, verdicts after days, some never."""
    import pandas as pd

    how = parameters.aftermath
    kind = orders["kind"].to_numpy()
    is_fraud = np.isin(kind, ["burst", "ring", "promo_abuse", "stolen_payment", "unseen_fraud"])
    caught = is_fraud & (draw.random(len(orders)) < parameters.trouble.caught_share)
    rows = np.flatnonzero(caught)
    channel = np.array([c.name for c in parameters.channels])[orders["channel"].to_numpy()[rows]]
    share = np.array([CHARGED_BACK.get(k, 0.0) for k in kind[rows]]) * (channel == "shopify")
    back = draw.random(len(rows)) < share
    at = orders["at"].to_numpy()[rows]
    slow = np.clip(draw.lognormal(np.log(how.chargeback_days), 0.45, len(rows)), 5, 75)
    quick = np.clip(draw.lognormal(np.log(how.fraud_verdict_days), 0.6, len(rows)), 0.5, 40)
    occurred = at + (np.where(back, slow, quick) * DAY_SECONDS).astype(np.int64)
    known = occurred + (np.where(back, draw.uniform(12, 72, len(rows)), 2.0) * HOUR).astype(
        np.int64
    )
    amount = orders["total_minor"].to_numpy()[rows]
    chargebacks = _rows(
        rows[back], "chargeback", occurred[back], known[back], amount[back], "gateway",
        cause="fraudulent",
    )  # fmt: skip
    cause = np.where(kind[rows] == "promo_abuse", "coupon_misuse", "account_fraud")[~back]
    verdicts = _rows(
        rows[~back], "fraud", occurred[~back], known[~back], amount[~back], "platform", cause=cause
    )
    return pd.concat([chargebacks, verdicts], ignore_index=True)


def _verdicts(draw: np.random.Generator, orders: Frame) -> Frame:
    """Let reviewers clear a few honest orders that looked odd."""
    clean = np.flatnonzero(orders["kind"].to_numpy() == "")
    odd = orders["look_alike"].to_numpy()[clean] != ""
    rows = clean[draw.random(len(clean)) < np.where(odd, 0.06, 0.003)]
    occurred = orders["at"].to_numpy()[rows] + (draw.uniform(0.3, 9, len(rows)) * HOUR).astype(int)
    zero = np.zeros(len(rows), dtype=np.int64)
    return _rows(
        rows, "verdict", occurred, occurred + 60, zero, "agent", is_bad=False, cause="cleared"
    )
