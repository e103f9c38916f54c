"""Follow the published protocols of the fraud sets and print what they find.

::

    ORDERINTEL_TEST_DATA=../shared/data python -m tests.benchmarks.protocols [handbook fico …]

``--homes`` names a folder of homes that were imported before, one a set. Intervals are at 95 %,
from resampled days; from resampled orders where a test has fewer than ten days.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from features.history import History
from models.estimators.fraud import FRAUD
from models.training.material import Material
from tests.benchmarks.figures import home_of
from tests.benchmarks.protocols import handbook, later_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.benchmarks.protocols.goals import Found

PROTOCOLS: Final[dict[str, tuple[str, Callable[[Material], Iterator[Found]]]]] = {
    "handbook": (handbook.FOLDER, handbook.judge),
    "fico": ("ucsd_fico_2009", later_rows.fico),
    "cloudwalk": ("cloudwalk_chargebacks", later_rows.cloudwalk),
    "ecommerce": ("fraud_ecommerce_partial", later_rows.ecommerce),
}


def main() -> None:
    """Answer the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.protocols")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(PROTOCOLS))
    parser.add_argument("--homes", type=Path, help="folder of imported homes, one a set")
    options = parser.parse_args()
    if unknown := set(options.names) - set(PROTOCOLS):
        parser.error(f"no such protocol: {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory() as made:
        for name in options.names or PROTOCOLS:
            folder, judge = PROTOCOLS[name]
            home = home_of(folder, options.homes or Path(made))
            sys.stdout.write(f"\n{judge.__doc__ or name}\n")
            material = Material(History(home / "history"), purposes=FRAUD.purposes)
            for found in judge(material):
                sys.stdout.write(f"  {found.line}\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
