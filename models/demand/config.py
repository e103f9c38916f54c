"""How demand is forecast; saved in the artifact."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DemandConfig:
    """How demand is forecast.

    Parameters
    ----------
    n_trees, learning_rate, n_leaves, min_rows_in_leaf, l2
        Size and caution of the boosted trees.
    feature_share, row_share
        Share of traits and of rows that each tree sees.
    variance_power
        Power of the Tweedie distribution: 1 is Poisson, 2 is gamma.
    size_weight
        Power of a series' level in its weight: 0 counts every series alike, 1 every unit.
    n_origins
        Past origins learned from.
    origin_spacing
        Steps between two of them.
    max_rows
        Rows learned from at most.
    max_series
        Series learned from at most.
    min_sales
        Steps with a sale from which a series is learned from, and forecast by the trees.
    n_folds
        Past origins on which the blend and the spread are measured.
    seed
        Seed of everything random.
    """

    n_trees: int = 200
    learning_rate: float = 0.06
    n_leaves: int = 15
    min_rows_in_leaf: int = 200
    l2: float = 5.0
    feature_share: float = 0.6
    row_share: float = 0.7
    variance_power: float = 1.5
    size_weight: float = 0.7
    n_origins: int = 20
    origin_spacing: int = 7
    max_rows: int = 250_000
    max_series: int = 6_000
    min_sales: int = 3
    n_folds: int = 3
    seed: int = 7

    def booster_parameters(self, seed: int) -> dict[str, object]:
        """Say the same in LightGBM's words; one thread, since fits run side by side.

        Examples
        --------
        >>> DemandConfig().booster_parameters(7)["objective"]
        'tweedie'
        """
        return {
            "objective": "tweedie",
            "tweedie_variance_power": self.variance_power,
            "learning_rate": self.learning_rate,
            "num_leaves": self.n_leaves,
            "min_data_in_leaf": self.min_rows_in_leaf,
            "lambda_l2": self.l2,
            "feature_fraction": self.feature_share,
            "bagging_fraction": self.row_share,
            "bagging_freq": 1,
            "max_bin": 127,
            "seed": seed,
            "num_threads": 1,
            "deterministic": True,
            "force_row_wise": True,
            "verbose": -1,
        }


DAILY_CONFIG = DemandConfig(max_rows=400_000, variance_power=1.6, feature_share=0.4)
WEEKLY_CONFIG = DemandConfig(n_origins=30, origin_spacing=2, min_sales=8)
