"""Growing small trees on parts of the same rows, which are binned only once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

BINNING: Final = {
    "max_bin": 127,
    "feature_pre_filter": False,
    "num_threads": 1,
    "verbosity": -1,
}
"""How numbers are sorted; every fit on the same rows has to say the same."""


@dataclass(frozen=True, slots=True)
class TreeShape:
    """How single trees are grown.

    Parameters
    ----------
    learning_rate
        Step of one tree.
    num_leaves
        Leaves of one tree.
    min_rows_in_leaf
        Rows a leaf needs.
    l2
        Ridge penalty on leaf values.
    feature_share, row_share
        Share of features and of rows each tree sees.
    """

    learning_rate: float = 0.06
    num_leaves: int = 4
    min_rows_in_leaf: int = 40
    l2: float = 10.0
    feature_share: float = 0.4
    row_share: float = 0.8

    def settings(self, objective: str, seed: int) -> dict[str, Any]:
        """Say the same in LightGBM's words.

        Examples
        --------
        >>> TreeShape(num_leaves=8).settings("binary", 7)["num_leaves"]
        8
        """
        return {
            "objective": objective,
            "learning_rate": self.learning_rate,
            "num_leaves": self.num_leaves,
            "min_data_in_leaf": self.min_rows_in_leaf,
            "lambda_l2": self.l2,
            "feature_fraction": self.feature_share,
            "bagging_fraction": self.row_share,
            "bagging_freq": 1,
            "deterministic": True,
            "force_col_wise": True,
            "seed": seed,
            "verbosity": -1,
        }


@dataclass(frozen=True, slots=True)
class TreeConfig(TreeShape):
    """How small trees are grown.

    Parameters
    ----------
    rounds
        How many trees there are.
    seed
        Seed of everything random.
    """

    rounds: int = 200
    seed: int = 7

    def parameters(self, objective: str) -> dict[str, Any]:
        """Say the same in LightGBM's words; on one thread."""
        return self.settings(objective, self.seed) | {"num_threads": 1}


class Binned:
    """Rows whose numbers are sorted into bins for as many fits as wanted.

    Parameters
    ----------
    matrix
        Encoded features, shape ``(n_rows, n_features)``.
    categorical
        Columns that are categories.

    Notes
    -----
    The bins are made from all rows, those of later folds included: only where numbers are cut
    depends on them, never what is learned.

    Examples
    --------
    >>> import numpy as np
    >>> binned = Binned(np.arange(400.0)[:, None])
    >>> text = binned.grow(np.arange(400.0), {"objective": "regression", "verbosity": -1}, 5)
    >>> text.startswith("tree")
    True
    """

    def __init__(self, matrix: np.ndarray, categorical: Sequence[int] = ()) -> None:
        self.matrix = matrix
        self.categorical = list(categorical)

    @cached_property
    def _data(self) -> Any:
        import lightgbm

        data = lightgbm.Dataset(
            self.matrix,
            categorical_feature=self.categorical,
            params=dict(BINNING),
            free_raw_data=False,
        )
        return data.construct()

    def part(self, label: np.ndarray, rows: np.ndarray | None = None) -> Any:
        """Give some of the rows to LightGBM, with a label each.

        Parameters
        ----------
        label
            What to foretell, one a chosen row.
        rows
            Positions of the chosen rows, ascending; all when None.

        Returns
        -------
        lightgbm.Dataset
            It shares its bins with every other part.
        """
        import numpy as np

        chosen = np.arange(len(self.matrix)) if rows is None else rows
        # A part only takes labels once it stands.
        part = self._data.subset(chosen.tolist()).construct()
        return part.set_label(label)

    def grow(
        self,
        label: np.ndarray,
        parameters: dict[str, Any],
        rounds: int,
        *,
        rows: np.ndarray | None = None,
    ) -> str:
        """Grow trees on some of the rows.

        Parameters
        ----------
        label
            What to foretell, one a chosen row.
        parameters
            LightGBM's settings.
        rounds
            Trees.
        rows
            Positions of the chosen rows, ascending; all when None.

        Returns
        -------
        str
            A LightGBM text model.
        """
        import lightgbm

        settings = {**parameters, **BINNING}
        part = self.part(label, rows)
        text: str = lightgbm.train(settings, part, num_boost_round=rounds).model_to_string()
        return text
