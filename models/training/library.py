"""Trees of a text model, asked through LightGBM's library without its Python package.

The package brings scikit-learn, SciPy and pandas along: 100 MB that a service which only predicts
would carry for nothing. The library and the numbers are the same.
"""

from __future__ import annotations

import ctypes
import weakref
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np

_RAW_SCORE: Final = 1
_CONTRIBUTIONS: Final = 3
_FLOAT64: Final = 1
_BY_ROW: Final = 1
_ALL_TREES: Final = -1


@cache
def library() -> Any:
    """Give the library that LightGBM's package ships.

    Raises
    ------
    OSError
        When it is not where the package keeps it.

    Examples
    --------
    >>> library().LGBM_BoosterFree.__name__
    'LGBM_BoosterFree'
    """
    package = find_spec("lightgbm")
    folder = Path(package.origin).parent if package and package.origin else Path()
    files = sorted(folder.glob("*/lib_lightgbm.*"))
    if not files:
        raise OSError(f"LightGBM's library is not in {folder}: install lightgbm again")
    loaded = ctypes.CDLL(str(files[0]))
    loaded.LGBM_GetLastError.restype = ctypes.c_char_p
    return loaded


class TextModel:
    """A LightGBM text model of one output that predicts.

    Parameters
    ----------
    text
        What ``lightgbm.Booster.model_to_string`` wrote.

    Attributes
    ----------
    handle
        What the library knows it by.

    Raises
    ------
    ValueError
        When the text is not a model.

    Examples
    --------
    >>> import lightgbm
    >>> data = lightgbm.Dataset(np.arange(100.0)[:, None], label=np.arange(100) % 2)
    >>> quiet = {"objective": "binary", "verbosity": -1, "num_threads": 1}
    >>> booster = lightgbm.train(quiet, data, num_boost_round=3)
    >>> rows = np.array([[7.0], [np.nan]])
    >>> model = TextModel(booster.model_to_string())
    >>> bool((model.predict(rows) == booster.predict(rows, raw_score=True)).all())
    True
    """

    def __init__(self, text: str) -> None:
        self.handle = ctypes.c_void_p()
        n_trees = ctypes.c_int()
        _check(
            library().LGBM_BoosterLoadModelFromString(
                ctypes.c_char_p(text.encode()), ctypes.byref(n_trees), ctypes.byref(self.handle)
            )
        )
        weakref.finalize(self, library().LGBM_BoosterFree, self.handle)
        n_features = ctypes.c_int()
        _check(library().LGBM_BoosterGetNumFeature(self.handle, ctypes.byref(n_features)))
        self.n_features = n_features.value

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """Raw scores of rows, shape ``(n_rows,)``."""
        return self._predict(rows, _RAW_SCORE, 1)[:, 0]

    def contributions(self, rows: np.ndarray) -> np.ndarray:
        """Give what each feature adds to the raw score (TreeSHAP), and last what all start from.

        Returns
        -------
        numpy.ndarray
            Shape ``(n_rows, n_features + 1)``.
        """
        return self._predict(rows, _CONTRIBUTIONS, self.n_features + 1)

    def _predict(self, rows: np.ndarray, kind: int, n_outputs: int) -> np.ndarray:
        matrix = np.ascontiguousarray(rows, dtype=np.float64)
        if matrix.shape[1] != self.n_features:
            raise ValueError(f"rows have {matrix.shape[1]} columns, not {self.n_features}")
        found = np.empty((len(matrix), n_outputs))
        _check(
            library().LGBM_BoosterPredictForMat(
                self.handle,
                matrix.ctypes.data_as(ctypes.c_void_p),
                ctypes.c_int(_FLOAT64),
                ctypes.c_int32(matrix.shape[0]),
                ctypes.c_int32(matrix.shape[1]),
                ctypes.c_int(_BY_ROW),
                ctypes.c_int(kind),
                ctypes.c_int(0),
                ctypes.c_int(_ALL_TREES),
                ctypes.c_char_p(b"num_threads=1"),
                ctypes.byref(ctypes.c_int64()),
                found.ctypes.data_as(ctypes.POINTER(ctypes.c_double)),
            )
        )
        return found


def _check(failed: int) -> None:
    if failed:
        raise ValueError(library().LGBM_GetLastError().decode())
