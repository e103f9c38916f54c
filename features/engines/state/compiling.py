"""How functions of the state are compiled: kept on disk, and callable from Python where needed."""

from __future__ import annotations

from typing import Any, Final

from numba import njit

compiled: Final[Any] = njit(cache=True)
"""For what Python calls."""

inner: Final[Any] = njit(  # type: ignore[call-overload] # its stubs leave these two out
    cache=True, no_cpython_wrapper=True, no_cfunc_wrapper=True
)
"""For what only compiled code calls: a third less to compile."""
