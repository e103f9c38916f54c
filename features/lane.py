"""Features of the lane: the way from where a parcel leaves to where it is delivered.

Every function takes and returns arrays, so that the options of one order and the orders of a year
take the same path and get the same numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from features.feature import Columns, Feature

if TYPE_CHECKING:
    from numpy.typing import NDArray


MEAN_EARTH_RADIUS_KM: Final = 6371.009
MICROS_PER_HOUR: Final = 3_600_000_000
LONGEST_HOURS: Final = 400 * 24
MICRO: Final = 1_000_000
STRETCHED: Final[NDArray[np.int64]] = np.rint(
    np.log1p(np.arange(LONGEST_HOURS + 1) / 24) * MICRO
).astype(np.int64)
"""Stretched durations by whole hours, in millionths."""


def distance_km(
    from_lat: NDArray[np.float64],
    from_lon: NDArray[np.float64],
    to_lat: NDArray[np.float64],
    to_lon: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Great-circle distance between places, to the nearest 100 m.

    Parameters
    ----------
    from_lat, from_lon, to_lat, to_lon
        WGS-84 degrees, shape ``(n,)``; NaN where a place is unknown.

    Returns
    -------
    NDArray
        Kilometres, shape ``(n,)``; NaN where either place is unknown.

    Notes
    -----
    Haversine on the mean radius, as geopy's ``great_circle`` has it. The rounding keeps the last
    bits of the trigonometric functions out of the models.

    Examples
    --------
    >>> distance_km(np.array([31.23]), np.array([121.47]), np.array([39.90]), np.array([116.40]))
    array([1067.1])
    """
    lat1, lon1, lat2, lon2 = (np.radians(a) for a in (from_lat, from_lon, to_lat, to_lon))
    half = (
        np.sin((lat2 - lat1) / 2) ** 2
        + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    )
    kilometres = 2 * MEAN_EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0)))
    rounded: NDArray[np.float64] = np.round(kilometres, 1)
    return rounded


def stretch(days: NDArray[np.float64]) -> NDArray[np.float64]:
    """Put days on the scale on which transit times spread evenly.

    Parameters
    ----------
    days
        Days, shape ``(n,)``; negative when early.

    Returns
    -------
    NDArray
        ``sign(days) * log(1 + |days|)``.

    Examples
    --------
    >>> stretch(np.array([0.0, -1.0])).round(3)
    array([ 0.   , -0.693])
    """
    return np.sign(days) * np.log1p(np.abs(days))


def unstretch(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn stretched values back into days.

    Examples
    --------
    >>> unstretch(stretch(np.array([-2.0, 7.5]))).round(6)
    array([-2. ,  7.5])
    """
    return np.sign(values) * np.expm1(np.abs(values))


def stretched_micro(micros: NDArray[np.int64]) -> NDArray[np.int64]:
    """Stretch durations to whole millionths, so that windows add them up exactly.

    Parameters
    ----------
    micros
        Durations in microseconds, shape ``(n,)``; negative when early. Hours are cut off.

    Returns
    -------
    NDArray
        `stretch` of the duration in days, in millionths, shape ``(n,)``.

    Examples
    --------
    >>> stretched_micro(np.array([24, -24, 0]) * MICROS_PER_HOUR)
    array([ 693147, -693147,       0])
    """
    hours = np.minimum(np.abs(micros) // MICROS_PER_HOUR, LONGEST_HOURS)
    stretched: NDArray[np.int64] = np.sign(micros) * STRETCHED[hours]
    return stretched


def great_circle(columns: Columns) -> NDArray[np.float64]:
    """Distance from the planned origin to the place of delivery, kilometres.

    Examples
    --------
    >>> place = np.array([0.0, np.nan])
    >>> columns = dict.fromkeys(["origin_lat", "origin_lon", "ship_lat"], place)
    >>> great_circle(columns | {"ship_lon": np.array([1.0, 1.0])})
    array([111.2,   nan])
    """
    names = ("origin_lat", "origin_lon", "ship_lat", "ship_lon")
    return distance_km(*(columns[name] for name in names))


def is_same_region(columns: Columns) -> NDArray[np.float64]:
    """1 where a parcel stays in its province, 0 where it leaves it, NaN where either is unknown.

    Examples
    --------
    >>> is_same_region({
    ...     "origin_region": np.array(["SP", "SP", None], object),
    ...     "ship_region": np.array(["SP", "RJ", "RJ"], object),
    ... })
    array([ 1.,  0., nan])
    """
    pairs = zip(columns["origin_region"], columns["ship_region"], strict=True)
    return np.array([np.nan if a is None or b is None else float(a == b) for a, b in pairs])


FEATURES: Final = (
    Feature(
        "lane__distance_km",
        "发货地到收货地的直线距离",
        "great-circle distance from origin to delivery",
        "km",
        sources=(
            "orders.origin_lat", "orders.origin_lon", "orders.ship_lat", "orders.ship_lon",
            "shipments.origin_lat", "shipments.origin_lon",
        ),
        function=great_circle,
        purposes=("delivery",),
    ),
    Feature(
        "lane__is_same_region",
        "收货地与发货地同省",
        "delivered within the province of origin",
        "yes = 1",
        sources=("orders.origin_region", "orders.ship_region", "shipments.origin_region"),
        function=is_same_region,
        purposes=("delivery",),
    ),
)  # fmt: skip
