"""Former names of divisions, each with the year it ended and the divisions that took its place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from features.address.build.divisions import read
from features.address.names import short_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from features.address.build.divisions import Node

FIRST_YEAR: Final = 1983
_ENDS: Final = frozenset(
    {"更名", "撤县设市", "撤县设区", "撤市设区", "撤地设市", "撤区设区", "撤旗设区", "撤销"}
)
OVERLAY: Final = Path(__file__).parent / "overlay.txt"
"""Mergers that the change table misses or follows to the wrong place."""

Place = tuple[str, ...]
"""Names from the province down."""


def former_names(sources: Path, nodes: list[Node]) -> dict[str, list[tuple[str, int]]]:
    """Map former names to codes of today, each with the year of the change.

    Several codes stand beside one name where its area was split, or where several divisions had
    the name. ``安庆市/枞阳县`` is a county under a city that it no longer belongs to.
    """
    places = _places(nodes)
    own = {code: name for code, name, *_ in nodes}
    found: dict[str, dict[str, int]] = {}
    settled = set()
    for year, name, targets in _overlay():
        for target in targets:
            found.setdefault(name, {})[places[target]] = year
            settled.add((target[0], name))
    steps = _steps(sources)
    for place, (_, year) in sorted(steps.items()):
        name = place[-1]
        if place in places or (place[0], name) in settled:
            continue
        code = _follow(place, steps, places)
        if code and own[code] != name and not _held_beside(code, name, nodes):
            found.setdefault(name, {}).setdefault(code, year)
    for place, year in _moves(sources, places):
        found.setdefault("/".join(place[1:]), {}).setdefault(places[_of_today(place, places)], year)
    return {name: sorted(codes.items()) for name, codes in sorted(found.items())}


def _moves(sources: Path, places: dict[Place, str]) -> Iterator[tuple[Place, int]]:
    """List the places of counties that kept their name and came to another city, with the year."""
    for event in read(sources / "historical_changes_v1.json")["events"]:
        place = tuple(event["old_path"] or ())
        if event["type"] != "同名改码" or event["year"] < FIRST_YEAR or len(place) != 3:
            continue
        today = _of_today(place, places)
        if place not in places and today and short_name(today[1]) != short_name(place[1]):
            yield place, event["year"]


def _of_today(place: Place, places: dict[Place, str]) -> Place:
    """Find the one county of a province that has a name today; empty when there are several."""
    found = [own for own in places if own[0] == place[0] and own[-1] == place[-1]]
    return found[0] if len(found) == 1 and len(found[0]) > 2 else ()


def _held_beside(code: str, name: str, nodes: list[Node]) -> bool:
    """Tell whether a sister of a division has the name today, or it is no name at all."""
    parent = next(node[3] for node in nodes if node[0] == code)
    return name == "新区" or any(node[3] == parent and node[1] == name for node in nodes)


def _places(nodes: list[Node]) -> dict[Place, str]:
    """Map every place of today to its code."""
    found: dict[Place, str] = {}
    for node in nodes:
        names, at = [node[1]], node
        while at[3] >= 0:
            at = nodes[at[3]]
            names.append(at[1])
        found[tuple(reversed(names))] = node[0]
    return found


def _steps(sources: Path) -> dict[Place, tuple[Place, int]]:
    """Map every place that ended to what it became, by the change table."""
    steps: dict[Place, tuple[Place, int]] = {}
    for event in read(sources / "historical_changes_v1.json")["events"]:
        if event["type"] in _ENDS and event["year"] >= FIRST_YEAR:
            step = _step(event)
            if step:
                steps[step[0]] = (step[1], event["year"])
    return steps


def _step(event: dict[str, Any]) -> tuple[Place, Place] | None:
    old, new = tuple(event["old_path"] or ()), tuple(event["new_path"] or ())
    if not old or not new or old == new:
        return None
    # A name alone says in which province it was only together with where it went.
    return (old if len(old) > 1 or old[0].endswith(("省", "自治区")) else (new[0], *old)), new


def _follow(
    place: Place, steps: dict[Place, tuple[Place, int]], places: dict[Place, str]
) -> str | None:
    """Follow a place through its successors to a division of today."""
    city = place[1] if len(place) > 2 else None
    seen: set[Place] = set()
    while place not in places:
        if place in seen:
            return None
        seen.add(place)
        onward = steps.get(place) or _renamed_above(place, steps)
        if onward is None:
            return places.get((place[0], place[-1]))
        place = onward[0]
    # Out of one city into another that both exist: the table means a namesake there.
    strayed = city and len(place) > 2 and place[1] != city and (place[0], city) in places
    return None if strayed else places[place]


def _renamed_above(place: Place, steps: dict[Place, tuple[Place, int]]) -> tuple[Place, int] | None:
    """Follow a change of the city above: 巢湖市居巢区 went where 巢湖市 went."""
    above = steps.get(place[:-1]) if len(place) > 2 else None
    return ((*above[0][:2], place[-1]), above[1]) if above else None


def _overlay() -> list[tuple[int, str, list[Place]]]:
    rows = []
    for line in OVERLAY.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            year, name, targets = (part.strip() for part in line.split("|"))
            rows.append((int(year), name, [tuple(t.split()) for t in targets.split(";")]))
    return rows
