"""How often the causes given at once are those of LightGBM's own TreeSHAP, on real sets.

Each model was trained on all matured orders, the asked ones too, since what is compared is two ways
to explain one score and not how good the score is. Two explanations of every order are set beside
the exact one: ours, and Saabas' walk along the decision paths, the usual quick way. Told is the
share of orders whose three strongest families are the same set, and the mean share of the three
that are common; the same for single features; and CPU time an order::

    python -m tests.benchmarks.reasons HOME:MODEL …

each home a folder with an imported history.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lightgbm
import numpy as np

from features.history import History
from models.estimators import BY_NAME
from models.estimators.predictor import MODEL_FILE, RiskPredictor
from models.training.material import Material
from serving.cli.console import say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

N_ORDERS = 2_000
TOP = 3
GOAL = 0.9


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far an explanation agrees with the exact one.

    Parameters
    ----------
    same_set
        Share of orders whose strongest three are the same.
    common
        Mean share of the three that are common.
    """

    same_set: float
    common: float

    def __str__(self) -> str:
        """Write both."""
        return f"{self.same_set:.3f} same set, {self.common:.3f} common"


def agreement(ours: Floats, exact: Floats) -> Agreement:
    """Compare the strongest three of each order, by size whatever the sign."""
    sets = [
        (
            set(np.argsort(-np.abs(a), kind="stable")[:TOP]),
            set(np.argsort(-np.abs(b), kind="stable")[:TOP]),
        )
        for a, b in zip(ours, exact, strict=True)
    ]
    return Agreement(
        float(np.mean([a == b for a, b in sets])),
        float(np.mean([len(a & b) / TOP for a, b in sets])),
    )


def by_family(contributions: Floats, families: Sequence[str]) -> Floats:
    """Add up the contributions of each family."""
    names = list(dict.fromkeys(families))
    member = np.array([[family == name for name in names] for family in families], dtype=float)
    summed: Floats = contributions @ member
    return summed


def saabas(predictor: RiskPredictor, matrix: Floats) -> Floats:
    """Give every split's change of the expected value to its feature, along each order's paths."""
    booster = _booster(predictor)
    leaves = np.asarray(booster.predict(matrix, pred_leaf=True, num_threads=1), dtype=int)
    found = np.zeros(matrix.shape)
    for number, tree in enumerate(booster.dump_model()["tree_info"]):
        paths: dict[int, list[tuple[int, float]]] = {}
        _walk(tree["tree_structure"], [], paths)
        for row, leaf in enumerate(leaves.reshape(len(matrix), -1)[:, number]):
            for feature, change in paths[int(leaf)]:
                found[row, feature] += change
    return found


def _booster(predictor: RiskPredictor) -> Any:
    return lightgbm.Booster(model_str=predictor.artifact.texts[MODEL_FILE])


def _walk(
    node: dict[str, Any], path: list[tuple[int, float]], paths: dict[int, list[tuple[int, float]]]
) -> float:
    """Note the path to each leaf; gives the node's expected value."""
    if "leaf_value" in node:
        paths[node.get("leaf_index", 0)] = path
        return float(node["leaf_value"])
    here = _expected(node)[0]
    for side in ("left_child", "right_child"):
        child = node[side]
        step = (int(node["split_feature"]), _expected(child)[0] - here)
        _walk(child, [*path, step], paths)
    return here


def _expected(node: dict[str, Any]) -> tuple[float, float]:
    """Mean of a node's leaves by their rows, and the rows."""
    if "leaf_value" in node:
        return float(node["leaf_value"]), float(node.get("leaf_count", 1))
    (a, n), (b, m) = _expected(node["left_child"]), _expected(node["right_child"])
    return (a * n + b * m) / (n + m), n + m


def cpu_us(work: Callable[[Floats], object], rows: Floats) -> float:
    """Give the mean CPU time of one row, microseconds."""
    started = time.process_time()
    for row in rows:
        work(row)
    return (time.process_time() - started) / len(rows) * 1e6


def compare(home: Path, model: str) -> bool:
    """Train on one set and tell how its explanations agree."""
    material = Material(History(home / "history"), purposes=frozenset({"risk"}))
    estimator = BY_NAME[model]
    trained = estimator.train(material, cutoff=material.ends_at)
    predictor = estimator.predictor(trained.artifact)
    if not isinstance(predictor, RiskPredictor):
        raise SystemExit(f"{model} does not explain itself")
    rows = predictor.encoding.many(material.frame.tail(N_ORDERS))
    booster = _booster(predictor)
    exact = booster.predict(rows, pred_contrib=True, num_threads=1)[:, :-1]
    predictor.contributions(rows[0])
    ours = np.array([predictor.contributions(row) for row in rows])
    walked = saabas(predictor, rows)
    took = cpu_us(predictor.contributions, rows[:500])
    theirs = cpu_us(
        lambda row: booster.predict(row[None, :], pred_contrib=True, num_threads=1),
        rows[:200],
    )
    told = {
        name: by_family(found, predictor.families)
        for name, found in (("ours", ours), ("paths", walked), ("exact", exact))
    }
    by_families = agreement(told["ours"], told["exact"])
    say(f"{home.name} {model}: {len(rows):,} orders, {len(predictor.families)} features")
    say(f"  families: ours {by_families}; path walk {agreement(told['paths'], told['exact'])}")
    say(f"  features: ours {agreement(ours, exact)}; path walk {agreement(walked, exact)}")
    say(
        f"  largest difference {np.abs(ours - exact).max():.1e}; CPU an order: "
        f"ours {took:.0f} µs, LightGBM {theirs:.0f} µs ({theirs / took:.1f} ×)"
    )
    return by_families.same_set >= GOAL


def main() -> None:
    """Compare on every set named."""
    asked = [word.rpartition(":") for word in sys.argv[1:]]
    if not asked:
        raise SystemExit("name sets as HOME:MODEL, such as var/shop:fraud")
    held = [compare(Path(home), model) for home, _, model in asked]
    say(
        f"goal ≥ {GOAL:.0%} of orders with the same three families: "
        f"{sum(held)} of {len(held)} sets hold"
    )


if __name__ == "__main__":
    main()
