"""Memory that was freed, back to the machine."""

from __future__ import annotations

import ctypes
import sys


def give_back() -> None:
    """Give freed memory back, where the allocators keep it for later.

    Arrow keeps what texts took. The C library of Linux keeps what threads freed, each thread's
    apart, so that one stage of a long piece of work would stand beside the next.

    Examples
    --------
    >>> give_back()
    """
    import pyarrow as pa

    pa.default_memory_pool().release_unused()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
        if trim is not None:
            trim(0)
