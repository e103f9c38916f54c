"""Coordinates between the datums of Chinese maps and WGS-84."""

from __future__ import annotations

from math import asin, atan2, cos, hypot, pi, radians, sin, sqrt
from typing import Final

_EARTH_M: Final = 6_371_000.0
_SEMI_MAJOR_M: Final = 6_378_245.0
_ECCENTRICITY_SQUARED: Final = 0.006_693_421_622_965_943
_TURNS: Final = pi * 3000.0 / 180.0
_ROUNDS: Final = 4
"""Fixed-point rounds; each divides the remaining error by about 1,000."""


def distance_m(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Give the distance of two places in metres, on a sphere.

    Parameters
    ----------
    lat, lon, other_lat, other_lon
        Degrees; both places in one datum.

    Examples
    --------
    >>> round(distance_m(31.23, 121.47, 39.90, 116.40) / 1000)
    1067
    """
    a, b = radians(lat), radians(other_lat)
    half = sin((b - a) / 2) ** 2 + cos(a) * cos(b) * sin(radians(other_lon - lon) / 2) ** 2
    return 2 * _EARTH_M * asin(sqrt(min(half, 1.0)))


def is_shifted(lat: float, lon: float) -> bool:
    """Tell whether Chinese maps shift a place: inside the rectangle that their formula covers.

    Examples
    --------
    >>> is_shifted(31.23, 121.47), is_shifted(48.85, 2.35)
    (True, False)
    """
    return 0.8293 <= lat <= 55.8271 and 72.004 <= lon <= 137.8347


def wgs84_to_gcj02(lat: float, lon: float) -> tuple[float, float]:
    """Shift a WGS-84 place to GCJ-02, the datum of AMap and Tencent.

    Parameters
    ----------
    lat, lon
        Degrees, WGS-84.

    Returns
    -------
    tuple[float, float]
        Latitude and longitude in GCJ-02; unchanged outside China.

    Notes
    -----
    The formula is the published reverse-engineered one [1]_ (Krasovsky 1940 ellipsoid).

    .. [1] Wikipedia, "Restrictions on geographic data in China", section GCJ-02.

    Examples
    --------
    >>> [round(x, 5) for x in wgs84_to_gcj02(39.90734, 116.39089)]
    [39.90874, 116.39713]
    """
    if not is_shifted(lat, lon):
        return lat, lon
    x, y = lon - 105.0, lat - 35.0
    waves = (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + waves
    north += (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    north += (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + waves
    east += (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    east += (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    angle = radians(lat)
    curve = 1.0 - _ECCENTRICITY_SQUARED * sin(angle) ** 2
    per_degree_north = _SEMI_MAJOR_M * (1.0 - _ECCENTRICITY_SQUARED) / (curve * sqrt(curve)) * pi
    per_degree_east = _SEMI_MAJOR_M / sqrt(curve) * cos(angle) * pi
    return lat + north * 180.0 / per_degree_north, lon + east * 180.0 / per_degree_east


def gcj02_to_wgs84(lat: float, lon: float) -> tuple[float, float]:
    """Shift a GCJ-02 place back to WGS-84, to within a millimetre.

    Examples
    --------
    >>> [round(x, 5) for x in gcj02_to_wgs84(39.90874, 116.39713)]
    [39.90734, 116.39089]
    """
    if not is_shifted(lat, lon):
        return lat, lon
    there_lat, there_lon = lat, lon
    for _ in range(_ROUNDS):
        back_lat, back_lon = wgs84_to_gcj02(there_lat, there_lon)
        there_lat += lat - back_lat
        there_lon += lon - back_lon
    return there_lat, there_lon


def gcj02_to_bd09(lat: float, lon: float) -> tuple[float, float]:
    """Shift a GCJ-02 place to BD-09, the datum of Baidu.

    Examples
    --------
    >>> [round(x, 5) for x in gcj02_to_bd09(39.90874, 116.39713)]
    [39.91508, 116.4035]
    """
    if not is_shifted(lat, lon):
        return lat, lon
    length = hypot(lon, lat) + 0.00002 * sin(lat * _TURNS)
    angle = atan2(lat, lon) + 0.000003 * cos(lon * _TURNS)
    return length * sin(angle) + 0.006, length * cos(angle) + 0.0065


def bd09_to_gcj02(lat: float, lon: float) -> tuple[float, float]:
    """Shift a BD-09 place back to GCJ-02, to within a millimetre.

    Examples
    --------
    >>> [round(x, 5) for x in bd09_to_gcj02(39.91508, 116.4035)]
    [39.90874, 116.39713]
    """
    if not is_shifted(lat, lon):
        return lat, lon
    there_lat, there_lon = lat - 0.006, lon - 0.0065
    for _ in range(_ROUNDS):
        back_lat, back_lon = gcj02_to_bd09(there_lat, there_lon)
        there_lat += lat - back_lat
        there_lon += lon - back_lon
    return there_lat, there_lon


def bd09_to_wgs84(lat: float, lon: float) -> tuple[float, float]:
    """Shift a BD-09 place back to WGS-84.

    Examples
    --------
    >>> [round(x, 4) for x in bd09_to_wgs84(39.915, 116.404)]
    [39.9073, 116.3914]
    """
    return gcj02_to_wgs84(*bd09_to_gcj02(lat, lon))
