"""Kill a process that keeps window state, again and again; nothing may be lost or counted twice.

``python -m tests.parity.kills --times 100`` streams orders, outcomes, parcels, corrections and
repeats into a child process, kills it with SIGKILL at a random moment (every third time while a
snapshot is being written), and starts the next one from where the last acknowledgement came. At the
end the state must have the digest of a clean replay.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import struct
import sys
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from features.catalogue import declare
from features.engines.durable import Durability, DurableState
from features.engines.online import OnlineState
from tests.parity.shop import KEYS, PROFILE, disorderly_shop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from features.feature import Feature
    from features.history import HistoryProfile

    Row = dict[str, Any]

Told = tuple[str, "Row", "list[Row]"]
"""The method that tells, its row and the lines of an order."""

SNAPSHOT_EVERY = 60
LONGEST_S = 0.003
ACK = struct.Struct("<i")


def everything() -> tuple[HistoryProfile, tuple[Feature, ...]]:
    """Give a profile and features of every kind."""
    row = disorderly_shop(1, 1)["orders"][0]
    rows = dict.fromkeys(("orders", "order_lines", "shipments", "outcomes"), 1)
    given = {"jd": tuple(row)}
    profile = replace(PROFILE, entities=dict.fromkeys(KEYS, 0.85), given=given, rows=rows)
    return profile, tuple(f for f in declare(profile) if f.function is None)


def stream(seed: int, n_orders: int) -> list[Told]:
    """Make what a shop is told in the course of time, with corrections, repeats and late news."""
    chance = random.Random(seed)  # noqa: S311 test data
    shop = disorderly_shop(seed, n_orders)
    lines: dict[str, list[Row]] = {}
    for line in shop["order_lines"]:
        lines.setdefault(line["order_key"], []).append(line)
    told: list[tuple[Any, int, Told]] = []

    def tell(at: Any, method: str, row: Row) -> None:
        own = lines.get(row["order_key"], []) if method == "add_order" else []
        told.append((at, len(told), (method, row, own)))
        if chance.random() < 0.05:
            again = at + timedelta(hours=chance.choice([0, 1, 50]))
            told.append((again, len(told), (method, row, own)))

    for order in shop["orders"]:
        tell(order["received_at"], "add_order", order)
        if chance.random() < 0.05:
            at = order["received_at"] + timedelta(days=chance.choice([0, 1, 9]), microseconds=1)
            changed = {"received_at": at, "value_minor": 77, "buyer_key": "h1:corrected"}
            tell(at, "add_order", order | changed)
    for outcome in shop["outcomes"]:
        tell(
            outcome["known_at"] - timedelta(days=chance.choice([0, 0, 30])), "add_outcome", outcome
        )
        if chance.random() < 0.1:
            at = outcome["known_at"] + timedelta(days=1)
            tell(at, "add_outcome", outcome | {"known_at": at, "is_bad": False})
    for parcel in shop["shipments"]:
        tell(parcel["known_at"] or parcel["shipped_at"], "add_shipment", parcel)
    return [each for _, _, each in sorted(told, key=itemgetter(0, 1))]


def tell(state: Any, told: Told) -> None:
    """Tell a state one thing."""
    method, row, lines = told
    if method == "add_order":
        state.add_order(row, lines)
    else:
        getattr(state, method)(row)


def clean_digest(told: Sequence[Told]) -> str:
    """Tell everything to a state that nothing happens to."""
    profile, features = everything()
    state = OnlineState(features, profile)
    for each in told:
        tell(state, each)
    return state.digest()


@dataclass
class Tally:
    """What happened on the way."""

    kills: int = 0
    in_snapshots: int = 0
    acknowledged: int = 0


def child(folder: Path, told: Sequence[Told], start: int, pipe: int) -> None:
    """Go on from a place; acknowledge each thing by its number once it was told, then leave."""
    profile, features = everything()
    how = Durability(snapshot_every=SNAPSHOT_EVERY)
    state = DurableState.open(folder, features, profile, how=how)
    for number in range(start, len(told)):
        tell(state, told[number])
        os.write(pipe, ACK.pack(number))
    state.close()


def spawn(folder: Path, told: Sequence[Told], start: int) -> tuple[int, int]:
    """Start a child; gives its process id and the pipe on which it acknowledges."""
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(reading)
        code = 1
        try:
            child(folder, told, start, writing)
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    return process, reading


class Acknowledgements:
    """What a child says it was told, read as it comes."""

    def __init__(self, pipe: int) -> None:
        self.pipe = pipe
        self.data = b""

    def read(self) -> bool:
        """Wait for more; False when there will be none."""
        part = os.read(self.pipe, 1 << 16)
        self.data += part
        return bool(part)

    def __len__(self) -> int:
        return len(self.data) // ACK.size

    def finish(self) -> int:
        """Read to the end and give how many things are acknowledged for good."""
        while self.read():
            pass
        os.close(self.pipe)
        return len(self)


def strike(process: int, folder: Path, chance: random.Random, *, in_snapshot: bool) -> bool:
    """Kill a child a moment from now; tell whether a snapshot was being written."""
    patience = time.monotonic() + 2.0
    time.sleep(chance.random() * LONGEST_S)
    while in_snapshot and not _is_writing(folder) and time.monotonic() < patience:
        time.sleep(0.0002)
    is_writing = _is_writing(folder)
    os.kill(process, signal.SIGKILL)
    return is_writing


def _is_writing(folder: Path) -> bool:
    return any(folder.glob("*/snapshot-*.partial*"))


def survive(folder: Path, told: Sequence[Told], times: int, seed: int) -> tuple[str, Tally]:
    """Stream everything in through children that are killed; give the digest that is left."""
    chance, tally = random.Random(seed), Tally()  # noqa: S311 test data
    step = max(len(told) // (3 * times), 1)
    start = 0
    while tally.kills < times and start < len(told):
        process, pipe = spawn(folder, told, start)
        known, wanted = Acknowledgements(pipe), chance.randrange(step)
        while len(known) < wanted and known.read():
            pass
        tally.in_snapshots += strike(process, folder, chance, in_snapshot=tally.kills % 3 == 2)
        status = os.waitpid(process, 0)[1]
        if not os.WIFSIGNALED(status) and os.WEXITSTATUS(status):
            raise RuntimeError("a child failed by itself")
        tally.kills += os.WIFSIGNALED(status)
        start += known.finish()
        tally.acknowledged = start
    process, pipe = spawn(folder, told, start)
    Acknowledgements(pipe).finish()
    if os.waitpid(process, 0)[1]:
        raise RuntimeError("the last child failed")
    profile, features = everything()
    state = DurableState.open(folder, features, profile)
    if state.rebuilt:
        raise RuntimeError(state.rebuilt)
    return state.digest(), tally


def main(arguments: Sequence[str]) -> int:
    """Kill so many times and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--orders", type=int, default=6_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    told = stream(asked.seed, asked.orders)
    expected = clean_digest(told)
    with TemporaryDirectory() as folder:
        found, tally = survive(Path(folder), told, asked.times, asked.seed)
    is_equal = found == expected
    sys.stdout.write(
        f"{tally.kills} kills, {tally.in_snapshots} of them while a snapshot was written\n"
        f"{len(told)} things told, {tally.acknowledged} acknowledged before a kill\n"
        f"digest {found[:16]} {'equals' if is_equal else 'DIFFERS FROM'} the clean replay's "
        f"{expected[:16]}\n"
    )
    if tally.kills < asked.times:
        sys.stdout.write("too few orders for so many kills: ask for more --orders\n")
    return 0 if is_equal and tally.kills == asked.times else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
