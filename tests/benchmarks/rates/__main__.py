"""Delivery rates and drops in worlds whose truth is known (see `tests.benchmarks.rates.world`).

Run it with ``python -m tests.benchmarks.rates [SEEDS] [--offset FIRST]``. Everything is learned
before day 90 and judged on the evenings after it; peers see the same news. An interval is the mean
over the seeds and 1.96 standard errors.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

import numpy as np

from tests.benchmarks.rates.evenings import judge
from tests.benchmarks.rates.falls import fall

if TYPE_CHECKING:
    from collections.abc import Sequence

VOLUMES = (3.0, 15.0)


def main() -> None:
    """Print a table for each volume."""
    parser = argparse.ArgumentParser()
    parser.add_argument("seeds", type=int, nargs="?", default=5)
    parser.add_argument("--offset", type=int, default=0, help="the first seed")
    given = parser.parse_args()
    seeds = range(given.offset, given.offset + given.seeds)
    for volume in VOLUMES:
        show(f"{volume:g} parcels an outlet a day", [judge(seed, volume) for seed in seeds])
    for volume in VOLUMES:
        show(f"drops, {volume:g} a day", [fall(seed, volume) for seed in seeds])


def show(title: str, runs: Sequence[dict[str, float]]) -> None:
    """Print means over the seeds with their standard errors."""
    sys.stdout.write(f"\n{title}\n")
    for name in runs[0]:
        values = np.array([run[name] for run in runs])
        spread = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else 0.0
        sys.stdout.write(f"  {name:<28} {values.mean():8.4f} ± {1.96 * spread:.4f}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
