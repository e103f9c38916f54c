"""How documents are written in the store: the number read back is the number written."""

from __future__ import annotations

import json
from typing import Any

import msgspec


def write(document: Any) -> str:
    """Write a document as text.

    Floats are written so that reading gives the same bits. There is no NaN and no infinity to
    write: bodies that hold one are refused, and features say None for what is unknown.

    Examples
    --------
    >>> read(write({"share": 0.1 + 0.2}))["share"] == 0.1 + 0.2
    True
    """
    return _ENCODER.encode(document).decode()


def read(text: str) -> Any:
    """Read a document back.

    Examples
    --------
    >>> read('{"parts": ["state"]}')
    {'parts': ['state']}
    """
    return json.loads(text)


def _plain(value: Any) -> float:
    """Give what NumPy's own float says as a float of Python."""
    if isinstance(value, float):
        return float(value)
    raise TypeError(f"cannot be written as JSON: {type(value).__name__}")


_ENCODER = msgspec.json.Encoder(enc_hook=_plain)
