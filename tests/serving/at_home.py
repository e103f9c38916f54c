"""Commands and settings of a home other than the one the environment names."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from serving.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def at_home(home: Path, **more: str) -> Iterator[None]:
    """Let the environment name a home, and forget the settings of the one before, on both ways.

    Settings are read once in a process, so a test that only sets the variable gets the home of
    whichever test came first.

    Parameters
    ----------
    home
        The folder.
    more
        Further variables, without ``ORDERINTEL_``.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"HOME": str(home), **more}.items():
            patch.setenv(f"ORDERINTEL_{name}", value)
        load_settings.cache_clear()
        try:
            yield
        finally:
            load_settings.cache_clear()
