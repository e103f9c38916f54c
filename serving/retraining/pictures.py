"""Pictures of a report as SVG, drawn here: no script, no library, no font of one's own."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH: Final = 360
HEIGHT: Final = 190
EDGE: Final = 34


def _frame(body: str, title: str, across: str, up: str) -> str:
    """Put a drawing between its axes."""
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">'
        f'<text x="{EDGE}" y="14" class="title">{escape(title)}</text>'
        f'<path d="M{EDGE} 22V{HEIGHT - EDGE}H{WIDTH - 8}" class="axis"/>{body}'
        f'<text x="{(WIDTH + EDGE) / 2:.0f}" y="{HEIGHT - 6}" class="name">{escape(across)}</text>'
        f'<text x="10" y="{HEIGHT / 2:.0f}" class="name" '
        f'transform="rotate(-90 10 {HEIGHT / 2:.0f})">{escape(up)}</text></svg>'
    )


def _scale(low: float, high: float, begin: float, end: float) -> Any:
    span = (high - low) or 1.0
    return lambda value: begin + (value - low) / span * (end - begin)


def savings(bars: Sequence[int], edges: Sequence[float], words: Sequence[str]) -> str:
    """Draw the resampled saving; what lies left of zero would cost more.

    Examples
    --------
    >>> savings([1, 3], [-1.0, 0.0, 1.0], ("saving", "per 1,000", "resamples")).count("<rect")
    2
    """
    x = _scale(min(edges[0], 0.0), max(edges[-1], 0.0), EDGE + 4, WIDTH - 12)
    y = _scale(0, max(bars), HEIGHT - EDGE, 28)
    drawn = [
        f'<rect x="{x(left):.1f}" y="{y(count):.1f}" '
        f'width="{max(x(right) - x(left) - 1, 0.5):.1f}" '
        f'height="{HEIGHT - EDGE - y(count):.1f}" class="{"good" if left >= 0 else "bad"}"/>'
        for count, left, right in zip(bars, edges, edges[1:], strict=False)
    ]
    drawn.append(f'<path d="M{x(0):.1f} 24V{HEIGHT - EDGE}" class="zero"/>')
    drawn += [
        f'<text x="{x(value):.1f}" y="{HEIGHT - EDGE + 12}" class="tick">{value:,.0f}</text>'
        for value in (edges[0], 0.0, edges[-1])
    ]
    return _frame("".join(drawn), *words)


def reliability(lines: dict[str, list[dict[str, float]]], words: Sequence[str]) -> str:
    """Draw what was said against what came, a line a model; the diagonal is perfect.

    Examples
    --------
    >>> points = [{"said": 0.1, "came": 0.1, "rows": 5}, {"said": 0.3, "came": 0.2, "rows": 5}]
    >>> reliability({"challenger": points}, ("calibration", "said", "came")).count("<polyline")
    1
    """
    points = [value for line in lines.values() for p in line for value in (p["said"], p["came"])]
    most = max([*points, 0.01])
    x, y = _scale(0, most, EDGE + 2, WIDTH - 14), _scale(0, most, HEIGHT - EDGE, 28)
    drawn = [f'<path d="M{x(0):.1f} {y(0):.1f}L{x(most):.1f} {y(most):.1f}" class="zero"/>']
    for name, line in lines.items():
        path = " ".join(f"{x(p['said']):.1f},{y(p['came']):.1f}" for p in line)
        drawn.append(f'<polyline points="{path}" class="line {escape(name)}"/>')
    drawn += [
        f'<text x="{x(value):.1f}" y="{HEIGHT - EDGE + 12}" class="tick">{value:.1%}</text>'
        for value in (0.0, most)
    ]
    return _frame("".join(drawn), *words)


def scores(before: Sequence[int], after: Sequence[int], words: Sequence[str]) -> str:
    """Draw how many recent orders got which score: a line before, filled bars after.

    Examples
    --------
    >>> scores([1, 2], [2, 1], ("scores", "log-odds", "orders")).count("<rect")
    2
    """
    x = _scale(0, len(after), EDGE + 2, WIDTH - 10)
    y = _scale(0, max([*before, *after, 1]), HEIGHT - EDGE, 28)
    drawn = [
        f'<rect x="{x(i):.1f}" y="{y(n):.1f}" width="{x(1) - x(0) - 1:.1f}" '
        f'height="{HEIGHT - EDGE - y(n):.1f}" class="soft"/>'
        for i, n in enumerate(after)
    ]
    path = " ".join(
        f"{x(i):.1f},{y(n):.1f} {x(i + 1):.1f},{y(n):.1f}" for i, n in enumerate(before)
    )
    drawn.append(f'<polyline points="{path}" class="line champion"/>')
    return _frame("".join(drawn), *words)
