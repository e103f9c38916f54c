"""Types of the arrays that features and models are computed in."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
"""Numbers; NaN where nothing is known."""

Flags: TypeAlias = NDArray[np.bool_]
"""One answer a row, yes or no."""
