"""Save and load what a model learned: text, numbers and their digests, nothing that executes.

An artifact is a folder of LightGBM text models (``model.txt``, ``model_1.txt`` …), plain arrays
(``*.npy`` without pickle), further JSON documents, ``model.json`` and ``SHA256SUMS``.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from models.errors import ArtifactError, FeatureMismatchError

if TYPE_CHECKING:
    from collections.abc import Mapping

DOCUMENT: Final = "model.json"
SUMS: Final = "SHA256SUMS"
FORMAT: Final = 1
PLAIN_NAME: Final = re.compile(r"[a-z0-9_]+\.(txt|json|npy)")
PICKLE_ENDINGS: Final = frozenset(
    {".pkl", ".pickle", ".joblib", ".skops", ".dill", ".npz", ".pt", ".pth", ".bin", ".cloudpickle"}
)
PICKLE_START: Final = b"\x80"


@dataclass(frozen=True, slots=True)
class Artifact:
    """The content of an artifact folder.

    Parameters
    ----------
    document
        ``model.json``: names, definitions, calibration, config, metrics, cutoff.
    texts
        File name to text, LightGBM models.
    arrays
        Name (without ``.npy``) to numbers.
    digest
        SHA-256 of ``SHA256SUMS``, empty before it is saved.

    Examples
    --------
    >>> Artifact({"name": "fraud"}, digest="0123456789abcdef").version
    '0123456789ab'
    """

    document: dict[str, Any]
    texts: Mapping[str, str] = field(default_factory=dict)
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)
    digest: str = ""

    @property
    def version(self) -> str:
        """Short name of this exact content."""
        return self.digest[:12]


def save(folder: Path, artifact: Artifact) -> Artifact:
    """Write an artifact as a new folder, whole or not at all.

    Parameters
    ----------
    folder
        Where it goes; a folder or link already there is replaced.
    artifact
        What to write.

    Returns
    -------
    Artifact
        The same content with its digest.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as home:
    ...     saved = save(Path(home) / "fraud", Artifact({"name": "fraud"}))
    ...     load(Path(home) / "fraud").digest == saved.digest
    True
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        files = _files(artifact)
        for name, content in files.items():
            _write(draft / name, content)
        sums = "".join(f"{_sha256(files[name])}  {name}\n" for name in sorted(files))
        _write(draft / SUMS, sums.encode())
        draft.chmod(0o755)
        _replace(draft, folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return Artifact(artifact.document, artifact.texts, artifact.arrays, _sha256(sums.encode()))


def load(folder: Path, *, definitions: Mapping[str, str] | None = None) -> Artifact:
    """Read an artifact back, or refuse it.

    Parameters
    ----------
    folder
        The artifact's folder.
    definitions
        Feature name to definition hash of every feature this version computes; the check is left
        out when None.

    Returns
    -------
    Artifact
        Its content, with digest.

    Raises
    ------
    ArtifactError
        When a file is missing, unlisted, changed, of an unknown kind or looks like a pickle.
    FeatureMismatchError
        When a feature is unknown or defined differently from what the model was trained on.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as home:
    ...     _ = save(Path(home) / "fraud", Artifact({"name": "fraud"}))
    ...     _ = (Path(home) / "fraud" / "model.json").write_text("{}")
    ...     load(Path(home) / "fraud")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    models.errors.ArtifactError: ...
    """
    # A name that is pointed elsewhere meanwhile must not mix two artifacts.
    folder = folder.resolve()
    listed = _listed(folder)
    _check_names(folder, listed)
    contents = {name: _checked(folder / name, digest) for name, digest in listed.items()}
    document = json.loads(contents[DOCUMENT])
    if document.get("format") != FORMAT:
        raise ArtifactError(
            f"{folder / DOCUMENT}: format {document.get('format')!r} is not {FORMAT}; "
            "train the model again"
        )
    if definitions is not None:
        check_definitions(features_read(document), definitions)
    return Artifact(
        document={key: value for key, value in document.items() if key != "format"},
        texts={name: raw.decode() for name, raw in contents.items() if name.endswith(".txt")},
        arrays={
            name.removesuffix(".npy"): np.load(io.BytesIO(raw), allow_pickle=False)
            for name, raw in contents.items()
            if name.endswith(".npy")
        },
        digest=_sha256((folder / SUMS).read_bytes()),
    )


def features_read(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """List the features that an artifact reads: those of orders, and those of its part for lines.

    Examples
    --------
    >>> features_read({"features": [{"name": "a"}], "lines": {"features": [{"name": "b"}]}})
    [{'name': 'a'}, {'name': 'b'}]
    """
    lines = document.get("lines") or {}
    return [*document.get("features", []), *lines.get("features", [])]


def check_definitions(trained: list[dict[str, Any]], known: Mapping[str, str]) -> None:
    """Refuse features that are unknown now or mean something else than at training.

    Examples
    --------
    >>> check_definitions([{"name": "a", "hash": "1"}], {"a": "1", "b": "2"})
    >>> check_definitions([{"name": "a", "hash": "1"}], {"a": "2"})
    Traceback (most recent call last):
    ...
    models.errors.FeatureMismatchError: the artifact was trained on another definition of: a; \
train the model again
    """
    missing = frozenset(entry["name"] for entry in trained if entry["name"] not in known)
    changed = frozenset(
        entry["name"]
        for entry in trained
        if entry["name"] in known and known[entry["name"]] != entry["hash"]
    )
    if missing or changed:
        raise FeatureMismatchError(missing, changed)


def _files(artifact: Artifact) -> dict[str, bytes]:
    """Lay out an artifact as file contents."""
    document = {"format": FORMAT} | artifact.document
    text = json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False)
    files = {DOCUMENT: text.encode()}
    files |= {name: content.encode() for name, content in artifact.texts.items()}
    for name, array in artifact.arrays.items():
        buffer = io.BytesIO()
        np.save(buffer, array, allow_pickle=False)
        files[f"{name}.npy"] = buffer.getvalue()
    unfit = [name for name in files if not PLAIN_NAME.fullmatch(name)]
    if unfit:
        raise ArtifactError(f"{', '.join(unfit)}: an artifact holds .txt, .json and .npy files")
    return files


def _write(path: Path, content: bytes) -> None:
    """Write a file and see it on the disk."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _replace(draft: Path, folder: Path) -> None:
    """Put a finished folder in its place."""
    if folder.is_symlink():
        folder.unlink()
    elif folder.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
        folder.replace(old / "artifact")
        draft.replace(folder)
        shutil.rmtree(old, ignore_errors=True)
        return
    draft.replace(folder)


def _listed(folder: Path) -> dict[str, str]:
    """Read the digests an artifact promises, by file name."""
    sums = folder / SUMS
    if not sums.is_file():
        raise ArtifactError(f"{folder}: no {SUMS}, so this is no artifact; train the model again")
    lines = sums.read_text("utf-8").splitlines()
    listed = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    if DOCUMENT not in listed:
        raise ArtifactError(f"{sums}: {DOCUMENT} is not listed; train the model again")
    return listed


def _check_names(folder: Path, listed: Mapping[str, str]) -> None:
    """Refuse files that are unlisted, of an unknown kind, or look like pickles."""
    present = {path.name: path for path in folder.iterdir() if path.name != SUMS}
    for name in sorted(present.keys() | listed.keys()):
        path = folder / name
        if path.suffix.lower() in PICKLE_ENDINGS or (name in present and _is_pickle(path)):
            raise ArtifactError(f"{path}: looks like a pickle, which an artifact never holds")
        if name not in listed or not PLAIN_NAME.fullmatch(name):
            raise ArtifactError(f"{path}: not listed in {SUMS}; remove it or train again")
        if not path.is_file() or path.is_symlink():
            raise ArtifactError(f"{path}: listed in {SUMS} but missing; train the model again")


def _is_pickle(path: Path) -> bool:
    """Tell whether a file starts as a pickle does."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(1) == PICKLE_START


def _checked(path: Path, digest: str) -> bytes:
    """Read a file and compare it with its digest."""
    content = path.read_bytes()
    if _sha256(content) != digest:
        raise ArtifactError(f"{path}: changed since it was saved; train the model again")
    return content


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
