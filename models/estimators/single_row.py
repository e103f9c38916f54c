"""One row through a booster, by the C call of LightGBM that Python has no public name for."""

from __future__ import annotations

import ctypes
import weakref
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from models.training.library import library

if TYPE_CHECKING:
    from models.training.library import TextModel

_RAW_SCORE: Final = 1
_FLOAT64: Final = 1
_SETTINGS: Final = b"num_threads=1 verbosity=-1"
_SAMPLE: Final = 16
"""Rows on which both ways must give the same bits before the quick one is used."""


class SingleRow:
    """The raw score of one row: several times quicker than ``predict``, to the same bits.

    The row is written into ``row`` and scored by ``score``, both under ``turn``, since there is one
    row for all threads. Where the library lacks the call, or its answers differ from
    those of ``predict`` on a sample, ``predict`` is asked.

    Parameters
    ----------
    model
        The trees.

    Attributes
    ----------
    row
        The numbers to score, shape ``(n_features,)``; NaN is unknown.
    turn
        Taken by a thread while it writes and scores the row.

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
        self.turn = Lock()
        self._result = ctypes.c_double()
        self._length = ctypes.c_int64()
        self._call: Any = None
        try:
            self._open()
            if not self._agrees():
                self._call = None
        except (AttributeError, OSError, ctypes.ArgumentError):
            self._call = None

    @property
    def is_fast(self) -> bool:
        """Tell whether the C call is used."""
        return self._call is not None

    def score(self) -> float:
        """Score the numbers in ``row``."""
        if self._call is None:
            return self._slowly(self.row[None, :])
        if self._call(*self._arguments):
            raise ValueError("LightGBM could not score the row")
        return self._result.value

    def _open(self) -> None:
        """Prepare the call once: what it takes never changes but for the numbers."""
        loaded = library()
        config = ctypes.c_void_p()
        failed = loaded.LGBM_BoosterPredictForMatSingleRowFastInit(
            self._model.handle,
            ctypes.c_int(_RAW_SCORE),
            ctypes.c_int(0),
            ctypes.c_int(-1),
            ctypes.c_int(_FLOAT64),
            ctypes.c_int32(len(self.row)),
            ctypes.c_char_p(_SETTINGS),
            ctypes.byref(config),
        )
        if failed:
            return
        weakref.finalize(self, loaded.LGBM_FastConfigFree, config)
        self._arguments = (
            config,
            self.row.ctypes.data_as(ctypes.c_void_p),
            ctypes.byref(self._length),
            ctypes.byref(self._result),
        )
        self._call = loaded.LGBM_BoosterPredictForMatSingleRowFast

    def _agrees(self) -> bool:
        """Compare both ways on rows of unknowns, zeros and numbers of every size."""
        draw = np.random.default_rng(7)
        rows = (
            draw.normal(size=(_SAMPLE, len(self.row))) * 10.0 ** np.arange(_SAMPLE)[:, None] / 1e6
        )
        rows[draw.random(rows.shape) < 0.3] = np.nan
        rows[0], rows[1] = np.nan, 0.0
        same = True
        for row in rows:
            self.row[:] = row
            same &= self._call is None or self.score() == self._slowly(row[None, :])
        self.row[:] = np.nan
        return same

    def _slowly(self, rows: np.ndarray) -> float:
        return float(self._model.predict(rows)[0])
