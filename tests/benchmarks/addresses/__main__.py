"""Score the resolver on the evaluation set, beside its peers in the same run.

``python -m tests.benchmarks.addresses`` prints, by family: the share with province, city and county
right, with all fields right, with a wrong division asserted, and with none asserted.

``--peers PYTHON`` names an interpreter that has cpca, addressparser (with six) and jionlp; what it
lacks is said and left out. ``--data DIR`` names the development data, for the labelled real
addresses. ``--misses`` lists what was not right of the seen part.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from features.address.resolve import resolve
from tests.benchmarks.addresses import peer
from tests.benchmarks.addresses.cases import ADMIN, DETAIL, PARTS, Question, abroad, chinese
from tests.benchmarks.addresses.real import entity_scores
from tests.benchmarks.addresses.scoring import lines, score, table

ROOT: Final = Path(__file__).parents[3]
FIELDS: Final = ("country", *ADMIN, *DETAIL)
PUBLISHED_F1: Final = 89.93
"""Best published entity F1 on the development rows of the labelled real addresses."""


def ours(raw: str) -> dict[str, str | None]:
    """Answer with the resolver."""
    place = resolve(raw)
    return {name: getattr(place, name) for name in FIELDS}


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--part", choices=PARTS, action="append", help="default: all")
    parser.add_argument("--peers", help="a Python with cpca, addressparser and jionlp")
    parser.add_argument("--data", type=Path, help="folder with address_ncap2019")
    parser.add_argument("--misses", action="store_true", help="list the misses of the seen part")
    asked = parser.parse_args()
    for part in asked.part or PARTS:
        questions, elsewhere = chinese(part), abroad(part)
        _print(lines(f"Chinese, {part}", table(questions, ours)))
        if elsewhere:
            _print(lines(f"abroad, {part}", table(elsewhere, ours, ("country", *ADMIN[:2]))))
        if asked.misses and part == "seen":
            _print([*_misses(questions, ADMIN), *_misses(elsewhere, ADMIN[:2])])
        if asked.peers:
            _print(_beside(asked.peers, part, questions))
    if asked.data:
        _print(_real(asked.data))


def _print(rows: list[str]) -> None:
    sys.stdout.write("\n".join(rows) + "\n\n")


def _misses(questions: list[Question], levels: tuple[str, ...]) -> list[str]:
    rows = []
    for question in questions:
        answer = ours(question.raw)
        points = score(question, answer, levels)
        if not points["all"]:
            differences = [
                f"{name}: {answer[name]} not {truth}"
                for name, truth in question.truth.items()
                if not score(Question("", "", {name: truth}), answer, ())["all"]
            ]
            rows.append(f"{question.family} | {question.raw} | {'; '.join(differences)}")
    return rows


def _beside(python: str, part: str, questions: list[Question]) -> list[str]:
    """Ask the peers the same questions, one text a call, and measure the processor's time."""
    texts = json.dumps([question.raw for question in questions])
    rows = [f"{part}, one text a call:          admin  wrong  abstained when open   µs mean    p99"]
    for name in peer.LIBRARIES:
        done = subprocess.run(
            [sys.executable if name == peer.OURS else python, peer.__file__, name],
            input=texts, capture_output=True, text=True, check=False,
            env=os.environ | ({"PYTHONPATH": str(ROOT)} if name == peer.OURS else {}),
        )  # fmt: skip
        if done.returncode:
            rows.append(f"{name}: not available ({done.stderr.strip().splitlines()[-1]})")
            continue
        found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
        answers = [dict(zip(ADMIN, answer, strict=True)) for answer in found["answers"]]
        row = _line(name, questions, answers, found["micros"])
        rows.append(f"{row}   start {found['start_s']:.1f} s, peak {found['peak_mb']:.0f} MB")
    return rows


def _line(
    name: str,
    questions: list[Question],
    answers: list[dict[str, str | None]],
    micros: list[float],
) -> str:
    points = [score(q, a) for q, a in zip(questions, answers, strict=True)]
    is_open = [q.truth.get("province", "") is None for q in questions]
    n = len(points)
    admin, wrong = (100 * sum(p[key] for p in points) / n for key in ("admin", "wrong"))
    kept = [p["abstained"] for p, empty in zip(points, is_open, strict=True) if empty]
    mean, p99 = sum(micros) / n, sorted(micros)[int(0.99 * n)]
    share = f"{100 * sum(kept) / len(kept):.1f}" if kept else "–"
    return f"{name:<30}{admin:>7.1f}{wrong:>7.1f}{share:>21}{mean:>10.0f}{p99:>7.0f}"


def _real(folder: Path) -> list[str]:
    scores = entity_scores(folder / "address_ncap2019" / "dev.parquet")
    rows = [f"{'labelled real addresses, dev':<36}{'n':>7}{'precision':>11}{'recall':>9}{'F1':>8}"]
    for name, (n, precision, recall, f1) in scores.items():
        rows.append(f"{name:<36}{n:>7}{100 * precision:>11.2f}{100 * recall:>9.2f}{100 * f1:>8.2f}")
    return [*rows, f"best published entity F1 over its own 21 labels: {PUBLISHED_F1}"]


if __name__ == "__main__":
    main()
