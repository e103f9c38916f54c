"""Write the shipped data files."""

from __future__ import annotations

import argparse
import gzip
import json
import zipfile
from pathlib import Path
from typing import Any, Final

from features.address.build.cities import cities
from features.address.build.divisions import (
    divisions,
    radii,
    townships,
    with_inherited_centres,
)
from features.address.build.former import former_names
from features.address.build.sounds import components, everyday_characters, sounds, spellings
from features.address.names import short_name

DATA: Final = Path(__file__).parents[1] / "data"
SOURCES: Final = (
    *("divisions_v1.json", "townships_v1.json", "historical_changes_v1.json"),
    *("cpca_adcodes_latlng.parquet", "areacity_level4.parquet"),
    *("china_region_zip_latlng.parquet", "TSCharacters.txt"),
)
RELEASE: Final = "2026-09"
"""Month of the divisions; the newest of the sources."""


def china(sources: Path) -> dict[str, Any]:
    """Build the document of China.

    Parameters
    ----------
    sources
        Folder with the source files named in the package's documentation.

    Returns
    -------
    dict
        ``release``; ``nodes``; ``spellings`` and ``radii`` of the nodes; ``townships`` (county code
        to names); ``former`` (old name to codes with years); ``simplified`` (two strings of equal
        length); ``sounds`` (syllable to characters); ``parts`` (character to its components).
    """
    nodes = divisions(sources)
    former = former_names(sources, nodes)
    placed = list(with_inherited_centres(sources, nodes, former))
    characters = everyday_characters([name for _, name, *_ in nodes])
    return {
        "release": RELEASE,
        "nodes": [list(node) for node in placed],
        "radii": radii(placed),
        "spellings": spellings(nodes, {name: short_name(name) for _, name, *_ in nodes}),
        "townships": townships(sources, nodes),
        "former": former,
        "simplified": _simplified(sources),
        "sounds": sounds(characters),
        "parts": components(characters),
    }


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


def _dumped(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def main() -> None:
    """Write both files."""
    parser = argparse.ArgumentParser(description="Rebuild the shipped data of addresses.")
    parser.add_argument("sources", type=Path, help="folder with the files that the package names")
    sources: Path = parser.parse_args().sources
    missing = [name for name in SOURCES if not (sources / name).is_file()]
    if missing:
        parser.error(f"{sources} lacks {', '.join(missing)}; the package says where they come from")
    packed = gzip.compress(_dumped(china(sources)), mtime=0)
    (DATA / "china.json.gz").write_bytes(packed)
    with zipfile.ZipFile(DATA / "cities.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as pack:
        for name, document in sorted(cities().items()):
            # A fixed date: the same sources give the same file.
            pack.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), _dumped(document),
                          zipfile.ZIP_DEFLATED)  # fmt: skip


if __name__ == "__main__":
    main()
