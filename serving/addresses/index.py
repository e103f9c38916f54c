"""The index of points of interest of a home: opened when it is there, taken up when it is new."""

from __future__ import annotations

import json
import shutil
import uuid
from threading import Lock
from typing import TYPE_CHECKING, Final

from serving.whole import whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from features.address.points import Match, Point
    from features.address.points_index import PointFile
    from features.address.result import Resolution

CURRENT: Final = "current.json"
"""File that names the folder of the newest index; replaced as a whole."""


class PointIndex:
    """The points of a home; none until an index is built.

    Parameters
    ----------
    folder
        Where indexes live. Only its owner may read it: points come from people's addresses.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._opened: tuple[str, PointFile] | None = None
        self._lock = Lock()

    @property
    def folder(self) -> Path:
        """Folder of the indexes and of what was learned with them."""
        return self._folder

    def __len__(self) -> int:
        """Count the points."""
        opened = self._open()
        return 0 if opened is None else len(opened)

    def search(self, text: str, areas: Sequence[str], limit: int = 3) -> Sequence[Match]:
        """Find the points that a text may mean in some divisions, the likeliest first."""
        opened = self._open()
        if opened is None or not areas:
            return ()
        return opened.search(text, areas, limit)

    def like(self, place: Resolution) -> Sequence[Match]:
        """Find the points that a resolved address may mean, in the divisions that fit it."""
        areas = [candidate.adcode for candidate in place.candidates if candidate.adcode]
        wanted = "".join(filter(None, (place.street, place.house, place.estate)))
        return self.search(wanted, areas) if wanted else ()

    def rebuild(self, points: Iterable[Point]) -> int:
        """Build the index anew from all that is known, and put it in the old one's place.

        Who was erased from the store is gone from the index with it.
        """
        from features.address.points_index import build

        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = f"points-{uuid.uuid4().hex[:12]}"
        made = self._folder / name
        made.mkdir(mode=0o700)
        try:
            n_points = build(points, made)
        except BaseException:
            shutil.rmtree(made, ignore_errors=True)
            raise
        with whole(self._folder / CURRENT) as draft:
            draft.write_text(json.dumps({"folder": name, "points": n_points}))
        for old in self._folder.glob("points-*"):
            if old.name != name:
                # Mapped files stay readable for those that have them open.
                shutil.rmtree(old, ignore_errors=True)
        return n_points

    def built_at(self) -> float | None:
        """Give when the newest index was built, in seconds since 1970, or None without one."""
        try:
            return (self._folder / CURRENT).stat().st_mtime
        except FileNotFoundError:
            return None

    def _open(self) -> PointFile | None:
        """Open the newest index, or give the one that is open already."""
        try:
            text = (self._folder / CURRENT).read_text()
        except FileNotFoundError:
            return None
        name = str(json.loads(text)["folder"])
        with self._lock:
            if self._opened is None or self._opened[0] != name:
                from features.address.points_index import PointFile

                self._opened = name, PointFile(self._folder / name)
            return self._opened[1]
