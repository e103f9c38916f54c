"""Online state on disk: its arrays as ``.npy``, what waits as MessagePack, a manifest over both."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np
from xxhash import xxh3_128

from features.errors import JournalError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

_MANIFEST: Final = "manifest.json"
_WAITING: Final = "waiting.msgpack"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A copy of a state that no longer changes.

    Parameters
    ----------
    definition
        Digest of the features.
    arrays
        The arrays by name.
    waiting
        Rows that wait for their order, with the method that takes them.
    """

    definition: str
    arrays: Mapping[str, NDArray[Any]]
    waiting: Sequence[tuple[str, Mapping[str, Any]]]

    def save(self, folder: Path) -> None:
        """Write the copy; it is whole once the folder has its name.

        Parameters
        ----------
        folder
            A folder that does not exist yet.
        """
        partial = folder.with_name(folder.name + ".writing")
        partial.mkdir(parents=True)
        for name, array in self.arrays.items():
            np.save(partial / f"{name}.npy", array, allow_pickle=False)
        (partial / _WAITING).write_bytes(msgspec.msgpack.encode(self.waiting))
        digests = {path.name: _digest(path) for path in sorted(partial.iterdir())}
        manifest = {"definition": self.definition, "files": digests}
        (partial / _MANIFEST).write_text(json.dumps(manifest, indent=1), "utf-8")
        partial.rename(folder)


def read(folder: Path, definition: str) -> Snapshot:
    """Read a copy back: its pages take memory once something looks at them.

    What changes afterwards changes in memory only, never in the files.

    Parameters
    ----------
    folder
        Where it was saved.
    definition
        Digest of the features that it must be of.

    Raises
    ------
    JournalError
        When it is of other features, or a file changed or is missing.
    """
    try:
        manifest = json.loads((folder / _MANIFEST).read_text("utf-8"))
        if manifest["definition"] != definition:
            raise JournalError(f"{folder} is of other features")
        for name, digest in manifest["files"].items():
            if _digest(folder / name) != digest:
                raise JournalError(f"{folder / name} is not what was written")
        arrays = {
            name.removesuffix(".npy"): np.asarray(np.load(folder / name, mmap_mode="c"))
            for name in manifest["files"]
            if name.endswith(".npy")
        }
        waiting = msgspec.msgpack.decode((folder / _WAITING).read_bytes())
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise JournalError(f"{folder}: {error}") from error
    return Snapshot(definition, arrays, [(method, row) for method, row in waiting])


def named(nested: Any, name: str = "") -> Iterator[tuple[str, NDArray[Any]]]:
    """Name the arrays of nested tuples by their places.

    Examples
    --------
    >>> [name for name, _ in named((np.zeros(1), (np.zeros(1), np.zeros(1))))]
    ['0', '1-0', '1-1']
    """
    if isinstance(nested, tuple):
        for place, part in enumerate(nested):
            yield from named(part, f"{name}-{place}" if name else str(place))
    else:
        yield name, nested


def nested(like: Any, arrays: Mapping[str, NDArray[Any]], name: str = "") -> Any:
    """Put named arrays back into tuples of the same form."""
    if isinstance(like, tuple):
        return tuple(
            nested(part, arrays, f"{name}-{place}" if name else str(place))
            for place, part in enumerate(like)
        )
    return arrays[name]


def _digest(path: Path) -> str:
    """Digest of a file against damage, not against forgery: a start reads all of them."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, xxh3_128).hexdigest()
