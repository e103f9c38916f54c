"""Divisions with their centres and townships, from the sources named in this package."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from features.address.datum import distance_m, gcj02_to_wgs84

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

LEAST_RADIUS_M: Final = 2_000
LONE_RADIUS_M: Final = 30_000
"""Radius of a division without sisters to measure it by."""

Node = tuple[str, str, int, int, float | None, float | None]
"""Code, name, level (1 province, 2 city, 3 county), parent index, latitude, longitude."""


def read(path: Path) -> Any:
    """Read a JSON document."""
    return json.loads(path.read_text("utf-8"))


def divisions(sources: Path) -> list[Node]:
    """List the divisions, parents before children."""
    centres = _centres(sources)
    rows: list[tuple[str, str, int, int]] = []
    for province, body in read(sources / "divisions_v1.json")["provinces"].items():
        top = len(rows)
        rows.append((body["code"][:6], province, 1, -1))
        for city, inner in body["cities"].items():
            parent = top
            if city:
                parent = len(rows)
                rows.append((inner["code"][:6], city, 2, top))
            rows += [(code[:6], name, 3, parent) for name, code in inner["counties"].items()]
    rows += list(_overseas(sources, rows))
    return [_placed(row, rows, centres) for row in rows]


def _overseas(
    sources: Path, rows: list[tuple[str, str, int, int]]
) -> Iterable[tuple[str, str, int, int]]:
    """List districts of Hong Kong and Macau, cities and districts of Taiwan."""
    index = {code: i for i, (code, *_) in enumerate(rows)}
    n = len(rows)
    for code, depth, name in _areacity(sources, ("71", "81", "82")):
        if code.startswith("71"):
            if depth == 1:
                index[code[:4]] = n
                parent, level = index["710000"], 2
            elif depth == 2 and len(code) == 6:
                parent, level = index[code[:4]], 3
            else:
                continue
        elif depth == 3:
            parent, level = index[code[:2] + "0000"], 3
        else:
            continue
        yield (code[:4] + "00" if level == 2 else code[:6]), name, level, parent
        n += 1


def _areacity(sources: Path, prefixes: tuple[str, ...]) -> list[tuple[str, int, str]]:
    import pandas as pd

    frame = pd.read_parquet(sources / "areacity_level4.parquet")
    codes = frame["id"].astype(str)
    picked = frame[codes.str.startswith(prefixes)]
    return [
        (str(code), int(depth), str(name))
        for code, depth, name in zip(picked["id"], picked["deep"], picked["ext_name"], strict=True)
    ]


def _centres(sources: Path) -> dict[str, tuple[float, float]]:
    """Map codes, and ``province/name`` where a code has changed, to GCJ-02 centres."""
    import pandas as pd

    found: dict[str, tuple[float, float]] = {}
    coarse = pd.read_parquet(sources / "china_region_zip_latlng.parquet")
    for row in coarse.itertuples():
        for name in {str(row.county), str(row.city)}:
            found.setdefault(f"{row.province}/{name}", _pair(row.latitude, row.longitude))
    fine = pd.read_parquet(sources / "cpca_adcodes_latlng.parquet").dropna()
    names = {str(row.adcode)[:2]: str(row.name) for row in fine.itertuples(index=False)
             if str(row.adcode)[2:6] == "0000"}  # fmt: skip
    for row in fine.itertuples(index=False):
        code = str(row.adcode)[:6]
        centre = _pair(row.latitude, row.longitude)
        found[code] = centre
        found[f"{names.get(code[:2], '')}/{row.name}"] = centre
    return found


def _pair(lat: Any, lon: Any) -> tuple[float, float]:
    return float(lat), float(lon)


def _placed(
    row: tuple[str, str, int, int],
    rows: list[tuple[str, str, int, int]],
    centres: dict[str, tuple[float, float]],
) -> Node:
    """Add the WGS-84 centre of a division, or of its stem's namesake in the same province."""
    code, name, level, parent = row
    province = row
    while province[3] >= 0:
        province = rows[province[3]]
    stem = name.rstrip("区县市旗")
    keys = [code, *(f"{province[1]}/{stem}{suffix}" for suffix in ("区", "县", "市", "旗"))]
    for key in keys:
        if key in centres:
            lat, lon = gcj02_to_wgs84(*centres[key])
            return code, name, level, parent, round(lat, 4), round(lon, 4)
    return code, name, level, parent, None, None


def with_inherited_centres(
    sources: Path, nodes: list[Node], former: dict[str, list[tuple[str, int]]]
) -> Iterable[Node]:
    """Give a renamed division the centre known under its former name."""
    centres = _centres(sources)
    before: dict[str, list[str]] = {}
    for name, codes in former.items():
        for code, _ in codes:
            before.setdefault(code, []).append(name)
    for node in nodes:
        code, name, level, parent, lat, _ = node
        top = node
        while top[3] >= 0:
            top = nodes[top[3]]
        keys = [f"{top[1]}/{old}" for old in before.get(code, ())]
        key = next((key for key in keys if key in centres), None) if lat is None else None
        if key is None:
            yield node
            continue
        lat, lon = gcj02_to_wgs84(*centres[key])
        yield code, name, level, parent, round(lat, 4), round(lon, 4)


def radii(nodes: list[Node]) -> list[int]:
    """Estimate how far the places of each division lie from its centre, in metres; 0 without one.

    A county reaches about as far as its next sister's centre lies; a city or province as far as
    the centres of its counties.
    """
    children: dict[int, list[Node]] = {}
    for node in nodes:
        children.setdefault(node[3], []).append(node)
    return [_radius(node, children.get(i), children[node[3]]) for i, node in enumerate(nodes)]


def _radius(node: Node, below: list[Node] | None, sisters: list[Node]) -> int:
    *_, lat, lon = node
    if lat is None or lon is None:
        return 0
    apart = [
        distance_m(lat, lon, other[4], other[5])
        for other in below or sisters
        if other is not node and other[4] is not None and other[5] is not None
    ]
    if not apart:
        return LONE_RADIUS_M
    return round(max(apart) if below else max(min(apart), LEAST_RADIUS_M))


def townships(sources: Path, nodes: list[Node]) -> dict[str, str]:
    """Map codes of counties (and of cities without counties) to township names, joined by '|'."""
    known = {code for code, *_ in nodes}
    listed = {
        code[:6]: list(body["townships"])
        for code, body in read(sources / "townships_v1.json").items()
    }
    more: dict[str, list[str]] = {}
    for code, depth, name in _areacity(sources, ("4419", "4420", "4602", "4604", "6202", "659")):
        if depth == 3 and code[:6] in known - set(listed):
            more.setdefault(code[:6], []).append(name)
    return {code: "|".join(names) for code, names in sorted((listed | more).items())}
