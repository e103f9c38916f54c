"""An index of points of interest: pairs of sounds, blocked by county, in files that are mapped.

Two neighbouring characters are a pair; characters that sound alike count as one, so that 豪园 and
豪圆 share it. Of each county and pair the index lists the points that hold it. A search adds up
what the pairs of a question weigh, each by how rare it is in the county, and compares the texts
of the best in full.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from rapidfuzz import fuzz

from features.address.gazetteer import china
from features.address.normal import folded
from features.address.points import Match, Point

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

COMPARED: Final = 12
"""Points whose texts are compared in full."""
LEAST: Final = 0.45
"""Likeness below which a point is none of the answers."""
MAX_ASKED: Final = 60
"""Characters of a question at most."""
MAX_COUNTIES: Final = 250
"""Counties that one search looks through; more is no question about a place."""

_SHIFT: Final = 20
_MAPPED: Final = (
    "codes", "starts", "keys", "offsets", "ids", "text_ends", "record_ends", "places", "seen",
    "texts", "records",
)  # fmt: skip
_DIGITS: Final = re.compile(r"\d+")
_SEPARATOR: Final = "\x1f"


def build(points: Iterable[Point], folder: Path) -> int:
    """Write an index and give its number of points.

    Parameters
    ----------
    points
        In any order; those of one county, road, number and name are one.
    folder
        An empty folder that only its owner may read, since addresses are personal data.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from features.address.points import Point
    >>> places = [
    ...     Point(adcode="330106", street="文三路", house="398号", name="东信大厦"),
    ...     Point(adcode="330106", street="文三路", house="90号", name=None),
    ... ]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     n_points = build(places, Path(folder))
    ...     found = PointFile(Path(folder)).search("文三路398号", ("330106",))
    >>> n_points, found[0].point.name
    (2, '东信大厦')
    """
    merged = _merged(points)
    order = sorted(merged)
    texts = [folded(street + house + name) for _, street, house, name in order]
    records = [_SEPARATOR.join(parts[1:]).encode() for parts in order]
    codes, starts = np.unique(np.array([key[0] for key in order], dtype="U6"), return_index=True)
    counties = np.repeat(
        np.arange(len(codes), dtype=np.uint64), np.diff(np.append(starts, len(order)))
    )
    keys, ids = _pairs(texts, counties)
    ranks = np.argsort(keys, kind="stable")
    unique, offsets = np.unique(keys[ranks], return_index=True)
    encoded = [text.encode() for text in texts]
    arrays: dict[str, NDArray[Any]] = {
        "codes": codes,
        "starts": np.append(starts, len(order)).astype(np.int64),
        "keys": unique,
        "offsets": np.append(offsets, len(keys)).astype(np.int64),
        "ids": ids[ranks],
        "text_ends": _ends(encoded),
        "record_ends": _ends(records),
        "places": np.array([merged[key][:2] for key in order], dtype=np.float64).reshape(-1, 2),
        "seen": np.array([merged[key][2] for key in order], dtype=np.int32),
        "texts": np.frombuffer(b"".join(encoded), dtype=np.uint8),
        "records": np.frombuffer(b"".join(records), dtype=np.uint8),
    }
    for name in _MAPPED:
        np.save(folder / f"{name}.npy", arrays[name], allow_pickle=False)
    (folder / "index.json").write_text(json.dumps({"points": len(order), "version": 1}))
    return len(order)


class PointFile:
    """An index that was built, mapped into memory.

    Parameters
    ----------
    folder
        Where :func:`build` wrote it.
    """

    def __init__(self, folder: Path) -> None:
        # As plain arrays they stay mapped, and a slice of them costs a tenth.
        mapped: dict[str, Any] = {
            name: np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r")) for name in _MAPPED
        }
        self._starts: NDArray[np.int64] = mapped["starts"]
        self._keys: NDArray[np.uint64] = mapped["keys"]
        self._offsets: NDArray[np.int64] = mapped["offsets"]
        self._ids: NDArray[np.uint32] = mapped["ids"]
        self._ends = {"texts": mapped["text_ends"], "records": mapped["record_ends"]}
        self._bytes = {"texts": mapped["texts"], "records": mapped["records"]}
        self._places, self._seen = mapped["places"], mapped["seen"]
        self._codes = [str(code) for code in mapped["codes"]]
        self._county = {code: at for at, code in enumerate(self._codes)}

    def __len__(self) -> int:
        """Count the points."""
        return int(self._starts[-1])

    def search(self, text: str, areas: Sequence[str] = (), limit: int = 3) -> tuple[Match, ...]:
        """Find the points that a text may mean, the likeliest first.

        Parameters
        ----------
        text
            Road, number and name as people write them, without divisions.
        areas
            Codes of the divisions to look in, of any level; everywhere without any.
        limit
            Points at most.

        Returns
        -------
        tuple of Match
            Empty where nothing is alike.
        """
        asked = folded(text)[:MAX_ASKED]
        pairs = np.unique(_pairs_of(_sounds(asked)))
        counties = self._counties(areas)
        if not len(pairs) or not counties:
            return ()
        ids, weights = self._best(pairs, counties)
        scored = self._compared(asked, ids, weights)
        found = []
        for rank, (score, point_id) in enumerate(scored[:limit]):
            rival = scored[rank + 1][0] if rank + 1 < len(scored) else 0.0
            lead = score - rival if rank == 0 else 0.0
            if score >= LEAST:
                found.append(Match(self.point(point_id), round(score, 4), round(lead, 4)))
        return tuple(found)

    def point(self, point_id: int) -> Point:
        """Give a point by its number."""
        county = int(np.searchsorted(self._starts, point_id, side="right")) - 1
        street, house, name = self._text("records", point_id).split(_SEPARATOR)
        lat, lon = (float(degrees) for degrees in self._places[point_id])
        return Point(
            adcode=self._codes[county],
            name=name or None,
            street=street or None,
            house=house or None,
            lat=None if np.isnan(lat) else lat,
            lon=None if np.isnan(lon) else lon,
            n_seen=int(self._seen[point_id]),
        )

    def range_of(self, adcode: str) -> tuple[int, int]:
        """Give the numbers of a county's points: the first, and the one behind the last."""
        at = self._county.get(adcode)
        return (0, 0) if at is None else (int(self._starts[at]), int(self._starts[at + 1]))

    def _counties(self, areas: Sequence[str]) -> list[int]:
        """Give the counties of some divisions that have points."""
        if not areas:
            return list(range(len(self._codes)))[:MAX_COUNTIES]
        found: list[int] = []
        for area in areas:
            if area in self._county:
                found.append(self._county[area])
                continue
            stem = area
            while stem.endswith("00") and len(stem) > 2:
                stem = stem[:-2]
            if len(stem) < len(area):
                found += [at for at, code in enumerate(self._codes) if code.startswith(stem)]
        return list(dict.fromkeys(found))[:MAX_COUNTIES]

    def _best(
        self, pairs: NDArray[np.uint64], counties: Sequence[int]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Find the points that share the weightiest pairs with a question."""
        wanted = (np.asarray(counties, np.uint64) << np.uint64(2 * _SHIFT))[:, None] | pairs
        at = np.searchsorted(self._keys, wanted)
        at[at == len(self._keys)] = 0
        is_there = self._keys[at] == wanted
        ids: list[NDArray[np.int64]] = []
        weights: list[NDArray[np.float64]] = []
        for row, county in enumerate(counties):
            first, last = self._starts[county], self._starts[county + 1]
            hits = at[row][is_there[row]]
            if not len(hits):
                continue
            begins, ends = self._offsets[hits], self._offsets[hits + 1]
            held = np.concatenate(
                [self._ids[b:e] for b, e in zip(begins.tolist(), ends.tolist(), strict=True)]
            )
            sizes = ends - begins
            rarity = np.log1p((last - first) / sizes)
            sums: NDArray[np.float64] = np.bincount(
                held - first, weights=np.repeat(rarity, sizes)
            ).astype(np.float64, copy=False)
            best = _largest(sums)
            ids.append(best + first)
            weights.append(sums[best])
        if not ids:
            return np.empty(0, np.int64), np.empty(0)
        all_ids, all_weights = np.concatenate(ids), np.concatenate(weights)
        best = _largest(all_weights)
        return all_ids[best], all_weights[best]

    def _compared(
        self, asked: str, ids: NDArray[np.int64], weights: NDArray[np.float64]
    ) -> list[tuple[float, int]]:
        """Compare texts in full, the likest first; of equals the one seen more often."""
        heard, numbers = _heard(asked), _DIGITS.findall(asked)
        top = float(weights.max()) if len(weights) else 1.0
        scored = [
            (
                _likeness(asked, heard, numbers, self._text("texts", point_id), weight / top),
                int(self._seen[point_id]),
                point_id,
            )
            for point_id, weight in zip(ids.tolist(), weights.tolist(), strict=True)
        ]
        scored.sort(key=lambda each: (-each[0], -each[1], each[2]))
        return [(score, point_id) for score, _, point_id in scored]

    def _text(self, kind: str, point_id: int) -> str:
        ends = self._ends[kind]
        begin = ends[point_id - 1] if point_id else 0
        return self._bytes[kind][begin : ends[point_id]].tobytes().decode()  # type: ignore[no-any-return]


def _likeness(asked: str, heard: str, numbers: list[str], text: str, weight: float) -> float:
    """Say how alike two texts are: letter by letter, as a part, by sound, and in their numbers."""
    if asked == text:
        return 1.0
    whole = fuzz.ratio(asked, text)
    part = fuzz.partial_ratio(asked, text)
    sound = fuzz.ratio(heard, _heard(text))
    alike = (0.3 * whole + 0.35 * part + 0.35 * sound) / 100
    theirs = _DIGITS.findall(text)
    if numbers and theirs:
        shared = len(set(numbers) & set(theirs)) / len(set(numbers))
        alike = 0.85 * alike + 0.15 * shared
    return min(0.85 * alike + 0.15 * weight, 0.999)


def _largest(weights: NDArray[np.float64]) -> NDArray[np.int64]:
    """Give the places of the largest weights that are above zero."""
    if len(weights) > COMPARED:
        best = np.argpartition(weights, -COMPARED)[-COMPARED:]
    else:
        best = np.arange(len(weights))
    return best[weights[best] > 0]


def _merged(points: Iterable[Point]) -> dict[tuple[str, str, str, str], tuple[float, float, int]]:
    """Join what is said of one place: how often it was seen, and the point given last."""
    merged: dict[tuple[str, str, str, str], tuple[float, float, int]] = {}
    for point in points:
        key = (point.adcode, point.street or "", point.house or "", point.name or "")
        if not any(key[1:]):
            continue
        lat, lon, seen = merged.get(key, (np.nan, np.nan, 0))
        if point.lat is not None and point.lon is not None:
            lat, lon = point.lat, point.lon
        merged[key] = lat, lon, seen + point.n_seen
    return merged


def _pairs(
    texts: Sequence[str], counties: NDArray[np.uint64]
) -> tuple[NDArray[np.uint64], NDArray[np.uint32]]:
    """List county and pair, and the point, of every two neighbouring characters."""
    sizes = np.array([len(text) for text in texts], dtype=np.int64)
    sounds = _sounds("".join(texts))
    if not len(sounds):
        return np.empty(0, np.uint64), np.empty(0, np.uint32)
    owner = np.repeat(np.arange(len(texts), dtype=np.uint32), sizes)
    is_within = owner[1:] == owner[:-1]
    ids = owner[1:][is_within]
    return _pairs_of(sounds)[is_within] | counties[ids] << np.uint64(2 * _SHIFT), ids


def _pairs_of(sounds: NDArray[np.uint64]) -> NDArray[np.uint64]:
    return sounds[:-1] << np.uint64(_SHIFT) | sounds[1:]


def _sounds(text: str) -> NDArray[np.uint64]:
    """Give a number for each character: one for all that sound alike."""
    letters = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
    table = _sound_table()[0]
    return table[np.minimum(letters, len(table) - 1)]


def _heard(text: str) -> str:
    """Write one character for all that sound alike."""
    return text.translate(_sound_table()[1])


@cache
def _sound_table() -> tuple[NDArray[np.uint64], dict[int, int]]:
    """Give what stands for each character: the first of those that sound like it."""
    table = np.arange(0x10000, dtype=np.uint64)
    spoken: dict[int, int] = {}
    for alike in china().sounds.values():
        for letter in alike:
            spoken.setdefault(ord(letter), ord(alike[0]))
    for code, first in spoken.items():
        table[code] = first
    return table, spoken


def _ends(texts: Sequence[bytes]) -> NDArray[np.int64]:
    return np.cumsum([len(text) for text in texts], dtype=np.int64)
