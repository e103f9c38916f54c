"""Swap a model under load, forth and back: no failed order, and no answer that mixes versions.

``python -m tests.benchmarks.service.swap HOME --rate 100 --times 10``. A second version of a model
is the first one's files with another note in them, so that its digest differs; the name is pointed
from one to the other as a promotion and a rollback do.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from models import artifacts
from serving.registry import Shelf
from tests.benchmarks.service.orders import NewOrders
from tests.benchmarks.service.running import copy_of, running
from tests.benchmarks.service.sending import OK, Apart, evenly

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.benchmarks.service.running import Running
    from tests.benchmarks.service.sending import Answer

MODEL: Final = "fraud"
BETWEEN_S: Final = 3.0


@dataclass(frozen=True)
class Swapped:
    """What swapping did.

    Parameters
    ----------
    answers
        All of them.
    seconds
        From each pointing of the name to the first look that found the other version live.
    """

    answers: Sequence[Answer]
    seconds: Sequence[float]

    @property
    def failed(self) -> int:
        """Orders that were not decided."""
        return sum(answer.status != OK for answer in self.answers)

    @property
    def mixed(self) -> int:
        """Answers whose score is of another version than they name, or without the model."""
        return sum(_is_mixed(answer.document()) for answer in self.answers if answer.status == OK)

    @property
    def versions(self) -> set[str]:
        """Versions that answered."""
        return {
            answer.document()["versions"][f"model:{MODEL}"]
            for answer in self.answers
            if answer.status == OK
        }


def _is_mixed(decision: dict[str, object]) -> bool:
    versions, scores = decision["versions"], decision["scores"]
    assert isinstance(versions, dict)
    assert isinstance(scores, dict)
    named = versions.get(f"model:{MODEL}")
    return named is None or scores.get(MODEL, {}).get("version") != named


def two_versions(home: Path) -> tuple[Path, Path]:
    """Keep a second version of a model beside the one that is served."""
    shelf = Shelf(home / "models")
    served = (home / "models" / MODEL).resolve()
    artifact = artifacts.load(served)
    draft = replace(artifact, document={**artifact.document, "note": "the same again"})
    _, other = shelf.put(draft)
    return served, other


def swap(service: Running, bodies: Sequence[bytes], *, rate: float, times: int) -> Swapped:
    """Point the name forth and back under load."""
    first, second = two_versions(service.home)
    shelf, taken = Shelf(service.home / "models"), []
    load = Apart(service.port, service.key, evenly(bodies, rate), keep=True)
    for number in range(times):
        load.until(BETWEEN_S * (number + 1))
        wanted = (second, first)[number % 2]
        began = time.monotonic()
        shelf.serve(MODEL, wanted)
        digest = wanted.name.removeprefix(f"{MODEL}-")
        while time.monotonic() < began + 60 and not _is_live(service, digest):
            time.sleep(0.02)
        taken.append(time.monotonic() - began)
    return Swapped(load.report().answers, taken)


def _is_live(service: Running, digest: str) -> bool:
    models = service.call("GET", "/v1/models")[1]["models"]
    version = next(str(model["version"]) for model in models if model["name"] == MODEL)
    return digest.startswith(version) or version.startswith(digest)


def main(arguments: Sequence[str]) -> int:
    """Swap and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--rate", type=float, default=100.0)
    parser.add_argument("--times", type=int, default=10)
    asked = parser.parse_args(arguments)
    n = round(asked.rate * BETWEEN_S * (asked.times + 2))
    bodies = NewOrders(asked.home).take(n)
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = copy_of(asked.home, Path(folder))
        with running(home) as service:
            found = swap(service, bodies, rate=asked.rate, times=asked.times)
    taken = sorted(found.seconds)
    sys.stdout.write(
        f"{len(found.answers):,} orders, {found.failed} failed, {found.mixed} mixed versions, "
        f"{len(found.versions)} versions answered\n"
        f"{asked.times} swaps; from pointing to live {taken[len(taken) // 2]:.2f} s at the median, "
        f"{taken[-1]:.2f} s at most\n"
    )
    return 1 if found.failed or found.mixed or taken[-1] > 2.0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
