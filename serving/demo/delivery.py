"""How parcels travel: warehouse, carrier, outlet, transit, first attempt, lateness, cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from serving.demo.days import DAY_SECONDS, day_start, lifts
from serving.demo.draws import chance, pick, stream
from serving.demo.network import areas
from serving.demo.people import HOME_COUNTRY
from serving.demo.places import kilometres, places

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from serving.demo.frames import Frame
    from serving.demo.parameters import ShopParameters
    from serving.demo.people import People

HOUR: Final = 3600
KM_PER_PROMISED_DAY: Final = 900.0
"""Distance for which a channel adds a day to its promise."""

TRIES: Final = 3
"""Delivery attempts before a parcel goes back."""


def shipments(
    seed: int,
    parameters: ShopParameters,
    people: People,
    orders: Frame,
    outlets: Frame,
    alerts: Frame,
) -> Frame:
    """Send every order, as if none were cancelled.

    Parameters
    ----------
    seed
        Seed of the simulation.
    parameters
        Parameters of the shop.
    people
        Who receives.
    orders
        Orders with ``weight_g`` and ``is_cod``, in time order.
    outlets, alerts
        The network and its warnings.

    Returns
    -------
    Frame
        One row an order: ``order, warehouse, carrier, outlet`` (rows), ``service, shipped,
        promised, picked_up, first_attempt, first_attempt_ok, ended, is_delivered, cost_minor,
        km, collapsed``; instants in seconds since 1970.
    """
    import pandas as pd

    draw = stream(seed, "delivery")
    n = len(orders)
    sent = pd.DataFrame({"order": np.arange(n)})
    _route(draw, parameters, people, orders, outlets, sent)
    _dispatch(draw, parameters, orders, sent)
    _promise(parameters, orders, sent)
    _travel(draw, parameters, people, orders, outlets, alerts, sent)
    _attempts(draw, parameters, people, orders, outlets, sent)
    _cost(parameters, orders, sent)
    return sent


def _route(
    draw: np.random.Generator,
    parameters: ShopParameters,
    people: People,
    orders: Frame,
    outlets: Frame,
    sent: Frame,
) -> None:
    """Choose warehouse, carrier and outlet."""
    n = len(orders)
    to = people.addresses.take(orders["address"].to_numpy())
    houses = parameters.warehouses
    km = kilometres(
        to["lat"].to_numpy()[:, None],
        to["lon"].to_numpy()[:, None],
        np.array([w.lat for w in houses]),
        np.array([w.lon for w in houses]),
    )
    is_abroad = (orders["country"] != HOME_COUNTRY).to_numpy()
    warehouse = np.where(
        draw.random(n) < parameters.delivery.nearest_share,
        np.argmin(km, axis=1),
        draw.integers(0, len(houses), n),
    )
    warehouse = np.where(is_abroad, np.where(draw.random(n) < 0.7, 1, 0), warehouse)
    names = [c.name for c in parameters.carriers]
    carrier = pick(draw, [c.share for c in parameters.carriers], n)
    channel = np.array([c.name for c in parameters.channels])[orders["channel"].to_numpy()]
    carrier = np.where((channel == "jd") & (draw.random(n) < 0.6), names.index("jd"), carrier)
    express = ~is_abroad & (draw.random(n) < parameters.delivery.express_share)
    carrier = np.where(express, names.index("shunfeng"), carrier)
    carrier = np.where(is_abroad, names.index("yanwen"), carrier)
    area = areas()[to["place"].to_numpy()]
    by_carrier = outlets["carrier"].map({name: i for i, name in enumerate(names)}).to_numpy()
    table = np.full((len(names), int(area.max()) + 1), -1)
    inside = outlets["area"].to_numpy() <= area.max()
    table[by_carrier[inside], outlets["area"].to_numpy()[inside]] = np.flatnonzero(inside)
    sent["warehouse"] = warehouse
    sent["carrier"] = carrier
    sent["outlet"] = table[carrier, area]
    sent["km"] = km[np.arange(n), warehouse]
    sent["service"] = np.where(express, "express", "standard")


def _dispatch(
    draw: np.random.Generator, parameters: ShopParameters, orders: Frame, sent: Frame
) -> None:
    """Let each order leave its warehouse: after the cut-off the next day, later under a backlog."""
    at = orders["at"].to_numpy()
    start = day_start(parameters.span.first_on)
    day, second = (at - start) // DAY_SECONDS, (at - start) % DAY_SECONDS
    warehouse = sent["warehouse"].to_numpy()
    cutoff = np.array([w.cutoff_min for w in parameters.warehouses])[warehouse] * 60
    leaves = day + (second > cutoff)
    wait = np.zeros(len(at), dtype=np.int64)
    for number, house in enumerate(parameters.warehouses):
        mine = warehouse == number
        arrivals = np.bincount(leaves[mine], minlength=int(leaves.max()) + 1)
        queue, backlog = 0.0, np.zeros(len(arrivals))
        for i, count in enumerate(arrivals):
            queue = max(queue + count - house.daily_capacity, 0.0)
            backlog[i] = queue / house.daily_capacity
        wait[mine] = (backlog[leaves[mine]] * draw.random(int(mine.sum()))).astype(np.int64)
    earliest = np.where(leaves > day, 9 * HOUR, np.maximum(second + HOUR, 9 * HOUR))
    latest = np.maximum(20 * HOUR, earliest + HOUR)
    shipped = earliest + draw.random(len(at)) * (latest - earliest)
    sent["shipped"] = start + (leaves + wait) * DAY_SECONDS + shipped.astype(np.int64)
    sent["picked_up"] = sent["shipped"] + (draw.gamma(2.0, 1.6, len(at)) * HOUR).astype(np.int64)


def _promise(parameters: ShopParameters, orders: Frame, sent: Frame) -> None:
    """Promise delivery by the end of a day, further away later."""
    start = day_start(parameters.span.first_on)
    base = np.array([c.promise_days for c in parameters.channels])[orders["channel"].to_numpy()]
    is_abroad = (orders["country"] != HOME_COUNTRY).to_numpy()
    km = sent["km"].to_numpy()
    far = np.where(is_abroad, km / 6000.0, km / KM_PER_PROMISED_DAY)
    rural = places()["is_rural"].to_numpy()[orders["place"].to_numpy()]
    express = (sent["service"] == "express").to_numpy()
    days = base + far.astype(np.int64) + rural - (express & (base > 1))
    day = (orders["at"].to_numpy() - start) // DAY_SECONDS
    sent["promised"] = start + (day + days + 1) * DAY_SECONDS - 1


def _travel(
    draw: np.random.Generator,
    parameters: ShopParameters,
    people: People,
    orders: Frame,
    outlets: Frame,
    alerts: Frame,
    sent: Frame,
) -> None:
    """Bring each parcel to its outlet."""
    n, how = len(sent), parameters.delivery
    carriers = parameters.carriers
    carrier, outlet = sent["carrier"].to_numpy(), sent["outlet"].to_numpy()

    def of(name: str) -> NDArray[np.float64]:
        values = np.array([getattr(c, name) for c in carriers], dtype=np.float64)
        mine: NDArray[np.float64] = values[carrier]
        return mine

    start = day_start(parameters.span.first_on)
    last = parameters.span.n_days - 1
    day = np.clip((sent["shipped"].to_numpy() - start) // DAY_SECONDS, 0, last)
    lift = lifts(parameters.span, parameters.promotions)
    crowd = np.convolve(lift - 1.0, np.full(4, 0.25))[: parameters.span.n_days]
    weeks = draw.normal(0, how.week_spread, (len(carriers), last // 7 + 1))
    collapsed = (outlets["outlet"].to_numpy()[outlet] == how.collapse_outlet) & (
        day >= how.collapse_from_day
    )
    log = (
        of("spread") * draw.normal(0, 1, n)
        + outlets["slow_log"].to_numpy()[outlet]
        + weeks[carrier, day // 7]
        + of("drift_log") * day / last
        + of("congestion") * crowd[day]
        + how.alert_log * _severity(parameters, orders, alerts, sent)
        + how.collapse_log * collapsed
    )
    rural = places()["is_rural"].to_numpy()[orders["place"].to_numpy()]
    hours = (of("base_hours") + sent["km"].to_numpy() / of("km_per_hour")) * np.exp(log)
    hours += rural * how.rural_hours * draw.uniform(0.5, 1.5, n)
    sent["arrived"] = sent["picked_up"] + (hours * HOUR).astype(np.int64)
    sent["collapsed"] = collapsed


def _severity(parameters: ShopParameters, orders: Frame, alerts: Frame, sent: Frame) -> Any:
    """Give the severity of the worst warning where each parcel leaves, or where it travels to."""
    region = places()["province"].to_numpy()[orders["place"].to_numpy()]
    origin = np.array([w.region for w in parameters.warehouses])[sent["warehouse"].to_numpy()]
    at = sent["picked_up"].to_numpy()
    worst = np.zeros(len(at))
    for each in alerts.itertuples():
        inside = (region == each.region) & (at >= each.starts_at - DAY_SECONDS)
        inside |= (origin == each.region) & (at >= each.starts_at)
        inside &= at < each.ends_at
        worst = np.where(inside, np.maximum(worst, float(each.severity)), worst)
    return worst


def _attempts(
    draw: np.random.Generator,
    parameters: ShopParameters,
    people: People,
    orders: Frame,
    outlets: Frame,
    sent: Frame,
) -> None:
    """Ring at the door, up to three times."""
    n, how = len(sent), parameters.delivery
    attempt = _in_hours(draw, parameters, orders, sent["arrived"].to_numpy())
    rate = np.array([c.attempt_rate for c in parameters.carriers])[sent["carrier"].to_numpy()]
    to = people.addresses.take(orders["address"].to_numpy())
    kind = to["kind"].to_numpy()
    weekend = ((attempt // DAY_SECONDS) + 3) % 7 >= 5
    logit = (
        np.log(rate / (1 - rate))
        + outlets["attempt_logit"].to_numpy()[sent["outlet"].to_numpy()]
        - people.buyers["absent_habit"].to_numpy()[orders["buyer"].to_numpy()]
        + np.where(kind == 2, 1.6, np.where((kind == 1) & weekend, -1.4, 0.0))
        - 0.5 * orders["is_cod"].to_numpy()
        + how.collapse_attempt_logit * sent["collapsed"].to_numpy()
    )
    ok = draw.random(n) < chance(logit)
    ended, delivered = attempt.copy(), ok.copy()
    for _ in range(TRIES - 1):
        again = ~delivered
        later = ended + (draw.uniform(18, 32, n) * HOUR).astype(np.int64)
        ended = np.where(again, _in_hours(draw, parameters, orders, later), ended)
        delivered |= again & (draw.random(n) < chance(logit * 0.5 + 1.2))
    sent["first_attempt"] = attempt
    sent["first_attempt_ok"] = ok
    sent["ended"] = ended
    sent["is_delivered"] = delivered


def _in_hours(
    draw: np.random.Generator, parameters: ShopParameters, orders: Frame, at: Any
) -> NDArray[np.int64]:
    """Move each instant into the courier's local working hours, 9 to 20."""
    offset = places()["utc_offset_min"].to_numpy()[orders["place"].to_numpy()] * 60
    local = at + offset
    day, second = local // DAY_SECONDS, local % DAY_SECONDS
    day = np.where(second > 18 * HOUR, day + 1, day)
    morning = 9 * HOUR + draw.gamma(2.0, 1.3, len(local)) * HOUR
    soon = second + draw.uniform(0.7, 4.0, len(local)) * HOUR
    within = np.where((second < 8 * HOUR) | (second > 18 * HOUR), morning, soon)
    within = np.minimum(within, 20.5 * HOUR).astype(np.int64)
    moved: NDArray[np.int64] = day * DAY_SECONDS + within - offset
    return moved


def _cost(parameters: ShopParameters, orders: Frame, sent: Frame) -> None:
    """Pay the freight: first and further kilograms, dearer with distance."""
    carrier = sent["carrier"].to_numpy()
    first = np.array([c.first_kg_minor for c in parameters.carriers])[carrier]
    more = np.array([c.next_kg_minor for c in parameters.carriers])[carrier]
    kg = np.ceil(np.maximum(orders["weight_g"].to_numpy(), 1) / 1000.0)
    zone = 1.0 + np.minimum(sent["km"].to_numpy(), 3000.0) / 2500.0
    sent["cost_minor"] = np.round((first + more * (kg - 1)) * zone).astype(np.int64)
