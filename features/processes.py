"""Processes of this machine: whether the owner of what lies about still runs."""

from __future__ import annotations

import os


def is_running(process: int) -> bool:
    """Tell whether a process of this number runs, whoever's it is.

    Parameters
    ----------
    process
        Its number, above 0.

    Examples
    --------
    >>> is_running(os.getpid())
    True
    """
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
