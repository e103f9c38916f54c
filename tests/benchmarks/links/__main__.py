"""Measure how identity links tell rings from honest people who share things::

    python -m tests.benchmarks.links [--seeds 5]

What `features.links.RULE` says was chosen on the towns of seeds 1 to 3; what is printed here is
measured on the towns of other seeds.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from features.links import RULE
from serving.cli.console import say
from tests.benchmarks.links.measuring import Findings, built, groups, judge, line, measured, total
from tests.benchmarks.links.people import Habits, Size
from tests.benchmarks.links.rings import WAYS

if TYPE_CHECKING:
    from features.links import LinkRule

Steps = tuple[tuple[int, int], ...]

_CHOSEN_ON: Final = range(1, 4)
_RINGS_EACH: Final = 60
_OFFICES: Final = ("small office", "office")


def print_findings(found: Findings) -> None:
    """Print recall by way and false merges by kind."""
    say("rings found by their fourth order (and all four in one group)")
    for way in sorted(found.in_time):
        say(line(f"  {way}", found.in_time[way], complete=f"{found.complete[way].rate:.1%}"))
    complete = f"{total(found.complete, *WAYS).rate:.1%}"
    say(line("  all but the hidden ones", total(found.in_time, *WAYS), complete=complete))
    say("honest sets of people in which anybody was ever linked to another buyer")
    for kind in sorted(found.sets):
        say(line(f"  {kind}", found.sets[kind]))
    say("honest buyers ever linked to another buyer (and to two or more)")
    for kind in sorted(found.buyers):
        many = f"{found.flagged[kind].rate:.2%}"
        say(line(f"  {kind}", found.buyers[kind], by_two=many))


def print_habits(seeds: range) -> None:
    """Print how the findings hang on how much honest people share."""
    say("\nhow much honest people share -> rings in time, households, offices")
    for factor in (0.0, 0.5, 1.0, 2.0, 4.0):
        found = measured(seeds, Habits().times(factor), Size(), _RINGS_EACH)
        say(f"  {factor:g} x  {_short(found)}")


def variants() -> dict[str, LinkRule]:
    """Rules around the chosen one."""
    personal, phone, home = (RULE.identifiers[i].steps for i in (1, 0, -1))

    def rule(
        *, others: Steps = personal, phones: Steps = phone, address: Steps = home, most: int = 3
    ) -> LinkRule:
        steps = {"phone_key": phones, "address_unit_key": address}
        changed = tuple(replace(i, steps=steps.get(i.column, others)) for i in RULE.identifiers)
        return replace(RULE, identifiers=changed, most_residents=most)

    return {
        "as chosen": RULE,
        "no home": rule(most=0),
        "a home of up to 2": rule(most=2),
        "a home of up to 4": rule(most=4),
        "phone like the others": rule(phones=personal),
        "address 40 whatever the number": rule(address=((20, 40),)),
        "address 50 whatever the number": rule(address=((20, 50),)),
        "address 30, and 40 from four": rule(address=((3, 30), (20, 40))),
        "address a home up to 5": rule(address=((5, 40), (20, 50))),
        "others 50": rule(others=((20, 50),)),
        "others 80": rule(others=((20, 80),)),
        "hubs from 12": rule(
            others=((8, 60), (12, 50)), phones=((3, 50), (12, 60)), address=((3, 40), (12, 50))
        ),
        "hubs from 40": rule(
            others=((8, 60), (40, 50)), phones=((3, 50), (40, 60)), address=((3, 40), (40, 50))
        ),
    }


def print_weights(seeds: range) -> None:
    """Print how the findings hang on the weights."""
    say("\nweights -> rings in time, households, offices")
    towns = [built(seed, Habits(), Size(), _RINGS_EACH) for seed in seeds]
    for name, rule in variants().items():
        found = Findings()
        for town in towns:
            found += judge(town, groups(town, rule))
        say(f"  {name:<34}{_short(found)}")


def _short(found: Findings) -> str:
    recall, offices = total(found.in_time, *WAYS), total(found.sets, *_OFFICES)
    homes = found.sets["household"]
    return f"{recall.rate:>7.2%}  {homes.rate:>7.2%}  {offices.rate:>7.2%}"


def main() -> None:
    """Print everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5, help="towns to measure")
    seeds = range(_CHOSEN_ON.stop, _CHOSEN_ON.stop + parser.parse_args().seeds)
    began = time.perf_counter()
    say(f"towns of seeds {seeds.start} to {seeds.stop - 1}")
    print_findings(measured(seeds, Habits(), Size(), _RINGS_EACH))
    print_habits(seeds[:2])
    print_weights(seeds[:2])
    say(f"\n{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
