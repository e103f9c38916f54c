"""A small picture of where the choices of an address lie, drawn here: no map, no other server."""

from __future__ import annotations

from math import cos, hypot, radians
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import quoteattr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from serving.addresses.choices import Choice

SIZE: Final = 240
MARGIN: Final = 34
METRES_PER_DEGREE: Final = 111_320.0
STEPS: Final = (100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000,
                500_000, 1_000_000, 2_000_000)  # fmt: skip
"""Lengths of the scale, in metres."""
_APART: Final = 22
"""Points of the picture that two marks must lie apart to be read."""


def picture(choices: Sequence[Choice], title: str) -> str:
    """Draw the choices by their positions to each other, north up.

    Parameters
    ----------
    choices
        Numbered from one in their order; one without coordinates is left out.
    title
        What the picture shows, for those who hear it.

    Returns
    -------
    str
        An SVG element; empty when no choice has coordinates.
    """
    placed = [
        (number, choice.lat, choice.lon, choice.radius_m or 0)
        for number, choice in enumerate(choices, start=1)
        if choice.lat is not None and choice.lon is not None
    ]
    if not placed:
        return ""
    middle = sum(lat for _, lat, _, _ in placed) / len(placed)
    wide = METRES_PER_DEGREE * cos(radians(middle))
    spots = [(n, lon * wide, lat * METRES_PER_DEGREE, radius) for n, lat, lon, radius in placed]
    left, right = min(x for _, x, _, _ in spots), max(x for _, x, _, _ in spots)
    low, high = min(y for _, _, y, _ in spots), max(y for _, _, y, _ in spots)
    span = max(right - left, high - low) or 2.0 * max(500, *(r for *_, r in spots))
    scale = (SIZE - 2 * MARGIN) / span
    centre_x, centre_y = (left + right) / 2, (low + high) / 2
    drawn = [
        (n, SIZE / 2 + (x - centre_x) * scale, SIZE / 2 - (y - centre_y) * scale, r * scale)
        for n, x, y, r in spots
    ]
    marks = "".join(_circle(x, y, r) for _, x, y, r in drawn)
    marks += "".join(_mark(n, x, y) for n, x, y in _apart(drawn))
    return (
        f'<svg class="places" viewBox="0 0 {SIZE} {SIZE}" role="img" aria-label={quoteattr(title)}>'
        f'<rect class="ground" width="{SIZE}" height="{SIZE}" rx="10"/>'
        f"{marks}{_scale(scale)}"
        f'<text class="north" x="{SIZE - 18}" y="20">N ↑</text></svg>'
    )


def _circle(x: float, y: float, radius: float) -> str:
    """Draw how far off the place may be; one that would fill the picture says nothing."""
    if not 3 <= radius <= SIZE:
        return ""
    return f'<circle class="radius" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"/>'


def _mark(number: int, x: float, y: float) -> str:
    return (
        f'<g class="mark-{number}"><circle cx="{x:.1f}" cy="{y:.1f}" r="11"/>'
        f'<text x="{x:.1f}" y="{y + 4.5:.1f}">{number}</text></g>'
    )


def _apart(
    drawn: Sequence[tuple[int, float, float, float]],
) -> list[tuple[int, float, float]]:
    """Move marks that would hide each other to the right of one another."""
    kept: list[tuple[int, float, float]] = []
    for number, x, y, _ in drawn:
        at = x
        while any(hypot(at - other_x, y - other_y) < _APART for _, other_x, other_y in kept):
            at += _APART
        kept.append((number, min(at, SIZE - 14.0), y))
    return kept


def _scale(scale: float) -> str:
    """Draw how long a round number of metres is."""
    fitting = [step for step in STEPS if step * scale <= SIZE / 3] or [STEPS[0]]
    metres = fitting[-1]
    length = metres * scale
    words = f"{metres // 1000:,} km" if metres >= 1_000 else f"{metres} m"
    end = 12 + length
    return (
        f'<path class="scale" d="M12 {SIZE - 18}v6h{length:.1f}v-6"/>'
        f'<text class="scale" x="{end + 6:.1f}" y="{SIZE - 11}">{words}</text>'
    )
