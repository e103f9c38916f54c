"""One row through LightGBM by its quickest call: the floor that a decision's time stands beside."""

from __future__ import annotations

import ctypes
import weakref
from typing import TYPE_CHECKING

import numpy as np

from models.training.library import library

if TYPE_CHECKING:
    from models.training.library import TextModel

RAW_SCORE = 1
FLOAT64 = 1
SETTINGS = b"num_threads=1 verbosity=-1"


class SingleRow:
    """The raw score of one row, prepared once for all calls.

    Parameters
    ----------
    model
        The trees.

    Attributes
    ----------
    row
        The numbers to score, shape ``(n_features,)``; NaN is unknown.

    Examples
    --------
    >>> import lightgbm
    >>> from models.training.library import TextModel
    >>> data = lightgbm.Dataset(np.arange(100.0)[:, None], label=np.arange(100) % 2)
    >>> quiet = {"objective": "binary", "verbosity": -1, "num_threads": 1}
    >>> booster = lightgbm.train(quiet, data, num_boost_round=3)
    >>> model = TextModel(booster.model_to_string())
    >>> single = SingleRow(model)
    >>> single.row[:] = 7.0
    >>> bool(single.score() == model.predict(np.array([[7.0]]))[0])
    True
    """

    def __init__(self, model: TextModel) -> None:
        self._model = model
        self.row = np.full(model.n_features, np.nan)
        config = ctypes.c_void_p()
        failed = library().LGBM_BoosterPredictForMatSingleRowFastInit(
            model.handle,
            ctypes.c_int(RAW_SCORE),
            ctypes.c_int(0),
            ctypes.c_int(-1),
            ctypes.c_int(FLOAT64),
            ctypes.c_int32(len(self.row)),
            ctypes.c_char_p(SETTINGS),
            ctypes.byref(config),
        )
        if failed:
            raise ValueError("LightGBM could not prepare the call")
        weakref.finalize(self, library().LGBM_FastConfigFree, config)
        self._result = ctypes.c_double()
        self._arguments = (
            config,
            self.row.ctypes.data_as(ctypes.c_void_p),
            ctypes.byref(ctypes.c_int64()),
            ctypes.byref(self._result),
        )
        self._call = library().LGBM_BoosterPredictForMatSingleRowFast

    def score(self) -> float:
        """Score the numbers in ``row``."""
        if self._call(*self._arguments):
            raise ValueError("LightGBM could not score the row")
        return self._result.value
