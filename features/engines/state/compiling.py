"""How functions of the state are compiled: callable from Python only where that is needed."""

from __future__ import annotations

from typing import Final

from features.engines.compiling import kept

compiled: Final = kept()
"""For what Python calls."""

inner: Final = kept(no_cpython_wrapper=True, no_cfunc_wrapper=True)
"""For what only compiled code calls: a third less to compile."""
