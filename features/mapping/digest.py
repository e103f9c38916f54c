"""A digest of everything that decides what an import gives."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from features.mapping.sources import find

if TYPE_CHECKING:
    from pathlib import Path

    from features.mapping.parts import Mapping


def source_digest(mapping: Mapping, document: Path, root: Path) -> str:
    """Give one digest over a mapping document and the files it names.

    Parameters
    ----------
    mapping
        The document, read.
    document
        Its file.
    root
        Folder that its file names start from.

    Returns
    -------
    str
        SHA-256 as hexadecimal digits.
    """
    whole = hashlib.sha256(document.read_bytes())
    for spec in mapping.files.values():
        for path in find(spec, root):
            with path.open("rb") as stream:
                whole.update(hashlib.file_digest(stream, "sha256").digest())
    return whole.hexdigest()
