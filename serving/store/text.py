"""How documents are written in the store: the number read back is the number written."""

from __future__ import annotations

import json
from typing import Any


def write(document: Any) -> str:
    """Write a document as text.

    Floats are written so that reading gives the same bits; NaN and infinities, which JSON lacks,
    in Python's own words, since only :func:`read` reads them.

    Examples
    --------
    >>> read(write({"share": 0.1 + 0.2}))["share"] == 0.1 + 0.2
    True
    """
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def read(text: str) -> Any:
    """Read a document back."""
    return json.loads(text)
