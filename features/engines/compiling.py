"""How functions are compiled, and where what was compiled is kept.

numba notices when the file of a function changes, but not when a function of another file that it
calls does, or a table that both lay out. Compiled code is therefore kept in a folder named by the
digest of all that is compiled together: after any change, none of what was compiled before is used.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numba
import numpy as np
from numba import njit
from numba.core import config as _config
from numba.core.caching import FunctionCache
from numba.core.runtime.nrt import rtsys

if TYPE_CHECKING:
    from collections.abc import Callable

config: Final[Any] = _config
"""numba's settings, which its types do not list."""

_HERE: Final = Path(__file__).parent
_CALLED: Final = (_HERE.parent / "windows.py", _HERE.parent / "lane.py")
"""What compiled code is made from beside the engines that name this module or its decorators."""

_KEPT: Final = 3
"""Folders kept: a service may still run from before a change while another starts after it."""


def kept(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Make a decorator that compiles a function on its first call and keeps the result on disk.

    Parameters
    ----------
    options
        Further options of ``numba.njit``.

    Examples
    --------
    >>> from features.windows import same
    >>> kept(nogil=True)(same).targetoptions["nogil"]
    True
    """
    compiler = njit(**options)

    def decorate(function: Callable[..., Any]) -> Any:
        compiled = compiler(function)
        # The cache reads its folder when it is made; others' functions go where they went before.
        before, config.CACHE_DIR = config.CACHE_DIR, str(folder())
        try:
            compiled._cache = _Kept(function)  # type: ignore[no-untyped-call]  # numba has none
        finally:
            config.CACHE_DIR = before
        return compiled

    return decorate


class _Kept(FunctionCache):
    """Takes up what was compiled before, without all that only a compiler needs.

    numba's own would first load every function that it could compile, for code that is there
    already. What has to be compiled loads them then.
    """

    def load_overload(self, signature: Any, context: Any) -> Any:
        rtsys.initialize(context)
        with self._guard_against_spurious_io_errors():
            return self._load_overload(signature, context)  # type: ignore[no-untyped-call]


def _load_arrays() -> None:
    """Load what numba knows of arrays, but not SciPy's linear algebra.

    It looks for that wherever an array is summed, and only products of matrices, of which none is
    compiled here, would need it.
    """
    blas = "scipy.linalg.cython_blas"
    if blas not in sys.modules:
        sys.modules[blas] = None  # type: ignore[assignment]  # this is how a module is kept out
        try:
            import_module("numba.np.arraymath")
        finally:
            del sys.modules[blas]


_load_arrays()


@cache
def folder() -> Path:
    """Give the folder of what is compiled from these sources; older ones are removed.

    Examples
    --------
    >>> folder().name.startswith("compiled-")
    True
    """
    root = _root()
    chosen = root / f"compiled-{_digest()}"
    if not chosen.exists():
        chosen.mkdir(parents=True, exist_ok=True)
        older = sorted(root.glob("compiled-*"), key=lambda path: path.stat().st_mtime)
        for path in older[:-_KEPT]:
            shutil.rmtree(path, ignore_errors=True)
    return chosen


def _root() -> Path:
    """Give the folder beside the sources, or the user's own where that may not be written."""
    beside = _HERE / "__pycache__"
    try:
        beside.mkdir(exist_ok=True)
        probe = beside / ".probe"
        probe.touch()
        probe.unlink()
    except OSError:
        return Path.home() / ".cache" / "order-intelligence"
    return beside


def _digest() -> str:
    versions = (numba.__version__, np.__version__, sys.version, config.BOUNDSCHECK)
    digest = hashlib.sha256(repr(versions).encode())
    for file in (*sorted(_HERE.rglob("*.py")), *_CALLED):
        content = file.read_bytes()
        if file in _CALLED or b"compil" in content:
            digest.update(content)
    return digest.hexdigest()[:16]
