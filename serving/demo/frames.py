"""The type of the simulation's frames."""

from __future__ import annotations

from typing import Any, TypeAlias

Frame: TypeAlias = Any
"""A pandas frame. Its stubs know no column types, so arithmetic on columns cannot be checked."""


def stacked(frames: list[Frame]) -> Frame:
    """Put frames on top of each other, with new row numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> stacked([pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [2]})]).index.tolist()
    [0, 1]
    """
    import pandas as pd

    return pd.concat(frames, ignore_index=True)
