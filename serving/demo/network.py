"""The delivery network: outlets with areas, capacities and tariffs, and weather warnings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from serving.demo.days import CHINA_OFFSET_MIN, DAY_SECONDS, day_start
from serving.demo.draws import pick, stream
from serving.demo.people import HOME_COUNTRY
from serving.demo.places import kilometres, places

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from serving.demo.frames import Frame
    from serving.demo.parameters import ShopParameters

OUTLETS_OF_LARGE: Final = 3
"""Outlets a carrier has in a large city."""

LARGE_WEIGHT: Final = 9.0
"""Trade weight from which a city is large."""

WARNINGS: Final = {
    "storm": ((6, 9), ("暴雨{}预警", "台风{}预警")),
    "flood": ((6, 8), ("山洪{}预警",)),
    "snow": ((11, 12), ("暴雪{}预警", "道路结冰{}预警")),
    "traffic": ((5, 12), ("高速交通管制", "道路施工绕行")),
}
"""Kind of warning to its months and wordings."""

COLOURS: Final = ("", "蓝色", "黄色", "橙色")


def outlets(seed: int, parameters: ShopParameters) -> Frame:
    """Make the outlets of every carrier.

    Returns
    -------
    Frame
        ``outlet, carrier, name, region, city, lat, lon, fence, service, daily_capacity,
        first_kg_minor, next_kg_minor, max_weight_g`` and the hidden ``slow_log, attempt_logit``.
    """
    import pandas as pd

    draw = stream(seed, "outlets")
    rows: list[dict[str, Any]] = []
    for area in _areas():
        for carrier in parameters.carriers:
            if (carrier.share > 0) != (area["country"] == HOME_COUNTRY):
                continue
            rows.append(
                {
                    "outlet": f"{carrier.name}-{area['code']}",
                    "carrier": carrier.name,
                    "name": f"{area['city']}{carrier.label[:2]}{area['label']}网点",
                    "region": area["province"],
                    "city": area["city"],
                    "lat": round(area["lat"] + float(draw.normal(0, 0.01)), 5),
                    "lon": round(area["lon"] + float(draw.normal(0, 0.01)), 5),
                    "fence": area["fence"],
                    "service": "express" if carrier.name == "shunfeng" else "standard",
                    "daily_capacity": int(12 + area["weight"] * float(draw.uniform(1.2, 2.6))),
                    "first_kg_minor": carrier.first_kg_minor,
                    "next_kg_minor": carrier.next_kg_minor,
                    "max_weight_g": 30_000 if carrier.name != "yanwen" else 20_000,
                    "slow_log": float(draw.normal(0, parameters.delivery.outlet_spread)),
                    "attempt_logit": float(
                        draw.normal(0, parameters.delivery.outlet_attempt_spread)
                    ),
                    "area": area["number"],
                }
            )
    return pd.DataFrame(rows)


def areas() -> NDArray[np.int64]:
    """Give the area of each place, shape ``(n_places,)``; carriers have one outlet an area."""
    known = places()
    area = np.empty(len(known), dtype=np.int64)
    number = 0
    for rows in known.groupby(["country", "province", "city"], sort=False).indices.values():
        lat, lon = known["lat"].to_numpy()[rows], known["lon"].to_numpy()[rows]
        is_large = known["weight"].to_numpy()[rows].sum() >= LARGE_WEIGHT and len(rows) > 5
        seeds = np.argsort(-known["weight"].to_numpy()[rows], kind="stable")
        seeds = seeds[:: max(len(rows) // OUTLETS_OF_LARGE, 1)][
            : OUTLETS_OF_LARGE if is_large else 1
        ]
        far = kilometres(lat[:, None], lon[:, None], lat[seeds], lon[seeds])
        area[rows] = number + np.argmin(far, axis=1)
        number += len(seeds)
    return area


def _areas() -> list[dict[str, Any]]:
    """Describe the areas that carriers serve."""
    known = places().assign(area=areas())
    described: list[dict[str, Any]] = []
    counts: dict[str, int] = {}
    for number, inside in known.groupby("area"):
        first = inside.iloc[0]
        is_home = first["country"] == HOME_COUNTRY
        city = (
            first["adcode"][:4] + "00" if is_home else f"{first['country']}{first['region_code']}"
        )
        counts[city] = index = counts.get(city, 0) + 1
        described.append(
            {
                "number": int(number),
                "code": f"{city}-{index}",
                "label": ("一", "二", "三")[min(index, 3) - 1],
                "country": first["country"],
                "province": first["province"],
                "city": first["city"],
                "lat": float(inside["lat"].mean()),
                "lon": float(inside["lon"].mean()),
                "weight": float(inside["weight"].sum()),
                "fence": _fence(inside),
            }
        )
    return described


def _fence(inside: Frame) -> str:
    """Draw a hexagon around an area's places, as GeoJSON."""
    lat, lon = float(inside["lat"].mean()), float(inside["lon"].mean())
    reach = float(np.max(kilometres(lat, lon, inside["lat"], inside["lon"]))) + 12.0
    turns = np.radians(np.arange(0, 361, 60))
    ring = [
        [
            round(lon + reach / 111.2 / np.cos(np.radians(lat)) * float(np.cos(t)), 4),
            round(lat + reach / 111.2 * float(np.sin(t)), 4),
        ]
        for t in turns
    ]
    return json.dumps({"type": "Polygon", "coordinates": [[*ring[:-1], ring[0]]]})


def alerts(seed: int, parameters: ShopParameters) -> Frame:
    """Issue weather and traffic warnings for provinces.

    Returns
    -------
    Frame
        ``alert_id, country, region, kind, severity, starts_at, ends_at, known_at`` (seconds since
        1970), ``text``.
    """
    import pandas as pd

    draw = stream(seed, "alerts")
    span = parameters.span
    home = places()[places()["country"] == HOME_COUNTRY]
    weight = home.groupby("province", sort=True)["weight"].sum()
    rows = []
    for number in range(parameters.delivery.n_alerts):
        start = day_start(span.first_on) + int(draw.integers(0, span.n_days * DAY_SECONDS))
        month = int(pd.Timestamp(start + CHINA_OFFSET_MIN * 60, unit="s").month)
        kinds = [kind for kind, ((low, high), _) in WARNINGS.items() if low <= month <= high]
        kind = str(draw.choice(kinds))
        severity = int(draw.integers(1, 4))
        text = str(draw.choice(WARNINGS[kind][1])).format(COLOURS[severity])
        rows.append(
            {
                "alert_id": f"W{number:04d}",
                "country": HOME_COUNTRY,
                "region": str(weight.index[int(pick(draw, weight.to_numpy(), 1)[0])]),
                "kind": kind,
                "severity": severity,
                "starts_at": start,
                "ends_at": start + int(draw.integers(10, 72)) * 3600,
                "known_at": start - int(draw.integers(0, 12)) * 3600,
                "text": text,
            }
        )
    rows.append(_storm(parameters))
    return pd.DataFrame(rows).sort_values("starts_at", kind="stable", ignore_index=True)


def _storm(parameters: ShopParameters) -> dict[str, Any]:
    """Issue the warning of the storm that blows on the live days, half a day ahead."""
    how = parameters.delivery
    start = day_start(parameters.span.first_on) + how.storm_from_day * DAY_SECONDS
    return {
        "alert_id": f"W{how.n_alerts:04d}",
        "country": HOME_COUNTRY,
        "region": how.storm_region,
        "kind": "storm",
        "severity": len(COLOURS) - 1,
        "starts_at": start,
        "ends_at": start + how.storm_days * DAY_SECONDS,
        "known_at": start - DAY_SECONDS // 2,
        "text": WARNINGS["storm"][1][0].format(COLOURS[-1]),
    }
